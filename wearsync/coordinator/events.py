"""What happens to a session: the inputs of the coordinator.

Rule: everything that the step function needs comes in here or in `Input`; so a log of inputs can be folded to
the same state.
"""

from dataclasses import dataclass
from typing import Literal

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
    go up and down by themselves.
    """

    routine: Routine
    visits: bool = False
    progression: bool = False
    kind: Literal["routine"] = "routine"


Event = RecordSeen | CommandGiven | TimerFired | LinkUp | CaughtUp | LinkDown | RoutineConfigured


@dataclass(frozen=True, slots=True)
class Input:
    """One entry of the coordinator's log: an event, when it was taken, and 64 random bits for the ids that it
    may need.
    """

    event: Event
    now: Stamp
    seed: int
