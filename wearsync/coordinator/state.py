"""What the host knows of one watch: the state that `machine.step` takes and gives, whole and serialisable.

Rule: frozen values only, nothing that is not derived from the log of inputs; instants are host milliseconds,
but for `Stamp`s that end up in results. After a restart the daemon folds the log, then feeds `LinkDown`: no
link outlives a process.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.errors import StorageError
from wearsync.model import (
    AckResult,
    CueKind,
    HoldSource,
    Phase,
    RecordKey,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    Stamp,
    Variant,
)


@dataclass(frozen=True, slots=True)
class RunningHold:
    """A hold that has started and not stopped, as its HOLD_STARTED (`key`, `boot`) said.

    `stop_asked`: its planned end is long past, and the watch has been asked to stop it.
    """

    key: RecordKey
    boot: int
    session: int
    step: int
    side: Side
    variant: Variant
    round: int
    planned_s: int
    source: HoldSource
    started: Stamp
    stop_asked: bool = False


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is not over, with the routine as it was when the session began.

    `step`: the one that is shown, held or up next; `extras`: the sides of the steps after the routine's last;
    `retried`, `counted`: steps offered a second time, steps with a hold that counts; `wish`: what happens
    once the running hold has stopped; `end`: what it is reported as, once that is settled; `reported`: it
    was, records go on coming; `boot`, `key`: of its last record, None before the first.
    """

    id: int
    source: SessionSource
    routine: Routine
    started: Stamp
    step: int = 0
    extras: tuple[Side, ...] = ()
    retried: tuple[int, ...] = ()
    counted: tuple[int, ...] = ()
    holds: int = 0
    left_s: float = 0.0
    right_s: float = 0.0
    wish: Literal["skip", "back", "pause"] | None = None
    end: SessionEnd | None = None
    reported: bool = False
    boot: int | None = None
    key: RecordKey | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A session whose watch is away for longer than it can have lasted, as it stood when the watch went."""

    phase: Phase
    session: OpenSession
    hold: RunningHold | None


@dataclass(frozen=True, slots=True)
class SentCue:
    """A cue that the watch was given and that it has not answered.

    `step`, `at_ms`, `expires_ms`: as sent (`messages.Cue`); `due_ms` in host time, None while its hold has
    not started; `deadline_ms`: no ack by then means that it is sent again or given up; `given_up`: kept for a
    late ack only.
    """

    cue_id: int
    cue: CueKind
    session: int
    boot: int
    step: int | None
    at_ms: int | None
    expires_ms: int
    due_ms: int | None
    deadline_ms: int | None
    attempts: int = 1
    cancelled: bool = False
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Battery:
    """Charge in per cent."""

    percent: int
    charging: bool


@dataclass(frozen=True, slots=True)
class SideProgress:
    """How far one side is towards longer holds.

    `days`: full days since the seconds changed last, oldest first; `changed`: the local date on which that
    was, `eased`: that was a step back; `asked_s`: seconds planned for its latest hold.
    """

    days: tuple[date, ...] = ()
    changed: date | None = None
    eased: bool = False
    asked_s: int = 0


@dataclass(frozen=True, slots=True)
class Progression:
    """Both sides' way towards longer holds."""

    left: SideProgress = SideProgress()
    right: SideProgress = SideProgress()


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether the wearer wants reminders. `pain`: they were stopped because it hurt too often; `at_ms`: since
    when, host time; `day`: when they were switched on again, pain up to it does not count any more.
    """

    on: bool = True
    pain: bool = False
    at_ms: int = 0
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Reminders:
    """`plan`: as configured; `handled_ms`: its last instants that were dealt with, Unix time, newest last;
    `ahead_min`: the local minute that the watch is to remind at when it is alone, None: it is not to.
    """

    plan: ReminderPlan = field(default_factory=ReminderPlan)
    switch: Switch = field(default_factory=Switch)
    handled_ms: tuple[int, ...] = ()
    ahead_min: int | None = None


@dataclass(frozen=True, slots=True)
class WatchState:
    """Everything that the coordinator knows of one watch.

    `link`: the watch's boot number while it is connected; `live`: it has caught up, the host leads;
    `configured`: the routine as the configuration had it last, so that a restart does not undo `set`;
    `progression`: None while the configuration has it off;
    `stored_routine`: the id of the one that the watch has; `starts_at_ms`: when the gap ends by itself;
    `phase_deadline_ms`: when the phase is given up; `aside_at_ms`: when a session whose watch is out of reach
    is set `aside`; `finished`: ids of the last sessions that were reported, newest last; `sessions_done`: how
    many were done; `done_on`: the local date of the last full one; `reminds`: the question that is asked, or
    was put off, is a reminder's.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", hide_input_in_errors=True)

    routine: Routine = field(default_factory=Routine)
    configured: Routine | None = None
    progression: Progression | None = None
    visits: bool = False
    link_wanted: bool = False
    link: int | None = None
    live: bool = False
    stored_routine: int | None = None
    phase: Phase = Phase.IDLE
    session: OpenSession | None = None
    hold: RunningHold | None = None
    starts_at_ms: int | None = None
    phase_deadline_ms: int | None = None
    snoozed_until_ms: int | None = None
    aside_at_ms: int | None = None
    aside: SetAside | None = None
    cues: tuple[SentCue, ...] = ()
    last_cue: CueKind | None = None
    last_ack: AckResult | None = None
    battery: Battery | None = None
    worn: bool | None = None
    away_since: date | None = None
    finished: tuple[int, ...] = ()
    sessions_done: int = 0
    done_on: date | None = None
    reminds: bool = False
    reminders: Reminders = field(default_factory=Reminders)

    @property
    def away(self) -> bool:
        """Whether the wearer is away now."""
        return self.away_since is not None

    @property
    def deadline_ms(self) -> int | None:
        """Host time of the earliest timer: the daemon arms one, and feeds `TimerFired`. None: nothing to wait
        for.

        While the watch is out of reach it goes on by itself, and its records will tell: then only a question
        that is to be asked runs out, and in the end the session is set aside.
        """
        timers = [self.snoozed_until_ms if self.phase is Phase.IDLE else None]
        if self.live or self.phase is Phase.CONFIRM:
            timers.append(self.phase_deadline_ms)
        if self.link is None:
            timers.append(self.aside_at_ms)
        if self.live:
            timers.extend(cue.deadline_ms for cue in self.cues)
        return min((timer for timer in timers if timer is not None), default=None)


def to_json(state: WatchState) -> str:
    """The state as JSON: a checkpoint."""
    return _STATE.dump_json(state).decode()


def from_json(text: str) -> WatchState:
    """A checkpoint read back. Raises `StorageError` when it is none."""
    try:
        return _STATE.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise StorageError(
            f"the checkpoint can't be read at {place or 'its start'}: {first['msg']}"
        ) from error


_STATE = TypeAdapter(WatchState)
