"""Links and timers: what is told anew once the watch has caught up, and what happens when nothing does.

Rule: nothing is told twice because a link broke; what the watch should show and play follows from the state.
"""

from collections.abc import Callable
from dataclasses import replace

from wearsync.alert_codes import AlertCode
from wearsync.coordinator import cues, progression, reminders
from wearsync.coordinator import session as course
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.effects import WantLink
from wearsync.coordinator.events import LinkUp, RoutineConfigured
from wearsync.coordinator.state import OpenSession
from wearsync.messages import StopHold, StoreRoutine
from wearsync.model import CueKind, Phase, Routine, SessionEnd, Severity, StartMode

# Who has put a question off looks at the watch then, and not half an hour later.
SNOOZE_GRACE_MS = 30 * 60 * 1000

Bare = Callable[[Draft], Draft]


def routine_configured(draft: Draft, event: RoutineConfigured) -> Draft:
    """What is new in the configuration holds, key by key: a restart undoes neither `set` nor a step of the
    progression, nor does a change of something else in the file.
    """
    state, configured = draft.state, draft.state.configured
    draft = draft.to(replace(state, visits=event.visits, configured=event.routine))
    draft = reminders.configure(draft, event.reminder)
    draft = progression.switch(draft, on=event.progression)
    if configured is None:
        return draft.to(replace(draft.state, routine=event.routine))
    names = [
        name for name in Routine.model_fields if getattr(event.routine, name) != getattr(configured, name)
    ]
    changes = {name: getattr(event.routine, name) for name in names}
    draft = draft.to(replace(draft.state, routine=draft.state.routine.model_copy(update=changes)))
    return progression.restart(draft, names)


def keep_routine(draft: Draft) -> Draft:
    """The watch keeps a routine, to run it alone: that of the session that it is in, else the next one; and
    when to remind of it.
    """
    state = draft.state
    routine = state.routine if state.session is None else state.session.routine
    message = StoreRoutine(routine, reminders.alone_min(state))
    if not state.live or state.stored_routine == message.id:
        return draft
    return draft.to(replace(state, stored_routine=message.id)).tell(message)


def link_up(draft: Draft, event: LinkUp) -> Draft:
    """The watch is there and tells what it has; nothing is told to it yet."""
    state = course.take_back(draft).state
    return draft.to(
        replace(state, link=event.boot, live=False, stored_routine=event.routine_id, aside_at_ms=None)
    )


def link_down(draft: Draft) -> Draft:
    """The watch goes on alone; timers that need its word stand still."""
    state = draft.state
    aside_at_ms = state.aside_at_ms
    if aside_at_ms is None and state.session is not None and state.phase is not Phase.CONFIRM:
        aside_at_ms = draft.now.host_ms + course.longest_ms(state.session)
    return draft.to(replace(state, link=None, live=False, aside_at_ms=aside_at_ms))


def caught_up(draft: Draft, resume: Bare) -> Draft:
    """The host leads from here: `resume` shows what the phase wants shown, then the cues follow."""
    boot = draft.state.link
    if boot is None:
        return draft
    draft = keep_routine(draft.to(replace(draft.state, live=True)))
    draft = _without_strays(draft, boot)
    session, phase = draft.state.session, draft.state.phase
    cut_off = phase is Phase.HOLD and draft.state.hold is None
    if session is None or phase is Phase.CONFIRM:
        draft = resume(draft)
    elif session.boot != boot or cut_off:
        draft = _cut_session(draft, session)
    elif session.reported:
        draft = course.wind_up(draft, SessionEnd.ENDED)
    else:
        draft = resume(draft.to(replace(draft.state, snoozed_until_ms=None)))
    return _cues_again(draft, boot)


def nothing(draft: Draft) -> Draft:
    """Idle has nothing to show and no deadline; in a hold the watch does what there is to do."""
    return draft


def resume_gap(draft: Draft) -> Draft:
    """The gap's end, told again; not so soon that the wearer is caught unready. One that is long over is
    given up.
    """
    deadline_ms, starts_at_ms = draft.state.phase_deadline_ms, draft.state.starts_at_ms
    if deadline_ms is not None and deadline_ms <= draft.now.host_ms:
        return course.wind_up(draft, SessionEnd.ABANDONED)
    if starts_at_ms is not None:
        starts_at_ms = max(starts_at_ms, draft.now.host_ms + course.GAP_MIN_MS)
        deadline_ms = starts_at_ms + course.RECORD_GRACE_MS
    draft = draft.to(replace(draft.state, starts_at_ms=starts_at_ms, phase_deadline_ms=deadline_ms))
    return course.show(draft)


def resume_pause(draft: Draft) -> Draft:
    """Still paused, or given up meanwhile."""
    deadline_ms = draft.state.phase_deadline_ms
    if deadline_ms is not None and deadline_ms <= draft.now.host_ms:
        return course.wind_up(draft, SessionEnd.ABANDONED)
    return course.show(draft)


def resume_closing(draft: Draft) -> Draft:
    """Say again that it is over; but a hold that the watch began alone is let go on."""
    session, hold = draft.state.session, draft.state.hold
    end = (session and session.end) or SessionEnd.DONE
    if end is not SessionEnd.DONE:
        return course.wind_up(draft, end)
    if hold is not None:
        return course.enter_hold(draft.to(replace(draft.state, phase=Phase.HOLD)), hold, draft.now.host_ms)
    deadline_ms = draft.now.host_ms + course.CLOSING_DEADLINE_MS
    return course.show(draft.to(replace(draft.state, phase_deadline_ms=deadline_ms)))


