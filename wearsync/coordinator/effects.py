"""What the coordinator wants done: carried out by the daemon after the commit, never before.

Rule: facts (`HoldFinished` …) become rows and events in the same transaction as their input; wishes
(`ToWatch`, `Reply`) are carried out after it, and may be lost with the process: they are derived anew from
the state when the watch has caught up.
"""

from dataclasses import dataclass
from datetime import date

from wearsync.messages import Down
from wearsync.model import Alert, AwaySpan, CueFate, CueKind, HoldResult, SessionResult


@dataclass(frozen=True, slots=True)
class ToWatch:
    """Say this to the watch."""

    message: Down


@dataclass(frozen=True, slots=True)
class CueSent:
    """A cue goes to the watch (again, when `attempts` > 1). `due_ms` in host time, None while its anchor has
    not come.
    """

    cue_id: int
    cue: CueKind
    session: int
    boot: int
    due_ms: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class CueSettled:
    """A cue's fate is known, or known to be unknowable; a late ack is a second one with another event id."""

    fate: CueFate


@dataclass(frozen=True, slots=True)
class HoldFinished:
    """One hold for the journal and the dashboards."""

    hold: HoldResult


@dataclass(frozen=True, slots=True)
class SessionFinished:
    """One session for the journal and the dashboards."""

    session: SessionResult


@dataclass(frozen=True, slots=True)
class AwayChanged:
    """The wearer is away, or back: the span from its first day on, as it is from now on."""

    span: AwaySpan


@dataclass(frozen=True, slots=True)
class CameBack:
    """The wearer is back on that day, whichever watch was told of going; it may be forgotten by now."""

    day: date


@dataclass(frozen=True, slots=True)
class Alerted:
    """Something for a person or an automation."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: `reason` None means ok."""

    request_id: str
    via: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class WantLink:
    """Please connect now (or, False, no longer needed): for watches that are only visited."""

    wanted: bool


Effect = (
    ToWatch
    | CueSent
    | CueSettled
    | HoldFinished
    | SessionFinished
    | AwayChanged
    | CameBack
    | Alerted
    | Reply
    | WantLink
)
