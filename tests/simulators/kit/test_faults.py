"""Each fault strikes as it says, once or evenly."""

import asyncio

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import LinkLost
from wearsync_simulators.kit.faults import CUT_FOR_S, PLAIN, Deaf, Fault, FaultKind, struck
from wearsync_simulators.kit.tap import Mischief, Tap
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.simulated_watch import SimulatedWatch


def set_up(fault: Fault, watch: SimulatedWatch) -> Mischief:
    tap = Tap()
    tap.count = 99
    struck(fault, tap=tap, watch=watch)
    assert tap.count == 0
    assert tap.mischief is not None
    return tap.mischief


def test_faults_have_names() -> None:
    faults = (PLAIN, Fault(FaultKind.CUT, 7), Fault(FaultKind.SLOW))
    assert [str(fault) for fault in faults] == ["plain", "cut@7", "slow"]


@in_virtual_time
async def test_the_watch_is_out_of_range_for_a_moment() -> None:
    watch = SimulatedWatch()
    await watch.power_on(Air())
    mischief = set_up(Fault(FaultKind.CUT, 2), watch)
    await mischief.operation(1)
    assert watch.view.in_range
    await mischief.operation(2)
    await asyncio.sleep(CUT_FOR_S / 2)
    assert not watch.view.in_range
    assert mischief.hears_after_s() == 0.0
    await asyncio.sleep(CUT_FOR_S)
    assert watch.view.in_range
    await watch.power_off()


@in_virtual_time
async def test_the_watch_restarts() -> None:
    watch = SimulatedWatch()
    await watch.power_on(Air())
    mischief = set_up(Fault(FaultKind.REBOOT, 1), watch)
    await mischief.operation(1)
    await asyncio.sleep(5.0)
    assert [record.name for record in watch.journal()].count("BOOTED") == 2
    await watch.power_off()


@in_virtual_time
async def test_one_operation_is_never_answered_and_nothing_is_heard_meanwhile() -> None:
    mischief = set_up(Fault(FaultKind.SILENT, 2), SimulatedWatch())
    loop = asyncio.get_running_loop()
    await mischief.operation(1)
    began_s = loop.time()
    striking = asyncio.create_task(mischief.operation(2))
    await asyncio.sleep(1.0)
    assert mischief.hears_after_s() is None
    with pytest.raises(LinkLost):
        await striking
    assert loop.time() - began_s == pytest.approx(10.0)
    assert mischief.hears_after_s() == 0.0


@in_virtual_time
async def test_all_is_late() -> None:
    mischief = set_up(Fault(FaultKind.SLOW), SimulatedWatch())
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for number in range(10):
        await mischief.operation(number)
        assert 0.0 <= (mischief.hears_after_s() or 0.0) <= 0.5
    assert loop.time() - began_s > 1.0


@in_virtual_time
async def test_deaf() -> None:
    await Deaf().operation(1)
    assert Deaf().hears_after_s() is None


def test_none() -> None:
    tap = Tap()
    tap.mischief = Deaf()
    struck(PLAIN, tap=tap, watch=SimulatedWatch())
    assert tap.mischief is None
