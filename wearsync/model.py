"""The words of the product as frozen values; the table of words stands in docs/architecture.md.

Rule: no I/O and no clock here. Enumerations carry the words that JSON and the command line use; the numbers
that go over
the air belong to `protocol`. Values that cross a border (configuration, MQTT, stored rows) are pydantic
models.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from wearsync.alert_codes import AlertCode

# A hold counts for a day from 30 s on, and is credited up to 60 s: the routine that the product was made
# from.
COUNTED_HOLD_S = 30
CREDITED_HOLD_MAX_S = 60


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
# The years 1 and 9999: a clock that says more is wrong anyway, and must not end anything.
_UNIX_MS_MIN = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MS
_UNIX_MS_MAX = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MS


class Side(StrEnum):
    """The hip that is stretched."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Variant(StrEnum):
    """How the hold is done: on a pillow, or standing."""

    KNEELING = "kneeling"
    STANDING = "standing"


class StartMode(StrEnum):
    """What starts a hold when its gap ends: the watch by itself, or the wearer's tap."""

    AUTO = "auto"
    TAP = "tap"


class CueKind(StrEnum):
    """The cue families; their patterns are in docs/hold-profile.md, section 6."""

    READY = "ready"
    START = "start"
    FORM = "form"
    HALFWAY = "halfway"
    LAST_THREE = "last-three"
    DONE = "done"
    SWITCH = "switch"
    SESSION_DONE = "session-done"
    NUDGE = "nudge"
    REMINDER = "reminder"
    PROBLEM = "problem"


class AckResult(StrEnum):
    """The watch's word on a cue. `unknown` is the host's own: the watch restarted before it could say."""

    PLAYED = "played"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    SCHEDULED = "scheduled"
    UNKNOWN = "unknown"


class HoldSource(StrEnum):
    """Who started a hold."""

    AUTO = "auto"
    WEARER = "wearer"
    LOG = "log"


class StopReason(StrEnum):
    """Why a hold stopped."""

    PLANNED = "planned"
    WEARER = "wearer"
    TOO_MUCH = "too_much"
    PAIN = "pain"
    PAUSE = "pause"
    REBOOT = "reboot"
    HOST = "host"


class Outcome(StrEnum):
    """What a finished hold counts as."""

    DONE = "done"
    SHORT = "short"
    OVER = "over"
    TOO_MUCH = "too_much"
    INCOMPLETE = "incomplete"
    PAIN = "pain"


class SessionEnd(StrEnum):
    """How a session ended: all steps done, given up for lack of an answer, or ended by somebody."""

    DONE = "done"
    ABANDONED = "abandoned"
    ENDED = "ended"


class SessionSource(StrEnum):
    """Where a session was started."""

    WATCH = "watch"
    HOST = "host"


class Phase(StrEnum):
    """Where a session stands. `closing`: the watch has been told that it is done and has not confirmed."""

    IDLE = "idle"
    CONFIRM = "confirm"
    GAP = "gap"
    HOLD = "hold"
    PAUSED = "paused"
    CLOSING = "closing"


class Trust(StrEnum):
    """What stands behind a watch's word: a proven key, only a Bluetooth bond, or nothing."""

    KEY = "key"
    BOND = "bond"
    NONE = "none"


class LinkMode(StrEnum):
    """Connected all day, or only for a visit."""

    ALWAYS = "always"
    VISIT = "visit"


LinkState = Literal["connected", "searching", "idle", "no_adapter", "refused", "no_clock", "no_storage"]
"""How a watch is reached now; the table of these words stands in docs/mqtt.md."""


class Severity(StrEnum):
    """How urgent an alert is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Verb(StrEnum):
    """The commands that a session understands, from wherever they come."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    BACK = "back"
    EXTRA = "extra"
    SNOOZE = "snooze"
    AWAY = "away"
    BUZZ = "buzz"
    SET = "set"
    REMIND = "remind"


