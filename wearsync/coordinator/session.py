"""The course of a session: asked, gap, hold, paused, closing, finished; each phase is entered here and
nowhere else.

Rule: entering a phase sets its deadline, tells the watch what to show, and sends its cues ahead. All of it
also runs while the watch is out of reach and goes on alone: then nothing is said, and its records put right
what it did otherwise.
"""

from dataclasses import replace

from wearsync.alert_codes import AlertCode
from wearsync.coordinator import cues, progression
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.effects import HoldFinished, SessionFinished
from wearsync.coordinator.measure import NOT_MEASURED, Measure, hold_counts, result_of
from wearsync.coordinator.state import OpenSession, RunningHold, SetAside
from wearsync.coordinator.steps import is_full, last_step, shown, side_of
from wearsync.messages import StopHold
from wearsync.model import (
    CueKind,
    HoldResult,
    Phase,
    RecordKey,
    SessionEnd,
    SessionResult,
    SessionSource,
    Severity,
    Side,
    Stamp,
    StartMode,
)

# "One tap on the wrist within 60 s": the watch keeps that time; the answer gets five seconds to arrive.
CONFIRM_DEADLINE_MS = 65_000

# A watch that is visited must be found and connected first: two of its slow advertising rounds and a
# handshake.
REACH_DEADLINE_MS = 120_000

# The shortest gap that a routine may have: nobody gets into place faster, whatever came late.
GAP_MIN_MS = 3_000

# The watch starts and stops a hold by itself; its record may wait for the question (10 s), the radio and a
# commit.
RECORD_GRACE_MS = 30_000
# A stop that is missing is asked for once, so a hold may be closed two of those after its planned end;
# whoever looked on has seen it until then.
STOP_LATE_MS = 3 * RECORD_GRACE_MS

# The watch abandons a gap without a tap after 180 s; its record comes before this, or there is no such watch.
TAP_DEADLINE_MS = 200_000

# Likewise a pause after 15 min.
PAUSE_DEADLINE_MS = 920_000

# The watch writes the end of a session at once; a minute is a busy radio.
CLOSING_DEADLINE_MS = 60_000

# One step at its longest: the wearer pauses before it, lets the gap wait for the tap, holds for a minute, and
# answers the question.
STEP_LONGEST_MS = PAUSE_DEADLINE_MS + TAP_DEADLINE_MS + 60_000 + RECORD_GRACE_MS

# And then an hour: who comes home with the watch after all is still in the session.
OUT_OF_REACH_GRACE_MS = 3600 * 1000

# Late records of a finished session are known by its id: more than a watch does in a day.
FINISHED_KEPT = 16


def ask(draft: Draft, *, reminds: bool = False) -> Draft:
    """A session from elsewhere than the watch: one tap on the wrist first, so a watch on its charger is never
    credited. `reminds`: nobody has asked for it but the time of the day.
    """
    state = draft.state
    draft, session_id = draft.draw()
    session = OpenSession(session_id, SessionSource.HOST, state.routine, draft.now)
    draft = show_question(draft.to(replace(state, session=session, snoozed_until_ms=None, reminds=reminds)))
    return send_cues(draft, CueKind.REMINDER)


def show_question(draft: Draft) -> Draft:
    """Ask on the watch now, or as soon as it is there; a link that comes and goes does not ask for ever."""
    reach_until_ms = _session(draft).started.host_ms + REACH_DEADLINE_MS
    answer_until_ms = min(draft.now.host_ms, reach_until_ms) + CONFIRM_DEADLINE_MS
    return _enter(draft, Phase.CONFIRM, answer_until_ms if draft.state.live else reach_until_ms)


def begin(
    draft: Draft, session_id: int, source: SessionSource, at: Stamp, *, key: RecordKey, boot: int, live: bool
) -> Draft:
    """Make that session the open one: the watch says that it is. What was open besides is over.

    A question that is still open is answered by it, or, if it is only learnt now, put off until the watch has
    caught up. A session that was reported already is known as such: its holds still count.
    """
    if draft.state.hold is not None and draft.state.hold.session != session_id:
        draft = close_hold(draft, replayed=not live)
    session, put_off_ms = draft.state.session, draft.state.snoozed_until_ms
    asking = session is not None and draft.state.phase is Phase.CONFIRM
    if session is not None and session.id != session_id:
        if not asking:
            draft, session = finish(draft, SessionEnd.ENDED, key=None, at=at, replayed=not live), None
        elif live:
            session = replace(session, id=session_id, source=source)
        else:
            session, put_off_ms = None, draft.now.host_ms
    session = session or OpenSession(session_id, source, draft.state.routine, at)
    session = replace(
        session,
        started=at if asking else session.started,
        reported=session_id in draft.state.finished,
        key=key,
        boot=boot,
    )
    return draft.to(replace(draft.state, session=session, snoozed_until_ms=None if live else put_off_ms))


