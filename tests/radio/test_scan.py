"""One scan for all: who listens, who rests it, and what happens when it can't be had."""

import asyncio

import pytest
from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from tests.radio.conftest import SEEN_WITHIN_S, Host
from tests.simulators.radio.conftest import SmallWatch, until
from wearsync.errors import RadioUnavailable
from wearsync.ports import Sighting
from wearsync.radio.scan import Heard, SharedScan, sighting_of


def scan_of(host: Host) -> SharedScan:
    def make_scanner(heard: Heard) -> BleakScanner:
        return BleakScanner(heard, backend=host.adapter.scanner_backend, central=host.adapter.central)

    return SharedScan(make_scanner)


def never(_sighting: Sighting) -> bool:
    return False


async def test_scan_runs_while_somebody_listens(watch: SmallWatch, host: Host) -> None:
    scan = scan_of(host)
    one = asyncio.create_task(scan.listen(never, 3600))
    await until(lambda: host.is_scanning)
    two = asyncio.create_task(scan.listen(lambda _sighting: True, 3600))
    async with asyncio.timeout(SEEN_WITHIN_S):
        await two
    assert host.is_scanning
    one.cancel()
    await asyncio.wait({one})
    assert not host.is_scanning


async def test_nested_rests_end_with_the_last(watch: SmallWatch, host: Host) -> None:
    heard: list[Sighting] = []

    def note(sighting: Sighting) -> bool:
        heard.append(sighting)
        return False

    scan = scan_of(host)
    listening = asyncio.create_task(scan.listen(note, 3600))
    await until(lambda: heard)
    async with scan.resting():
        async with scan.resting():
            assert not host.is_scanning
        assert not host.is_scanning
        heard.clear()
    await until(lambda: heard)
    listening.cancel()
    await asyncio.wait({listening})


async def test_time_goes_on_while_the_scan_rests(watch: SmallWatch, host: Host) -> None:
    scan = scan_of(host)
    async with scan.resting(), asyncio.timeout(SEEN_WITHIN_S):
        await scan.listen(never, 0.05)


async def test_scan_that_cannot_start_is_told(host: Host) -> None:
    scan = scan_of(host)
    await host.adapter.close()
    with pytest.raises(RadioUnavailable, match="adapter fails: the virtual air is gone"):
        await scan.listen(never, 3600)


async def test_scan_that_cannot_go_on_is_the_listeners_fault_to_hear(watch: SmallWatch, host: Host) -> None:
    scan = scan_of(host)
    listening = asyncio.create_task(scan.listen(never, 3600))
    await until(lambda: host.is_scanning)
    async with scan.resting():
        await host.adapter.close()
    with pytest.raises(RadioUnavailable):
        await listening


async def test_failure_ends_all_who_listen(watch: SmallWatch, host: Host) -> None:
    scan = scan_of(host)
    listening = [asyncio.create_task(scan.listen(never, 3600)) for _ in range(3)]
    await until(lambda: host.is_scanning)
    scan.fail(RadioUnavailable("gone"))
    for result in await asyncio.gather(*listening, return_exceptions=True):
        assert isinstance(result, RadioUnavailable)
    assert not host.is_scanning


@pytest.mark.parametrize(
    ("local_name", "device_name", "name"),
    [
        ("Sim", "old", "Sim"),
        (None, "Sim", "Sim"),
        (None, None, ""),
        ("Bangle.js \x1b[2J\n\x9b1m", None, "Bangle.js ?[2J??1m"),
        ("Ännes Uhr", None, "Ännes Uhr"),
    ],
)
def test_sighting_has_one_spelling(local_name: str | None, device_name: str | None, name: str) -> None:
    uuid = "F69B0000-D1CB-4904-ADDA-DB6C343C41A1"
    device = BLEDevice("c4:00:00:00:00:01", device_name, None)
    advertisement = AdvertisementData(local_name, {}, {uuid: b"\x01"}, [uuid], None, -70, ())
    sighting = sighting_of(device, advertisement)
    assert (sighting.address, sighting.name, sighting.rssi) == ("C4:00:00:00:00:01", name, -70)
    assert sighting.service_uuids == (uuid.lower(),)
    assert sighting.service_data == {uuid.lower(): b"\x01"}
    assert sighting.device is device
