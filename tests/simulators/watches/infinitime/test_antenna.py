"""Its radio: how it advertises, one host at a time, and its look at the host's clock."""

import asyncio
from itertools import pairwise

import pytest
from bleak.exc import BleakError
from bumble.core import UUID
from bumble.device import Advertisement
from bumble.gatt import Characteristic, CharacteristicValue, Service

from tests.simulators.watches.infinitime.conftest import connected, on_air, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.advertisement import advertisement_data
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime

OTHER_HOST = "C4:00:00:00:00:0B"
NOW = bytes([0xEA, 0x07, 11, 23, 5, 10, 59, 1, 0, 1])


def watch() -> SimulatedInfiniTime:
    return SimulatedInfiniTime(seed=3)


async def intervals(central: Central, events: int) -> list[float]:
    """The time between advertising events, s."""
    at_s: list[float] = []

    def heard(_advertisement: Advertisement) -> None:
        at_s.append(asyncio.get_running_loop().time())

    await central.listen(heard, active=False)
    await until(lambda: len(at_s) > events)
    await central.stop_listening(heard)
    return [after - before for before, after in pairwise(at_s)]


@in_virtual_time
async def test_what_it_advertises() -> None:
    sim = watch()
    heard: list[Advertisement] = []
    async with on_air(sim) as central:
        await central.listen(heard.append, active=True)
        await until(lambda: heard)
    told = advertisement_data(heard[0])
    assert told.local_name == "InfiniTime"
    assert told.service_uuids == [
        "0000180d-0000-1000-8000-00805f9b34fb",
        "00001530-1212-efde-1523-785feabcd123",
    ]
    assert told.tx_power == 0
    assert not told.service_data


@in_virtual_time
async def test_it_advertises_fast_for_half_a_minute_then_slowly_and_fast_again_after_a_link() -> None:
    sim = watch()
    async with on_air(sim) as central:
        assert await intervals(central, 5) == pytest.approx([0.020] * 5)
        await asyncio.sleep(30)
        assert await intervals(central, 3) == pytest.approx([1.0225] * 3)
        async with connected(central, sim):
            await asyncio.sleep(40)
        assert await intervals(central, 3) == pytest.approx([0.020] * 3)


@in_virtual_time
async def test_one_host_at_a_time() -> None:
    sim, air = watch(), Air()
    await sim.power_on(air)
    one = await Central.open(air, address="C4:00:00:00:00:0A")
    other = await Central.open(air, address=OTHER_HOST)
    async with connected(one, sim):
        with pytest.raises((TimeoutError, BleakError)):
            await other.connect(sim.address, timeout_s=30)
    await other.connect(sim.address, timeout_s=30)
    assert sim.view.connected
    for radio in (sim.power_off, one.close, other.close):
        await radio()


@in_virtual_time
async def test_it_takes_the_time_of_a_host_that_has_a_clock() -> None:
    sim = watch()
    async with on_air(sim) as central:
        clock = Characteristic[bytes](
            UUID("2A2B"),
            Characteristic.Properties.READ,
            Characteristic.READABLE,
            CharacteristicValue(read=lambda _link: NOW),
        )
        central.radio.device.add_service(Service(UUID("1805"), [clock]))
        async with connected(central, sim):
            await until(lambda: sim.clock.local.year == 2026)


@in_virtual_time
async def test_a_host_without_a_clock_that_is_gone_before_it_is_asked() -> None:
    sim = watch()
    async with on_air(sim) as central:
        for stays_s in (0.0, 0.601, 5.0):
            async with connected(central, sim) as host:
                await asyncio.sleep(stays_s)
                assert host.link.is_connected
            await until(lambda: not sim.view.connected)
        assert sim.clock.local.year == 1970