def enter_gap(draft: Draft, step: int, from_ms: int, gap_s: int, opening: CueKind) -> Draft:
    """The gap before `step`, counted from the host time `from_ms`; with auto start the hold begins at its
    end.

    `opening`: what the wearer feels at once. What was sent ahead for another step is taken back.
    """
    draft = cues.cancel(draft, lambda cue: True)
    session = replace(_session(draft), step=step, wish=None)
    draft = draft.to(replace(draft.state, session=session))
    if session.routine.start is StartMode.TAP:
        draft = _enter(draft, Phase.GAP, from_ms + TAP_DEADLINE_MS)
    else:
        # What the watch did alone has its own time; what it is told now must not begin at once.
        earliest_ms = draft.now.host_ms + GAP_MIN_MS if draft.state.live else 0
        starts_at_ms = max(from_ms + gap_s * 1000, earliest_ms)
        draft = _enter(draft, Phase.GAP, starts_at_ms + RECORD_GRACE_MS, starts_at_ms)
    return send_cues(draft, opening)


def send_cues(draft: Draft, opening: CueKind) -> Draft:
    """The cues of a question or a gap, sent ahead; `opening` is felt at once."""
    session = _session(draft)
    wanted = (
        cues.of_gap(draft, session, opening) if draft.state.phase is Phase.GAP else [cues.Wanted(opening)]
    )
    return cues.send(draft, wanted, session.id)


def go_to(draft: Draft, step: int, from_ms: int) -> Draft:
    """On to that step, after a switch gap; beyond the last the session is done."""
    session = _session(draft)
    if step > last_step(session):
        return wind_up(draft, SessionEnd.DONE)
    other_side = side_of(session, step) is not side_of(session, session.step)
    opening = CueKind.SWITCH if other_side else CueKind.READY
    return enter_gap(draft, step, from_ms, session.routine.switch_gap_s, opening)


def enter_hold(draft: Draft, hold: RunningHold, from_ms: int) -> Draft:
    """The watch has started a hold; `from_ms`: its start in host time. A session that is closing goes on
    closing.
    """
    session = replace(_session(draft), step=hold.step, key=hold.key, boot=hold.boot)
    draft = draft.to(replace(draft.state, session=session, hold=hold))
    if draft.state.phase is not Phase.CLOSING:
        draft = _enter(draft, Phase.HOLD, from_ms + hold.planned_s * 1000 + RECORD_GRACE_MS, tell=False)
    return cues.hold_started(draft, hold)


def enter_pause(draft: Draft, step: int) -> Draft:
    """Wait for the wearer before `step`."""
    session = _session(draft)
    if step > last_step(session):
        return wind_up(draft, SessionEnd.DONE)
    draft = cues.cancel(draft, lambda cue: True)
    draft = draft.to(replace(draft.state, session=replace(session, step=step, wish=None)))
    return _enter(draft, Phase.PAUSED, draft.now.host_ms + PAUSE_DEADLINE_MS)


def wind_up(draft: Draft, end: SessionEnd) -> Draft:
    """Nothing more is to come: tell the watch, and wait for its word that the session is over."""
    draft = draft.to(replace(draft.state, session=replace(_session(draft), end=end, wish=None)))
    deadline_ms = draft.now.host_ms + CLOSING_DEADLINE_MS
    if end is not SessionEnd.DONE:
        return _enter(draft, Phase.CLOSING, deadline_ms, tell=False).tell(StopHold("end"))
    return send_cues(_enter(draft, Phase.CLOSING, deadline_ms), CueKind.SESSION_DONE)


def longest_ms(session: OpenSession) -> int:
    """How long that session can go on with its watch out of reach before nobody believes in it any more."""
    steps_left = max(1, last_step(session) - session.step + 1)
    return steps_left * STEP_LONGEST_MS + OUT_OF_REACH_GRACE_MS


def set_aside(draft: Draft) -> Draft:
    """The watch is away for longer than the session can have lasted: over, and how, only its records can
    tell. Nothing is reported that they might contradict.
    """
    state = draft.state
    draft = draft.to(
        replace(
            state,
            phase=Phase.IDLE,
            session=None,
            hold=None,
            starts_at_ms=None,
            phase_deadline_ms=None,
            aside_at_ms=None,
            aside=SetAside(state.phase, _session(draft), state.hold),
        )
    )
    text = "the watch went out of reach in a session, and has not come back: its records will tell the end"
    return draft.alert(AlertCode.WATCH_UNREACHABLE, Severity.WARNING, text)


