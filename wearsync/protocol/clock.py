"""The watch's clock as the host knows it in one session: ticks against host ms (the document's section 8).

Rule: immutable; a sample is wrong by half a round trip at most: that is its doubt, and it grows with age.
"""

from dataclasses import dataclass
from typing import Final

# Watch crystals are specified at 20–50 ppm; twice that covers cold wrists and old crystals.
DRIFT_MAX_PPM: Final = 100


@dataclass(frozen=True, slots=True)
class Sample:
    """host_ms = tick_ms + offset_ms ± error_ms, as found at host time `at_ms`; for that boot of the watch."""

    boot: int
    offset_ms: int
    error_ms: int
    at_ms: int

    def error_at(self, host_ms: int) -> int:
        """Its doubt at another time, in milliseconds: the drift that may have been comes on top."""
        return self.error_ms + abs(host_ms - self.at_ms) * DRIFT_MAX_PPM // 1_000_000

    def tick_at(self, host_ms: int) -> int:
        """The tick at a host time; 1 at least, since 0 is *now* to a watch."""
        return max(1, host_ms - self.offset_ms)


def take_sample(boot: int, tick_ms: int, *, sent_ms: int, received_ms: int) -> Sample:
    """What a PING and its PONG tell: the tick was read somewhere in between, "offset ± rtt/2"."""
    middle_ms = (sent_ms + received_ms) // 2
    # One more: the division rounds, and so did whoever read the tick.
    return Sample(boot, middle_ms - tick_ms, (received_ms - sent_ms) // 2 + 1, received_ms)


def better_sample(kept: Sample | None, new: Sample) -> Sample:
    """The one kept for as long as it is, aged as it is by then, still the less doubtful of the two."""
    return new if kept is None or new.error_ms <= kept.error_at(new.at_ms) else kept
