"""Sessions, gaps and holds on the watch, led by a host or alone (docs/hold-profile.md, section 7).

Rule: every face that waits has a deadline. Numbers in comments are the rules of section 7.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from wearsync_simulators.watches.cues import CueDeck
from wearsync_simulators.watches.frames import Routine, Step
from wearsync_simulators.watches.records import Body, HoldStarted, HoldStopped, IntentTold, SessionTold
from wearsync_simulators.watches.routine import hold_plan, last_step, step_of
from wearsync_simulators.watches.view import Answer, Face
from wearsync_simulators.watches.words import (
    HoldDo,
    Intent,
    Pattern,
    Phase,
    Reason,
    SessionSource,
    SessionWhat,
    Side,
    Source,
    Start,
    Variant,
)

__all__ = ["Holds"]

HOST_ANSWER_MS = 2_000  # 7, 8: "waits 2 s for a STEP"
QUESTION_MS = 10_000  # 6
TAP_GAP_MS = 180_000  # 9
CONFIRM_MS = 60_000  # 9
PAUSED_MS = 15 * 60_000  # 8
DONE_MS = 10_000  # 11

_NOTHING = Step(0, 0, Phase.IDLE, Side.LEFT, Variant.KNEELING, 0, 0, 1, Start.AUTO, "")
_REASONS = {
    Answer.DONE: Reason.WEARER,
    Answer.TOO_MUCH: Reason.TOO_MUCH,
    Answer.PAIN: Reason.PAIN,
}


class _Alone(Enum):
    """What the watch does by itself when no STEP comes in time."""

    BEGIN = "begin"
    NEXT = "next"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """For the host's word: what to do without it, and from which tick its gap counts."""

    then: _Alone
    since: int
    reason: Reason = Reason.PLANNED


