"""When a record happened: a watch's ticks → host time, boot by boot.

Rule: pure bookkeeping. A boot that the host has met has a measured offset; one that it never met is dated by
the watch's own clock, with
its doubt; without even that, by the moment that it was learnt, with a day of doubt. Order is never taken from
these stamps: sequence numbers have it.
"""

from collections import OrderedDict
from dataclasses import replace

from wearsync.messages import Booted, ClockSampled, ClockSet, Record
from wearsync.model import Stamp
from wearsync.ports import Clock

# A watch's own clock is set by hand or by its last host: a minute of doubt is what users of such watches see.
OWN_CLOCK_ERROR_MS = 60_000
# A clock that says less (1970, 2000, or nonsense) was never set: the profile is younger than 2020.
OWN_CLOCK_EARLIEST_MS = 1_577_836_800_000
# Not known at all: somewhere within a day before it was learnt; or since the record before it, if that is
# longer ago (a copy of the journal was put back, and what the watch told since comes again).
NO_CLOCK_ERROR_MS = 24 * 3600 * 1000
# Clocks drift apart from where they were compared: crystals by 20 to 100 ppm, RC oscillators by 500.
DRIFT_PPM = 500
# A boot that is 64 boots old has been synced long ago.
BOOTS_KEPT = 64


class BootClocks:
    """Offsets of the boots of one watch."""

    def __init__(self) -> None:
        self._offsets: OrderedDict[int, tuple[int, int, int | None]] = OrderedDict()
        # No record that comes is older than this, host time; None: none is known.
        self._since_ms: int | None = None
        # The newest record that a clock has placed: its host time, and its doubt.
        self._placed: tuple[int, int] | None = None

    def knows(self, boot: int) -> bool:
        """Whether ticks of that boot can be placed."""
        return boot in self._offsets

    def sampled(self, sample: ClockSampled) -> None:
        """A measured offset: replaces whatever was known of that boot."""
        self._remember(sample.boot, sample.offset_ms, sample.error_ms, sample.at_ms)

    def recall(self, stored: tuple[ClockSampled, int] | None, now: Stamp) -> None:
        """What the journal knows of the last boot (`Journal.last_clock`), unless that is a guess; a restart
        has forgotten it.

        Host time may have lost what a host without the time does not know to have been off. How far it has
        slipped against Unix time since then is doubt; with too much of it that boot is not known any more.
        """
        if stored is None:
            return
        sample, unix_ms = stored
        if sample.at_ms is not None:
            self._since_ms = sample.at_ms - sample.error_ms
            if sample.error_ms < NO_CLOCK_ERROR_MS:
                self._placed = sample.at_ms, sample.error_ms
        slipped_ms = abs((now.host_ms - now.unix_ms) - ((sample.at_ms or 0) - unix_ms))
        if slipped_ms > OWN_CLOCK_ERROR_MS or self.knows(sample.boot) or sample.error_ms >= NO_CLOCK_ERROR_MS:
            return
        self.sampled(replace(sample, error_ms=sample.error_ms + slipped_ms))

    def learn(self, record: Record, now: Stamp) -> None:
        """Take the watch's own time from BOOTED or CLOCK_SET, if its boot is not known better."""
        if self.knows(record.boot):
            return
        match record.body:
            case Booted(unix_ms=told):
                unix_ms = told or 0
            case ClockSet(after_ms=told):
                unix_ms = told
            case _:
                return
        if OWN_CLOCK_EARLIEST_MS <= unix_ms <= now.unix_ms + OWN_CLOCK_ERROR_MS:
            age_ms = max(0, now.unix_ms - unix_ms)
            at_ms = now.host_ms - age_ms
            is_set = isinstance(record.body, ClockSet)
            error_ms = OWN_CLOCK_ERROR_MS if is_set else self._own_clock_error_ms(at_ms)
            self._remember(record.boot, at_ms - record.tick_ms, error_ms, at_ms)

    def stamp(self, record: Record, clock: Clock) -> Stamp:
        """The instant of a record; never later than now."""
        now = clock.now()
        if record.boot not in self._offsets:
            since_ms = now.host_ms if self._since_ms is None else self._since_ms
            return clock.at(now.host_ms, max(NO_CLOCK_ERROR_MS, now.host_ms - since_ms))
        offset_ms, error_ms, at_ms = self._offsets[record.boot]
        measured_ms = min(record.tick_ms + offset_ms, now.host_ms)
        # Host time may have lost what it was off for (see `recall`): what it measures then lies before what
        # is stamped already. Its place is after that; its label, of the clock as it is now, is right.
        host_ms = measured_ms if self._since_ms is None else max(measured_ms, self._since_ms)
        drift_ms = 0 if at_ms is None else abs(measured_ms - at_ms) * DRIFT_PPM // 1_000_000
        doubt_ms = min(error_ms + drift_ms + host_ms - measured_ms, NO_CLOCK_ERROR_MS)
        stamp = replace(clock.at(measured_ms, doubt_ms), host_ms=host_ms)
        self._since_ms = max(host_ms - doubt_ms, self._since_ms or 0)
        self._placed = host_ms, doubt_ms
        return stamp

    def _own_clock_error_ms(self, at_ms: int) -> int:
        """The doubt of the watch's own clock at that host time: it drifts on, over boots, for as long as no
        host has set it.
        """
        if self._placed is None:
            return OWN_CLOCK_ERROR_MS
        placed_ms, error_ms = self._placed
        drift_ms = max(0, at_ms - placed_ms) * DRIFT_PPM // 1_000_000
        return min(max(OWN_CLOCK_ERROR_MS, error_ms) + drift_ms, NO_CLOCK_ERROR_MS)

    def _remember(self, boot: int, offset_ms: int, error_ms: int, at_ms: int | None) -> None:
        self._offsets[boot] = (offset_ms, error_ms, at_ms)
        self._offsets.move_to_end(boot)
        while len(self._offsets) > BOOTS_KEPT:
            self._offsets.popitem(last=False)
