"""The watch's own clock: a crystal that drifts, ticks since boot, and the time as somebody told it.

Rule: ticks are the watch's time, seconds are true time (the event loop's clock); only this file turns one
into the other.
"""

__all__ = ["TICK_RENEWAL", "WatchClock"]

# "A watch takes a new boot number … when its tick nears 2³¹, while disconnected and idle" (8): a day early.
TICK_RENEWAL = 2**31 - 24 * 3600 * 1000


class WatchClock:
    """Ticks (ms, u32) since `booted_s`, at 1 + `drift_ppm` parts per million of the true speed."""

    def __init__(self, *, booted_s: float, drift_ppm: float = 0.0, unix_us: int = 0) -> None:
        self._booted_s = booted_s
        self._ticks_per_s = 1000.0 * (1.0 + drift_ppm / 1_000_000)
        self._unix_at_boot_us = unix_us
        self.utc_offset_min = 0

    def tick(self, now_s: float) -> int:
        """The tick at a true instant."""
        # A hair of tolerance: woken at the instant of a tick, the clock must show that tick.
        return max(0, int((now_s - self._booted_s) * self._ticks_per_s + 1e-4))

    def instant_s(self, tick: int) -> float:
        """The true instant at which the clock shows `tick`."""
        return self._booted_s + tick / self._ticks_per_s

    def unix_us(self, tick: int) -> int:
        """The time of day as the watch knows it; 0 if nobody told it."""
        return self._unix_at_boot_us + tick * 1000 if self._unix_at_boot_us else 0

    def set_unix_us(self, unix_us: int, utc_offset_min: int, tick: int) -> None:
        """Take the host's word for the time."""
        self._unix_at_boot_us = unix_us - tick * 1000
        self.utc_offset_min = utc_offset_min