class Border(BaseModel):
    """Base of everything that crosses a border: strict, frozen, nothing unknown. Its errors don't show what
    they are about: in a log's traceback that would be somebody's holds, or a password in the wrong place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Routine(Border):
    """The plan of a session; seconds, and rounds of one hold a side."""

    variant: Variant = Field(
        default=Variant.KNEELING, strict=False, description="how holds are done: on a pillow, or standing"
    )
    rounds: int = Field(default=2, ge=1, le=10, description="rounds of one hold a side")
    left_s: int = Field(default=30, ge=30, le=60, description="a hold of the left side")
    right_s: int = Field(default=30, ge=30, le=60, description="a hold of the right side")
    first_gap_s: int = Field(default=15, ge=3, le=60, description="to get ready for the first hold")
    switch_gap_s: int = Field(default=10, ge=3, le=60, description="to change sides")
    first_side: Side = Field(default=Side.LEFT, strict=False, description="the side that begins")
    start: StartMode = Field(
        default=StartMode.AUTO, strict=False, description="what starts a hold: the gap's end, or a tap"
    )
    form_cue: bool = Field(default=True, description="whether a cue in mid-hold reminds of the posture")

    @property
    def id(self) -> int:
        """A u32 that changes with the content: what the watch reports as the routine that it has stored."""
        return int.from_bytes(hashlib.sha256(self.model_dump_json().encode()).digest()[:4], "little")

    @property
    def said(self) -> tuple[tuple[str, bool | int | str], ...]:
        """The keys that were given, with their values: of a change, those that change."""
        return tuple(
            (key, getattr(self, key)) for key in Routine.model_fields if key in self.model_fields_set
        )

    @property
    def steps(self) -> int:
        """How many steps there are: two a round."""
        return 2 * self.rounds

    def side_of(self, step: int) -> Side:
        """The side of a step of the routine: even steps are of the first side."""
        return self.first_side if step % 2 == 0 else self.first_side.other

    def planned_s(self, side: Side) -> int:
        """Seconds planned for a hold of that side."""
        return self.left_s if side is Side.LEFT else self.right_s


@dataclass(frozen=True, slots=True)
class Stamp:
    """One instant, as the host knows it.

    `host_ms` is the host's time: milliseconds that never step back, carried on over restarts; timers live by
    it.
    `unix_ms` is the wall clock's label for it, fixed when it was learnt; `error_ms` its doubt. A label beyond
    the calendar is shown as its first or last instant.
    """

    host_ms: int
    unix_ms: int
    utc_offset_min: int
    error_ms: int = 0

    @property
    def utc(self) -> datetime:
        """The instant in UTC."""
        return _instant(self.unix_ms)

    @property
    def local_date(self) -> date:
        """The wearer's calendar day: of the offset that held at that instant."""
        return _instant(self.unix_ms + self.utc_offset_min * 60_000).date()


@dataclass(frozen=True, slots=True)
class RecordKey:
    """What names a record for ever: watch, journal (`journal_id`, plus `.1` … after a local epoch), sequence
    number.
    """

    watch_id: str
    journal: str
    seq: int

    def event_id(self, kind: str) -> str:
        """The id of an event that rests on this record."""
        return f"{self.watch_id}:{self.journal}:{self.seq}:{kind}"


@dataclass(frozen=True, slots=True)
class AwaySpan:
    """Local dates on which the wearer could not stretch; `last` None: still away."""

    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether that day is one of them."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class HoldResult:
    """One finished hold; never changed afterwards. Seconds by the watch's clock; `measured_s` None: not
    known.
    """

    event_id: str
    session: int
    step: int
    side: Side
    variant: Variant
    round: int
    planned_s: int
    measured_s: float | None
    credited_s: float
    outcome: Outcome
    source: HoldSource
    started: Stamp
    replayed: bool


@dataclass(frozen=True, slots=True)
class SessionResult:
    """One finished session. `full`: every step of the routine had a hold that counts."""

    event_id: str
    session: int
    end: SessionEnd
    source: SessionSource
    variant: Variant
    holds: int
    left_s: float
    right_s: float
    full: bool
    started: Stamp
    finished: Stamp
    replayed: bool


@dataclass(frozen=True, slots=True)
class CueFate:
    """What became of a cue. `latency_ms`: from when it was due (anchored cues: from its anchor) to the motor;
    None: not known.
    """

    event_id: str
    cue_id: int
    cue: CueKind
    session: int
    result: AckResult
    latency_ms: int | None
    motor_ms: int | None
    attempts: int
    at: Stamp
    replayed: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person or an automation should know. `text` is for people."""

    event_id: str
    code: AlertCode
    severity: Severity
    text: str
    at: Stamp
    replayed: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with its arguments, those that it has; `on` belongs to `remind`, `changes` to `set`."""

    verb: Verb
    side: Side | None = None
    minutes: int | None = None
    away: bool | None = None
    changes: tuple[tuple[str, bool | int | str], ...] = ()
    on: bool | None = None


def _instant(unix_ms: int) -> datetime:
    return _EPOCH + min(max(unix_ms, _UNIX_MS_MIN), _UNIX_MS_MAX) * _MS
