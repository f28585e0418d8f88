"""What a watch and the host say to each other, whatever the driver: records and messages up, messages down.

Rule: plain frozen values in host terms (seconds, host milliseconds, words of `model`). A driver turns them
into bytes and back; the coordinator sees nothing else of a watch. `kind` tells stored ones of a union apart.
"""

from dataclasses import dataclass, field
from typing import Literal

from wearsync.model import (
    AckResult,
    CueKind,
    HoldSource,
    Phase,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StartMode,
    StopReason,
    Trust,
    Variant,
)


@dataclass(frozen=True, slots=True)
class Booted:
    """The watch started. `reason`: power_on, reset, watchdog, update or other; `unix_ms` by its own clock,
    None unknown.
    """

    reason: str
    unix_ms: int | None
    kind: Literal["booted"] = "booted"


@dataclass(frozen=True, slots=True)
class HoldStarted:
    """A hold began at the record's tick."""

    session: int
    step: int
    side: Side
    variant: Variant
    round: int
    planned_s: int
    source: HoldSource
    routine_id: int
    kind: Literal["hold_started"] = "hold_started"


@dataclass(frozen=True, slots=True)
class HoldStopped:
    """A hold ended at the record's tick; `held_ms` by the watch's clock (0 with `reboot`: not known)."""

    session: int
    step: int
    reason: StopReason
    held_ms: int
    kind: Literal["hold_stopped"] = "hold_stopped"


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The watch has a session open."""

    session: int
    source: SessionSource
    kind: Literal["session_started"] = "session_started"


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The watch's session is over."""

    session: int
    end: SessionEnd
    source: SessionSource
    kind: Literal["session_ended"] = "session_ended"


@dataclass(frozen=True, slots=True)
class CueAcked:
    """The watch's word on a cue. `started_ms`: when the motor began, milliseconds after the record's boot;
    `motor_ms` of pulses.
    """

    cue_id: int
    result: AckResult
    started_ms: int
    motor_ms: int
    kind: Literal["cue_acked"] = "cue_acked"


@dataclass(frozen=True, slots=True)
class CueFelt:
    """The wearer confirmed a cue."""

    cue_id: int
    kind: Literal["cue_felt"] = "cue_felt"


@dataclass(frozen=True, slots=True)
class IntentGiven:
    """What the wearer wants, not the keys pressed. `side` for extra, `minutes` for snooze."""

    intent: Literal["start", "pause", "resume", "skip", "back", "extra", "snooze", "yes", "no"]
    session: int
    side: Side | None = None
    minutes: int | None = None
    kind: Literal["intent"] = "intent"


@dataclass(frozen=True, slots=True)
class BatteryLevel:
    """Charge in per cent."""

    percent: int
    charging: bool
    kind: Literal["battery"] = "battery"


@dataclass(frozen=True, slots=True)
class WornChanged:
    """On the wrist or off it."""

    worn: bool
    kind: Literal["worn"] = "worn"


@dataclass(frozen=True, slots=True)
class ClockSet:
    """The watch's clock was set, from → to."""

    before_ms: int
    after_ms: int
    kind: Literal["clock_set"] = "clock_set"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A record that this version can't read: kept raw, to be read after an upgrade."""

    type: int
    kind: Literal["unknown"] = "unknown"


RecordBody = (
    Booted
    | HoldStarted
    | HoldStopped
    | SessionStarted
    | SessionEnded
    | CueAcked
    | CueFelt
    | IntentGiven
    | BatteryLevel
    | WornChanged
    | ClockSet
    | Unknown
)


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a watch's journal. `tick_ms`: milliseconds since boot number `boot`; `raw`: as it came."""

    seq: int
    boot: int
    tick_ms: int
    body: RecordBody
    raw: bytes


# --- up: from a driver session to the host ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WatchReady:
    """The watch has proven itself and says where its journal stands; answered by `Begin`.

    `nonce`: the one that it drew for this handshake; None of an open watch, which draws none.
    `keeps_journal`: its journal outlives the link; without, each link has another one, and that is no news.
    `app`: the version of our app there, as the watch says it; None: it has or needs none.
    """

    watch_id: str
    journal_id: int
    boot: int
    first_seq: int
    next_seq: int
    cue_slots: int
    routine_id: int
    trust: Trust
    nonce: bytes | None = None
    keeps_journal: bool = True
    app: str | None = None


