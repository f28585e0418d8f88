"""The vibration motor: patterns as pulses, and a log of when it ran (docs/hold-profile.md, section 6).

Rule: one pattern at a time; who plays while it is busy has a fault.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum

from wearsync_simulators.watches.view import Pulse
from wearsync_simulators.watches.words import Pattern

__all__ = ["LOG_PULSES", "Motor", "MotorState"]

_GAP_MS = 150
# Start of each pulse and its length, ms. Pulses are 150 ms apart, last-three's stand on the full seconds.
_PULSES: dict[Pattern, tuple[int, ...]] = {
    Pattern.READY: (400,),
    Pattern.START: (150, 150),
    Pattern.FORM: (150,),
    Pattern.HALFWAY: (150,),
    Pattern.LAST_THREE: (100, 100, 100),
    Pattern.DONE: (400,),
    Pattern.SWITCH: (400, 400),
    Pattern.SESSION_DONE: (400, 400, 400),
    Pattern.NUDGE: (400,),
    Pattern.REMINDER: (400,),
    Pattern.PROBLEM: (100,) * 5,
}
_LAST_THREE_EVERY_MS = 1000
# So many pulses are remembered: a day of sessions.
LOG_PULSES = 10_000


class MotorState(Enum):
    """What becomes of a cue: it is felt, suppressed by quiet mode, or fails."""

    WORKS = "works"
    QUIET = "quiet"
    BROKEN = "broken"


class Motor:
    """The motor; `instant_s` turns a tick into true time for the log."""

    def __init__(self, *, instant_s: Callable[[int], float], log: deque[Pulse]) -> None:
        self._instant_s = instant_s
        self._ahead: deque[tuple[int, int, Pattern, int | None]] = deque()
        self.state = MotorState.WORKS
        self._log = log
        self.on = False
        # From when the next pattern may play: the last pulse's end and a gap, so that both are told apart.
        self.free_at = 0

    def play(self, pattern: Pattern, tick: int, cue_id: int | None) -> int:
        """Run a pattern from `tick` on; how long the motor runs in all, ms."""
        assert tick >= self.free_at, "cues never overlap"
        start = tick
        for length in _PULSES[pattern]:
            self._ahead.append((start, start + length, pattern, cue_id))
            self.free_at = start + length + _GAP_MS
            start += _LAST_THREE_EVERY_MS if pattern is Pattern.LAST_THREE else length + _GAP_MS
        self.advance(tick)
        return sum(_PULSES[pattern])

    @property
    def due(self) -> int | None:
        """When it goes on or off next."""
        return self._ahead[0][1 if self.on else 0] if self._ahead else None

    def advance(self, tick: int) -> None:
        """Go on or off, if that is due."""
        while (due := self.due) is not None and tick >= due:
            self.on = not self.on
            if not self.on:
                self._note(*self._ahead.popleft())

    def cut(self, tick: int) -> None:
        """The power goes: a pulse that runs ends now."""
        if self.on and self._ahead:
            on, _, pattern, cue_id = self._ahead[0]
            self._note(on, tick, pattern, cue_id)
        self._ahead.clear()
        self.on = False

    def _note(self, on: int, off: int, pattern: Pattern, cue_id: int | None) -> None:
        self._log.append(Pulse(self._instant_s(on), self._instant_s(off), on, pattern, cue_id))
