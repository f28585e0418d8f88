"""The reminder that the watch gives by itself (docs/hold-profile.md, section 7, rule 12).

Rule: once a local day at most, three minutes after the stored minute, so that a host that visits comes first;
by the time and the offset that a host has told, and never without them.
"""

from wearsync_simulators.watches.clock import WatchClock
from wearsync_simulators.watches.frames import NO_REMINDER, Routine

__all__ = ["Reminder"]

HOST_FIRST_MS = 3 * 60_000
_DAY_MS = 24 * 3600 * 1000


class Reminder:
    """When it is due, and whether it is felt."""

    def __init__(self, *, clock: WatchClock) -> None:
        self._clock = clock
        self._since = 0
        self._host_left: int | None = None
        self._felt_on: int | None = None
        self._done_on: int | None = None

    def due(self, routine: Routine | None) -> int | None:
        """The next tick at which it may be felt; None: none is stored, or the time is not known."""
        local_ms = self._local_ms(self._since)
        if routine is None or routine.reminder_min == NO_REMINDER or local_ms is None:
            return None
        ahead_ms = (routine.reminder_min * 60_000 + HOST_FIRST_MS - local_ms) % _DAY_MS
        return self._since + (ahead_ms or _DAY_MS)

    def advance(self, tick: int, routine: Routine | None, *, wanted: bool) -> bool:
        """Let the time come to `tick`: whether it is felt now. `wanted`: worn, idle, and no host there."""
        due, local_ms = self.due(routine), self._local_ms(tick)
        if due is None or local_ms is None:
            self._since = tick
            return False
        if due > tick:
            return False
        self._since = tick
        # Of the minute itself: three minutes later it may be another date.
        day = (local_ms - HOST_FIRST_MS) // _DAY_MS
        host_was_there = self._host_left is not None and self._host_left >= tick - HOST_FIRST_MS
        if not wanted or host_was_there or day in (self._felt_on, self._done_on):
            return False
        self._felt_on = day
        return True

    def told(self, tick: int) -> None:
        """A host has said something, the time or another minute perhaps: what is past does not come."""
        self._since = tick

    def host_left(self, tick: int) -> None:
        """A host was on the line until now."""
        self._host_left = tick

    def session_done(self, tick: int) -> None:
        """A session was done: enough for this local day."""
        local_ms = self._local_ms(tick)
        self._done_on = None if local_ms is None else local_ms // _DAY_MS

    def _local_ms(self, tick: int) -> int | None:
        unix_us = self._clock.unix_us(tick)
        return unix_us // 1000 + self._clock.utc_offset_min * 60_000 if unix_us else None
