"""What stands in each message, as closed models; pure.

Rule: within one SCHEMA_VERSION keys are only ever added. Results become events in `events`, states in
`daemon/states`; what is promised to readers of the topics stands in `contract`.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, PlainSerializer, WithJsonSchema

from wearsync.alert_codes import AlertCode
from wearsync.model import (
    AckResult,
    Border,
    CueKind,
    HoldSource,
    LinkMode,
    LinkState,
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

SCHEMA_VERSION: Final = 1

ONLINE = "online"
OFFLINE = "offline"


Day = date


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[
    AwareDatetime,
    PlainSerializer(_iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in UTC with milliseconds: 2026-11-22T18:04:05.120Z."""


class Payload(Border):
    """Base of all payloads that are JSON objects."""

    # Every key is in every payload: what is not known is null.
    model_config = ConfigDict(
        populate_by_name=True, serialize_by_alias=True, json_schema_serialization_defaults_required=True
    )

    schema_version: Literal[1] = Field(
        default=SCHEMA_VERSION, alias="schema", description="version of this contract"
    )

    def json_text(self) -> str:
        """The JSON text."""
        return self.model_dump_json()


# --- events: never retained, each with an id ----------------------------------------------------------------


class EventPayload(Payload):
    """What every event has."""

    id: str = Field(description="names this event for ever; the same event may come twice, with the same id")
    wearer: str = Field(description="the name of who wears the watch, as configured")
    at: Instant = Field(description="when it happened (holds, sessions: began), in UTC")
    utc_offset: str = Field(
        pattern=r"^[+-]\d\d:\d\d$", description="of the wearer's clock at that moment, such as `+01:00`"
    )
    local_date: Day = Field(description="the wearer's day at that moment")
    clock_error_ms: int = Field(description="how far `at` may be off")
    replayed: bool = Field(description="learnt late or sent late: the watch or the broker was away")

    @property
    def local_time(self) -> str:
        """Hours and minutes, as the wearer's clock showed them."""
        return self.at.astimezone(datetime.strptime(self.utc_offset, "%z").tzinfo).strftime("%H:%M")


class HoldPayload(EventPayload):
    """One finished hold: one stretch of one side."""

    session: int = Field(description="number of the session that it belongs to; 0: done without a watch")
    step: int = Field(description="place in the routine, from 0")
    side: Side = Field(description="the hip that was stretched")
    variant: Variant = Field(description="how it was done: on a pillow, or standing")
    round: int = Field(description="from 1, one hold of each side; 0: done without a watch")
    planned_s: int = Field(description="how long it was to be")
    measured_s: float | None = Field(description="how long it was, by the watch's clock; null: not known")
    credited_s: float = Field(description="what counts of it: at most 60 s")
    outcome: Outcome = Field(description="what it counts as; `pain` only with `publish_pain = true`")
    source: HoldSource = Field(description="who started it: the watch itself, the wearer, `wearsync log`")
    amends: str | None = Field(default=None, description="id of the hold that this one takes the place of")
    void: bool = Field(default=False, description="with `amends`: that one was none, and counts for nothing")


class SessionPayload(EventPayload):
    """One finished session: one run of a routine."""

    session: int = Field(description="its number; the holds and cues of it have the same")
    end: SessionEnd = Field(description="how it ended: all done, given up unanswered, or ended by somebody")
    source: SessionSource = Field(description="where it was started")
    variant: Variant = Field(description="how it was done: on a pillow, or standing")
    holds: int = Field(description="how many there were")
    left_s: float = Field(description="credited to the left side")
    right_s: float = Field(description="credited to the right side")
    full: bool = Field(description="whether every step of the routine had a hold that counts")
    finished_at: Instant = Field(description="when it ended, in UTC")


class CuePayload(EventPayload):
    """What became of one cue: one buzz of the watch. `at`: when it played, or its fate was known."""

    session: int = Field(description="the session that it belongs to; 0: none")
    cue_id: int = Field(description="its number")
    cue: CueKind = Field(description="what it was to say")
    result: AckResult = Field(description="the watch's word; `unknown`: it restarted before it could say")
    latency_ms: int | None = Field(description="from when it was due to the motor; null: not known")
    motor_ms: int | None = Field(description="how long the motor ran in all; 0: it did not; null: not known")
    attempts: int = Field(description="how often it was sent")


