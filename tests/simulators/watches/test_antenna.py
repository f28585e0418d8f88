"""The antenna by itself: order of what is sent, links that go, a radio that is lost."""

import asyncio
from dataclasses import dataclass, field

from bleak import BleakClient

from tests.simulators.watches.conftest import HOST
from tests.simulators.watches.paper_host import DOWN, UP
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.antenna import Antenna, Identity

ADDRESS = "C4:00:00:00:00:01"


@dataclass
class Notes:
    """Ears that note what they hear."""

    said: list[object] = field(default_factory=list)

    def info(self) -> bytes:
        return bytes(19)

    def battery_percent(self) -> int:
        return 50

    def advertised(self) -> int:
        return 0

    def link_up(self, mtu: int) -> None:
        self.said.append("up")

    def link_mtu(self, mtu: int) -> None:
        self.said.append(mtu)

    def link_down(self) -> None:
        self.said.append("down")

    def down(self, raw: bytes) -> None:
        self.said.append(raw)

    def key(self, raw: bytes) -> int | None:
        return None

    def pairing_asked(self) -> bool:
        return False

    def pairing_failed(self) -> None:
        self.said.append("failed")

    async def compare(self, code: int) -> bool:
        return False


IDENTITY = Identity(name="W", address=ADDRESS, lab=True, display=True)


@in_virtual_time
async def test_frames_and_a_disconnect_keep_their_order() -> None:
    air, notes = Air(), Notes()
    antenna = await Antenna.open(air, IDENTITY, notes)
    central = await Central.open(air, address=HOST)
    heard: list[bytes] = []
    antenna.notify(b"nobody is there")
    antenna.drop()
    async with BleakClient(ADDRESS, backend=VirtualClient, central=central) as link:
        await link.start_notify(UP, lambda _, frame: heard.append(bytes(frame)))
        await link.write_gatt_char(DOWN, b"hello", response=True)
        for n in range(50):
            antenna.notify(bytes([n]))
        antenna.drop()
        antenna.notify(b"too late")
        while link.is_connected:
            await asyncio.sleep(0.01)
    assert heard == [bytes([n]) for n in range(50)]
    assert notes.said == ["up", 517, b"hello", "down"]
    async with BleakClient(ADDRESS, backend=VirtualClient, central=central):
        assert notes.said[-2:] == ["up", 517], "it advertises again"
    await antenna.close()
    await central.close()


@in_virtual_time
async def test_a_closed_antenna_is_gone() -> None:
    air, notes = Air(), Notes()
    antenna = await Antenna.open(air, IDENTITY, notes)
    central = await Central.open(air, address=HOST)
    link = BleakClient(ADDRESS, backend=VirtualClient, central=central)
    await link.connect()
    await antenna.close()
    while link.is_connected:
        await asyncio.sleep(0.1)
    await central.close()
