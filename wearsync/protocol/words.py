"""Numbers on the wire ⇄ words of `model` (docs/hold-profile.md, "Values" of section 2, and section 3).

Rule: one list of the document is one `Words`; for a number without a word whoever reads decides what then.
"""

from collections.abc import Hashable, Mapping
from typing import Final, Generic, Literal, TypeVar

from wearsync.errors import ProtocolError
from wearsync.model import (
    AckResult,
    CueKind,
    HoldSource,
    Phase,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    StopReason,
    Variant,
)

W = TypeVar("W", bound=Hashable)

Intent = Literal["start", "pause", "resume", "skip", "back", "extra", "snooze", "yes", "no"]
Do = Literal["stop", "pause", "end"]


class Words(Generic[W]):
    """A two-way table of numbers and words."""

    def __init__(self, words: Mapping[int, W]) -> None:
        self._words = dict(words)
        self._numbers = {word: number for number, word in words.items()}

    def word(self, number: int) -> W:
        """The word for a number; `KeyError` when it is not listed."""
        return self._words[number]

    def numbers(self) -> tuple[int, ...]:
        """Those that are listed."""
        return tuple(self._words)

    def number(self, word: W) -> int:
        """The number for a word. Raises `ProtocolError` for a word of the host's own."""
        if word not in self._numbers:
            raise ProtocolError(f"the hold profile has no number for {word!r}")
        return self._numbers[word]


SIDES: Final = Words({0: Side.LEFT, 1: Side.RIGHT})
VARIANTS: Final = Words({0: Variant.KNEELING, 1: Variant.STANDING})
STARTS: Final = Words({0: StartMode.AUTO, 1: StartMode.TAP})
# The watch's `done` is the host's `closing`: told, and not yet confirmed by SESSION done.
PHASES: Final = Words({0: Phase.IDLE, 1: Phase.CONFIRM, 2: Phase.GAP, 3: Phase.PAUSED, 4: Phase.CLOSING})
DOS: Final[Words[Do]] = Words({1: "stop", 2: "pause", 3: "end"})
PATTERNS: Final = Words(
    {
        1: CueKind.READY,
        2: CueKind.START,
        3: CueKind.FORM,
        4: CueKind.HALFWAY,
        5: CueKind.LAST_THREE,
        6: CueKind.DONE,
        7: CueKind.SWITCH,
        8: CueKind.SESSION_DONE,
        9: CueKind.NUDGE,
        10: CueKind.REMINDER,
        11: CueKind.PROBLEM,
    }
)

BOOT_REASONS: Final = Words({1: "power_on", 2: "reset", 3: "watchdog", 4: "update"})
HOLD_SOURCES: Final = Words({1: HoldSource.AUTO, 2: HoldSource.WEARER})
STOP_REASONS: Final = Words(
    {
        1: StopReason.PLANNED,
        2: StopReason.WEARER,
        3: StopReason.TOO_MUCH,
        4: StopReason.PAIN,
        5: StopReason.PAUSE,
        6: StopReason.REBOOT,
        7: StopReason.HOST,
    }
)
# SESSION's `what`; 1 is "started", and has no end.
SESSION_STARTED: Final = 1
SESSION_ENDS: Final = Words({2: SessionEnd.DONE, 3: SessionEnd.ABANDONED, 4: SessionEnd.ENDED})
SESSION_SOURCES: Final = Words({1: SessionSource.WATCH, 2: SessionSource.HOST})
ACK_RESULTS: Final = Words(
    {
        1: AckResult.PLAYED,
        2: AckResult.SUPPRESSED,
        3: AckResult.EXPIRED,
        4: AckResult.REFUSED,
        5: AckResult.CANCELLED,
        6: AckResult.FAILED,
        7: AckResult.SCHEDULED,
    }
)
INTENTS: Final[Words[Intent]] = Words(
    {
        1: "start",
        2: "pause",
        3: "resume",
        4: "skip",
        5: "back",
        6: "extra",
        7: "snooze",
        8: "yes",
        9: "no",
    }
)
BOOLS: Final = Words({0: False, 1: True})
ERRORS: Final = Words(
    {
        1: "unknown opcode",
        2: "malformed",
        3: "no common version",
        4: "unknown key",
        5: "wrong proof",
        6: "wrong tag",
        7: "not now",
        8: "locked out",
        9: "another boot",
    }
)