class Holds:
    """What the watch shows and does. `write(body, tick)` journals; `new_session()` draws a number."""

    def __init__(
        self, *, write: Callable[[Body, int], None], deck: CueDeck, new_session: Callable[[], int]
    ) -> None:
        self._write = write
        self._deck = deck
        self._new_session = new_session
        self._hold_since: int | None = None
        self._pressed_at = 0
        self._waiting: _Waiting | None = None
        self.face = Face.CLOCK
        self.since = 0
        self.due: int | None = None
        self.place = _NOTHING
        self.session: int | None = None
        self.routine: Routine | None = None
        self.alone = False
        self.host = False

    # What the host says.

    def step(self, step: Step, tick: int) -> bool:
        """STEP. False: not now."""
        if step.phase is Phase.CONFIRM:
            if self.session is not None:
                return False
            self._show(Face.CONFIRM, step, tick, tick + CONFIRM_MS)
            return True
        if self._is_the_running_hold(step):
            self.place = replace(self.place, text=step.text)  # 4
            return True
        self._break_off(tick)
        if self.session is not None and step.session != self.session:
            self._end_session(SessionWhat.ENDED, SessionSource.HOST, tick)  # 3
        self.alone = False
        match step.phase:
            case Phase.GAP:
                self._enter(step.session, SessionSource.HOST, tick)
                self._gap(step, tick)
            case Phase.PAUSED:
                self._show(Face.PAUSED, step, tick, tick + PAUSED_MS)
            case Phase.DONE:
                self._end_session(SessionWhat.DONE, SessionSource.HOST, tick)
                self._show(Face.DONE, step, tick, tick + DONE_MS)
            case Phase.IDLE:
                self._end_session(SessionWhat.ENDED, SessionSource.HOST, tick)
                self._show(Face.CLOCK, _NOTHING, tick, None)
        return True

    def hold(self, do: HoldDo, tick: int) -> None:
        """HOLD: "without something to end they do nothing"."""
        match do:
            case HoldDo.STOP:
                if self.face is Face.HOLD:
                    self._stop(Reason.HOST, tick, tick)
            case HoldDo.PAUSE:
                if self.face is Face.HOLD:
                    self._stop(Reason.PAUSE, tick, tick)
            case HoldDo.END:
                self._break_off(tick)
                self._end_session(SessionWhat.ENDED, SessionSource.HOST, tick)

    def host_came(self) -> None:
        """A host is on the line: READY is done."""
        self.host = True

    def host_left(self, tick: int) -> None:
        """No host is on the line: who waited for it goes on alone."""
        self.host = False
        if self.face is Face.WAITING:
            self._go_on_alone(tick)

    # What the wearer does.

    def tap(self, tick: int) -> None:
        """A single press; in a hold it does nothing."""
        match self.face:
            case Face.CONFIRM:
                self._write(IntentTold(Intent.YES, self.place.session, 0), tick)
                self._show(Face.CLOCK, _NOTHING, tick, None)
            case Face.GAP:
                self._begin_hold(Source.WEARER, tick)
            case Face.PAUSED:
                self._write(IntentTold(Intent.RESUME, self.place.session, 0), tick)
                self._ask_the_host(_Waiting(_Alone.RESUME, tick), tick)
            case _:
                pass

    def double_press(self, tick: int) -> None:
        """Stops a hold and asks why; says no to "ready?"."""
        match self.face:
            case Face.CONFIRM:
                self._write(IntentTold(Intent.NO, self.place.session, 0), tick)
                self._show(Face.CLOCK, _NOTHING, tick, None)
            case Face.HOLD:
                self._pressed_at = tick
                self._deck.hold_ended(self.place.step, tick)
                self._show(Face.QUESTION, self.place, tick, tick + QUESTION_MS)
            case _:
                pass

    def answer(self, answer: Answer, tick: int) -> None:
        """The answer to the question; else nothing."""
        if self.face is Face.QUESTION:
            self._stop(_REASONS[answer], self._pressed_at, tick)

    def start(self, tick: int) -> None:
        """7: the wearer starts a session on the watch."""
        if self.session is None and self.face in (Face.CLOCK, Face.DONE):
            session = self._new_session()
            self._write(IntentTold(Intent.START, session, 0), tick)
            self.place = replace(_NOTHING, session=session)
            self._ask_the_host(_Waiting(_Alone.BEGIN, tick), tick)

    def pause(self, tick: int) -> None:
        """The wearer's pause: the host's to carry out; without one the watch pauses by itself."""
        self.tell(Intent.PAUSE, 0, tick)
        if self.host or self.session is None:
            return
        if self.face is Face.HOLD:
            self._stop(Reason.PAUSE, tick, tick)
        elif self.face is Face.GAP:
            self._show(Face.PAUSED, self.place, tick, tick + PAUSED_MS)

    def tell(self, intent: Intent, argument: int, tick: int) -> None:
        """An intent that only a host can carry out."""
        self._write(IntentTold(intent, self.session or 0, argument), tick)

    # What time does.

    def advance(self, tick: int) -> None:
        """End the face whose deadline has come."""
        if self.due is None or tick < self.due:
            return
        match self.face:
            case Face.GAP if self.place.start is Start.AUTO:
                self._begin_hold(Source.AUTO, tick)
            case Face.HOLD:
                self._stop(Reason.PLANNED, tick, tick)
            case Face.QUESTION:
                self._stop(Reason.WEARER, self._pressed_at, tick)
            case Face.WAITING:
                self._go_on_alone(tick)
            case Face.GAP | Face.PAUSED if self.session is not None:
                self._end_session(SessionWhat.ABANDONED, SessionSource.WATCH, tick)  # 8, 9
            case _:
                self._show(Face.CLOCK, _NOTHING, tick, None)

    def _show(self, face: Face, place: Step, tick: int, due: int | None) -> None:
        self.face, self.place, self.since, self.due = face, place, tick, due
        self._waiting = None

    def _is_the_running_hold(self, step: Step) -> bool:
        return (
            self.face in (Face.HOLD, Face.QUESTION)
            and step.phase in (Phase.GAP, Phase.PAUSED)
            and (step.session, step.step) == (self.place.session, self.place.step)
        )

    def _enter(self, session: int, source: SessionSource, tick: int) -> None:
        """3: the first gap of a session that the watch does not know."""
        if self.session is None:
            self._deck.session_changed(tick)
            self._write(SessionTold(session, SessionWhat.STARTED, source), tick)
            self.session = session

    def _end_session(self, what: SessionWhat, source: SessionSource, tick: int) -> None:
        if self.session is not None:
            self._write(SessionTold(self.session, what, source), tick)
            self._deck.session_changed(tick)
            self.session = None
            self._show(Face.DONE, self.place, tick, tick + DONE_MS)  # 11

    def _gap(self, step: Step, tick: int) -> None:
        match step.start:
            case Start.AUTO:
                self._show(Face.GAP, step, tick, step.starts_at)
            case Start.TAP:
                self._show(Face.GAP, step, tick, tick + TAP_GAP_MS)
        self.advance(tick)  # 1: "at once if that has passed"

    def _begin_hold(self, source: Source, tick: int) -> None:
        place = self.place
        assert self.session is not None, "a gap is of an open session"
        self._hold_since = tick
        self._write(
            HoldStarted(
                session=self.session,
                step=place.step,
                side=place.side,
                variant=place.variant,
                round=place.round,
                planned_s=place.planned_s,
                source=source,
                routine_id=self.routine.id if self.routine else 0,
            ),
            tick,
        )
        self._show(Face.HOLD, place, tick, tick + place.planned_s * 1000)
        self._deck.hold_started(place.step, tick)
        if self.routine is not None and (self.alone or not self.host):
            for pattern, at in hold_plan(self.routine.cue_plan, place.planned_s * 1000):
                self._deck.own(pattern, due=tick + at, step=place.step)

    def _stop(self, reason: Reason, stopped: int, tick: int) -> None:
        """The hold ended at `stopped`; it is `tick` now. Then: what the host says, or alone."""
        self._record_stop(reason, stopped)
        if reason is Reason.PAUSE:
            self._show(Face.PAUSED, self.place, tick, tick + PAUSED_MS)
        else:
            self._ask_the_host(_Waiting(_Alone.NEXT, stopped, reason), tick)

    def _break_off(self, tick: int) -> None:
        """End a hold on the host's word; one that the wearer has stopped already stays the wearer's."""
        if self.face is Face.HOLD:
            self._record_stop(Reason.HOST, tick)
        elif self.face is Face.QUESTION:
            self._record_stop(Reason.WEARER, self._pressed_at)

    def _record_stop(self, reason: Reason, stopped: int) -> None:
        assert self._hold_since is not None, "a hold is running"
        held_ms = stopped - self._hold_since
        self._hold_since = None
        self._write(HoldStopped(self.place.session, self.place.step, reason, held_ms), stopped)
        self._deck.hold_ended(self.place.step, stopped)

    # Alone.

    def _ask_the_host(self, waiting: _Waiting, tick: int) -> None:
        self._show(Face.WAITING, self.place, tick, tick + HOST_ANSWER_MS)
        self._waiting = waiting
        if not self.host:
            self._go_on_alone(tick)

    def _go_on_alone(self, tick: int) -> None:
        waiting, routine, place = self._waiting, self.routine, self.place
        assert waiting is not None, "the watch asked before it goes on alone"
        self.alone = True
        if waiting.then is not _Alone.BEGIN and self.session is None:
            self._show(Face.CLOCK, _NOTHING, tick, None)
        elif routine is None or waiting.reason is Reason.PAIN:
            self._show(Face.CLOCK, _NOTHING, tick, None)
            self._end_session(SessionWhat.ENDED, SessionSource.WATCH, tick)
        elif waiting.then is _Alone.NEXT and place.step >= last_step(routine):
            self._end_session(SessionWhat.DONE, SessionSource.WATCH, tick)
            self._own(Pattern.SESSION_DONE, routine, tick)
        elif waiting.then is _Alone.NEXT:
            self._own(Pattern.SWITCH, routine, tick)
            gap = step_of(routine, session=place.session, step=place.step + 1)
            self._gap(replace(gap, starts_at=waiting.since + routine.switch_gap_s * 1000), tick)
        else:
            self._enter(place.session, SessionSource.WATCH, tick)
            self._own(Pattern.READY, routine, tick)
            gap = step_of(routine, session=place.session, step=0)
            if waiting.then is _Alone.RESUME:
                gap = replace(place, phase=Phase.GAP)
            self._gap(replace(gap, starts_at=waiting.since + routine.first_gap_s * 1000), tick)

    def _own(self, pattern: Pattern, routine: Routine, tick: int) -> None:
        if routine.cue_plan >> pattern & 1:
            self._deck.own(pattern, due=tick)
