"""Health once a minute: what was measured, and null for what was not."""

import asyncio
from pathlib import Path

from tests.daemon.home import Blackboard, Refusing, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.protocol import Done, LogParams
from wearsync.daemon.health import INTERVAL_S
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
            assert told[0]["commit_ms"] is None
            assert "health" not in board.retained


@in_virtual_time
async def test_what_waits_is_counted(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Refusing()
        async with home.daemon(publisher=board) as running:
            await running.client().call(LogParams(side=Side.LEFT, seconds=30), Done)
            await until(lambda: board.of("health"))
            assert board.of("health")[0]["outbox_parked"] == 1