class AlertPayload(EventPayload):
    """Something that a person or an automation should know."""

    code: AlertCode = Field(description="what it is, for automations; the table of codes is below")
    severity: Severity = Field(description="how urgent it is")
    text: str = Field(description="one sentence for people; its words may change")


# --- states: retained, published again on every connect -----------------------------------------------------


class PlannedCue(Border):
    """A cue that is to come, or has had its time."""

    cue: CueKind = Field(description="what it is to say")
    at: Instant = Field(description="when it is to play")


class NextHold(Border):
    """The hold after the one that is shown."""

    side: Side = Field(description="the hip that is stretched then")
    round: int = Field(description="from 1")
    planned_s: int = Field(description="how long it is to be")


class StatePayload(Payload):
    """What a watch and its session are doing. Instants, not countdowns: nobody needs a message a second."""

    phase: Phase = Field(description="where the session stands")
    link: LinkState = Field(description="how the watch is reached; the words are below")
    session: int | None = Field(default=None, description="number of the running session")
    side: Side | None = Field(default=None, description="of the running or the next hold")
    variant: Variant | None = Field(default=None, description="on a pillow, or standing")
    step: int | None = Field(default=None, description="place in the routine, from 0")
    round: int | None = Field(default=None, description="from 1")
    rounds: int | None = Field(default=None, description="how many there are to be")
    planned_s: int | None = Field(default=None, description="how long the hold is to be")
    hold_started_at: Instant | None = Field(default=None, description="in a hold: when it began")
    hold_ends_at: Instant | None = Field(default=None, description="in a hold: when it is to end")
    gap_ends_at: Instant | None = Field(default=None, description="in a gap: when the hold begins by itself")
    text: str = Field(default="", description="what the wearer is to do now, as the watch shows it")
    last_cue: CueKind | None = Field(default=None, description="the latest cue")
    last_ack: AckResult | None = Field(default=None, description="the watch's word on it; null: none yet")
    planned_cues: tuple[PlannedCue, ...] = Field(
        default=(),
        description="in a gap and a hold: the cues up to the hold's end, in order, also those that have had "
        "their time; the next one is the first whose time is to come",
    )
    next_hold: NextHold | None = Field(
        default=None, description="in a session: the hold after this one; null: this is the last"
    )
    battery: int | None = Field(default=None, ge=0, le=100, description="charge of the watch in %")
    charging: bool | None = Field(default=None, description="whether it is on its charger")
    rssi: int | None = Field(default=None, description="signal strength when it was connected; null: not yet")
    trust: Trust | None = Field(default=None, description="what stands behind the watch's word")
    clock_offset_ms: int | None = Field(default=None, description="the watch's clock minus the host's")
    routine: Routine | None = Field(default=None, description="the routine of the next session")
    app_version: str | None = Field(
        default=None, description="version of our app on the watch; null: not yet known, or it needs none"
    )
    reminder_on: bool | None = Field(
        default=None, description="whether the wearer is reminded; null: no reminders are configured"
    )


class SideToday(Border):
    """One side's day so far."""

    seconds: float = Field(description="credited, in s")
    holds: int = Field(description="how many there were")
    short: int = Field(description="how many of them were under 30 s")


class Today(Border):
    """The day so far."""

    left: SideToday = Field(description="the left side's")
    right: SideToday = Field(description="the right side's")


class DayLine(Border):
    """One of the last days."""

    date: Day = Field(description="the wearer's calendar day")
    left_s: float = Field(description="credited to the left side")
    right_s: float = Field(description="credited to the right side")
    counts: bool = Field(description="whether each side had a hold of 30 s")
    full: bool = Field(description="whether a routine was done from end to end")


class Week(Border):
    """This week so far, and what it aims at for each side."""

    left_s: float = Field(description="credited to the left side")
    right_s: float = Field(description="credited to the right side")
    target_s: int = Field(description="what a week aims at, for each side")


class LastSession(Border):
    """The session before."""

    at: Instant = Field(description="when it began, in UTC")
    end: SessionEnd = Field(description="how it ended")
    holds: int = Field(description="how many there were")
    left_s: float = Field(description="credited to the left side")
    right_s: float = Field(description="credited to the right side")
    full: bool = Field(description="whether every step had a hold that counts")


