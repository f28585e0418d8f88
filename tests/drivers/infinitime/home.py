"""A whole home without I/O: the real coordinator, an InfiniTime session, and the buttons of its watch.

Rule: records come to the coordinator as the session made them; timers of both come in their time.
"""

from typing import TypeVar

from tests.drivers.infinitime.bench import UNIX_MS, Bench
from wearsync.coordinator.effects import Alerted, CueSettled, Effect, HoldFinished, SessionFinished, ToWatch
from wearsync.coordinator.events import (
    CaughtUp,
    CommandGiven,
    Event,
    Input,
    LinkDown,
    LinkUp,
    RecordSeen,
    RoutineConfigured,
    TimerFired,
)
from wearsync.coordinator.machine import step
from wearsync.coordinator.state import WatchState
from wearsync.drivers.base import DeadlineReached
from wearsync.messages import Begin, WatchReady
from wearsync.model import (
    Alert,
    Command,
    CueFate,
    HoldResult,
    RecordKey,
    Routine,
    SessionResult,
    Stamp,
    Verb,
)

T = TypeVar("T", bound=Effect)


class Home:
    """One watch and its host. `bench`: the present link."""

    def __init__(self, routine: Routine) -> None:
        self.state = WatchState()
        self.effects: list[Effect] = []
        self.bench = Bench()
        self.cursor = 1
        self._began_ms = 0
        self._inputs = 0
        self._feed(RoutineConfigured(routine))
        self.connect()

    def connect(self) -> None:
        """A fresh link."""
        now_ms = self.bench.now_ms
        self.bench = Bench(entropy=self.cursor.to_bytes(4, "little") + bytes(28))
        self.bench.now_ms = self._began_ms = now_ms
        ready = self.bench.connect().said[0]
        assert isinstance(ready, WatchReady)
        assert ready.first_seq <= self.cursor <= ready.next_seq, "its journal goes on"
        self._feed(LinkUp(ready.boot, ready.routine_id))
        self.bench.send(Begin(self.cursor))
        self._feed(CaughtUp())
        self._settle()

    def lose(self) -> None:
        """The watch is out of range; whatever was under way is gone."""
        self.bench.deadline_ms = None
        self._feed(LinkDown())

    def wait(self, seconds: float) -> None:
        """Let time pass on both sides."""
        until_ms = self.bench.now_ms + round(seconds * 1000)
        while True:
            timers = [self.bench.deadline_ms, self.state.deadline_ms]
            due_ms = min((at_ms for at_ms in timers if at_ms is not None), default=until_ms)
            if due_ms >= until_ms:
                break
            self.bench.now_ms = max(self.bench.now_ms, due_ms)
            if due_ms == self.bench.deadline_ms:
                self.bench.deadline_ms = None
                self.bench.feed(DeadlineReached())
            else:
                self._feed(TimerFired())
            self._settle()
        self.bench.now_ms = max(self.bench.now_ms, until_ms)

    def press(self, event: bytes) -> None:
        self.bench.press(event)
        self._settle()

    def command(self, verb: Verb) -> None:
        self._feed(CommandGiven(Command(verb), "cli", "r1"))
        self._settle()

    @property
    def holds(self) -> list[HoldResult]:
        return [effect.hold for effect in self._of(HoldFinished)]

    @property
    def sessions(self) -> list[SessionResult]:
        return [effect.session for effect in self._of(SessionFinished)]

    @property
    def fates(self) -> list[CueFate]:
        return [effect.fate for effect in self._of(CueSettled)]

    @property
    def alerts(self) -> list[Alert]:
        return [effect.alert for effect in self._of(Alerted)]

    def _of(self, kind: type[T]) -> list[T]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def _settle(self) -> None:
        """Until the coordinator has seen all that was written."""
        while self.bench.records:
            record = self.bench.records.pop(0)
            assert record.seq == self.cursor, "no gap, nothing twice"
            self.cursor += 1
            key = RecordKey("f00d", "1", record.seq)
            at = _stamp(self._began_ms + record.tick_ms)
            self._feed(RecordSeen(key, record.boot, record.tick_ms, record.body, at, live=True))

    def _feed(self, event: Event) -> None:
        self._inputs += 1
        self.state, effects = step(self.state, Input(event, _stamp(self.bench.now_ms), seed=self._inputs))
        self.effects += effects
        for effect in effects:
            if isinstance(effect, ToWatch):
                self.bench.send(effect.message)


def _stamp(host_ms: int) -> Stamp:
    return Stamp(host_ms, UNIX_MS + host_ms, utc_offset_min=60)
