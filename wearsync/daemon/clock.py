"""The host's clock: time that never steps back for timers, and the wall clock's label for people.

Rule: `host_ms` runs with the loop's monotonic clock; the wall clock is read for labels, and once at the
start, to carry `host_ms` on over the time that no daemon ran. A step of the wall clock moves labels only.
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from wearsync.daemon.boots import OWN_CLOCK_EARLIEST_MS
from wearsync.model import Stamp


class MachineZone(tzinfo):
    """This machine's own time zone with its rules, as the C library has them."""

    def refresh(self) -> None:
        """Somebody may have travelled, and set another one: only this makes the C library look again."""
        if sys.platform != "win32":
            time.tzset()

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """The offset that holds at that local time; by `fold` where there are two."""
        return None if dt is None else dt.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, dt: datetime | None) -> timedelta | None:
        """Not known, and of no use here."""
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        """As the machine calls it."""
        return None if dt is None else dt.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, dt: datetime) -> datetime:
        """The local time of an instant."""
        there = dt.replace(tzinfo=UTC).astimezone()
        local = there.replace(tzinfo=None)
        is_first = local.astimezone().utcoffset() == there.utcoffset()
        return local.replace(tzinfo=self, fold=0 if is_first else 1)


class HostClock:
    """`ports.Clock`. In a new journal host time begins as Unix time, and runs by itself from there."""

    def __init__(
        self,
        *,
        loop_time: Callable[[], float],
        wall: Callable[[], float],
        zone: tzinfo | None = None,
        resume: tuple[int, int] | None = None,
    ) -> None:
        """`loop_time`, `wall`: seconds, monotonic and Unix. `zone`: the wearer's, None this machine's.

        `resume`: (host_ms, unix_ms) from `Journal.host_time`; time goes on at least 1 ms later. How long it
        was is not known when the clock was not set then, or is not now.
        """
        self._loop_time = loop_time
        self._wall = wall
        self._zone = zone or MachineZone()
        unix_ms = self._unix_ms()
        if resume is None:
            self._start_host_ms = unix_ms
        else:
            host_ms, then_ms = resume
            away_ms = unix_ms - then_ms if then_ms >= OWN_CLOCK_EARLIEST_MS else 0
            self._start_host_ms = host_ms + max(1, away_ms)
        self._start_loop_s = loop_time()

    @property
    def zone(self) -> tzinfo:
        """See `ports.Clock`."""
        if isinstance(self._zone, MachineZone):
            self._zone.refresh()
        return self._zone

    def now(self) -> Stamp:
        """See `ports.Clock`."""
        return self._stamp(self._host_ms(), self._unix_ms(), error_ms=0)

    def at(self, host_ms: int, error_ms: int = 0) -> Stamp:
        """See `ports.Clock`."""
        return self._stamp(host_ms, self._unix_ms() + host_ms - self._host_ms(), error_ms=error_ms)

    def _host_ms(self) -> int:
        return self._start_host_ms + int((self._loop_time() - self._start_loop_s) * 1000)

    def _unix_ms(self) -> int:
        return int(self._wall() * 1000)

    def _stamp(self, host_ms: int, unix_ms: int, *, error_ms: int) -> Stamp:
        return Stamp(host_ms, unix_ms, self._offset_min(unix_ms / 1000), error_ms)

    def _offset_min(self, unix_s: float) -> int:
        if isinstance(self._zone, MachineZone):
            # As `MachineZone` says, in a thirtieth of the time: each record that comes is stamped.
            return time.localtime(unix_s).tm_gmtoff // 60
        offset = datetime.fromtimestamp(unix_s, UTC).astimezone(self._zone).utcoffset()
        assert offset is not None  # An aware datetime has one.
        return int(offset.total_seconds() // 60)
