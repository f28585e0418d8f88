"""The next session's routine: from a running daemon, after it, and before there was one."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.daemon.home import NAME, SHORT, Blackboard, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import load
from wearsync.control.calls import CommandParams, RoutineParams
from wearsync.control.results import Done
from wearsync.daemon.routine_view import RoutineView, read_routine
from wearsync.errors import TryAgain, UsageError
from wearsync.model import Routine, Verb
from wearsync_simulators.watches.records import HoldStarted

TWO = """
[[watches]]
name = "A"
id = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
address = "C4:00:00:00:00:01"
[watches.routine]
left_s = 45
[[watches]]
name = "B"
id = "b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
address = "C4:00:00:00:00:02"
"""


def says_full(board: Blackboard) -> bool:
    return board.of("wearer/you/summary")[-1]["full"] is True


@in_virtual_time
async def test_what_is_set_is_seen_at_once_and_after_the_daemon(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.live()
            call = CommandParams(verb=Verb.SET, changes=Routine(left_s=45))
            assert (await running.client().call(call, Done)).text == f"{NAME}: from the next session on"
            seen = await running.client().call(RoutineParams(), RoutineView)
            assert (seen.watch, seen.routine.left_s, seen.routine.right_s) == (NAME, 45, 30)
            assert seen.progression is not None
            assert (seen.progression.left.next_s, seen.progression.days_needed) == (50, 3)
            with pytest.raises(TryAgain, match="set wants something to change: variant, rounds"):
                await running.client().call(CommandParams(verb=Verb.SET), Done)
        assert await read_routine(home.settings, None) == seen
        async with home.daemon() as running:
            await running.live()
            assert running.task.state.routine == seen.routine


@in_virtual_time
async def test_a_file_that_is_changed_later_wins_where_it_was_changed(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.live()
            changes = Routine(left_s=45, rounds=3)
            await running.client().call(CommandParams(verb=Verb.SET, changes=changes), Done)
        text = home.config.read_text()
        home.config.write_text(text.replace("rounds = 1", "rounds = 2\nprogression = false"))
        async with home.daemon() as running:
            await running.live()
            seen = await running.client().call(RoutineParams(), RoutineView)
            assert (seen.routine.left_s, seen.routine.rounds) == (45, 2)
            assert seen.progression is None


async def test_before_the_first_daemon_it_is_the_configuration_s(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(SHORT + TWO)
    settings = load(config, state_dir=tmp_path / "state")
    assert (await read_routine(settings, "a")).routine == settings.routine.plan.model_copy(
        update={"left_s": 45}
    )
    assert (await read_routine(settings, "B")).routine == settings.routine.plan
    with pytest.raises(UsageError, match=r"which watch\? name one with --watch: A, B"):
        await read_routine(settings, None)
    with pytest.raises(UsageError, match="no watch is called 'C'; there are: A, B"):
        await read_routine(settings, "C")


@in_virtual_time
async def test_after_three_days_of_it_the_watch_itself_has_longer_holds(tmp_path: Path) -> None:
    """Days with a restart of the daemon in each night, and with a watch that is looked into at the end."""
    async with at_home(tmp_path) as home:
        for day in range(4):
            board = Blackboard()
            async with home.daemon(publisher=board) as running:
                await running.start()
                await running.over()
                await until(partial(says_full, board))
            home.set_clock(timedelta(days=1))
            told = board.of("wearer/you/summary")[-1]["progression"]
            assert isinstance(told, dict)
            full_days, planned_s = ((1, 30), (2, 30), (0, 35), (1, 35))[day]
            assert told["left"] == {"planned_s": planned_s, "full_days": full_days, "next_s": planned_s + 5}
        holds = [r.body for r in home.watch.journal() if isinstance(r.body, HoldStarted)]
        assert [hold.planned_s for hold in holds] == [30] * 6 + [35] * 2
