"""One connection on the fast air: two ends, and two lanes that keep the order of what goes over it.

Rule: what happens at the watch runs in the air's own context, never in that of the host's process, which may
be frozen or dead. Whoever leaves range, loses power or dies says nothing: the other end finds out by the
supervision timeout.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Protocol, TypeVar

from wearsync_simulators.world.radio_faults import Fate, Noise, When

__all__ = ["OUT_OF_REACH", "AttError", "HostEnd", "Refusal", "WatchEnd", "Wire"]

# One way; there and back some 30 ms, what a connection interval of 15–30 ms makes of an operation.
LATENCY_S = (0.008, 0.024)
# Nobody answers for so long: the link is over (hosts ask for 0.4 to 6 s).
SUPERVISION_S = 2.0
# As wearsync.radio.link: the host's own deadline for an operation.
OPERATION_DEADLINE_S = 10.0

OUT_OF_REACH = "out of range, switched off, or the watch hung up"

_Answer = TypeVar("_Answer")


class AttError(Exception):
    """The watch refuses a request; `code` as the Core specification has it (Vol 3, Part F, 3.4.1.1)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02x}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request has no answer: an ATT `code`; or None, and the link is `lost`, or silent."""

    code: int | None = None
    lost: bool = False


class HostEnd(Protocol):
    """Whom the wire tells on the host's side; each call is instant."""

    def heard(self, attribute: str, value: bytes) -> None:
        """A notification."""

    def lose(self, why: str) -> None:
        """The link is over."""


class WatchEnd(Protocol):
    """Whom the wire tells on the watch's side."""

    def unlinked(self) -> None:
        """The link is over."""


