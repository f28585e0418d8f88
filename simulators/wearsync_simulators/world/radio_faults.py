"""What goes wrong on the air: the faults by name, and what they do to operations and frames.

Rule: what a fault corrupts lies below the frames' tags: the product must find out, drop the link, and keep
nothing of it. Real radio neither drops nor doubles a packet of a living link, but bridges and radio stacks
do.
"""

from dataclasses import dataclass
from enum import Enum

from wearsync_simulators.world.faults import Fault, Faults

__all__ = ["FAULTS", "Fate", "Noise", "When"]

# By the opportunities of a day with three sessions, some 1,500 operations and 1,000 frames: each comes
# every few days, a handful of them a day.
FAULTS = (
    Fault("radio.lost_at_op", "the link is lost at an operation, before or after its effect", (7, 8), 0.002),
    Fault("radio.lost_at_frame", "the link is lost between two notifications", (7, 9), 0.001),
    Fault("radio.slow", "an operation takes seconds", (22,), 0.002),
    Fault("radio.hang", "an operation is never answered", (9, 22), 0.001),
    Fault("radio.connect_fails", "a connection attempt fails", (6, 18), 0.05),
    Fault("radio.connect_hangs", "a connection attempt gets no answer", (6,), 0.02),
    Fault("radio.no_adapter", "there is no adapter for some minutes", (1, 3, 4, 5), 0.004),
    Fault("radio.adapter_gone", "the adapter goes in mid-link", (2, 3), 0.0006),
    Fault("radio.bit_flip", "one bit of a frame is another", (23,), 0.004),
    Fault("radio.truncated", "a frame's end is missing", (24,), 0.002),
    Fault("radio.replayed", "an earlier notification comes again", (27, 40), 0.002),
    Fault("radio.reordered", "a notification comes after the next one", (30, 42), 0.001),
    Fault("radio.no_services", "a link shows no services, or stale ones", (10, 11), 0.01),
    Fault("radio.mtu_small", "a link has an MTU of 23 or 72", (12, 13), 0.02),
    Fault("radio.duplicate_advert", "an advertisement is heard twice, once weaker", (14, 16), 0.02),
    Fault("radio.taken", "another host has the watch", (17,), 0.03),
    Fault("radio.impostor", "a stranger answers under the watch's address", (29, 31, 32), 0.02),
    Fault("radio.session_replayed", "a stranger plays a whole earlier session again", (28, 32), 0.02),
)

# An operation that is slow, but answered before the host's deadline of 10 s.
SLOW_S = (1.0, 9.0)
# Earlier notifications to choose from when one is replayed.
REMEMBERED_FRAMES = 16


class When(Enum):
    """Where in an operation: before its effect, after it, or not at all."""

    NEVER = 0
    BEFORE = 1
    AFTER = 2


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one operation: its link is `lost`, or it `hangs`, or its answer takes `slow_s` more."""

    lost: When = When.NEVER
    hangs: When = When.NEVER
    slow_s: float = 0.0

    @property
    def happens(self) -> bool:
        """Whether it has its effect."""
        return When.BEFORE not in (self.lost, self.hangs)

    @property
    def answers(self) -> bool:
        """Whether the host hears of it."""
        return self.lost is self.hangs is When.NEVER


class Noise:
    """What the air does to one link."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._earlier: list[bytes] = []
        self._late: list[bytes] = []

    def operation(self) -> Fate:
        """What becomes of the next operation."""
        faults = self._faults
        if faults.strikes("radio.lost_at_op"):
            return Fate(lost=self._when("radio.lost_at_op"))
        if faults.strikes("radio.hang"):
            return Fate(hangs=self._when("radio.hang"))
        if faults.strikes("radio.slow"):
            return Fate(slow_s=faults.draw("radio.slow").uniform(*SLOW_S))
        return _FINE

    def down(self, frame: bytes) -> bytes:
        """The frame as it reaches the watch."""
        return self._corrupted(frame)

    def up(self, frame: bytes) -> list[bytes]:
        """The notifications that reach the host now; one that is late comes with the next."""
        faults = self._faults
        frames = [self._corrupted(frame)]
        if self._earlier and faults.strikes("radio.replayed"):
            frames.append(faults.draw("radio.replayed").choice(self._earlier))
        self._earlier = [*self._earlier[1 - REMEMBERED_FRAMES :], frame]
        if not self._late and faults.strikes("radio.reordered"):
            self._late = frames
            return []
        frames += self._late
        self._late = []
        return frames

    def loses(self) -> bool:
        """Whether the link is lost before the next notification."""
        return self._faults.strikes("radio.lost_at_frame")

    def _corrupted(self, frame: bytes) -> bytes:
        if frame and self._faults.strikes("radio.bit_flip"):
            bit = self._faults.draw("radio.bit_flip").randrange(8 * len(frame))
            flipped = frame[bit // 8] ^ 1 << bit % 8
            frame = frame[: bit // 8] + bytes([flipped]) + frame[bit // 8 + 1 :]
        if frame and self._faults.strikes("radio.truncated"):
            frame = frame[: self._faults.draw("radio.truncated").randrange(len(frame))]
        return frame

    def _when(self, name: str) -> When:
        return self._faults.draw(name).choice((When.BEFORE, When.AFTER))


_FINE = Fate()
