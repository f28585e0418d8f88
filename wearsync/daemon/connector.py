"""Keeps one watch connected, or visits it: find, connect, run a driver session, wait, again.

Rule: the wish to be connected stands apart from whether it is; no fault of watch or adapter ends the loop. A
fresh link and a fresh
driver session each time: nothing of an old one is trusted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from wearsync.daemon.backoff import delay_s
from wearsync.daemon.link_runner import LinkRunner
from wearsync.drivers.base import Disconnect, Driver, SessionOptions
from wearsync.errors import NoSlot, RadioUnavailable, TrustError, UnfitWatch, WearsyncError
from wearsync.messages import Down, Goodbye, Up
from wearsync.model import LinkMode, LinkState
from wearsync.ports import Clock, Radio, Sighting

# Watches advertise once in 1–2 s when idle; a window of 10 s sees nearly all that are there.
FIND_WINDOW_S = 10.0
# While another watch has a session, only one window in seven is used: its cues were sent ahead, and a second
# wearer must not be out of reach for as long as the first one pauses. Who asks for a session gets the next.
QUIET_PAUSES_MAX = 6
# A visited watch is looked for in a window each minute, and synced at least every half hour.
VISIT_LOOK_EVERY_S = 50.0
VISIT_SYNC_EVERY_MS = 30 * 60 * 1000
# A wrong key or a foreign version does not mend by itself: five minutes keep log and battery quiet.
REFUSED_RETRY_S = 300.0
# A link that dies this fast did not work; coming back at once would make a storm of it.
STEADY_LINK_MS = 10_000

# A clock is set, or a disk freed, by a person or by the network: nobody minds some seconds more.
OBSTACLE_LOOK_S = 5.0

# A link that makes room for another watch stays away for as long as that one needs to be found and synced.
ROOM_S = 60.0

Fault = Literal["none", "link", "unfit", "trust", "adapter", "absent"]

log = logging.getLogger(__name__)


class LinkListener(Protocol):
    """Who is told of messages and of the link's coming and going."""

    def heard(self, message: Up) -> None:
        """The watch said something."""

    def link_changed(self, state: LinkState, reason: str) -> None:
        """The link's state, with a reason in words where there is one."""

    def refused(self, reason: str) -> None:
        """A proof, a tag or a bond did not hold: somebody should know."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why there must be no link now, and what that state is called."""

    state: LinkState
    reason: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    fault: Fault
    reason: str
    worked: bool = False


