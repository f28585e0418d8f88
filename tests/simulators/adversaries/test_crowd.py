"""A crowd is seen head by head, and is gone afterwards."""

import asyncio
from random import Random

from bleak import BleakScanner

from tests.simulators.watches.conftest import HOST
from tests.simulators.watches.paper_host import SERVICE
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.adversaries.crowd import crowd
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualScanner
from wearsync_simulators.radio.central import Central


@in_virtual_time
async def test_each_head_has_another_address_and_says_all_there_is() -> None:
    air = Air()
    central = await Central.open(air, address=HOST)
    async with BleakScanner(backend=VirtualScanner, central=central) as scanner:
        before_s = asyncio.get_running_loop().time()
        await crowd(air, Random(1), name="Ours", heads=20, within_s=2.0)
        assert 1.9 < asyncio.get_running_loop().time() - before_s < 2.1
    seen = scanner.discovered_devices_and_advertisement_data
    assert len(seen) == 20
    assert {(device.name, heard.service_data[SERVICE]) for device, heard in seen.values()} == {
        ("Ours", b"\x07")
    }
    await central.close()