def timer(draft: Draft, expired: Bare) -> Draft:
    """Whatever is due: the phase (`expired`), a question that was put off, acks that did not come; or nothing
    is expected of a watch any more that is away for too long.
    """
    state, now_ms = draft.state, draft.now.host_ms
    if state.link is None and state.aside_at_ms is not None and state.aside_at_ms <= now_ms:
        return course.set_aside(draft)
    waits = state.live or state.phase is Phase.CONFIRM
    if waits and state.phase_deadline_ms is not None and state.phase_deadline_ms <= now_ms:
        draft = expired(draft)
    snoozed_ms = draft.state.snoozed_until_ms
    if draft.state.phase is Phase.IDLE and snoozed_ms is not None and snoozed_ms <= now_ms:
        draft = _asked_late(draft) if now_ms - snoozed_ms > SNOOZE_GRACE_MS else _ask_again(draft)
    return cues.overdue(draft) if state.live else draft


def _ask_again(draft: Draft) -> Draft:
    """What was put off."""
    return reminders.ask_again(draft) if draft.state.reminds else course.ask(draft)


def _asked_late(draft: Draft) -> Draft:
    """The host slept, or was off: nobody expects the question any more."""
    if draft.state.reminds:
        return reminders.asked_late(draft)
    text = "the question that was put off could not be asked in time: start again when it suits you"
    draft = draft.to(replace(draft.state, snoozed_until_ms=None))
    return draft.alert(AlertCode.QUESTION_MISSED, Severity.INFO, text)


def question_expired(draft: Draft) -> Draft:
    """Nobody answered, or nobody could be asked."""
    if draft.state.reminds:
        return reminders.unanswered(draft)
    if not draft.state.live:
        text = "the watch was not reached in time: nobody was asked"
        draft = draft.alert(AlertCode.WATCH_UNREACHABLE, Severity.WARNING, text)
    draft = course.clear(draft)
    return course.finish(draft, SessionEnd.ABANDONED, key=None, at=draft.now, replayed=False)


def gap_expired(draft: Draft) -> Draft:
    """No hold came of it."""
    session = draft.state.session
    if session is not None and session.routine.start is StartMode.AUTO:
        draft = draft.alert(AlertCode.HOLD_NOT_STARTED, Severity.WARNING, "the watch did not start the hold")
    return course.wind_up(draft, SessionEnd.ABANDONED)


def hold_expired(draft: Draft) -> Draft:
    """The planned end is long past: the watch is asked to stop; then the hold is closed as it came."""
    hold = draft.state.hold
    if hold is None or hold.stop_asked:
        return course.wind_up(course.close_hold(draft, replayed=False), SessionEnd.ABANDONED)
    deadline_ms = draft.now.host_ms + course.RECORD_GRACE_MS
    draft = draft.to(replace(draft.state, hold=replace(hold, stop_asked=True), phase_deadline_ms=deadline_ms))
    draft = draft.alert(
        AlertCode.STOP_MISSING, Severity.WARNING, "the watch did not say that the hold has ended"
    )
    return draft.tell(StopHold("stop"))


def pause_expired(draft: Draft) -> Draft:
    """Nobody came back."""
    return course.wind_up(draft, SessionEnd.ABANDONED)


def closing_expired(draft: Draft) -> Draft:
    """The watch has no word for it: over all the same."""
    session = draft.state.session
    end = (session and session.end) or SessionEnd.ENDED
    draft = course.close_hold(draft, replayed=False)
    return course.finish(draft, end, key=None, at=draft.now, replayed=False)


def keep_link(draft: Draft) -> Draft:
    """A visit lasts as long as a session, a question that is due, and the answers that are still owed."""
    state = draft.state
    asked = state.snoozed_until_ms is not None and state.snoozed_until_ms <= draft.now.host_ms
    owed = state.link_wanted and state.link is not None and (not state.live or cues.waiting(draft))
    wanted = state.visits and (state.session is not None or asked or owed)
    if wanted == state.link_wanted:
        return draft
    return draft.to(replace(state, link_wanted=wanted)).emit(WantLink(wanted))


def _cut_session(draft: Draft, session: OpenSession) -> Draft:
    """The watch knows nothing of it any more. Unless its records have settled the end, nobody knows how."""
    if session.end is None and not session.reported:
        text = "the link was lost in a session, and the watch has no record of what followed: start anew"
        draft = draft.alert(AlertCode.SESSION_CUT, Severity.WARNING, text)
    end = session.end or SessionEnd.ENDED
    return course.finish(draft, end, key=None, at=draft.now, replayed=False)


def _without_strays(draft: Draft, boot: int) -> Draft:
    """A hold that the watch forgot is closed; one of a session that is over for us is ended."""
    hold, session = draft.state.hold, draft.state.session
    if hold is None:
        return draft
    if hold.boot != boot:
        return course.close_hold(draft, replayed=False)
    if session is None or session.id != hold.session:
        return draft.tell(StopHold("end"))
    return draft


def _cues_again(draft: Draft, boot: int) -> Draft:
    """What was sent and can still play; where nothing is left to come, the cues of the phase anew."""
    draft = cues.caught_up(draft, boot)
    session, phase = draft.state.session, draft.state.phase
    opening = {Phase.CONFIRM: CueKind.REMINDER, Phase.GAP: CueKind.READY}.get(phase)
    if session is None or opening is None or cues.coming(draft, session.id):
        return draft
    return course.send_cues(draft, opening)
