"""A hostile watch looks as it is told to, takes whatever it is given, and says what its script says."""

import pytest
from bleak import BleakScanner
from bleak.exc import BleakGATTProtocolError

from tests.simulators.adversaries.conftest import ADDRESS, client_on, soon
from tests.simulators.watches.conftest import HOST
from tests.simulators.watches.paper_host import DOWN, INFO, KEY
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.adversaries.hostile_watch import Guise, HostileWatch, Silent
from wearsync_simulators.adversaries.strangers import Answers
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualScanner
from wearsync_simulators.radio.central import Central

GUISE = Guise(ADDRESS, info=b"\x01\x01" + b"w" * 16 + b"\x00", name="Ours", flags=7)


@in_virtual_time
async def test_it_looks_like_the_watch_and_speaks_in_clear_text() -> None:
    air, watch = Air(), HostileWatch(GUISE, Answers(b"one", b"two"))
    watch.say(b"into the void")
    watch.hang_up()
    await watch.power_on(air)
    central = await Central.open(air, address=HOST)
    scanner = BleakScanner(backend=VirtualScanner, central=central)
    async with scanner:
        await soon()
    assert [device.name for device in scanner.discovered_devices] == ["Ours"]
    await central.close()
    async with client_on(air, ADDRESS) as (link, up):
        assert bytes(await link.read_gatt_char(INFO)) == GUISE.info
        assert bytes(await link.read_gatt_char("2a19")) == bytes([100])
        await link.write_gatt_char(DOWN, b"\x01", response=True)
        await link.write_gatt_char(DOWN, b"\x02", response=True)
        await link.write_gatt_char(KEY, b"a present", response=True)
        await soon()
        assert up == [b"one", b"two"]
        watch.say(b"three")
        watch.hang_up()
        await soon()
        assert up[2:] == [b"three"]
        assert not link.is_connected
    assert (watch.told, watch.keys, watch.links) == ([b"\x01", b"\x02"], [b"a present"], 1)
    await watch.power_off()
    await watch.power_off()


@in_virtual_time
async def test_it_agrees_to_anything() -> None:
    air, watch = Air(), HostileWatch(GUISE)
    await watch.power_on(air)
    async with client_on(air, ADDRESS, pair=True):
        pass
    assert watch.pairings == 1
    watch.pairing_failed()
    await watch.power_off()


@in_virtual_time
async def test_it_can_ask_for_encryption_as_the_genuine_one_does() -> None:
    air = Air()
    watch = HostileWatch(Guise(ADDRESS, info=GUISE.info, clear_text=False))
    await watch.power_on(air)
    with pytest.raises(BleakGATTProtocolError):
        async with client_on(air, ADDRESS):
            pass
    await watch.power_off()


def test_who_is_silent_says_nothing() -> None:
    assert not Silent().linked()
    assert not Silent().heard(b"\x01")
