"""The values of the hold profile, by their names in docs/hold-profile.md.

Rule: a number appears here once; everything else in this package uses the word.
"""

from enum import IntEnum

__all__ = [
    "Anchor",
    "CueResult",
    "ErrorCode",
    "HoldDo",
    "Intent",
    "Pattern",
    "Phase",
    "Reason",
    "Reset",
    "SessionSource",
    "SessionWhat",
    "Side",
    "Source",
    "Start",
    "Variant",
]


class Side(IntEnum):
    """The hip that is stretched."""

    LEFT = 0
    RIGHT = 1


class Variant(IntEnum):
    """How the wearer stands."""

    KNEELING = 0
    STANDING = 1


class Start(IntEnum):
    """What starts a hold: the end of the gap, or the wearer's tap."""

    AUTO = 0
    TAP = 1


class Anchor(IntEnum):
    """What a cue's `at` counts from."""

    TICK = 0
    HOLD = 1


class Phase(IntEnum):
    """What a STEP asks the watch to show."""

    IDLE = 0
    CONFIRM = 1
    GAP = 2
    PAUSED = 3
    DONE = 4


class HoldDo(IntEnum):
    """What a HOLD command asks for."""

    STOP = 1
    PAUSE = 2
    END = 3


class Pattern(IntEnum):
    """What a cue feels like."""

    READY = 1
    START = 2
    FORM = 3
    HALFWAY = 4
    LAST_THREE = 5
    DONE = 6
    SWITCH = 7
    SESSION_DONE = 8
    NUDGE = 9
    REMINDER = 10
    PROBLEM = 11


class ErrorCode(IntEnum):
    """Why a frame was not taken."""

    UNKNOWN_OPCODE = 1
    MALFORMED = 2
    NO_COMMON_VERSION = 3
    UNKNOWN_KEY = 4
    WRONG_PROOF = 5
    WRONG_TAG = 6
    NOT_NOW = 7
    LOCKED_OUT = 8
    ANOTHER_BOOT = 9


class Reset(IntEnum):
    """Why the watch booted."""

    POWER_ON = 1
    RESET = 2
    WATCHDOG = 3
    UPDATE = 4


class Source(IntEnum):
    """What started a hold."""

    AUTO = 1
    WEARER = 2


class Reason(IntEnum):
    """Why a hold stopped."""

    PLANNED = 1
    WEARER = 2
    TOO_MUCH = 3
    PAIN = 4
    PAUSE = 5
    REBOOT = 6
    HOST = 7


class SessionWhat(IntEnum):
    """What became of a session."""

    STARTED = 1
    DONE = 2
    ABANDONED = 3
    ENDED = 4


class SessionSource(IntEnum):
    """Who made it so."""

    WATCH = 1
    HOST = 2


class CueResult(IntEnum):
    """The watch's word on a cue."""

    PLAYED = 1
    SUPPRESSED = 2
    EXPIRED = 3
    REFUSED = 4
    CANCELLED = 5
    FAILED = 6
    SCHEDULED = 7


class Intent(IntEnum):
    """What the wearer wants."""

    START = 1
    PAUSE = 2
    RESUME = 3
    SKIP = 4
    BACK = 5
    EXTRA = 6
    SNOOZE = 7
    YES = 8
    NO = 9
