"""What the watch's records do to a session: the watch's word stands, whatever the host had expected.

Rule: a record that does not fit is a fact too: its hold is stored as incomplete, its session is followed or
reported.
"""

from dataclasses import replace

from wearsync.alert_codes import AlertCode
from wearsync.coordinator import session as course
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.events import RecordSeen
from wearsync.coordinator.measure import Measure, hold_counts, measure, result_of
from wearsync.coordinator.state import Battery, OpenSession, RunningHold
from wearsync.coordinator.steps import round_of, side_of
from wearsync.messages import (
    BatteryLevel,
    Booted,
    HoldStarted,
    HoldStopped,
    IntentGiven,
    SessionEnded,
    SessionStarted,
    WornChanged,
)
from wearsync.model import (
    CueKind,
    HoldResult,
    HoldSource,
    Outcome,
    Phase,
    SessionEnd,
    SessionSource,
    Severity,
    StopReason,
)


def hold_starts(draft: Draft, seen: RecordSeen, body: HoldStarted) -> Draft:
    """A hold began, of this session or of one that the watch runs without us."""
    draft = course.close_hold(draft, replayed=not seen.live)
    draft = _begin(draft, seen, body.session, SessionSource.WATCH)
    hold = RunningHold(
        key=seen.key,
        boot=seen.boot,
        session=body.session,
        step=body.step,
        side=body.side,
        variant=body.variant,
        round=body.round,
        planned_s=body.planned_s,
        source=body.source,
        started=seen.at,
    )
    return course.enter_hold(draft, hold, _from_ms(draft, seen))


def hold_stops(draft: Draft, seen: RecordSeen, body: HoldStopped) -> Draft:
    """A hold ended; what comes next is not decided by it."""
    found = measure(body.reason, body.held_ms)
    hold = draft.state.hold
    draft = _touch(draft, seen, body.session)
    if hold is None or (hold.session, hold.step) != (body.session, body.step):
        draft = course.credit(draft, _unstarted(draft, seen, body, found), seen.key)
    else:
        draft = course.end_hold(draft, hold, seen.key, found, replayed=not seen.live)
    if body.reason is not StopReason.PAIN:
        return draft
    return draft.alert(
        AlertCode.PAIN,
        Severity.WARNING,
        "it hurt: the hold was stopped, and the session with it",
        key=seen.key,
        at=seen.at,
        replayed=not seen.live,
    )


def hold_stops_in_hold(draft: Draft, seen: RecordSeen, body: HoldStopped) -> Draft:
    """The running hold ended: on to what comes next. A stop of another hold changes nothing."""
    hold, session = draft.state.hold, draft.state.session
    assert hold is not None, "phase hold without a hold"
    assert session is not None, "phase hold without a session"
    draft = hold_stops(draft, seen, body)
    if draft.state.hold is not None:
        return draft
    counts = hold_counts(measure(body.reason, body.held_ms).credited_s)
    return _go_on(draft, session, body.reason, _from_ms(draft, seen), counts=counts)


def session_starts(draft: Draft, seen: RecordSeen, body: SessionStarted) -> Draft:
    """The watch has a session open: ours, or one of its own that is followed from its first gap."""
    session = draft.state.session
    if session is not None and session.id == body.session and draft.state.phase is not Phase.CONFIRM:
        return _touch(draft, seen, body.session)
    return _first_gap(draft, seen, body.session, body.source)


def session_ends(draft: Draft, seen: RecordSeen, body: SessionEnded) -> Draft:
    """A session is over: the open one, or one that was reported already, or one that was never heard of."""
    replayed = not seen.live
    hold, session = draft.state.hold, draft.state.session
    if hold is not None and hold.session == body.session:
        draft = course.close_hold(draft, replayed=replayed)
        session = draft.state.session
    if session is not None and session.id == body.session:
        # The watch calls it ended when it was told to end it; why, the host knows.
        end = SessionEnd.ABANDONED if session.end is SessionEnd.ABANDONED else body.end
        return course.finish(draft, end, key=seen.key, at=seen.at, replayed=replayed)
    if body.session in draft.state.finished:
        return draft
    unheard = OpenSession(body.session, body.source, draft.state.routine, seen.at)
    return course.report(draft, unheard, body.end, key=seen.key, at=seen.at, replayed=replayed)


def wants_start(draft: Draft, seen: RecordSeen, body: IntentGiven) -> Draft:
    """The wearer started on the watch, which waits two seconds for us, and then goes alone."""
    session = draft.state.session
    known = session is not None and session.id == body.session and draft.state.phase is not Phase.CONFIRM
    if known or body.session in draft.state.finished:
        return draft
    return _first_gap(draft, seen, body.session, SessionSource.WATCH)


def says_yes(draft: Draft, seen: RecordSeen, body: IntentGiven) -> Draft:
    """The tap that confirms: the first gap counts from it."""
    session = draft.state.session
    if session is None or session.id != body.session:
        return draft
    return _first_gap(draft, seen, body.session, SessionSource.HOST)


