"""Each lie is on the air as it is told."""

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError
from bumble.att import Opcode

from tests.simulators.adversaries.conftest import ADDRESS, client_on, soon
from tests.simulators.watches.conftest import HOST
from tests.simulators.watches.paper_host import DOWN, SERVICE
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.adversaries.hostile_watch import Guise, HostileWatch
from wearsync_simulators.adversaries.outfits import Endless, advertises, endless, mute, service_data, twice
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient, VirtualScanner
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.antenna import Outfitter

INTERVAL_MS = 30.0


async def powered(air: Air, outfitter: Outfitter) -> HostileWatch:
    watch = HostileWatch(Guise(ADDRESS, info=bytes(19)), outfitter=outfitter)
    await watch.power_on(air)
    return watch


@in_virtual_time
async def test_scan_responses_come_one_after_the_other() -> None:
    air = Air()
    watch = await powered(air, advertises(service_data(b"\x07", b"One"), service_data(b"")))
    seen = []
    for _ in range(3):
        central = await Central.open(air, address=HOST)
        async with BleakScanner(backend=VirtualScanner, central=central) as scanner:
            await soon()
        ((device, heard),) = scanner.discovered_devices_and_advertisement_data.values()
        seen.append((device.name, heard.service_data[SERVICE]))
        await central.close()
        async with client_on(air, ADDRESS):
            pass  # once it is let go it advertises anew
        await soon()
    assert seen == [("One", b"\x07"), (None, b""), (None, b"")]
    await watch.power_off()


@in_virtual_time
async def test_who_is_mute_to_a_request_answers_all_others() -> None:
    air = Air()
    watch = await powered(air, mute(Opcode.ATT_READ_REQUEST))
    async with client_on(air, ADDRESS) as (link, _up):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await link.read_gatt_char(DOWN.replace("0003", "0001"))
        assert watch.links == 1
    await watch.power_off()


@pytest.mark.parametrize("what", ["services", "characteristics", "descriptors"])
@in_virtual_time
async def test_what_is_endless_is_found_until_time_is_up(what: str) -> None:
    air = Air(latency_ms=INTERVAL_MS)
    watch = await powered(air, endless(Endless(what)))
    central = await Central.open(air, address=HOST)
    with pytest.raises((BleakError, TimeoutError)):
        await BleakClient(ADDRESS, backend=VirtualClient, central=central, timeout=10.0).connect()
    assert watch.links == 1
    await central.close()
    await watch.power_off()


@in_virtual_time
async def test_what_is_there_twice_has_two_handles() -> None:
    air = Air()
    watch = await powered(air, twice)
    central = await Central.open(air, address=HOST)
    async with BleakClient(ADDRESS, backend=VirtualClient, central=central) as link:
        found = [each.uuid for each in link.services.characteristics.values()]
        assert found.count(DOWN) == 2
    await central.close()
    await watch.power_off()
