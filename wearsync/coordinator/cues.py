"""Cues: the plan of a hold, what was sent, its acks, sending again, giving up.

Rule: each cue gets one fate, and a second one if the watch's word comes late. A cue goes out at most twice
without an answer, under the same id, so it plays at most once; one that can't play any more is not sent
again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.draft import Draft
from wearsync.coordinator.effects import CueSent, CueSettled
from wearsync.coordinator.events import RecordSeen
from wearsync.coordinator.state import OpenSession, RunningHold, SentCue, WatchState
from wearsync.coordinator.steps import side_of
from wearsync.messages import CancelCues, Cue, CueAcked, PlayCues
from wearsync.model import AckResult, CueFate, CueKind, Phase, Routine, Severity, Stamp, StartMode

# From when a cue can't play any more to the ack's arrival: the radio, one commit, and a watch that is busy.
ACK_DEADLINE_MS = 3_000

# A cue anchored to a hold that comes later than this would pass for the next one: done follows last-three by
# 3 s.
ANCHORED_EXPIRES_MS = 2_500

# "Ready" and "switch" are of no use once a gap is half over.
AT_ONCE_EXPIRES_MS = 5_000

# The first time, and once more.
ATTEMPTS_MAX = 2

# As many as a watch remembers (docs/hold-profile.md, section 6): later acks than that have no cue to go with.
CUES_KEPT = 64

# "With start = tap the wearer's tap starts it (nudges at 10 and 30 s)": after the gap has begun.
NUDGES_MS = (10_000, 30_000)

# Three pulses a second apart lead to the end.
LAST_THREE_MS = 3_000

# Who has done ten sessions knows the form.
FORM_CUE_SESSIONS = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cue to be sent: `at_ms` after the hold of `step` starts; without step, in host time, None at once."""

    cue: CueKind
    step: int | None = None
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A cue and when it is to play, in host time."""

    cue: CueKind
    due_ms: int


def of_gap(draft: Draft, session: OpenSession, opening: CueKind) -> tuple[Wanted, ...]:
    """All the cues of a gap and of the hold that follows, sent ahead: then neither radio nor host can delay
    them.
    """
    routine, step = session.routine, session.step
    plan = _of_hold(draft.state, routine, routine.planned_s(side_of(session, step)))
    tap = routine.start is StartMode.TAP
    nudges = [Wanted(CueKind.NUDGE, None, draft.now.host_ms + after_ms) for after_ms in NUDGES_MS if tap]
    return (Wanted(opening), *(Wanted(cue, step, at_ms) for cue, at_ms in plan), *nudges)


def ahead(state: WatchState) -> tuple[Planned, ...]:
    """The cues up to the end of the running hold, or of the one that a gap leads to; for who looks on.

    By the plan, not by what was sent: the watch plays them also where the host can't reach it. Those that
    have had their time stay, so this changes only when the gap or the hold does. In a gap that waits for
    the tap: the nudges that are left.
    """
    session, hold = state.session, state.hold
    if state.phase is Phase.HOLD and hold is not None:
        routine = state.routine if session is None else session.routine
        return _placed(_of_hold(state, routine, hold.planned_s), hold.started.host_ms)
    if state.phase is not Phase.GAP or session is None:
        return ()
    if state.starts_at_ms is not None:
        planned_s = session.routine.planned_s(side_of(session, session.step))
        return _placed(_of_hold(state, session.routine, planned_s), state.starts_at_ms)
    return tuple(
        Planned(cue.cue, cue.due_ms)
        for cue in state.cues
        if cue.cue is CueKind.NUDGE and cue.due_ms is not None and not cue.cancelled and not cue.given_up
    )


def send(draft: Draft, wanted: Iterable[Wanted], session: int) -> Draft:
    """New cues for the watch; none while it is not live."""
    boot = draft.state.link
    if not draft.state.live or boot is None:
        return draft
    sent: list[SentCue] = []
    for one in wanted:
        draft, cue_id = draft.draw()
        anchored = one.step is not None
        expires_ms = ANCHORED_EXPIRES_MS if anchored else AT_ONCE_EXPIRES_MS
        due_ms = None if anchored else (draft.now.host_ms if one.at_ms is None else one.at_ms)
        cue = SentCue(cue_id, one.cue, session, boot, one.step, one.at_ms, expires_ms, None, None)
        sent.append(cue if due_ms is None else _due(cue, due_ms))
    draft = draft.to(replace(draft.state, cues=(*draft.state.cues, *sent)))
    return _bounded(_play(draft, sent))


def hold_started(draft: Draft, hold: RunningHold) -> Draft:
    """What was anchored to this hold has its time now; nudges have done their work."""

    def anchored(cue: SentCue) -> bool:
        return cue.due_ms is None and (cue.session, cue.step) == (hold.session, hold.step)

    draft = cancel(draft, lambda cue: cue.session == hold.session and not anchored(cue))
    started_ms = hold.started.host_ms
    return _change(draft, anchored, lambda cue: _due(cue, started_ms + (cue.at_ms or 0)))


def cancel(draft: Draft, which: Callable[[SentCue], bool]) -> Draft:
    """Take back those that have not had their time; their acks say `cancelled`.

    Those of a running hold need no word: its end cancels them on the watch.
    """
    now_ms = draft.now.host_ms

    def pending(cue: SentCue) -> bool:
        ahead = cue.due_ms is None or (cue.step is None and cue.due_ms > now_ms)
        return ahead and which(cue)

    ids = tuple(cue.cue_id for cue in draft.state.cues if pending(cue))
    draft = _change(draft, pending, lambda cue: replace(_due(cue, now_ms), cancelled=True))
    return _take_back(draft, ids)


def session_over(draft: Draft, session: int) -> Draft:
    """Its anchors will never come: the watch has cancelled what is left, and says so by a deadline."""
    return _change(
        draft,
        lambda cue: cue.session == session and cue.due_ms is None,
        lambda cue: replace(_due(cue, draft.now.host_ms), cancelled=True),
    )


def acked(draft: Draft, seen: RecordSeen, ack: CueAcked) -> Draft:
    """The watch's word on a cue."""
    cue = next((cue for cue in draft.state.cues if cue.cue_id == ack.cue_id), None)
    if cue is None:
        return draft  # of another host, or of the test buzz while pairing: the record is kept, no more
    latency_ms = None
    if ack.result is AckResult.PLAYED and cue.due_ms is not None and cue.boot == seen.boot:
        latency_ms = seen.at.host_ms - (seen.tick_ms - ack.started_ms) - cue.due_ms
    draft = _without(draft, cue)
    draft = draft.to(replace(draft.state, last_cue=cue.cue, last_ack=ack.result))
    fate = _fate(cue, seen.key.event_id("cue"), ack.result, seen.at, replayed=not seen.live)
    return draft.emit(CueSettled(replace(fate, latency_ms=latency_ms, motor_ms=ack.motor_ms)))


