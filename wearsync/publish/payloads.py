"""What stands in each message, as closed models; pure.

Rule: within one SCHEMA_VERSION keys are only ever added. Results become events in `events`, states in
`daemon/states`; what is promised to readers of the topics stands in `contract`.
"""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, PlainSerializer

from wearsync.alert_codes import AlertCode
from wearsync.model import (
    AckResult,
    Border,
    CueKind,
    HoldSource,
    Outcome,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Severity,
    Side,
    Trust,
    Variant,
)

SCHEMA_VERSION = 1

ONLINE = "online"
OFFLINE = "offline"


Day = date


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[AwareDatetime, PlainSerializer(_iso, return_type=str, when_used="json")]
"""A moment in UTC with milliseconds: 2026-11-22T18:04:05.120Z."""


class Payload(Border):
    """Base of all payloads that are JSON objects."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    schema_version: int = Field(default=SCHEMA_VERSION, alias="schema")

    def json_text(self) -> str:
        """The JSON text."""
        return self.model_dump_json()


# --- events: never retained, each with an id ----------------------------------------------------------------


class EventPayload(Payload):
    """What every event has. `at`: when it happened, `local_date`: the wearer's day then; `replayed`: learnt
    or sent late.
    """

    id: str
    wearer: str
    at: Instant
    utc_offset: str = Field(pattern=r"^[+-]\d\d:\d\d$")
    local_date: Day
    clock_error_ms: int
    replayed: bool

    @property
    def local_time(self) -> str:
        """Hours and minutes, as the wearer's clock showed them."""
        return self.at.astimezone(datetime.strptime(self.utc_offset, "%z").tzinfo).strftime("%H:%M")


class HoldPayload(EventPayload):
    """One finished hold; `at` is its start. `measured_s` by the watch's clock, null: not known. `amends`: the
    id of the hold that this one takes the place of; `void`: that one was none.
    """

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
    amends: str | None = None
    void: bool = False


class SessionPayload(EventPayload):
    """One finished session; `at` is its start. Seconds a side as credited."""

    session: int
    end: SessionEnd
    source: SessionSource
    variant: Variant
    holds: int
    left_s: float
    right_s: float
    full: bool
    finished_at: Instant


class CuePayload(EventPayload):
    """One cue's fate. `latency_ms`: from when it was due to the motor, null: not known."""

    session: int
    cue_id: int
    cue: CueKind
    result: AckResult
    latency_ms: int | None
    motor_ms: int | None
    attempts: int


class AlertPayload(EventPayload):
    """Something that a person or an automation should know; `code` is for automations, `text` for people."""

    code: AlertCode
    severity: Severity
    text: str


# --- states: retained, published again on every connect -----------------------------------------------------


class StatePayload(Payload):
    """What a watch and its session are doing. Instants, not countdowns: nobody needs a message a second."""

    phase: Phase
    link: str
    session: int | None = None
    side: Side | None = None
    variant: Variant | None = None
    step: int | None = None
    round: int | None = None
    rounds: int | None = None
    planned_s: int | None = None
    hold_started_at: Instant | None = None
    hold_ends_at: Instant | None = None
    gap_ends_at: Instant | None = None
    text: str = ""
    last_cue: CueKind | None = None
    last_ack: AckResult | None = None
    battery: int | None = Field(default=None, ge=0, le=100)
    charging: bool | None = None
    rssi: int | None = None
    trust: Trust | None = None
    clock_offset_ms: int | None = None
    routine: Routine | None = None


class SideToday(Border):
    """One side's day so far."""

    seconds: float
    holds: int
    short: int


class Today(Border):
    """The day so far."""

    left: SideToday
    right: SideToday


class DayLine(Border):
    """One of the last days."""

    date: Day
    left_s: float
    right_s: float
    counts: bool
    full: bool


class Week(Border):
    """This week so far, and what it aims at for each side."""

    left_s: float
    right_s: float
    target_s: int


class LastSession(Border):
    """The session before."""

    at: Instant
    end: SessionEnd
    holds: int
    left_s: float
    right_s: float
    full: bool


class SideProgression(Border):
    """One side on the way to longer holds. `full_days`: of the `days_needed` that bring `next_s`; that is
    null at 60 s.
    """

    planned_s: int
    full_days: int
    next_s: int | None


class ProgressionState(Border):
    """Seconds of the next session's holds, and how far it is to longer ones."""

    left: SideProgression
    right: SideProgression
    days_needed: int


class SummaryPayload(Payload):
    """A wearer's day and weeks. `symmetry`: left's share of the last 28 days, 0 to 1; null: nothing held.
    `progression`: null, if it is off.
    """

    wearer: str
    date: Day
    today: Today
    counts: bool
    full: bool
    streak: int
    grace_left: int
    away: bool
    days: tuple[DayLine, ...]
    week: Week
    symmetry: float | None
    last_session: LastSession | None
    next_reminder: Instant | None
    progression: ProgressionState | None = None


class AdapterInfo(Border):
    """One radio."""

    name: str
    state: str


class WatchInfo(Border):
    """One configured watch. `topic`: its level in topics."""

    name: str
    topic: str
    id: str
    driver: str
    wearer: str
    link: str
    trust: Trust | None


class InfoPayload(Payload):
    """What this daemon is."""

    version: str
    site: str
    adapters: tuple[AdapterInfo, ...]
    watches: tuple[WatchInfo, ...]


class HealthPayload(Payload):
    """How the daemon is doing; once a minute, not retained. `storage`: ok, full or failing; `commit_ms`:
    median of the latest commits; cue lateness: from when a cue was due to the motor, by the watch's word.
    """

    uptime_s: int
    storage: str
    outbox_waiting: int
    outbox_oldest_s: float | None
    outbox_parked: int
    loop_lag_ms: float
    reconnects: int
    commit_ms: float | None
    memory_mb: float
    cue_lateness_p50_ms: float | None
    cue_lateness_p99_ms: float | None


class ReplyPayload(Payload):
    """The answer to a command. `reason` says why not, in one sentence."""

    ok: bool
    request_id: str | None
    reason: str | None
