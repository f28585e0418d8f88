"""`wearsync live` shows what the daemon tells: lines in a pipe, JSON for programs."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from tests.cli.live.stage import GAP, HOLD, IDLE, SUMMARY, Daemon
from wearsync.cli.live.words import line
from wearsync.control.calls import LiveParams
from wearsync.control.results import Done, LiveState
from wearsync.errors import UsageError
from wearsync.publish.payloads import StatePayload


def _told(*states: StatePayload) -> list[LiveState]:
    return [
        LiveState(watch="W", state=state.json_text(), summary=SUMMARY.json_text(), watches=("W",))
        for state in states
    ]


async def test_live_in_a_pipe_is_a_line_at_each_change(desk: Desk) -> None:
    battery = HOLD.model_copy(update={"battery": 82})
    desk.events, desk.answer = [*_told(GAP, HOLD, battery, IDLE)], Done()
    done = await wearsync_beside("live", "--watch", "W")
    assert done.out.splitlines() == [line(GAP), line(HOLD), line(IDLE)]
    assert desk.calls == [LiveParams(watch="W")]


async def test_live_lets_go_of_a_watch_that_was_renamed_or_forgotten(desk: Desk) -> None:
    [before], [renamed] = _told(GAP), _told(HOLD)
    renamed = renamed.model_copy(update={"watch": "X", "watches": ("X",)})
    desk.events, desk.answer = [before, renamed, before], Done()
    done = await wearsync_beside("live")
    assert done.out.splitlines() == [line(GAP), line(HOLD), line(GAP)]


async def test_live_for_programs_is_every_state(desk: Desk) -> None:
    desk.events, desk.answer = [*_told(GAP, HOLD)], Done()
    done = await wearsync_beside("live", "--json")
    lines = [json.loads(each) for each in done.out.splitlines()]
    assert lines == [{"watch": "W", **json.loads(state.json_text())} for state in (GAP, HOLD)]


async def test_the_daemons_no_is_one_line(desk: Desk) -> None:
    desk.answer = UsageError("no watch is called 'X'; there are: W")
    done = await wearsync_beside("live", "--watch", "X")
    assert (done.code, done.err) == (2, "wearsync: no watch is called 'X'; there are: W\n")


def test_live_without_a_daemon_is_one_line(config: Path) -> None:
    done = wearsync("live")
    assert (done.code, done.err) == (69, "wearsync: no daemon is running: start it with `wearsync run`\n")


@pytest.mark.usefixtures("config")
async def test_live_ends_when_its_reader_has_left_though_nothing_changes(home: Path) -> None:
    async with Daemon(home / "s" / "control.sock").running() as daemon:
        await daemon.show(HOLD)
        reader, writer = os.pipe()
        live = await asyncio.create_subprocess_exec(sys.executable, "-m", "wearsync", "live", stdout=writer)
        os.close(writer)
        try:
            async with asyncio.timeout(20):
                with os.fdopen(reader, encoding="utf-8") as lines:
                    assert await asyncio.to_thread(lines.readline) == f"{line(HOLD)}\n"
                assert await live.wait() == 0
        finally:
            if live.returncode is None:
                live.kill()
                await live.wait()