def take_back(draft: Draft) -> Draft:
    """The watch is back: a session that was set aside goes on where it stood, and its records are heard. A
    question that waits is asked after that.
    """
    state = draft.state
    if state.aside is None:
        return draft
    now_ms = draft.now.host_ms
    return draft.to(
        replace(
            state,
            phase=state.aside.phase,
            session=state.aside.session,
            hold=state.aside.hold,
            phase_deadline_ms=now_ms,
            snoozed_until_ms=now_ms if state.phase is Phase.CONFIRM else state.snoozed_until_ms,
            aside=None,
        )
    )


def finish(draft: Draft, end: SessionEnd, *, key: RecordKey | None, at: Stamp, replayed: bool) -> Draft:
    """The session is over and is reported, once; it rests on `key`, or on its last record, or on none."""
    session = _session(draft)
    if not session.reported:
        draft = report(draft, session, end, key=key or session.key, at=at, replayed=replayed)
    done = end is SessionEnd.DONE and not session.reported
    draft = drop(draft)
    return draft.to(replace(draft.state, sessions_done=draft.state.sessions_done + done))


def drop(draft: Draft) -> Draft:
    """The session is over, and nothing is told of it."""
    draft = cues.session_over(draft, _session(draft).id)
    return draft.to(
        replace(
            draft.state,
            phase=Phase.IDLE,
            session=None,
            starts_at_ms=None,
            phase_deadline_ms=None,
            aside_at_ms=None,
        )
    )


def report(
    draft: Draft, session: OpenSession, end: SessionEnd, *, key: RecordKey | None, at: Stamp, replayed: bool
) -> Draft:
    """The fact that a session is over."""
    draft, event_id = draft.event_id(key, "session")
    finished = (*draft.state.finished, session.id)[-FINISHED_KEPT:]
    done_on = session.started.local_date if is_full(session) else draft.state.done_on
    result = SessionResult(
        event_id=event_id,
        session=session.id,
        end=end,
        source=session.source,
        variant=session.routine.variant,
        holds=session.holds,
        left_s=session.left_s,
        right_s=session.right_s,
        full=is_full(session),
        started=session.started,
        finished=at,
        replayed=replayed,
    )
    draft = draft.to(replace(draft.state, finished=finished, done_on=done_on)).emit(SessionFinished(result))
    return progression.session_over(draft, result, key=key)


def credit(draft: Draft, result: HoldResult, key: RecordKey) -> Draft:
    """The fact that a hold is over, by the record `key`, and its part in its session if that is open."""
    draft = progression.hold_over(draft.emit(HoldFinished(result)), result, key=key)
    session = draft.state.session
    if session is None or session.id != result.session:
        return draft
    counts = hold_counts(result.credited_s) and result.step not in session.counted
    session = replace(
        session,
        holds=session.holds + 1,
        left_s=session.left_s + (result.credited_s if result.side is Side.LEFT else 0.0),
        right_s=session.right_s + (result.credited_s if result.side is Side.RIGHT else 0.0),
        counted=(*session.counted, result.step) if counts else session.counted,
    )
    return draft.to(replace(draft.state, session=session))


def close_hold(draft: Draft, *, replayed: bool) -> Draft:
    """Whatever runs has no stop and will get none: recorded as it came. Long after its planned end that is no
    news of the moment.
    """
    hold = draft.state.hold
    if hold is None:
        return draft
    planned_end_ms = hold.started.host_ms + hold.planned_s * 1000
    late = draft.now.host_ms - planned_end_ms > STOP_LATE_MS
    return end_hold(draft, hold, None, NOT_MEASURED, replayed=replayed or late)


def end_hold(
    draft: Draft, hold: RunningHold, stop: RecordKey | None, found: Measure, *, replayed: bool
) -> Draft:
    """The running hold is over, by the record `stop`."""
    draft = draft.to(replace(draft.state, hold=None))
    return credit(draft, result_of(hold, stop, found, replayed=replayed), stop or hold.key)


def show(draft: Draft) -> Draft:
    """Tell the watch what the present phase looks like."""
    state = draft.state
    return draft.tell(shown(_session(draft), state.phase, state.starts_at_ms))


def clear(draft: Draft) -> Draft:
    """Back to the clock face: a question that was never answered."""
    return draft.tell(replace(shown(_session(draft), Phase.IDLE, None)))


def _enter(
    draft: Draft, phase: Phase, deadline_ms: int, starts_at_ms: int | None = None, *, tell: bool = True
) -> Draft:
    state = replace(draft.state, phase=phase, phase_deadline_ms=deadline_ms, starts_at_ms=starts_at_ms)
    draft = draft.to(state)
    return show(draft) if tell else draft


def _session(draft: Draft) -> OpenSession:
    """The open session; every phase but idle has one."""
    session = draft.state.session
    assert session is not None, f"phase {draft.state.phase} without a session"
    return session
