"""A story told to the coordinator: a scripted watch and wearer after docs/hold-profile.md, a jumping clock.

Rule: the watch does what it is told and writes records; it knows nothing of the coordinator's insides.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from wearsync.coordinator.effects import (
    Alerted,
    CueSettled,
    Effect,
    HoldFinished,
    Reply,
    SessionFinished,
    ToWatch,
)
from wearsync.coordinator.events import (
    CaughtUp,
    CommandGiven,
    Event,
    Input,
    LinkDown,
    LinkUp,
    RecordSeen,
    ReminderDue,
    RoutineConfigured,
    TimerFired,
)
from wearsync.coordinator.machine import step
from wearsync.coordinator.state import WatchState
from wearsync.messages import (
    Booted,
    CancelCues,
    Cue,
    CueAcked,
    HoldStarted,
    HoldStopped,
    IntentGiven,
    PlayCues,
    RecordBody,
    SessionEnded,
    SessionStarted,
    ShowStep,
    StopHold,
)
from wearsync.model import (
    AckResult,
    Alert,
    Command,
    CueFate,
    HoldResult,
    HoldSource,
    Phase,
    RecordKey,
    Routine,
    SessionEnd,
    SessionResult,
    SessionSource,
    Side,
    Stamp,
    StartMode,
    StopReason,
    Variant,
    Verb,
)

T = TypeVar("T")

# Of the watch: what it is told is on its wrist after this.
RADIO_MS = 50

# 2026-11-20 08:00 UTC, a Friday; host time starts at 1000 s and is not the wall's.
START = Stamp(host_ms=1_000_000, unix_ms=1_795_161_600_000, utc_offset_min=60)


def stamp(host_ms: int) -> Stamp:
    """The stamp of a host time in this story."""
    return replace(START, host_ms=host_ms, unix_ms=START.unix_ms + host_ms - START.host_ms)


@dataclass
class Story:
    """The coordinator with its watch. `stops`: per hold in order, (seconds, reason) of an early stop."""

    routine: Routine = field(default_factory=Routine)
    visits: bool = False
    obeys: bool = True
    answers: str | None = "yes"
    tap_after_s: float | None = 5.0
    stops: dict[int, tuple[float, StopReason]] = field(default_factory=dict)
    ack: AckResult | None = AckResult.PLAYED
    state: WatchState = field(default_factory=WatchState)
    now_ms: int = START.host_ms
    boot: int = 7
    seq: int = 0
    inputs: list[Input] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    _agenda: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _order: int = 0
    _plan: dict[int, Cue] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _shown: ShowStep | None = None
    _hold: tuple[ShowStep, int] | None = None
    _holds: int = 0
    _open: int | None = None

    def __post_init__(self) -> None:
        self.feed(RoutineConfigured(self.routine, visits=self.visits))

    # --- what happens ---

    def feed(self, event: Event) -> tuple[Effect, ...]:
        """One input, and what the coordinator makes of it."""
        entry = Input(event, stamp(self.now_ms), seed=len(self.inputs) + 1)
        self.inputs.append(entry)
        self.state, effects = step(self.state, entry)
        self.effects.extend(effects)
        for effect in effects:
            if isinstance(effect, ToWatch) and self.obeys:
                self._obey(effect)
        return effects

    def connect(self, boot: int | None = None, routine_id: int | None = None) -> tuple[Effect, ...]:
        """The watch comes near and has nothing to tell."""
        self.boot = boot or self.boot
        self.feed(LinkUp(self.boot, routine_id))
        return self.feed(CaughtUp())

    def silence(self) -> None:
        """The watch does nothing by itself from here on."""
        self.obeys = False
        self._agenda.clear()

    def is_in(self, phase: Phase) -> bool:
        return self.state.phase is phase

    def disconnect(self) -> None:
        self.feed(LinkDown())

    def command(self, verb: Verb, **arguments: object) -> str | None:
        """Why it was refused, or None."""
        effects = self.feed(CommandGiven(Command(verb, **arguments), "cli", "r1"))  # type: ignore[arg-type]
        replies = [effect for effect in effects if isinstance(effect, Reply)]
        assert [(reply.request_id, reply.via) for reply in replies] == [("r1", "cli")]
        return replies[0].reason

    def remind(self) -> None:
        """The time of a reminder has come."""
        self.feed(ReminderDue(stamp(self.now_ms).unix_ms, done=False, away=False))

    def record(
        self, body: RecordBody, *, at_ms: int | None = None, live: bool | None = None, boot: int | None = None
    ) -> tuple[Effect, ...]:
        """The watch writes a record, and the host reads it."""
        self.seq += 1
        at = stamp(self.now_ms if at_ms is None else at_ms)
        key = RecordKey("f00d", "1", self.seq)
        seen = RecordSeen(
            key,
            self.boot if boot is None else boot,
            at.host_ms - 500_000,
            body,
            at,
            self.state.live if live is None else live,
        )
        return self.feed(seen)

    def wait(self, seconds: float) -> None:
        """Let time pass; whatever is due happens on the way."""
        until_ms = self.now_ms + round(seconds * 1000)
        while self._next(until_ms):
            pass
        self.now_ms = until_ms

    def run(self, limit_s: float = 3600) -> None:
        """Until the session is over."""
        until_ms = self.now_ms + round(limit_s * 1000)
        while self.state.phase is not Phase.IDLE:
            assert self._next(until_ms), f"stuck in {self.state.phase}"

    # --- what came of it ---

    def told(self, kind: type[T]) -> list[T]:
        """Messages of that kind to the watch, all so far."""
        return list(_of(kind, (e.message for e in self.effects if isinstance(e, ToWatch))))

    @property
    def holds(self) -> list[HoldResult]:
        return [effect.hold for effect in self.effects if isinstance(effect, HoldFinished)]

    @property
    def sessions(self) -> list[SessionResult]:
        return [effect.session for effect in self.effects if isinstance(effect, SessionFinished)]

    @property
    def fates(self) -> list[CueFate]:
        return [effect.fate for effect in self.effects if isinstance(effect, CueSettled)]

    @property
    def alerts(self) -> list[Alert]:
        return [effect.alert for effect in self.effects if isinstance(effect, Alerted)]

    @property
    def phases(self) -> list[Phase]:
        return [shown.phase for shown in self.told(ShowStep)]

    # --- the watch ---

    def later(self, after_ms: int, action: Callable[[], None]) -> None:
        """Something happens on the watch."""
        self._order += 1
        heapq.heappush(self._agenda, (self.now_ms + after_ms, self._order, action))

    def start_hold(self) -> None:
        """The gap is over, or the wearer taps."""
        shown = self._shown
        assert shown is not None
        self._shown = None
        self._hold = (shown, self.now_ms)
        self._holds += 1
        source = HoldSource.AUTO if shown.start is StartMode.AUTO else HoldSource.WEARER
        self.record(hold_started(shown.session, shown.step, shown.side, shown.planned_s, source))
        held_s, reason = self.stops.get(self._holds, (float(shown.planned_s), StopReason.PLANNED))
        hold = self._hold
        for cue in list(self._plan.values()):
            if cue.step == shown.step and (cue.at_ms or 0) <= held_s * 1000:
                self._plan.pop(cue.cue_id)
                self.later(cue.at_ms or 0, self._ack(cue.cue_id))
        self.later(round(held_s * 1000), lambda: self.stop_hold(reason) if self._hold is hold else None)

    def stop_hold(self, reason: StopReason) -> None:
        assert self._hold is not None
        shown, started_ms = self._hold
        self._hold = None
        for cue in [cue for cue in self._plan.values() if cue.step == shown.step]:
            self._plan.pop(cue.cue_id)
            self.later(RADIO_MS, self._ack(cue.cue_id, AckResult.CANCELLED))
        self.record(HoldStopped(shown.session, shown.step, reason, self.now_ms - started_ms))

    def reboot(self) -> None:
        """In whatever it does: the cues are gone with it."""
        hold, self._hold, self._shown, self._plan = self._hold, None, None, {}
        self._agenda.clear()
        self.disconnect()
        self.boot += 1
        self.now_ms += 20_000
        self.feed(LinkUp(self.boot))
        self.record(Booted("reset", None))
        if hold is not None:
            self.record(HoldStopped(hold[0].session, hold[0].step, StopReason.REBOOT, 0))
            self.record(SessionEnded(hold[0].session, SessionEnd.ENDED, SessionSource.WATCH))
        self.feed(CaughtUp())

    def _obey(self, effect: ToWatch) -> None:
        match effect.message:
            case ShowStep() as shown:
                self.later(RADIO_MS, lambda: self._show(shown))
            case StopHold(do):
                self.later(RADIO_MS, lambda: self._stop(do))
            case PlayCues(cues):
                self.later(RADIO_MS, lambda: self._take(cues))
            case CancelCues(cue_ids):
                self.later(RADIO_MS, lambda: self._cancel(cue_ids))
            case _:
                pass

    def _show(self, shown: ShowStep) -> None:
        match shown.phase:
            case Phase.CONFIRM if self.answers is not None:
                answer = "yes" if self.answers == "yes" else "no"
                self.later(2000, lambda: self._say(answer, shown.session))
            case Phase.GAP:
                self._gap(shown)
            case Phase.PAUSED:
                self._shown = None
            case Phase.CLOSING | Phase.IDLE if self._open == shown.session:
                done = shown.phase is Phase.CLOSING
                self._end(SessionEnd.DONE if done else SessionEnd.ENDED)
            case _:
                pass

    def _say(self, answer: str, session: int) -> None:
        self.record(IntentGiven("yes" if answer == "yes" else "no", session))

    def _gap(self, shown: ShowStep) -> None:
        if self._hold is not None and self._hold[0].step == shown.step:
            return
        if self._open != shown.session:
            self._open = shown.session
            self.record(SessionStarted(shown.session, SessionSource.HOST))
        self._shown = shown
        if shown.starts_at_ms is not None:
            wait_ms = max(0, shown.starts_at_ms - self.now_ms)
        elif self.tap_after_s is not None:
            wait_ms = round(self.tap_after_s * 1000)
        else:
            return
        self.later(wait_ms, lambda: self.start_hold() if self._shown is shown else None)

    def _stop(self, do: str) -> None:
        if self._hold is not None:
            self.stop_hold(StopReason.PAUSE if do == "pause" else StopReason.HOST)
        self._shown = None if do == "end" else self._shown
        if do == "end" and self._open is not None:
            self._end(SessionEnd.ENDED)

    def _end(self, end: SessionEnd) -> None:
        assert self._open is not None
        session, self._open = self._open, None
        for cue_id in list(self._plan):
            self._plan.pop(cue_id)
            self.later(RADIO_MS, self._ack(cue_id, AckResult.CANCELLED))
        self.record(SessionEnded(session, end, SessionSource.HOST))

    def _take(self, cues: tuple[Cue, ...]) -> None:
        for cue in cues:
            if cue.cue_id in self._seen:
                continue
            self._seen.add(cue.cue_id)
            if cue.step is None and cue.at_ms is None:
                self._ack(cue.cue_id)()
            elif cue.step is None:
                self._plan[cue.cue_id] = cue
                self.later((cue.at_ms or 0) - self.now_ms, self._ack_if_planned(cue.cue_id))
            else:
                self._plan[cue.cue_id] = cue

    def _cancel(self, cue_ids: tuple[int, ...]) -> None:
        for cue_id in cue_ids:
            if self._plan.pop(cue_id, None):
                self._ack(cue_id, AckResult.CANCELLED)()

    def _ack_if_planned(self, cue_id: int) -> Callable[[], None]:
        return lambda: self._ack(cue_id)() if self._plan.pop(cue_id, None) else None

    def _ack(self, cue_id: int, result: AckResult | None = None) -> Callable[[], None]:
        def act() -> None:
            word = result or self.ack
            if word is not None:
                self.record(CueAcked(cue_id, word, self.now_ms - 500_000, 400))

        return act

    def _next(self, until_ms: int) -> bool:
        """The next thing that happens by then, whether on the watch or by the coordinator's timer."""
        at_ms = self._agenda[0][0] if self._agenda else None
        deadline_ms = self.state.deadline_ms
        if deadline_ms is not None and deadline_ms <= until_ms and (at_ms is None or deadline_ms < at_ms):
            self.now_ms = max(self.now_ms, deadline_ms)
            self.feed(TimerFired())
            later_ms = self.state.deadline_ms
            assert later_ms is None or later_ms > self.now_ms, "a timer that fires for ever"
            return True
        if at_ms is None or at_ms > until_ms:
            return False
        _, _, action = heapq.heappop(self._agenda)
        self.now_ms = max(self.now_ms, at_ms)
        action()
        return True


def hold_started(
    session: int,
    step: int,
    side: Side = Side.LEFT,
    planned_s: int = 30,
    source: HoldSource = HoldSource.AUTO,
) -> HoldStarted:
    """The record of a hold's start."""
    return HoldStarted(session, step, side, Variant.KNEELING, step // 2 + 1, planned_s, source, 1)


def _of(kind: type[T], values: Iterator[object]) -> Iterator[T]:
    return (value for value in values if isinstance(value, kind))
