"""Ticks on the host's clock: by what was measured, else by the watch's own time, else with a day of doubt."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.daemon.home import at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.boots import (
    BOOTS_KEPT,
    NO_CLOCK_ERROR_MS,
    OWN_CLOCK_EARLIEST_MS,
    OWN_CLOCK_ERROR_MS,
    BootClocks,
)
from wearsync.daemon.clock import HostClock
from wearsync.messages import Booted, ClockSampled, ClockSet, Record, RecordBody, WornChanged
from wearsync.ports import Clock
from wearsync_simulators.watches.view import Face, Press

NOW_S = 1_780_000_000.0
NOW_MS = int(NOW_S * 1000)


@pytest.fixture
def clock() -> Clock:
    return HostClock(loop_time=lambda: 0.0, wall=lambda: NOW_S, zone=UTC)


def record(boot: int, tick_ms: int, body: RecordBody | None = None) -> Record:
    return Record(seq=1, boot=boot, tick_ms=tick_ms, body=body or WornChanged(True), raw=b"")


def test_a_measured_boot_is_exact(clock: Clock) -> None:
    boots = BootClocks()
    boots.sampled(ClockSampled(boot=3, offset_ms=NOW_MS - 60_000, error_ms=12, watch_unix_ms=None))
    stamp = boots.stamp(record(3, 20_000), clock)
    assert (stamp.host_ms, stamp.error_ms) == (NOW_MS - 40_000, 12)
    assert boots.knows(3)
    assert not boots.knows(2)


def test_the_further_from_the_measure_the_greater_the_doubt(clock: Clock) -> None:
    boots = BootClocks()
    hours_ms = 3_600_000
    boots.sampled(ClockSampled(3, NOW_MS - 11 * hours_ms, 12, None, at_ms=NOW_MS - hours_ms))
    for tick_ms, error_ms in ((8 * hours_ms, 12 + 3_600), (10 * hours_ms, 12), (11 * hours_ms, 12 + 1_800)):
        assert boots.stamp(record(3, tick_ms), clock).error_ms == error_ms


def test_a_clock_that_was_set_late_dates_its_boot(clock: Clock) -> None:
    boots = BootClocks()
    boots.learn(record(2, 0, Booted(reason="power_on", unix_ms=None)), clock.now())
    boots.learn(record(2, 100_000, ClockSet(before_ms=0, after_ms=NOW_MS - 3_600_000)), clock.now())
    stamp = boots.stamp(record(2, 40_000), clock)
    assert (stamp.host_ms, stamp.error_ms) == (NOW_MS - 3_660_000, OWN_CLOCK_ERROR_MS + 30)


def test_nothing_happens_later_than_now(clock: Clock) -> None:
    boots = BootClocks()
    boots.sampled(ClockSampled(boot=3, offset_ms=NOW_MS, error_ms=12, watch_unix_ms=None))
    assert boots.stamp(record(3, 20_000), clock).host_ms == NOW_MS


def test_a_boot_that_was_never_met_is_dated_by_the_watch(clock: Clock) -> None:
    boots = BootClocks()
    booted = record(2, 1_000, Booted(reason="power_on", unix_ms=NOW_MS - 3_600_000))
    boots.learn(booted, clock.now())
    stamp = boots.stamp(record(2, 31_000), clock)
    assert (stamp.host_ms, stamp.error_ms) == (NOW_MS - 3_570_000, OWN_CLOCK_ERROR_MS + 15)


def test_a_watch_that_is_ahead_of_the_host_is_not_believed_to_be(clock: Clock) -> None:
    boots = BootClocks()
    boots.learn(record(2, 0, Booted(reason="reset", unix_ms=NOW_MS + 3_600_000)), clock.now())
    assert boots.stamp(record(2, 5_000), clock).host_ms == NOW_MS


@pytest.mark.parametrize(
    "unix_ms",
    [
        -(2**63) // 1000,
        -1,
        1,
        OWN_CLOCK_EARLIEST_MS - 1,
        NOW_MS + OWN_CLOCK_ERROR_MS + 1,
        253_402_300_800_000,
        (2**63 - 1) // 1000,
    ],
)
@pytest.mark.parametrize("tick_ms", [0, 2**32 - 1])
def test_an_absurd_clock_of_the_watch_is_no_clock(clock: Clock, unix_ms: int, tick_ms: int) -> None:
    boots = BootClocks()
    boots.learn(record(2, tick_ms, Booted(reason="power_on", unix_ms=unix_ms)), clock.now())
    stamp = boots.stamp(record(2, tick_ms), clock)
    assert (stamp.host_ms, stamp.error_ms) == (NOW_MS, NO_CLOCK_ERROR_MS)


def test_what_was_measured_is_not_replaced_by_the_watchs_own_idea(clock: Clock) -> None:
    boots = BootClocks()
    boots.sampled(ClockSampled(boot=2, offset_ms=NOW_MS - 60_000, error_ms=12, watch_unix_ms=None))
    boots.learn(record(2, 0, Booted(reason="reset", unix_ms=1)), clock.now())
    assert boots.stamp(record(2, 0), clock).error_ms == 12


def test_without_any_clock_it_is_dated_now_with_a_day_of_doubt(clock: Clock) -> None:
    boots = BootClocks()
    boots.learn(record(2, 0, Booted(reason="power_on", unix_ms=None)), clock.now())
    boots.learn(record(2, 0, WornChanged(False)), clock.now())
    stamp = boots.stamp(record(2, 31_000), clock)
    assert (stamp.host_ms, stamp.error_ms) == (NOW_MS, NO_CLOCK_ERROR_MS)


@pytest.mark.parametrize(("days", "doubt_days"), [(0.5, 1), (16, 16)])
def test_without_any_clock_it_is_not_older_than_the_record_before(
    clock: Clock, days: float, doubt_days: int
) -> None:
    day_ms = NO_CLOCK_ERROR_MS
    before_ms = NOW_MS - int(days * day_ms)
    known = ClockSampled(boot=1, offset_ms=before_ms, error_ms=20, watch_unix_ms=None, at_ms=before_ms)
    recalled = BootClocks()
    recalled.recall((known, clock.now().unix_ms - int(days * day_ms)), clock.now())
    told = BootClocks()
    told.sampled(known)
    told.stamp(record(1, 0), clock)
    for boots in (recalled, told):
        stamp = boots.stamp(record(2, 31_000), clock)
        assert stamp.host_ms == NOW_MS
        assert stamp.error_ms - doubt_days * day_ms in range(21)


def test_a_clock_that_nobody_has_set_for_long_is_in_doubt_by_its_drift_over_boots_too(clock: Clock) -> None:
    boots, days = BootClocks(), 10
    met_ms = NOW_MS - days * NO_CLOCK_ERROR_MS
    boots.sampled(ClockSampled(boot=1, offset_ms=met_ms, error_ms=20, watch_unix_ms=None, at_ms=met_ms))
    boots.stamp(record(1, 0), clock)
    booted_unix_ms = clock.now().unix_ms - NO_CLOCK_ERROR_MS
    boots.learn(record(2, 0, Booted(reason="reset", unix_ms=booted_unix_ms)), clock.now())
    stamp = boots.stamp(record(2, 0), clock)
    assert stamp.unix_ms == booted_unix_ms
    assert stamp.error_ms == OWN_CLOCK_ERROR_MS + (days - 1) * NO_CLOCK_ERROR_MS * 500 // 1_000_000
    boots.learn(record(3, 0, Booted(reason="reset", unix_ms=clock.now().unix_ms)), clock.now())
    assert boots.stamp(record(3, 0), clock).error_ms == pytest.approx(
        stamp.error_ms + NO_CLOCK_ERROR_MS * 500 // 1_000_000, abs=1
    )


def test_a_clock_that_was_set_is_in_doubt_no_more_than_any(clock: Clock) -> None:
    boots, met_ms = BootClocks(), NOW_MS - 10 * NO_CLOCK_ERROR_MS
    boots.sampled(ClockSampled(boot=1, offset_ms=met_ms, error_ms=20, watch_unix_ms=None, at_ms=met_ms))
    boots.stamp(record(1, 0), clock)
    boots.learn(record(2, 5, ClockSet(before_ms=0, after_ms=clock.now().unix_ms)), clock.now())
    assert boots.stamp(record(2, 5), clock).error_ms == OWN_CLOCK_ERROR_MS


def test_old_boots_are_forgotten_and_the_one_in_use_is_not() -> None:
    boots = BootClocks()
    for boot in range(BOOTS_KEPT):
        boots.sampled(ClockSampled(boot=boot, offset_ms=0, error_ms=1, watch_unix_ms=None))
    boots.sampled(ClockSampled(boot=0, offset_ms=5, error_ms=1, watch_unix_ms=None))
    boots.sampled(ClockSampled(boot=BOOTS_KEPT, offset_ms=0, error_ms=1, watch_unix_ms=None))
    assert boots.knows(0)
    assert not boots.knows(1)
    assert boots.knows(BOOTS_KEPT)


def test_what_the_journal_knows_is_recalled_but_no_guess_and_not_over_a_measure(clock: Clock) -> None:
    boots = BootClocks()
    boots.recall(None, clock.now())
    for boot, offset_ms, error_ms in (
        (3, NOW_MS - 60_000, 12),
        (3, NOW_MS - 90_000, 5),
        (4, 0, NO_CLOCK_ERROR_MS),
    ):
        boots.recall(
            (ClockSampled(boot, offset_ms, error_ms, None, NOW_MS - 40_000), NOW_MS - 40_000), clock.now()
        )
    stamp = boots.stamp(record(3, 20_000), clock)
    assert (stamp.host_ms, stamp.error_ms) == (NOW_MS - 40_000, 12)
    assert not boots.knows(4)


@pytest.mark.parametrize("slipped_ms", [27, -27, 5_000, OWN_CLOCK_ERROR_MS])
def test_what_host_time_has_slipped_since_is_doubt(clock: Clock, slipped_ms: int) -> None:
    boots = BootClocks()
    at_ms = NOW_MS - 40_000
    boots.recall((ClockSampled(3, NOW_MS - 60_000, 12, None, at_ms), at_ms - slipped_ms), clock.now())
    assert boots.stamp(record(3, 20_000), clock).error_ms == 12 + abs(slipped_ms)


@pytest.mark.parametrize("lost_ms", [OWN_CLOCK_ERROR_MS + 1, 14 * 3_600_000, -14 * 3_600_000])
def test_a_host_that_does_not_know_how_long_it_was_off_knows_no_old_boot(clock: Clock, lost_ms: int) -> None:
    """Found by two watches in the world: what one had recorded meanwhile was dated half a day late."""
    boots = BootClocks()
    at_ms = NOW_MS - 40_000
    boots.recall((ClockSampled(3, NOW_MS - 60_000, 12, None, at_ms), at_ms - lost_ms), clock.now())
    assert not boots.knows(3)


def test_what_comes_later_is_not_placed_before_when_host_time_has_lost_what_it_was_off_for(
    clock: Clock,
) -> None:
    # The wall clock stood ten years ahead when the daemon died, and is right again when it comes back: nobody
    # knows for how long it was off, but the watch's ticks.
    boots, lost_ms = BootClocks(), 400_000
    boots.sampled(ClockSampled(3, NOW_MS - 600_000, 12, None))
    before = boots.stamp(record(3, 500_000), clock)
    boots.sampled(ClockSampled(3, NOW_MS - 600_000 - lost_ms, 12, None))
    told = [boots.stamp(record(3, tick_ms), clock) for tick_ms in (504_000, 600_000, 950_000)]
    assert [stamp.host_ms for stamp in told] == [before.host_ms - 12] * 2 + [NOW_MS - 50_000]
    assert [stamp.unix_ms for stamp in told] == [NOW_MS - 496_000, NOW_MS - 400_000, NOW_MS - 50_000]
    assert [stamp.error_ms for stamp in told] == [12 + 395_988, 12 + 299_988, 12]


@in_virtual_time
async def test_what_was_held_before_watch_and_daemon_restarted_keeps_its_day(tmp_path: Path) -> None:
    """Late in the evening, out of reach; the host learns of it after midnight, from another boot."""
    async with at_home(tmp_path, began=datetime(2026, 6, 1, 22, tzinfo=UTC)) as home:
        async with home.daemon() as running:
            await running.live()
            await asyncio.sleep(30)
        await home.watch.set_in_range(False)
        home.watch.press(Press.START)
        await until(lambda: home.watch.view.face is Face.DONE)
        await asyncio.sleep(60)
        await home.watch.reboot()
        await home.watch.set_in_range(False)
        await asyncio.sleep(2.5 * 3600)
        await home.watch.set_in_range(True)
        async with home.daemon() as running:
            await running.live()
            holds = await running.events("hold")
            assert [hold["local_date"] for hold in holds] == ["2026-06-01"] * 2
            assert all(hold["clock_error_ms"] in range(100) for hold in holds)
