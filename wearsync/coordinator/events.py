"""What happens to a session: the inputs of the coordinator.

Rule: everything that the step function needs comes in here or in `Input`; so a log of inputs can be folded to
the same state.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import ConfigDict

from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.messages import RecordBody
from wearsync.model import Command, RecordKey, Routine, Stamp


@dataclass(frozen=True, slots=True)
class RecordSeen:
    """A record of the watch, committed for the first time. `at`: when it happened; `live`: not replayed."""

    key: RecordKey
    boot: int
    tick_ms: int
    body: RecordBody
    at: Stamp
    live: bool
    kind: Literal["record"] = "record"


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """Somebody wants something. `via`: cli, mqtt, page …; the reply goes back by `request_id`."""

    command: Command
    via: str
    request_id: str
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The earliest deadline of the state has come."""

    kind: Literal["timer"] = "timer"


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The watch is ready, on boot number `boot`; it still has to catch up. `routine_id`: the routine that it
    has stored.
    """

    boot: int
    routine_id: int | None = None
    kind: Literal["link_up"] = "link_up"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Everything that the watch had has arrived: the host leads from here."""

    kind: Literal["caught_up"] = "caught_up"


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The watch is out of reach."""

    kind: Literal["link_down"] = "link_down"


@dataclass(frozen=True, slots=True)
class RoutineConfigured:
    """The routine that the configuration gives: at the daemon's start, and when it is reloaded.

    `visits`: the watch is not connected all day, but for a session (`link = visit`); `progression`: seconds
    go up and down by themselves; `reminder`: when the wearer is reminded.
    """

    routine: Routine
    visits: bool = False
    progression: bool = False
    reminder: ReminderPlan = field(default_factory=ReminderPlan)
    kind: Literal["routine"] = "routine"


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """An instant of the plan, `at_ms` in Unix time, has come. `done`: the wearer's day counts already, by
    whatever watch; `away`: the wearer is away.
    """

    at_ms: int
    done: bool
    away: bool
    kind: Literal["reminder_due"] = "reminder_due"


@dataclass(frozen=True, slots=True)
class PainDays:
    """The local dates of the last week on which it hurt."""

    days: tuple[date, ...]
    kind: Literal["pain_days"] = "pain_days"


@dataclass(frozen=True, slots=True)
class DayDone:
    """The wearer's day counts now: by another watch, or by what was logged by hand."""

    day: date
    kind: Literal["day_done"] = "day_done"


@dataclass(frozen=True, slots=True)
class SwitchHeard:
    """Reminders were switched on another watch of this wearer (`state.Switch`)."""

    on: bool
    pain: bool
    at_ms: int
    day: date | None
    kind: Literal["switch_heard"] = "switch_heard"


@dataclass(frozen=True, slots=True)
class ReminderAhead:
    """What the watch is to keep: the local minute of the next reminder within a day; None: there is none."""

    minute: int | None
    kind: Literal["reminder_ahead"] = "reminder_ahead"


ReminderEvent = ReminderDue | PainDays | DayDone | SwitchHeard | ReminderAhead
Event = (
    RecordSeen | CommandGiven | TimerFired | LinkUp | CaughtUp | LinkDown | RoutineConfigured | ReminderEvent
)


@dataclass(frozen=True, slots=True)
class Input:
    """One entry of the coordinator's log: an event, when it was taken, and 64 random bits for the ids that it
    may need.
    """

    # What it is about is the wearer's, and no part of an error.
    __pydantic_config__ = ConfigDict(hide_input_in_errors=True)

    event: Event
    now: Stamp
    seed: int
