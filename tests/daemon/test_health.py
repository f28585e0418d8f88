"""Health once a minute: what was measured, and null for what was not."""

import asyncio
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

import pytest

from tests.daemon.home import Blackboard, at_home, until
from tests.daemon.test_compose import Refusing
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import LogParams
from wearsync.control.results import Done
from wearsync.daemon.health import INTERVAL_S, LATENESSES_KEPT, LATENESSES_MIN, _percentiles, memory_mb
from wearsync.model import Side


@in_virtual_time
async def test_it_is_told_once_a_minute(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board):
            await asyncio.sleep(3 * INTERVAL_S + 1)
            told = board.of("health")
            assert [health["uptime_s"] for health in told] == [60, 120, 180]
            assert all(health["outbox_waiting"] == health["outbox_parked"] == 0 for health in told)
            assert all(health["outbox_oldest_s"] is None for health in told)
            assert all(isinstance(mb := health["memory_mb"], float) and 10 < mb < 4096 for health in told)
            assert all(isinstance(lag := health["loop_lag_ms"], float) and lag < 100 for health in told)
            assert all(isinstance(ms := health["commit_ms"], float) and ms >= 0 for health in told)
            assert {health["storage"] for health in told} == {"ok"}
            assert told[0]["cue_lateness_p50_ms"] is None
            assert "health" not in board.retained


@in_virtual_time
async def test_cue_lateness_is_the_watch_s_own_word(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.start()
            await running.over()
            await asyncio.sleep(INTERVAL_S)
            told, late_ms = board.of("health")[-1], [cue["latency_ms"] for cue in board.of("ours/cue")]
            assert len(late_ms) >= LATENESSES_MIN
            assert isinstance(p50_ms := told["cue_lateness_p50_ms"], float)
            assert isinstance(p99_ms := told["cue_lateness_p99_ms"], float)
            assert 0 <= p50_ms <= p99_ms < 1000  # one cue waits for another


@pytest.mark.parametrize("count", [LATENESSES_MIN, 101, 102, LATENESSES_KEPT])
def test_percentiles_are_those_of_the_textbook(count: int) -> None:
    values = [at * at % 997 for at in range(count)]
    cuts = quantiles(values, n=100, method="inclusive")
    assert _percentiles(values) == (round(cuts[49], 1), round(cuts[98], 1))
    assert _percentiles(values[: LATENESSES_MIN - 1]) == (None, None)


@in_virtual_time
async def test_machine_that_slept_is_no_loop_that_was_busy(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board):
            await asyncio.sleep(10)
            home.suspend(timedelta(hours=9))
            await until(lambda: board.of("health"))
            told = board.of("health")[0]
            assert told["loop_lag_ms"] == pytest.approx(0, abs=100)
            assert told["uptime_s"] == pytest.approx(9 * 3600 + 60, abs=1)


@in_virtual_time
async def test_what_waits_is_counted(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Refusing()
        async with home.daemon(publisher=board) as running:
            await running.client().call(LogParams(side=Side.LEFT, seconds=30), Done)
            await until(lambda: board.of("health"))
            assert board.of("health")[0]["outbox_parked"] == 1


def test_memory_is_that_of_now_and_not_the_greatest_so_far() -> None:
    before_mb = memory_mb()
    much = bytearray(200_000_000)
    much[::4096] = b"x" * len(much[::4096])
    then_mb = memory_mb()
    del much
    assert then_mb - before_mb > 150
    if Path("/proc/self/statm").exists():
        assert then_mb - memory_mb() > 150