def overdue(draft: Draft) -> Draft:
    """No ack in time: the same id again, once, if it can still play; else given up, and somebody is told."""
    for cue in draft.state.cues:
        if cue.deadline_ms is None or cue.deadline_ms > draft.now.host_ms:
            continue
        playable = cue.step is None and cue.at_ms is None and cue.attempts < ATTEMPTS_MAX
        draft = _again(draft, {cue.cue_id}) if playable else _give_up(draft, cue)
    return draft


def caught_up(draft: Draft, boot: int) -> Draft:
    """On a new link: what the watch can still play goes down again under the same ids; of another boot
    nothing can.
    """
    now_ms = draft.now.host_ms
    for cue in draft.state.cues:
        if cue.boot != boot:
            draft = _without(draft, cue)
            draft = draft if cue.given_up else _settle(draft, cue)

    draft = _change(
        draft,
        lambda cue: not cue.given_up and _late(cue, now_ms),
        lambda cue: replace(cue, attempts=ATTEMPTS_MAX, deadline_ms=now_ms + ACK_DEADLINE_MS),
    )
    unanswered = [cue for cue in draft.state.cues if not cue.given_up]
    draft = _take_back(draft, tuple(cue.cue_id for cue in unanswered if cue.cancelled))
    return _again(draft, {cue.cue_id for cue in unanswered if not cue.cancelled and not _late(cue, now_ms)})


def coming(draft: Draft, session: int) -> bool:
    """Whether the watch still has cues of that session to play."""
    return any(
        cue.session == session
        and not cue.cancelled
        and not cue.given_up
        and not _late(cue, draft.now.host_ms)
        for cue in draft.state.cues
    )


def waiting(draft: Draft) -> bool:
    """Whether the watch still owes an answer."""
    return any(not cue.given_up for cue in draft.state.cues)