class Connector:
    """One watch's link. `chance`: uniform in [0, 1); `entropy(n)`: n random bytes; `quiet`: True while
    nothing may scan; `obstacle`: what forbids a link, None: nothing does; `crowded`: told when there is no
    room for another link.
    """

    def __init__(
        self,
        *,
        name: str,
        address: str,
        link_mode: LinkMode,
        radio: Radio,
        driver: Driver,
        options: Callable[[], Awaitable[SessionOptions]],
        clock: Clock,
        chance: Callable[[], float],
        entropy: Callable[[int], bytes],
        listener: LinkListener,
        quiet: Callable[[], bool],
        obstacle: Callable[[], Obstacle | None] = lambda: None,
        crowded: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._address = address
        self._mode = link_mode
        self._radio = radio
        self._driver = driver
        self._options = options
        self._clock = clock
        self._chance = chance
        self._entropy = entropy
        self._listener = listener
        self._quiet = quiet
        self._obstacle = obstacle
        self._crowded = crowded
        self._runner: LinkRunner | None = None
        self._ready = False
        self._wanted = asyncio.Event()
        self._just_wanted = False
        self._since_ms: int | None = None
        self._makes_room = False
        self._last_visit_ms: int | None = None
        self._last_reason = ""
        self._no_adapter = False
        self._closing = False
        self._unlinked = asyncio.Event()
        self._unlinked.set()
        # Of the advertisement that the latest link was made by, in dBm.
        self.rssi: int | None = None

    def send(self, message: Down) -> None:
        """Say something to the watch, if it is connected."""
        if self._runner is not None:
            self._runner.send(message)

    def want(self, wanted: bool) -> None:
        """A session needs the link (or no longer does)."""
        self._just_wanted = wanted and (self._just_wanted or not self._wanted.is_set())
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    def follow(self, link_mode: LinkMode) -> None:
        """Keep it connected, or visit it, from now on."""
        self._mode = link_mode

    def let_go(self) -> None:
        """A visit is over: say goodbye, if nobody wants the link."""
        if self._mode is LinkMode.VISIT and not self._wanted.is_set():
            self.send(Goodbye())

    @property
    def connected_ms(self) -> int:
        """How long there has been a link that works; 0 without one."""
        return 0 if self._since_ms is None else self._clock.now().host_ms - self._since_ms

    def make_room(self) -> None:
        """Let another watch have the connection for a while."""
        self._makes_room = True
        self.send(Goodbye())

    def close(self) -> None:
        """Say goodbye for good: no other attempt follows."""
        self._closing = True
        self.send(Goodbye())

    async def wait_closed(self) -> None:
        """Return when there is no link."""
        await self._unlinked.wait()

    def drop(self, reason: str) -> None:
        """Break the link, if there is one: what came over it and is not durable comes again."""
        if self._runner is not None:
            self._runner.stop(reason)

    async def run(self) -> None:
        """Run until `close`."""
        failures = 0
        while not self._closing:
            for _ in range(QUIET_PAUSES_MAX):
                if self._quiet() and not self._just_wanted:
                    await self._pause(FIND_WINDOW_S)
            if await self._held_up():
                continue
            self._just_wanted = False
            attempt = await self._attempt()
            # What failed while nobody wanted the link must not slow down whoever wants it then.
            calm = attempt.worked or attempt.fault == "none" or not self._needed
            failures = 0 if calm else failures + 1
            self._report(attempt)
            await self._pause(self._wait_s(attempt, failures))

    async def _held_up(self) -> bool:
        """Wait while there is an obstacle; whether there was one."""
        told = None
        while not self._closing and (obstacle := self._obstacle()) is not None:
            if obstacle != told:
                log.warning("link.held_up watch=%s reason=%s", self._name, obstacle.reason)
                self._listener.link_changed(obstacle.state, obstacle.reason)
                told = obstacle
            await asyncio.sleep(OBSTACLE_LOOK_S)
        return told is not None

    def _wait_s(self, attempt: _Attempt, failures: int) -> float:
        if attempt.fault in ("trust", "unfit"):
            return REFUSED_RETRY_S
        if self._makes_room:
            self._makes_room = False
            return ROOM_S
        if not self._needed:
            return VISIT_LOOK_EVERY_S
        return delay_s(failures, self._chance())

    @property
    def _needed(self) -> bool:
        return self._mode is LinkMode.ALWAYS or self._wanted.is_set()

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until the link is wanted that was not before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (asyncio.sleep(seconds) if self._needed else self._wanted.wait())

    async def _attempt(self) -> _Attempt:
        try:
            sighting = await self._find()
            if sighting is None:
                return _Attempt("absent", "not seen")
            if not self._wants_visit(sighting):
                return _Attempt("none", "nothing new")
            self.rssi = sighting.rssi
            return await self._session(sighting)
        except RadioUnavailable as error:
            return _Attempt("adapter", str(error))
        except TrustError as error:
            return _Attempt("trust", str(error))
        except UnfitWatch as error:
            return _Attempt("unfit", str(error))
        except WearsyncError as error:
            if isinstance(error, NoSlot):
                self._crowded()
            return _Attempt("link", str(error))
        except Exception as defect:  # a driver may be another package's: its defect is one watch's alone
            log.exception("driver.defect watch=%s driver=%s", self._name, self._driver.name)
            reason = f"a defect in the driver {self._driver.name!r} or below it ({defect!r}): see the log"
            return _Attempt("unfit", reason)

    async def _find(self) -> Sighting | None:
        """Without an adapter the search is told of when it has gone well: else the state would change with
        each try, on every dashboard.
        """
        if not self._no_adapter:
            self._listener.link_changed("searching", "")
        sighting = await self._radio.find(self._address, FIND_WINDOW_S)
        if self._no_adapter:
            self._listener.link_changed("searching", "")
        return sighting

    def _wants_visit(self, sighting: Sighting) -> bool:
        if self._needed or self._last_visit_ms is None:
            return True
        if self._driver.advertised(sighting.service_data).wants_visit:
            return True
        return self._clock.now().host_ms - self._last_visit_ms >= VISIT_SYNC_EVERY_MS

    async def _session(self, sighting: Sighting) -> _Attempt:
        options = await self._options()
        # By our own name: what it advertises is anybody's, and stands in what people are told of the link.
        link = await self._radio.connect(replace(sighting, name=self._name))
        began_ms = self._clock.now().host_ms
        self._ready = False
        self._runner = LinkRunner(
            link=link,
            session=self._driver.session(options),
            clock=self._clock,
            entropy=self._entropy(32),
            on_message=self._heard,
        )
        self._unlinked.clear()
        try:
            end: Disconnect = await self._runner.run()
        finally:
            self._runner = self._since_ms = None
            self._unlinked.set()
        lasted_ms = self._clock.now().host_ms - began_ms
        if self._ready:
            self._last_visit_ms = self._clock.now().host_ms
        # A watch that had proven itself is no stranger: a wrong tag after that is a broken link, built anew.
        fault: Fault = "link" if self._ready and end.fault == "trust" else end.fault
        return _Attempt(fault, end.reason, worked=self._ready and lasted_ms >= STEADY_LINK_MS)

    def _heard(self, message: Up) -> None:
        if not self._ready:
            self._ready, self._since_ms = True, self._clock.now().host_ms
            log.info("link.ready watch=%s", self._name)
            self._listener.link_changed("connected", "")
        self._listener.heard(message)

    def _report(self, attempt: _Attempt) -> None:
        state: LinkState = "searching"
        match attempt.fault:
            case "none":
                state = "idle"
            case "adapter":
                state = "no_adapter"
            case "trust":
                state = "refused"
                self._listener.refused(attempt.reason)
            case "unfit":
                state = "refused"
            case "link" | "absent":
                state = "searching"
        self._no_adapter = attempt.fault == "adapter"
        known = attempt.fault in ("none", "absent") or attempt.reason == self._last_reason
        level = logging.DEBUG if known else logging.WARNING
        self._last_reason = attempt.reason
        log.log(level, "link.ended watch=%s fault=%s reason=%s", self._name, attempt.fault, attempt.reason)
        self._listener.link_changed(state, attempt.reason)
