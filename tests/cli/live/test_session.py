"""The live view at a terminal: sessions followed, verbs sent, a daemon that goes and comes back."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.live.stage import BEGAN, CONFIRM, GAP, HOLD, IDLE, PAUSED, SUMMARY, Daemon
from tests.cli.live.terminal import Shown, echoes, opened, pair, written
from wearsync.cli.live.screen import Abilities
from wearsync.cli.live.session import LiveSession, Tempo
from wearsync.cli.live.signs import UNICODE
from wearsync.control.client import ControlClient
from wearsync.errors import NotRunning, TryAgain, UsageError
from wearsync.model import Side, Verb

HURRIED = Tempo(calm_s=0.02, least_s=0.001, ask_s=0.05, retry_s=0.02)
# A machine may have other things to do; nothing here takes a second.
PATIENCE_S = 30
ABLE = Abilities(drawn_on=True, alternate=True, colours=True, signs=UNICODE)


class Sitting:
    """A person at the terminal of a live view."""

    def __init__(self, person: int, program: int) -> None:
        self.person, self.program = person, program
        self.shown = Shown()

    def press(self, keys: str) -> None:
        os.write(self.person, keys.encode())

    async def sees(self, *parts: str, without: str = "\x00") -> str:
        """Look until all of it is there."""
        text = ""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not all(part in text for part in parts) or without in text:
                    await asyncio.sleep(0.01)
                    self.shown.write(written(self.person))
                    text = self.shown.text()
        except TimeoutError:
            pytest.fail(f"{parts} (without {without!r}) never came; at last there was:\n{text}")
        return text


@pytest.fixture
def daemon(home: Path) -> Daemon:
    """Not running yet."""
    return Daemon(home / "s" / "control.sock")


@asynccontextmanager
async def sitting(
    daemon: Daemon, *, only: str | None = None, tempo: Tempo = HURRIED
) -> AsyncIterator[tuple[Sitting, "asyncio.Task[None]"]]:
    """The view while the block runs; it is ended by `q` if it has not ended by then."""
    with (
        pair() as (person, program),
        opened(program) as out,
    ):
        view = LiveSession(
            ControlClient(daemon.path),
            only=only,
            out=out,
            keyboard=program,
            able=ABLE,
            now=lambda: BEGAN + timedelta(seconds=19),
            tempo=tempo,
        )
        running = asyncio.create_task(view.run())
        there = Sitting(person, program)
        try:
            yield there, running
            if not running.done():
                there.press("q")
                async with asyncio.timeout(PATIENCE_S):
                    await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert echoes(program)


async def test_a_session_is_followed_until_q(daemon: Daemon) -> None:
    async with daemon.running(), sitting(daemon) as (there, running):
        await daemon.show(GAP)
        await there.sees("get ready", "W", "connected")
        await daemon.show(HOLD)
        await there.sees("hold · round 2 of 2", "last three seconds · in 8 s", HOLD.text)
        await daemon.show(IDLE)
        await there.sees("no session · routine done today")
        there.press("q")
        async with asyncio.timeout(PATIENCE_S):
            await running
        there.shown.write(written(there.person))
        assert (there.shown.alternate, there.shown.cursor) == (False, True)


async def test_keys_are_verbs_and_the_answer_is_shown(daemon: Daemon) -> None:
    async with daemon.running(), sitting(daemon) as (there, _):
        await daemon.show(IDLE)
        await there.sees("no session")
        there.press("s")
        await there.sees("W: as you wish")
        await daemon.show(PAUSED)
        await there.sees("p resume")
        there.press("p")
        await there.sees("W: as you wish")
        there.press("e")
        await there.sees("of which side")
        there.press("r")
        await there.sees("W: as you wish", without="of which side")
        there.press("z")
        await until(lambda: len(daemon.verbs) == 4)
        assert [(call.verb, call.side, call.minutes, call.watch) for call in daemon.verbs] == [
            (Verb.START, None, None, "W"),
            (Verb.RESUME, None, None, "W"),
            (Verb.EXTRA, Side.RIGHT, None, "W"),
            (Verb.SNOOZE, None, 10, "W"),
        ]


async def test_why_not_is_shown_in_the_picture(daemon: Daemon) -> None:
    daemon.answer = TryAgain("there is no session to pause")
    async with daemon.running(), sitting(daemon) as (there, _):
        await daemon.show(IDLE)
        await there.sees("no session")
        there.press("k")
        await there.sees("skip: there is no session to pause")
        there.press("e")
        await there.sees("of which side")
        there.press("n")
        await there.sees("no session", without="of which side")
        there.press("?")
        await there.sees("buzz to find it")
        there.press("x")
        await there.sees("no session", without="buzz to find it")
        assert [call.verb for call in daemon.verbs] == [Verb.SKIP], "a key that closes the help does no more"


async def test_an_answer_is_shown_for_a_moment(daemon: Daemon) -> None:
    async with daemon.running(), sitting(daemon, tempo=replace(HURRIED, said_s=0.05)) as (there, _):
        await daemon.show(CONFIRM)
        await there.sees("Ready? Tap to start")
        there.press("v")
        await until(lambda: len(daemon.verbs) == 1)
        await there.sees("Ready? Tap to start", without="as you wish")


async def test_a_daemon_that_goes_away_is_waited_for(daemon: Daemon) -> None:
    async with daemon.running():
        await daemon.show(HOLD)
        view = sitting(daemon)
        there, _ = await view.__aenter__()
        await there.sees(HOLD.text)
    try:
        await there.sees("The daemon has been away", "no daemon is running", HOLD.text)
        there.press("s")
        await there.sees("the daemon is away: try again when it is back")
        async with daemon.running():
            await there.sees(HOLD.text, "connected", without="been away")
            await view.__aexit__(None, None, None)
    except BaseException as error:
        await view.__aexit__(type(error), error, None)
        raise


async def test_without_a_watch_it_says_what_to_do_and_shows_the_watch_when_there_is_one(
    daemon: Daemon,
) -> None:
    daemon.watches = ()
    async with daemon.running(), sitting(daemon) as (there, _):
        await there.sees("No watch is paired yet", "wearsync pair")
        there.press("s")
        daemon.watches = ("W",)
        await there.sees("waiting for the first word of the watch")
        await daemon.show(IDLE)
        await there.sees("no session")
        assert daemon.verbs == []
        daemon.watches = ()
        await there.sees("No watch is paired yet")


async def test_tab_goes_from_watch_to_watch(daemon: Daemon) -> None:
    daemon.watches = ("W", "V")
    async with daemon.running(), sitting(daemon) as (there, _):
        await daemon.show(HOLD)
        await daemon.show(CONFIRM, "V")
        await there.sees("W · V", HOLD.text, "tab next watch")
        there.press("\t")
        await there.sees("Ready? Tap to start")
        there.press("\x1b[Z")
        await there.sees(HOLD.text)


async def test_why_a_watch_is_not_reached_is_asked_for(daemon: Daemon) -> None:
    async with daemon.running(), sitting(daemon) as (there, _):
        await daemon.show(HOLD.model_copy(update={"link": "searching"}))
        daemon.link = "searching: out of range, switched off, or the watch hung up"
        await there.sees("watch searching: out of range, switched off", "heard of 1 s ago")


async def test_who_is_away_comes_back_by_the_same_key(daemon: Daemon) -> None:
    daemon.summary = SUMMARY.model_copy(update={"away": True})
    async with daemon.running(), sitting(daemon) as (there, _):
        await daemon.show(IDLE)
        await there.sees("a back again", "away, it waits")
        there.press("a")
        await until(lambda: len(daemon.verbs) == 1)
        assert daemon.verbs[0].away is False


async def test_a_terminal_that_is_closed_ends_the_view(daemon: Daemon) -> None:
    reader, keyboard = os.pipe()
    with pair() as (_, program), opened(program) as out:
        async with daemon.running(), asyncio.timeout(PATIENCE_S):
            os.close(keyboard)
            view = LiveSession(
                ControlClient(daemon.path), only=None, out=out, keyboard=reader, able=ABLE, now=lambda: BEGAN
            )
            await view.run()
    os.close(reader)


async def test_no_daemon_at_the_start_is_the_plain_error(daemon: Daemon) -> None:
    async with sitting(daemon) as (there, running):
        with pytest.raises(NotRunning, match="start it with `wearsync run`"):
            await running
        assert written(there.person) == ""


async def test_a_watch_that_is_not_there_is_the_plain_error_also_later(daemon: Daemon) -> None:
    async with daemon.running():
        async with sitting(daemon, only="X") as (_, running):
            with pytest.raises(UsageError, match="no watch is called 'X'; there are: W"):
                await running
        async with sitting(daemon, only="W") as (there, running):
            await daemon.show(HOLD)
            await there.sees(HOLD.text)
            daemon.watches = ()
            with pytest.raises(UsageError, match="no watch is called 'W'; there are: none"):
                await running


async def until(reached: Callable[[], bool]) -> None:
    """Soon."""
    async with asyncio.timeout(PATIENCE_S):
        while not reached():  # a person who looks
            await asyncio.sleep(0.01)