class SideProgression(Border):
    """One side on the way to longer holds."""

    planned_s: int = Field(description="a hold of the next session")
    full_days: int = Field(description="how many of `days_needed` are done towards `next_s`")
    next_s: int | None = Field(description="a hold after them; null: it is at its longest")


class ProgressionState(Border):
    """Seconds of the next session's holds, and how far it is to longer ones."""

    left: SideProgression = Field(description="the left side's")
    right: SideProgression = Field(description="the right side's")
    days_needed: int = Field(description="full days that bring longer holds")


class SummaryPayload(Payload):
    """A wearer's day and weeks; seconds are credited ones."""

    wearer: str = Field(description="the wearer's name, as configured")
    date: Day = Field(description="the wearer's day that this is of")
    today: Today = Field(description="that day so far")
    counts: bool = Field(description="whether each side has had a hold of 30 s today")
    full: bool = Field(description="whether a routine was done from end to end today")
    streak: int = Field(description="days in a row that count, with their grace days")
    longest_streak: int = Field(description="the longest that there ever was")
    grace_left: int = Field(description="days of this week that may be missed before the streak breaks")
    away: bool = Field(description="the wearer is away, and has not come back: the streak is frozen")
    days: tuple[DayLine, ...] = Field(description="the last 28 days, oldest first")
    adherence_days: int = Field(description="how many of them counted")
    week: Week = Field(description="this week so far, from Monday")
    symmetry: float | None = Field(
        ge=0, le=1, description="the left side's share of the last 28 days, 0 to 1; null: nothing held"
    )
    last_session: LastSession | None = Field(description="the latest session; null: none yet")
    next_reminder: Instant | None = Field(description="when the wearer is reminded next; null: not at all")
    progression: ProgressionState | None = Field(
        default=None, description="on the way to longer holds; null: it is off"
    )


class AdapterInfo(Border):
    """One radio."""

    name: str = Field(description="as `radio` in the configuration")
    state: Literal["ready", "no_adapter"] = Field(description="whether it is there")


class WatchInfo(Border):
    """One configured watch."""

    name: str = Field(description="as configured")
    topic: str = Field(description="its level in topics")
    id: str = Field(description="the first part of its events' ids")
    driver: str = Field(description="its family")
    wearer: str = Field(description="the name of who wears it")
    link: LinkMode = Field(description="connected all day, or only for a visit")
    trust: Trust | None = Field(description="what stands behind its word; null: not known yet")


class InfoPayload(Payload):
    """What this daemon is."""

    version: str = Field(description="of wearsync")
    site: str = Field(description="the daemon's name")
    adapters: tuple[AdapterInfo, ...] = Field(description="its radios")
    watches: tuple[WatchInfo, ...] = Field(description="its watches")


class HealthPayload(Payload):
    """How the daemon is doing."""

    uptime_s: int = Field(description="since it started")
    storage: Literal["ok", "full", "failing"] = Field(description="whether the journal can be written")
    outbox_waiting: int = Field(description="events that wait for the broker")
    outbox_oldest_s: float | None = Field(description="how long the first of them has waited; null: none")
    outbox_parked: int = Field(description="events that the broker refused")
    loop_lag_ms: float = Field(description="how much later than asked for it woke up")
    reconnects: int = Field(description="how often the broker was lost and found again")
    commands_refused: int = Field(default=0, description="by MQTT, since it started; also without an answer")
    commit_ms: float | None = Field(description="median of the latest commits; null: none yet")
    memory_mb: float = Field(description="the resident size; on macOS the greatest so far")
    cue_lateness_p50_ms: float | None = Field(
        description="from when a cue was due to the motor, by the watch's word: the median; null: too few yet"
    )
    cue_lateness_p99_ms: float | None = Field(description="the same: 99 of 100 came earlier")


class ReplyPayload(Payload):
    """The answer to a command."""

    ok: bool = Field(description="whether it was done")
    request_id: str | None = Field(description="the command's; null: it had none")
    reason: str | None = Field(description="why not, in one sentence; null: it was done")
