"""The how-to pages of whoever makes drivers and firmware: what they tell people to do does what they say."""

import asyncio
import re
from pathlib import Path

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.drivers.base import Driver
from wearsync.protocol.gatt import DOWN_UUID, INFO_UUID, UP_UUID
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.kit.play import play
from wearsync_simulators.kit.stories import STORIES, story_named
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

HOWTO = Path(__file__).parents[3] / "docs" / "howto"
DRIVER = (HOWTO / "driver.md").read_text(encoding="utf-8")
FIRMWARE = (HOWTO / "firmware.md").read_text(encoding="utf-8")


def test_the_driver_of_the_page_is_held_to_what_it_claims() -> None:
    [source] = re.findall(r"```python\n(.*?)```", DRIVER, re.DOTALL)
    names: dict[str, type[Driver]] = {}
    exec(source, names)
    driver = names["Mine"]()
    assert (driver.name, driver.title, driver.name_prefixes) == ("mine", "a watch of mine", ("Mine",))
    # The simulated watch of the profile knows that its motor ran, and says so.
    driver.name = "wearsync"
    story = story_named("session")
    assert story is not None
    assert play(driver, story).reason == "each cue is scheduled, and some are played"


def test_the_page_has_all_stories() -> None:
    assert re.findall(r"^\| `([\w-]+)` \|", DRIVER, re.MULTILINE) == [story.name for story in STORIES]


@in_virtual_time
async def test_the_bytes_of_the_firmware_page(tmp_path: Path) -> None:
    start, step = (
        bytes.fromhex(found) for found in re.findall(r"(?:3|4|5)\. Write `(0[37][ 0-9a-f]+)`", FIRMWARE)
    )
    air, watch = Air(), SimulatedWatch(name="Sim", open_=True)
    await watch.power_on(air)
    radio = BleakRadio(await InProcessRadio(air).open(state_dir=tmp_path))
    sighting = await radio.find(watch.address, 5.0)
    assert sighting is not None
    link = await radio.connect(sighting)
    heard: list[bytes] = []
    info = await link.read(INFO_UUID)
    assert (info[:2], info[-1]) == (b"\x01\x01", 4)
    await link.subscribe(UP_UUID, heard.append)
    await link.write(DOWN_UUID, bytes.fromhex("01 01 01") + bytes(20))
    await link.write(DOWN_UUID, start)
    await link.write(DOWN_UUID, step)
    await asyncio.sleep(6.0)
    assert [data[0] for data in heard[:2]] == [0x82, 0x83]
    assert heard[1][2] == 0x01
    written = [record.name for record in watch.journal()]
    assert [name for name in written if name.startswith("HOLD")] == ["HOLD_STARTED", "HOLD_STOPPED"]
    await radio.close()
    await watch.power_off()