def _of_hold(state: WatchState, routine: Routine, planned_s: int) -> tuple[tuple[CueKind, int], ...]:
    """The cues of a hold, each with its milliseconds after the hold's start."""
    planned_ms = planned_s * 1000
    plan = (
        (CueKind.START, 0),
        (CueKind.FORM, planned_ms // 3),
        (CueKind.HALFWAY, planned_ms // 2),
        (CueKind.LAST_THREE, planned_ms - LAST_THREE_MS),
        (CueKind.DONE, planned_ms),
    )
    form = routine.form_cue and state.sessions_done < FORM_CUE_SESSIONS
    return tuple((cue, at_ms) for cue, at_ms in plan if form or cue is not CueKind.FORM)


def _placed(plan: Iterable[tuple[CueKind, int]], started_ms: int) -> tuple[Planned, ...]:
    return tuple(Planned(cue, started_ms + at_ms) for cue, at_ms in plan)


def _due(cue: SentCue, due_ms: int) -> SentCue:
    return replace(cue, due_ms=due_ms, deadline_ms=due_ms + cue.expires_ms + ACK_DEADLINE_MS)


def _late(cue: SentCue, now_ms: int) -> bool:
    return cue.due_ms is not None and now_ms > cue.due_ms + cue.expires_ms


def _change(draft: Draft, which: Callable[[SentCue], bool], how: Callable[[SentCue], SentCue]) -> Draft:
    if not any(which(cue) for cue in draft.state.cues):
        return draft
    cues = tuple(how(cue) if which(cue) else cue for cue in draft.state.cues)
    return draft.to(replace(draft.state, cues=cues))


def _without(draft: Draft, cue: SentCue) -> Draft:
    return draft.to(replace(draft.state, cues=tuple(other for other in draft.state.cues if other is not cue)))


def _take_back(draft: Draft, cue_ids: tuple[int, ...]) -> Draft:
    return draft.tell(CancelCues(cue_ids)) if cue_ids else draft


def _again(draft: Draft, cue_ids: set[int]) -> Draft:
    now_ms = draft.now.host_ms

    def once_more(cue: SentCue) -> SentCue:
        deadline_ms = cue.deadline_ms and max(cue.deadline_ms, now_ms + cue.expires_ms + ACK_DEADLINE_MS)
        return replace(cue, attempts=cue.attempts + 1, deadline_ms=deadline_ms)

    draft = _change(draft, lambda cue: cue.cue_id in cue_ids, once_more)
    return _play(draft, [cue for cue in draft.state.cues if cue.cue_id in cue_ids])


def _play(draft: Draft, cues: list[SentCue]) -> Draft:
    if not cues:
        return draft
    draft = draft.tell(PlayCues(tuple(Cue(c.cue_id, c.cue, c.step, c.at_ms, c.expires_ms) for c in cues)))
    return draft.emit(*(CueSent(c.cue_id, c.cue, c.session, c.boot, c.due_ms, c.attempts) for c in cues))


def _give_up(draft: Draft, cue: SentCue) -> Draft:
    draft = _change(
        draft, lambda other: other is cue, lambda _: replace(cue, given_up=True, deadline_ms=None)
    )
    draft = _settle(draft, cue)
    if cue.cancelled:
        return draft
    return draft.alert(
        AlertCode.CUE_UNANSWERED, Severity.WARNING, f"the watch did not answer the cue {cue.cue}"
    )


def _settle(draft: Draft, cue: SentCue) -> Draft:
    """The fate of a cue that the watch gave no word on."""
    draft, event_id = draft.event_id(None, "cue")
    draft = draft.to(replace(draft.state, last_cue=cue.cue, last_ack=AckResult.UNKNOWN))
    return draft.emit(CueSettled(_fate(cue, event_id, AckResult.UNKNOWN, draft.now, replayed=False)))


def _fate(cue: SentCue, event_id: str, result: AckResult, at: Stamp, *, replayed: bool) -> CueFate:
    return CueFate(
        event_id=event_id,
        cue_id=cue.cue_id,
        cue=cue.cue,
        session=cue.session,
        result=result,
        latency_ms=None,
        motor_ms=None,
        attempts=cue.attempts,
        at=at,
        replayed=replayed,
    )


def _bounded(draft: Draft) -> Draft:
    """No more than are kept: those that were given up go first."""
    while len(draft.state.cues) > CUES_KEPT:
        cues = draft.state.cues
        oldest = next((cue for cue in cues if cue.given_up), cues[0])
        draft = _without(draft, oldest)
        draft = draft if oldest.given_up else _settle(draft, oldest)
    return draft