class Wire:
    """A link between `host` and `watch`. `encrypted` and `authenticated` are set by who connects or pairs;
    `noise`: what goes wrong on it; `random`: latencies are drawn from it.
    """

    def __init__(
        self,
        *,
        host: HostEnd,
        watch: WatchEnd,
        context: contextvars.Context,
        noise: Noise,
        random: Random,
    ) -> None:
        self.mtu = 23
        self.encrypted = False
        self.authenticated = False
        self.subscribed: dict[str, None] = {}
        self.noise = noise
        self._host: HostEnd | None = host
        self._watch: WatchEnd | None = watch
        self._context = context
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._down = _Lane(self._loop, context)
        self._up = _Lane(self._loop, context)
        # One request at a time is under way (Vol 3, Part F, 3.3.2).
        self._answers: dict[asyncio.Future[Any], None] = {}
        self._countdown: asyncio.TimerHandle | None = None
        self._severed = False

    @property
    def is_open(self) -> bool:
        """Whether both ends are there."""
        return self._host is not None and self._watch is not None

    # The host's end.

    def request(
        self, act: Callable[[], _Answer], *, calm: bool = False
    ) -> "asyncio.Future[_Answer | Refusal]":
        """Let `act` happen at the watch; the answer comes back, in order with notifications. `calm`: nothing
        goes wrong with it.
        """
        answer: asyncio.Future[_Answer | Refusal] = self._loop.create_future()
        if not self.is_open:
            answer.set_result(Refusal(lost=True))
            return answer
        self._answers[answer] = None
        fate = Fate() if calm else self.noise.operation()
        if fate.hangs is not When.NEVER:
            self._loop.call_later(
                OPERATION_DEADLINE_S, self._settle, answer, Refusal(), context=self._context
            )

        def arrives() -> None:
            outcome: list[_Answer | Refusal] = []
            if fate.answers:
                # The answer goes first, then what the watch has to tell because of it.
                self._up.put(lambda: self._settle(answer, outcome[0]), self._latency_s() + fate.slow_s)
            if fate.happens:
                outcome.append(_outcome(act))
            if fate.lost is not When.NEVER:
                self.end(OUT_OF_REACH)

        self._down.put(arrives, self._latency_s())
        return answer

    def leave(self) -> None:
        """The host disconnects."""
        self._host = None
        self._refuse_all()
        if self._countdown is None:
            self._up.close()
            self._down.put(self._watch_ends, self._latency_s())

    def abandon(self, why: str) -> None:
        """The host is gone without a word to the watch; `why`: as the host itself sees it."""
        host, self._host = self._host, None
        if host is not None:
            host.lose(why)
            self._refuse_all()
            self._sever()

    # The watch's end.

    def tell(self, attribute: str, value: bytes) -> None:
        """Notify the host, if it has subscribed."""
        if attribute not in self.subscribed:
            return
        for each in self.noise.up(value):
            self._up.put(partial(self._deliver, attribute, each), self._latency_s())

    def hang_up(self) -> None:
        """The watch disconnects, after what was told."""
        self._up.put(lambda: self.end(OUT_OF_REACH), self._latency_s())

    def go_silent(self) -> None:
        """The watch is gone without a word."""
        if self._watch is not None:
            self._watch = None
            self._sever()

    # The air between them.

    def end(self, why: str) -> None:
        """The link is over at both ends."""
        host, self._host = self._host, None
        if host is not None:
            host.lose(why)
        self._watch_ends()

    def set_reachable(self, reachable: bool) -> None:
        """Out of reach, what goes over the wire waits, until the supervision timeout ends it."""
        if self._severed:
            return
        if not reachable and self._countdown is None:
            self._hold()
        elif reachable and self._countdown is not None:
            self._countdown.cancel()
            self._countdown = None
            self._down.hold(False)
            self._up.hold(False)

    def _deliver(self, attribute: str, value: bytes) -> None:
        if self.noise.loses():
            self.end(OUT_OF_REACH)
        elif self._host is not None:
            self._host.heard(attribute, value)

    def _sever(self) -> None:
        self._severed = True
        if self._countdown is None:
            self._hold()

    def _hold(self) -> None:
        self._down.hold(True)
        self._up.hold(True)
        self._countdown = self._loop.call_later(SUPERVISION_S, self.end, OUT_OF_REACH, context=self._context)

    def _watch_ends(self) -> None:
        watch, self._watch = self._watch, None
        if self._countdown is not None:
            self._countdown.cancel()
        self._down.close()
        self._up.close()
        self._refuse_all()
        if watch is not None:
            watch.unlinked()

    def _refuse_all(self) -> None:
        for answer in list(self._answers):
            self._settle(answer, Refusal(lost=True))

    def _settle(self, answer: "asyncio.Future[_Answer | Refusal]", outcome: _Answer | Refusal) -> None:
        self._answers.pop(answer, None)
        if not answer.done():
            answer.set_result(outcome)

    def _latency_s(self) -> float:
        return self._random.uniform(*LATENCY_S)


class _Lane:
    """One direction: first in, first out, nothing before its time, nothing while it is held."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: contextvars.Context) -> None:
        self._loop = loop
        self._context = context
        # Bounded by what feeds it: the watch's window of records, one request of the host's at a time.
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._held = False
        self._closed = False
        self._last_s = 0.0

    def put(self, happens: Callable[[], None], latency_s: float) -> None:
        if not self._closed:
            self._last_s = max(self._last_s, self._loop.time() + latency_s)
            self._waiting.append((self._last_s, happens))
            self._arm()

    def hold(self, held: bool) -> None:
        self._held = held
        self._arm()

    def close(self) -> None:
        self._closed = True
        self._waiting.clear()

    def _arm(self) -> None:
        if self._timer is None and self._waiting and not self._held:
            self._timer = self._loop.call_at(self._waiting[0][0], self._step, context=self._context)

    def _step(self) -> None:
        self._timer = None
        # Not the loop's time, which may be a rounding error before that which it was asked for.
        due_s = self._waiting[0][0] if self._waiting else 0.0
        while self._waiting and not self._held and self._waiting[0][0] <= due_s:
            self._waiting.popleft()[1]()
        self._arm()


def _outcome(act: Callable[[], _Answer]) -> _Answer | Refusal:
    try:
        return act()
    except AttError as error:
        return Refusal(code=error.code)