@dataclass(frozen=True, slots=True)
class RecordsArrived:
    """Records in order, without a gap; to be committed, then answered by `Durable`."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class RecordsLost:
    """Records from_seq … next_seq - 1 are gone for ever; committed as a gap, then answered by
    `Durable(next_seq - 1)`.
    """

    from_seq: int
    next_seq: int


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Everything that the watch had at READY has arrived: what comes now is live."""


@dataclass(frozen=True, slots=True)
class ClockSampled:
    """host_ms = tick_ms + offset_ms ± error_ms, for that boot; `watch_unix_ms`: the watch's own idea of the
    time, None unknown; `at_ms`: the host time that it holds best at; `read_back`: after `SetClock`.
    """

    boot: int
    offset_ms: int
    error_ms: int
    watch_unix_ms: int | None
    at_ms: int | None = None
    read_back: bool = False


@dataclass(frozen=True, slots=True)
class WatchRefused:
    """The watch answered a frame with an error; `text` for the log."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Introduced:
    """Only while pairing, answered by `Pair`: who it is. `in_pairing_mode`: it takes a key now; `takes_key`
    False: this family knows no keys of ours; `needs_code` False: it says that a bond without one will do.
    """

    watch_id: str
    in_pairing_mode: bool
    takes_key: bool = True
    needs_code: bool = True


@dataclass(frozen=True, slots=True)
class AppProgress:
    """Of our app on the watch, so many bytes of so many have been written (or taken out) and verified."""

    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class AppFound:
    """What the watch has of our app, at the beginning and at the end. `version` None: none; `writable` False:
    its settings forbid to write programs.
    """

    version: str | None
    writable: bool


Up = (
    WatchReady
    | RecordsArrived
    | RecordsLost
    | CaughtUp
    | ClockSampled
    | WatchRefused
    | Introduced
    | AppProgress
    | AppFound
)


# --- down: from the host to a driver session ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """Send the journal from this sequence number on."""

    cursor: int


@dataclass(frozen=True, slots=True)
class Durable:
    """All records up to `seq` are committed on this host."""

    seq: int


@dataclass(frozen=True, slots=True)
class ShowStep:
    """What the watch shows and, in a gap with auto start, does. `starts_at_ms` in host time (gap, auto), else
    None.
    """

    session: int
    step: int
    phase: Phase
    side: Side
    variant: Variant
    round: int
    starts_at_ms: int | None
    planned_s: int
    start: StartMode
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """One haptic command. With `step`: `at_ms` after that step's hold starts; without: `at_ms` in host time,
    None at once.
    """

    cue_id: int
    cue: CueKind
    step: int | None
    at_ms: int | None
    expires_ms: int


@dataclass(frozen=True, slots=True)
class PlayCues:
    """Cues to be played by the watch, by its own clock."""

    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class CancelCues:
    """Take cues back; none named means all."""

    cue_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StopHold:
    """Stop the hold, pause it, or end the whole session."""

    do: Literal["stop", "pause", "end"]


@dataclass(frozen=True, slots=True)
class StoreRoutine:
    """The routine that the watch keeps, to run it alone; and the minute after local midnight at which it
    reminds when it is alone, None: it does not.
    """

    routine: Routine
    reminder_min: int | None = None

    @property
    def id(self) -> int:
        """A u32 that changes with the content: what the watch reports as the routine that it has stored."""
        return self.routine.id if self.reminder_min is None else self.routine.id ^ (self.reminder_min + 1)


@dataclass(frozen=True, slots=True)
class SetClock:
    """Set the watch's clock."""

    unix_ms: int
    utc_offset_min: int


@dataclass(frozen=True, slots=True)
class Attend:
    """Whether a session is going on: then a link that is silent is found out within seconds."""

    in_session: bool


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The host is about to disconnect on purpose."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The answer to `Introduced`: bond, and prove this key of 32 bytes (None: none), `known` there or new."""

    key: bytes | None = field(repr=False)
    known: bool = False


Told = ShowStep | PlayCues | CancelCues | StopHold | StoreRoutine | SetClock
Down = Begin | Durable | Told | Attend | Goodbye | Pair
