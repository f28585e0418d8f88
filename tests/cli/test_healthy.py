"""What a health check learns: the daemon answers, or it does not; never that something else is away."""

import asyncio
import json
from pathlib import Path

from pydantic import BaseModel

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.control.calls import Call, StatusParams
from wearsync.control.results import StatusResult, WatchStatus
from wearsync.control.server import ControlServer
from wearsync.control.session import Session
from wearsync.errors import StorageError, TryAgain

WATCH = WatchStatus(
    name="W", watch_id="w", driver="wearsync", wearer="ann", link="no_adapter", trust=None, phase="idle"
)
STATUS = StatusResult(
    version="1", pid=2, site="home", radio="native", broker="away: refused", outbox=3, watches=(WATCH,)
)


async def test_a_daemon_that_answers_is_healthy_whatever_is_away(desk: Desk) -> None:
    desk.answer = STATUS
    done = await wearsync_beside("healthy")
    said = "the daemon answers: W no_adapter; broker away: refused\n"
    assert (done.code, done.out, done.err) == (0, said, "")
    assert desk.calls == [StatusParams()]
    assert json.loads((await wearsync_beside("healthy", "--json")).out) == {"ok": True, "text": said[:-1]}


async def test_a_daemon_without_a_watch_is_healthy(desk: Desk) -> None:
    desk.answer = STATUS.model_copy(update={"watches": ()})
    assert "no watch yet" in (await wearsync_beside("healthy")).out


def test_no_daemon_is_not_healthy(config: Path) -> None:
    done = wearsync("healthy")
    assert (done.code, done.out) == (69, "")
    assert done.err == "wearsync: no daemon is running: start it with `wearsync run`\n"


async def test_a_daemon_that_has_no_room_is_not_healthy(desk: Desk) -> None:
    desk.answer = TryAgain("16 clients are connected already: end one of them")
    done = await wearsync_beside("healthy")
    assert (done.code, done.err) == (69, "wearsync: 16 clients are connected already: end one of them\n")


async def test_a_journal_that_fails_is_told_as_what_it_is(desk: Desk) -> None:
    desk.answer = StorageError("the disk is full")
    assert (await wearsync_beside("healthy")).code == 74


async def test_a_daemon_whose_journal_hangs_is_not_healthy(config: Path, home: Path) -> None:
    """Its loop turns on, and says so every five seconds: that is no answer."""
    asked = []

    async def hang(call: Call, _session: Session) -> BaseModel:
        asked.append(call)
        await asyncio.Event().wait()
        raise AssertionError("it hangs")

    (home / "s").mkdir(mode=0o700)
    async with ControlServer(home / "s" / "control.sock", hang):
        done = await wearsync_beside("healthy", "--within", "0.3")
    assert asked == [StatusParams()]
    assert done.code == 69
    assert done.err == "wearsync: the daemon has not answered within 0.3 s: look at its log, or restart it\n"
