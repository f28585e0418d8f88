"""The coordinator: a table of what happens in which phase, and the pure `step` that looks it up.

Rule: no entry, no transition: a missing one raises with both names. The same state and input give the same
result, always; ids come from the input's seed alone.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar, assert_never

from wearsync.coordinator import cues, link, records, reminders, verbs
from wearsync.coordinator import session as course
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.effects import Effect, Reply
from wearsync.coordinator.events import (
    CaughtUp,
    CommandGiven,
    DayDone,
    Event,
    Input,
    LinkDown,
    LinkUp,
    PainDays,
    RecordSeen,
    ReminderAhead,
    ReminderDue,
    RoutineConfigured,
    SwitchHeard,
    TimerFired,
)
from wearsync.coordinator.state import WatchState
from wearsync.messages import (
    BatteryLevel,
    Booted,
    ClockSet,
    CueAcked,
    CueFelt,
    HoldStarted,
    HoldStopped,
    IntentGiven,
    RecordBody,
    SessionEnded,
    SessionStarted,
    Unknown,
    WornChanged,
)
from wearsync.model import Command, Phase, Verb

B = TypeVar("B", bound=RecordBody)
H = TypeVar("H")
OnRecord = Callable[[Draft, RecordSeen, B], Draft]
OnCommand = Callable[[Draft, Command], Draft]
Row = Mapping[Phase, H]
Course = HoldStarted | HoldStopped | SessionStarted | SessionEnded | Booted


def step(state: WatchState, entry: Input) -> tuple[WatchState, tuple[Effect, ...]]:
    """What becomes of the state, and what is to be done once the input is committed."""
    draft = Draft(state=state, now=entry.now, seed=entry.seed)
    draft = link.keep_link(link.keep_routine(_on_event(draft, entry.event)))
    return draft.state, draft.effects


def entry_of(row: Row[H], phase: Phase, what: str) -> H:
    """The handler of a row for that phase. Raises `LookupError` that names both when there is none."""
    try:
        return row[phase]
    except KeyError:
        raise LookupError(f"no transition for {what} in phase {phase}") from None


def row(*handlers: H) -> Row[H]:
    """One line of the table: a handler for each phase, in this order; a single one serves them all."""
    phases = (Phase.IDLE, Phase.CONFIRM, Phase.GAP, Phase.HOLD, Phase.PAUSED, Phase.CLOSING)
    if len(handlers) == 1:
        handlers = handlers * len(phases)
    return dict(zip(phases, handlers, strict=True))


def _nothing(draft: Draft, seen: RecordSeen, body: RecordBody) -> Draft:
    return draft


# fmt: off
# What happens         idle, confirm, gap,
#                      hold, paused, closing
HOLD_STARTED: Row[OnRecord[HoldStarted]] = row(records.hold_starts)
HOLD_STOPPED: Row[OnRecord[HoldStopped]] = row(
    records.hold_stops, records.hold_stops, records.hold_stops,
    records.hold_stops_in_hold, records.hold_stops, records.hold_stops,
)
SESSION_STARTED: Row[OnRecord[SessionStarted]] = row(records.session_starts)
SESSION_ENDED: Row[OnRecord[SessionEnded]] = row(records.session_ends)
BOOTED: Row[OnRecord[Booted]] = row(
    _nothing, _nothing, records.booted_in_session,
    records.booted_in_session, records.booted_in_session, records.booted_in_session,
)
CUE_ACKED: Row[OnRecord[CueAcked]] = row(cues.acked)
BATTERY: Row[OnRecord[BatteryLevel]] = row(records.battery)
WORN: Row[OnRecord[WornChanged]] = row(records.worn)
NOTED: Row[OnRecord[RecordBody]] = row(_nothing)
INTENTS: Mapping[str, Row[OnRecord[IntentGiven]]] = {
    "start": row(records.wants_start),
    "yes": row(_nothing, records.says_yes, _nothing,
               _nothing, _nothing, _nothing),
    "no": row(_nothing, records.says_no, _nothing,
              _nothing, _nothing, _nothing),
}
COMMANDS: Mapping[Verb, Row[OnCommand]] = {
    Verb.START: row(verbs.start, verbs.start_again, verbs.start_again,
                    verbs.start_again, verbs.start_again, verbs.start_again),
    Verb.STOP: row(verbs.stop_idle, verbs.call_off, verbs.stop,
                   verbs.stop, verbs.stop, verbs.stop_closing),
    Verb.PAUSE: row(verbs.no_session, verbs.not_begun, verbs.pause,
                    verbs.pause_hold, verbs.paused_already, verbs.ending),
    Verb.RESUME: row(verbs.no_session, verbs.not_begun, verbs.not_paused,
                     verbs.not_paused, verbs.resume, verbs.ending),
    Verb.SKIP: row(verbs.no_session, verbs.not_begun, verbs.skip,
                   verbs.skip_hold, verbs.skip, verbs.ending),
    Verb.BACK: row(verbs.no_session, verbs.not_begun, verbs.back,
                   verbs.back_hold, verbs.back, verbs.ending),
    Verb.EXTRA: row(verbs.no_session, verbs.not_begun, verbs.extra,
                    verbs.extra, verbs.extra, verbs.ending),
    Verb.SNOOZE: row(verbs.nothing_to_snooze, verbs.snooze, verbs.nothing_to_snooze,
                     verbs.nothing_to_snooze, verbs.nothing_to_snooze, verbs.nothing_to_snooze),
    Verb.AWAY: row(verbs.away),
    Verb.BUZZ: row(verbs.buzz),
    Verb.SET: row(verbs.set_routine),
    Verb.REMIND: row(reminders.switch),
}
CAUGHT_UP: Row[link.Bare] = row(
    link.nothing, course.show_question, link.resume_gap,
    link.nothing, link.resume_pause, link.resume_closing,
)
TIMER: Row[link.Bare] = row(
    link.nothing, link.question_expired, link.gap_expired,
    link.hold_expired, link.pause_expired, link.closing_expired,
)
# fmt: on


def _on_event(draft: Draft, event: Event) -> Draft:
    phase = draft.state.phase
    match event:
        case RecordSeen():
            return _on_record(draft, event, phase)
        case CommandGiven():
            draft = _on_command(draft, event.command, phase)
            return draft.emit(Reply(event.request_id, event.via, draft.refusal))
        case TimerFired():
            return link.timer(draft, entry_of(TIMER, phase, "timer"))
        case CaughtUp():
            draft = reminders.still_wanted(draft)
            return link.caught_up(draft, entry_of(CAUGHT_UP, draft.state.phase, "caught_up"))
        case LinkUp():
            return link.link_up(draft, event)
        case LinkDown():
            return link.link_down(draft)
        case RoutineConfigured():
            return link.routine_configured(draft, event)
        case ReminderDue() | PainDays() | DayDone() | SwitchHeard() | ReminderAhead():
            return reminders.heard(draft, event)
        case _:
            assert_never(event)


def _on_record(draft: Draft, seen: RecordSeen, phase: Phase) -> Draft:
    match seen.body:
        case HoldStarted() | HoldStopped() | SessionStarted() | SessionEnded() | Booted() as body:
            return _on_course(draft, seen, body, phase)
        case CueAcked() as body:
            return entry_of(CUE_ACKED, phase, body.kind)(draft, seen, body)
        case BatteryLevel() as body:
            return entry_of(BATTERY, phase, body.kind)(draft, seen, body)
        case WornChanged() as body:
            return entry_of(WORN, phase, body.kind)(draft, seen, body)
        case CueFelt() | ClockSet() | Unknown() as body:
            return entry_of(NOTED, phase, body.kind)(draft, seen, body)
        case IntentGiven() as body:
            return _on_intent(draft, seen, body, phase)
        case _:
            assert_never(seen.body)


def _on_course(draft: Draft, seen: RecordSeen, body: Course, phase: Phase) -> Draft:
    match body:
        case HoldStarted():
            return entry_of(HOLD_STARTED, phase, body.kind)(draft, seen, body)
        case HoldStopped():
            return entry_of(HOLD_STOPPED, phase, body.kind)(draft, seen, body)
        case SessionStarted():
            return entry_of(SESSION_STARTED, phase, body.kind)(draft, seen, body)
        case SessionEnded():
            return entry_of(SESSION_ENDED, phase, body.kind)(draft, seen, body)
        case Booted():
            return entry_of(BOOTED, phase, body.kind)(draft, seen, body)
        case _:
            assert_never(body)


def _on_intent(draft: Draft, seen: RecordSeen, intent: IntentGiven, phase: Phase) -> Draft:
    """The wearer's wish: a verb like any other, but nobody waits for a reply."""
    if intent.intent in INTENTS:
        return entry_of(INTENTS[intent.intent], phase, f"intent {intent.intent}")(draft, seen, intent)
    return _on_command(draft, Command(Verb(intent.intent), intent.side, intent.minutes), phase)


def _on_command(draft: Draft, command: Command, phase: Phase) -> Draft:
    return entry_of(COMMANDS[command.verb], phase, f"command {command.verb}")(draft, command)