def says_no(draft: Draft, seen: RecordSeen, body: IntentGiven) -> Draft:
    """Not now: the session never begins."""
    session = draft.state.session
    if session is None or session.id != body.session:
        return draft
    if draft.state.reminds:
        return course.drop(draft)
    return course.finish(draft, SessionEnd.ENDED, key=seen.key, at=seen.at, replayed=not seen.live)


def booted_in_session(draft: Draft, seen: RecordSeen, body: Booted) -> Draft:
    """The watch restarted: its session is over. Of a running hold it still writes the stop: that is waited
    for.
    """
    draft = draft.alert(
        AlertCode.WATCH_RESTARTED,
        Severity.WARNING,
        f"the watch restarted during a session ({body.reason})",
        key=seen.key,
        at=seen.at,
        replayed=not seen.live,
    )
    if draft.state.hold is not None:
        return course.wind_up(draft, SessionEnd.ENDED)
    session = draft.state.session
    end = (session and session.end) or SessionEnd.ENDED
    return course.finish(draft, end, key=seen.key, at=seen.at, replayed=not seen.live)


def battery(draft: Draft, seen: RecordSeen, body: BatteryLevel) -> Draft:
    """The charge is shown, no more."""
    return draft.to(replace(draft.state, battery=Battery(body.percent, body.charging)))


def worn(draft: Draft, seen: RecordSeen, body: WornChanged) -> Draft:
    """Likewise whether it is worn."""
    return draft.to(replace(draft.state, worn=body.worn))


def _go_on(draft: Draft, session: OpenSession, reason: StopReason, from_ms: int, *, counts: bool) -> Draft:
    """What follows a hold that was stopped for that reason."""
    if reason is StopReason.PAIN or reason is StopReason.REBOOT:
        return course.wind_up(draft, SessionEnd.ENDED)
    if reason is StopReason.PAUSE:
        return course.enter_pause(draft, session.step)
    if session.wish == "pause":
        return course.enter_pause(draft, session.step + 1)
    if session.wish == "back":
        return course.go_to(draft, max(0, session.step - 1), from_ms)
    # Alone the watch does not repeat a hold: while it leads, its next record decides.
    again = (
        reason is StopReason.WEARER
        and session.wish is None
        and not counts
        and draft.state.live
        and session.step not in session.retried
    )
    if not again:
        return course.go_to(draft, session.step + 1, from_ms)
    open_session = draft.state.session or session
    retried = replace(open_session, retried=(*session.retried, session.step))
    return course.go_to(draft.to(replace(draft.state, session=retried)), session.step, from_ms)


def _first_gap(draft: Draft, seen: RecordSeen, session_id: int, source: SessionSource) -> Draft:
    draft = _begin(draft, seen, session_id, source)
    session = draft.state.session
    assert session is not None, "begun, and not there"
    if draft.state.phase is Phase.CLOSING:
        return draft
    return course.enter_gap(draft, 0, _from_ms(draft, seen), session.routine.first_gap_s, CueKind.READY)


def _begin(draft: Draft, seen: RecordSeen, session_id: int, source: SessionSource) -> Draft:
    """Follow that session; one that was over for us, and comes up live, is ended on the watch too."""
    draft = course.begin(draft, session_id, source, seen.at, key=seen.key, boot=seen.boot, live=seen.live)
    session = draft.state.session
    if session is not None and session.reported and draft.state.live and session.end is None:
        return course.wind_up(draft, SessionEnd.ENDED)
    return draft


def _touch(draft: Draft, seen: RecordSeen, session_id: int) -> Draft:
    """The session rests on this record too."""
    session = draft.state.session
    if session is None or session.id != session_id:
        return draft
    return draft.to(replace(draft.state, session=replace(session, key=seen.key, boot=seen.boot)))


def _unstarted(draft: Draft, seen: RecordSeen, body: HoldStopped, found: Measure) -> HoldResult:
    """A stop without a start: its side is what the routine says of the step."""
    session = draft.state.session
    if session is None or session.id != body.session:
        session = OpenSession(body.session, SessionSource.WATCH, draft.state.routine, seen.at)
    side = side_of(session, body.step)
    started = replace(seen.at, host_ms=seen.at.host_ms - body.held_ms, unix_ms=seen.at.unix_ms - body.held_ms)
    hold = RunningHold(
        key=seen.key,
        boot=seen.boot,
        session=body.session,
        step=body.step,
        side=side,
        variant=session.routine.variant,
        round=round_of(body.step),
        planned_s=session.routine.planned_s(side),
        source=HoldSource.AUTO,
        started=started,
    )
    measured = Measure(found.measured_s, 0.0, Outcome.INCOMPLETE)
    return result_of(hold, seen.key, measured, replayed=not seen.live)


def _from_ms(draft: Draft, seen: RecordSeen) -> int:
    """When it happened, in host time; a record is never of the future, whatever a clock says."""
    return min(seen.at.host_ms, draft.now.host_ms)
