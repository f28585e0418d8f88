"""What a story stands on: the real daemon with one watch, a tap on its radio, and somebody who does to the
watch what the story asks for: a simulated wearer at once, a person when they have read the prompt.

Rule: a story looks at what the daemon knows and has stored, and acts through `ask`; only checks look inside
of a simulated watch. What does not come in time raises `Unmet`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from wearsync.daemon.compose import Daemon
from wearsync.daemon.watch_task import WatchTask
from wearsync.drivers.base import Capabilities, Driver
from wearsync.model import Command, LinkMode, Phase, Verb
from wearsync_simulators.kit.actor import Actor
from wearsync_simulators.kit.tap import Tap
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.view import Press, WatchView
from wearsync_simulators.world.books import Books, HoldRow, SessionRow, read_books

__all__ = ["Deed", "Inside", "Stage", "Unmet", "press"]

LOOK_EVERY_S = 0.2
# Where files are to be read for it; a watch that is visited may make it wait for half an hour.
READ_EVERY_S = 2.0
# What a simulated wearer does, and what the product does by itself, but for hours of waiting, comes in this.
SIMULATED_PATIENCE_S = 1200.0
# Ten rounds of a minute a side, with their gaps.
SESSION_MAX_S = 3600.0
# A cue is answered when it begins; the longest pattern is over after this.
FELT_S = 2.5

Event = dict[str, JsonValue]


class Unmet(Exception):
    """What a story expects has not come to be; the message says what."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A simulated watch, to be looked into; `faces`: what it has shown since the daemon runs;
    `pulses_before`: how many its motor had run before (the test buzz).
    """

    watch: AnyWatch
    actor: Actor
    faces: list[WatchView]
    pulses_before: int


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done to the watch: `prompt` for a person; `act` on a simulated one."""

    prompt: str
    act: Callable[[Inside], Awaitable[None]]


class Stage:
    """One watch and its daemon, for one story. `running`: the daemon's task; `journal_path`: of this stage
    alone; `prompt`: tells a person what to do, which they have `patience_s` for; `inside` None: the watch
    can't be looked into.
    """

    def __init__(
        self,
        *,
        driver: Driver,
        daemon: Daemon,
        running: asyncio.Task[None],
        journal_path: Path,
        tap: Tap,
        inside: Inside | None,
        prompt: Callable[[str], None],
        patience_s: float = SIMULATED_PATIENCE_S,
    ) -> None:
        self.driver = driver
        self.daemon = daemon
        self.tap = tap
        self.inside = inside
        self.began_s = asyncio.get_running_loop().time()
        self._running = running
        self._journal_path = journal_path
        self._prompt = prompt
        self._patience_s = patience_s
        # What was there before the story: a person's watch has a past.
        self._sessions_before = self._holds_before = self._events_before = 0

    @property
    def capabilities(self) -> Capabilities:
        """What the driver claims."""
        return self.driver.capabilities

    @property
    def task(self) -> WatchTask:
        """The watch's task in the daemon."""
        return self.daemon.pick(None)

    @property
    def phase(self) -> Phase:
        """Where the daemon's session stands."""
        return self.task.state.phase

    @property
    def books(self) -> Books:
        """What the daemon has stored."""
        return read_books(self._journal_path)

    @property
    def holds(self) -> tuple[HoldRow, ...]:
        """The holds of this story, in order."""
        return self.books.holds[self._holds_before :]

    @property
    def sessions(self) -> tuple[SessionRow, ...]:
        """The sessions of this story, in order."""
        return self.books.sessions[self._sessions_before :]

    def events(self, leaf: str) -> list[Event]:
        """What this story has for the broker on topics of that last level, in order."""
        rows = self.books.events[self._events_before :]
        return [json.loads(row.payload) for row in rows if row.topic.endswith(f"/{leaf}") and row.payload]

    def alerts(self) -> set[JsonValue]:
        """The codes of the alerts so far."""
        return {event["code"] for event in self.events("alert")}

    # --- what stories do ------------------------------------------------------------------------------------

    async def until(
        self,
        what: str,
        condition: Callable[[], object],
        within_s: float | None = None,
        *,
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        """Look until it holds. Raises `Unmet`, with `what` as the sentence that has not come true."""
        within_s = self._patience_s if within_s is None else within_s
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    self._still_runs()
                    await asyncio.sleep(every_s)
        except TimeoutError:
            raise Unmet(f"{what}: not within {within_s:.0f} s") from None

    def expect(self, what: str, holds: object) -> None:
        """Raises `Unmet` if it does not."""
        self._still_runs()
        if not holds:
            raise Unmet(what)

    async def ask(self, deed: Deed) -> None:
        """Let it be done to the watch; of a person it is only asked."""
        self._prompt(deed.prompt)
        if self.inside is not None:
            await deed.act(self.inside)

    async def give(self, verb: Verb) -> None:
        """A command, as from the terminal. Raises `Unmet` when it is refused."""
        reason = await self.daemon.commands.give(self.task, Command(verb), via="kit")
        if reason is not None:
            raise Unmet(f"{verb.value} was refused: {reason}")

    async def connected(self) -> None:
        """Wait until the watch has told all; one that is only visited need not be there."""
        if self.task.identity.visits:
            return
        await self.until("the watch is connected", lambda: self.task.state.live)

    async def question(self) -> None:
        """A session is asked for, and the watch asks the wearer."""
        await self.connected()
        await self.give(Verb.START)
        await self.until(
            "the watch asks whether the wearer is ready",
            lambda: self.task.state.live and self.phase is not Phase.IDLE,
        )

    async def begins(self) -> None:
        """A session, up to its first hold."""
        await self.question()
        if self.phase is Phase.CONFIRM:
            self._prompt("the watch asks whether you are ready: answer yes")
        await self.until("the first hold begins", lambda: self.phase is Phase.HOLD)

    async def ends(self) -> None:
        """Wait until the session is over, and each cue has its answer."""
        await self.until("the session ends", lambda: self.phase is Phase.IDLE, SESSION_MAX_S)
        await self.settled()

    async def settled(self) -> None:
        """Wait until each cue has its answer, and the host has all that the watch has written."""
        await self.until(
            "each cue has its answer",
            lambda: all(cue.given_up for cue in self.task.state.cues),
        )
        if self.inside is not None and self.capabilities.journal:
            await self.until(
                "the host has all that the watch has written", self.is_drained, every_s=READ_EVERY_S
            )
        await asyncio.sleep(FELT_S)

    def is_drained(self) -> bool:
        """Whether the host has the simulated watch's last record."""
        records = () if self.inside is None else self.inside.watch.journal()
        parts = self.books.parts
        return not records or bool(parts and parts[-1].cursor == records[-1].seq + 1)

    def begin(self) -> None:
        """The story begins: what is there already is of another one."""
        books = self.books
        self._sessions_before, self._holds_before = len(books.sessions), len(books.holds)
        self._events_before = len(books.events)
        self.began_s = asyncio.get_running_loop().time()

    @property
    def is_visited(self) -> bool:
        """Whether the link is kept only for a visit."""
        return self.driver.link is LinkMode.VISIT

    def _still_runs(self) -> None:
        if self._running.done():
            error = None if self._running.cancelled() else self._running.exception()
            raise Unmet(f"the daemon has ended: {_innermost(error)!r}")


def press(prompt: str, what: Press) -> Deed:
    """A hand on the watch."""

    async def act(inside: Inside) -> None:
        inside.watch.press(what)

    return Deed(prompt, act)


def _innermost(error: BaseException | None) -> BaseException | None:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
