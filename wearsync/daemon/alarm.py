"""One deadline in host time, and the sleep of the machine that a timer does not see.

Rule: told on the loop, once; after a sleep only the sleep is told, for what happened meanwhile comes first:
who is told sets the deadline again.
"""

import asyncio
from collections.abc import Callable

from wearsync.ports import Clock

# The loop's clock stands still while the machine sleeps. Host time is looked at this often while there is a
# deadline: so much later, at most, is known that it has passed.
LOOK_EVERY_MS = 10_000
# A timer that is this late: the machine slept, or the process stood still. A busy loop is late by less.
SLEPT_MS = 5_000


class Alarm:
    """Calls `due` when the deadline has come, `slept` when more than it may have passed unseen."""

    def __init__(self, *, clock: Clock, due: Callable[[], object], slept: Callable[[], object]) -> None:
        self._clock = clock
        self._due = due
        self._slept = slept
        self._timer: asyncio.TimerHandle | None = None
        self._ahead_ms = 0.0

    def set(self, at_ms: int | None) -> None:
        """The deadline from now on, in host time; None: none."""
        loop, now_ms = asyncio.get_running_loop(), self._clock.now().host_ms
        was_set, was_ahead_ms = self._timer is not None, self._ahead_ms
        self._ahead_ms = now_ms - loop.time() * 1000
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if was_set and self._ahead_ms - was_ahead_ms > SLEPT_MS:
            loop.call_soon(self._slept)  # found out before the timer could
        elif at_ms is not None:
            wait_ms = min(max(0, at_ms - now_ms), LOOK_EVERY_MS)
            self._timer = loop.call_later(wait_ms / 1000, self._look, at_ms, now_ms + wait_ms)

    def _look(self, at_ms: int, expected_ms: int) -> None:
        self._timer = None
        now_ms = self._clock.now().host_ms
        if now_ms - expected_ms > SLEPT_MS:
            self._slept()
        elif at_ms <= now_ms:
            self._due()
        else:
            self.set(at_ms)
