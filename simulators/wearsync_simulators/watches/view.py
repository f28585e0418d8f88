"""What can be seen and felt of the watch from outside: the face, the motor, the link.

Rule: values only. A live view, a simulated wearer and a test see the same thing; none of them reaches inside.
"""

from dataclasses import dataclass
from enum import StrEnum

from wearsync_simulators.watches.words import Pattern, Side, Variant

__all__ = ["Answer", "Face", "Press", "Pulse", "WatchView"]


class Face(StrEnum):
    """What the display shows."""

    CLOCK = "clock"  # no session
    CONFIRM = "confirm"  # "ready?"
    WAITING = "waiting"  # for the host's next word, 2 s at most
    GAP = "gap"
    HOLD = "hold"
    QUESTION = "question"  # "done · too much · it hurt"
    PAUSED = "paused"
    DONE = "done"


class Answer(StrEnum):
    """What the wearer can say to the question after a double press."""

    DONE = "done"
    TOO_MUCH = "too_much"
    PAIN = "pain"


class Press(StrEnum):
    """What the wearer's hand can do; the menu's entries included."""

    TAP = "tap"
    DOUBLE_PRESS = "double_press"
    START = "start"
    PAUSE = "pause"
    SKIP = "skip"
    BACK = "back"
    EXTRA = "extra"
    SNOOZE = "snooze"
    ANSWER_DONE = "answer_done"
    ANSWER_TOO_MUCH = "answer_too_much"
    ANSWER_PAIN = "answer_pain"


@dataclass(frozen=True, slots=True)
class Pulse:
    """The motor ran from `on_s` to `off_s`, in true time (the event loop's clock, seconds).

    `cue_id` is None for a cue of the watch's own. `at_tick`: the watch's tick at the pulse's start.
    """

    on_s: float
    off_s: float
    at_tick: int
    pattern: Pattern
    cue_id: int | None


@dataclass(frozen=True, slots=True)
class WatchView:
    """One look at the watch. Instants are of the event loop's clock, in seconds.

    `ends_at_s`: when the face will end by itself (the countdown of gap and hold); None when nothing counts.
    `host`: a host has proven itself (READY was sent). `code`: the six digits shown in pairing.
    `radio`: there is an adapter, or an air, to be on; `in_range` of the others there.
    """

    face: Face = Face.CLOCK
    session: int | None = None
    step: int = 0
    side: Side = Side.LEFT
    variant: Variant = Variant.KNEELING
    round: int = 0
    planned_s: int = 0
    tap_starts: bool = False
    text: str = ""
    since_s: float = 0.0
    ends_at_s: float | None = None
    motor: bool = False
    connected: bool = False
    host: bool = False
    alone: bool = False
    pairing: bool = False
    code: int | None = None
    radio: bool = True
    in_range: bool = True
    battery_percent: int = 100
    worn: bool = True

    def seconds_left(self, now_s: float) -> float | None:
        """What the countdown shows at `now_s`; None when nothing counts."""
        return None if self.ends_at_s is None else max(0.0, self.ends_at_s - now_s)
