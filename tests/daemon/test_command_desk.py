"""Each command gets one answer, or the reason why there is none; and there is an end to how many wait."""

import asyncio
import json
import re
from functools import partial
from pathlib import Path

import pytest

from tests.daemon.home import Blackboard, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.coordinator.effects import Reply
from wearsync.daemon.command_desk import ANSWER_DEADLINE_S, WAITING_MAX, CommandDesk
from wearsync.errors import TryAgain
from wearsync.model import Command, Phase, Verb


def says_away(board: Blackboard, is_away: bool) -> bool:
    return json.loads(board.retained["wearer/you/summary"])["away"] is is_away


@in_virtual_time
async def test_answer_of_the_coordinator_comes_back_to_who_asked(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        answers = await asyncio.gather(*(running.give(verb) for verb in (Verb.START, Verb.START, Verb.PAUSE)))
        assert answers == [
            None,
            "a session is running already",
            "the session has not begun: the watch is asking for a tap",
        ]
        await until(lambda: running.phase is Phase.HOLD)


@in_virtual_time
async def test_watch_out_of_reach_is_said_so_at_once(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.watch.set_in_range(False)
        async with home.daemon() as running:
            assert await running.give(Verb.START) == "the watch is out of reach: bring it near"


@in_virtual_time
async def test_being_away_is_the_wearers_whichever_watch_is_told(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        tables = "".join(
            f'[[watches]]\nid = "{name[:2] * 16}"\naddress = "C0:FF:EE:00:00:02"\nname = "{name}"\n{more}'
            for name, more in (("abc", ""), ("cde", 'wearer = "eve"\n'))
        )
        home.config.write_text(home.config.read_text() + tables)
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: running.daemon.watches and running.daemon.watches["cde"].state.configured)
            ours, mine, eves = (running.daemon.watches[name] for name in ("Ours", "abc", "cde"))
            for told, is_away in ((ours, True), (mine, False), (mine, True), (ours, False)):
                command = Command(Verb.AWAY, away=is_away)
                assert await running.daemon.commands.give(told, command, via="test") is None
                assert [task.state.away for task in (ours, mine, eves)] == [is_away, is_away, False]
                await until(partial(says_away, board, is_away), 1)


@in_virtual_time
async def test_who_went_away_by_a_watch_that_was_forgotten_comes_back_by_another(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        paired = home.config.read_text()
        away, back = (Command(Verb.AWAY, away=is_away) for is_away in (True, False))
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            assert await running.daemon.commands.give(running.task, away, via="test") is None
            await until(partial(says_away, board, True))
        other = re.sub('id = "[0-9a-f]{32}"', f'id = "{"ab" * 16}"', paired)
        home.config.write_text(other)
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: "wearer/you/summary" in board.retained)
            assert says_away(board, True)
            assert await running.daemon.commands.give(running.task, back, via="test") is None
            await until(partial(says_away, board, False), 1)


@in_virtual_time
async def test_more_than_can_wait_are_turned_away_and_late_answers_are_let_go(tmp_path: Path) -> None:
    """The daemon is ended, so nobody takes a command out of the inbox."""
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            task = running.task
        desk = CommandDesk()
        waiting = [
            asyncio.create_task(desk.give(task, Command(Verb.BUZZ), via="test")) for _ in range(WAITING_MAX)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TryAgain, match="too many commands are waiting"):
            await desk.give(task, Command(Verb.BUZZ), via="test")
        desk.replied(Reply("test-1", "test", None))
        desk.replied(Reply("test-1", "test", "twice is once"))
        assert await waiting[0] is None
        answers = await asyncio.gather(*waiting[1:], return_exceptions=True)
        assert {str(answer) for answer in answers} == {"the daemon did not get to it in time: see its log"}
        desk.replied(Reply("test-2", "test", None))
        assert ANSWER_DEADLINE_S < 20
