"""A host and a watch in one room, without radio or loop: the coordinator with its log and the driver's
session on one side, the simulated watch's core (written from the document alone) on the other.

Rule: time goes from one thing that is due to the next; whatever is under way arrives at once. What the host
has not committed when it crashes never was; what it wished and did not do is lost.
"""

from collections import deque
from typing import Literal, TypeVar

from tests.coordinator.story import stamp
from tests.simulators.watches.bench import STARTED_S, Bench
from wearsync.coordinator import log, machine
from wearsync.coordinator.effects import Effect, ToWatch
from wearsync.coordinator.events import CaughtUp, Event, Input, LinkDown, LinkUp, RecordSeen, TimerFired
from wearsync.coordinator.state import WatchState
from wearsync.drivers.base import (
    Bond,
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    DriverOutput,
    DriverSession,
    Message,
    OperationDone,
    Read,
    Received,
    Send,
    SessionOptions,
    Subscribe,
    Write,
)
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.messages import Begin, ClockSampled, Down, Durable, Record, RecordsArrived, Up, WatchReady
from wearsync.messages import CaughtUp as WatchCaughtUp
from wearsync.model import RecordKey
from wearsync.protocol.gatt import UP_UUID
from wearsync_simulators.watches.effects import Drop
from wearsync_simulators.watches.effects import Send as Notify

T = TypeVar("T")
Crash = Literal["before the commit", "after the commit"]

MTU = 247
# Host time when the watch booted first.
BOOTED_MS = 1_000_000


class Duo:
    """`state` of the host and `watch` in its hand; `log`: what is committed, `effects`: what came of it."""

    def __init__(self) -> None:
        self.bench = Bench(lab=True)
        self.state = WatchState()
        self.log: list[str] = []
        self.effects: list[Effect] = []
        self.told: list[Down] = []
        self.cursor = 1
        self.crash: Crash | None = None
        self._driver: DriverSession | None = None
        self._driver_due_ms: int | None = None
        self._offsets: dict[int, int] = {}
        self._caught_up = False
        self._queue: deque[DriverEvent | DriverOutput] = deque()

    # --- what happens ---

    @property
    def connected(self) -> bool:
        return self._driver is not None

    @property
    def now_ms(self) -> int:
        """Host time."""
        return BOOTED_MS + round(self.bench.now * 1000)

    def take(self, event: Event) -> None:
        """Something that does not come from the watch."""
        self._turn(event)
        self._settle()

    def come_near(self) -> None:
        """The watch is found and connected."""
        if self._driver is None:
            self.bench.watch.link_up(self._now_s, MTU)
            self._driver = HoldProfileDriver().session(SessionOptions({}, None, lab=True))
            self._queue.append(Connected(MTU, self.bench.random.randbytes(32)))
            self._settle()

    def go_away(self) -> None:
        """The link is lost, and what was under way with it."""
        if self._driver is not None:
            self._cut()
            self._turn(LinkDown())

    def restart(self) -> None:
        """The host's process dies, and another one folds its log."""
        self.crash = None
        self._cut()
        self.state = log.fold(WatchState(), map(log.from_json, self.log))
        self._turn(LinkDown())

    def reboot(self) -> None:
        """The watch loses its power and boots."""
        self.go_away()
        self.bench.reboot()

    def act(self) -> None:
        """After something was done to the watch: let it have its effect."""
        self._settle()

    def wait(self, seconds: float) -> None:
        """Whatever is due in that time happens, when it is due."""
        until = self.bench.now + seconds
        while (at := self._next()) is not None and at <= until:
            self.bench.now = max(self.bench.now, at)
            self._fire()
        self.bench.now = until
        self._fire()

    # --- what came of it ---

    def of(self, kind: type[T]) -> list[T]:
        """Effects of that kind, those of turns that were committed."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    # --- the loop ---

    @property
    def _now_s(self) -> float:
        return STARTED_S + self.bench.now

    def _next(self) -> float | None:
        """When something is due, in seconds of `bench.now`; later than now."""
        watch_s = self.bench.watch.due_s()
        times = [] if watch_s is None else [watch_s - STARTED_S]
        dues_ms = (self._driver_due_ms, self.state.deadline_ms)
        times += [(due_ms - BOOTED_MS) / 1000 for due_ms in dues_ms if due_ms is not None]
        return min(times, default=None)

    def _fire(self) -> None:
        self.bench.watch.wake(self._now_s)
        if self._driver_due_ms is not None and self._driver_due_ms <= self.now_ms:
            self._driver_due_ms = None
            self._queue.append(DeadlineReached())
        self._settle()
        due_ms = self.state.deadline_ms
        if due_ms is not None and due_ms <= self.now_ms:
            lives = self.crash is None
            self.take(TimerFired())
            later_ms = self.state.deadline_ms
            assert not lives or later_ms is None or later_ms > self.now_ms, "a timer that fires for ever"

    def _settle(self) -> None:
        """Until neither side has anything more to say."""
        while True:
            for effect in self.bench.watch.effects():
                match effect:
                    case Notify(raw):
                        self._queue.append(Received(UP_UUID, raw))
                    case Drop():
                        self._queue.append(Disconnect("the watch left", "link"))
                    case _:
                        pass
            if not self._queue:
                return
            self._handle(self._queue.popleft())

    def _handle(self, item: DriverEvent | DriverOutput) -> None:
        match item:
            case Deadline(at_ms):
                self._driver_due_ms = at_ms
            case Disconnect():
                self.go_away()
            case Message(message):
                self._hear(message)
            case Bond():
                raise AssertionError("nobody pairs here")
            case Read():
                self._queue.append(OperationDone(item, self.bench.watch.info(self._now_s)))
            case Subscribe():
                self._queue.append(OperationDone(item))
            case Write(_, data):
                self.bench.watch.down(self._now_s, data)
                self._queue.append(OperationDone(item))
            case _:
                if self._driver is not None:
                    self._queue.extendleft(reversed(self._driver.step(item, self.now_ms)))

    def _cut(self) -> None:
        if self._driver is not None:
            self.bench.watch.link_down(self._now_s)
            self.bench.watch.effects()
        self._driver, self._driver_due_ms, self._caught_up = None, None, False
        self._queue.clear()

    # --- the host ---

    def _hear(self, message: Up) -> None:
        match message:
            case WatchReady():
                self._turn(LinkUp(message.boot, message.routine_id))
                self._say(Begin(self.cursor))
                self._say(Durable(self.cursor - 1))
            case RecordsArrived(records):
                self._records(records)
            case WatchCaughtUp():
                self._caught_up = True
                self._turn(CaughtUp())
            case ClockSampled():
                self._offsets[message.boot] = message.offset_ms
            case _:
                pass

    def _records(self, records: tuple[Record, ...]) -> None:
        assert records[0].seq == self.cursor
        if self._turn(*map(self._seen, records), cursor=records[-1].seq + 1):
            self._say(Durable(self.cursor - 1))

    def _seen(self, record: Record) -> RecordSeen:
        offset_ms = self._offsets.get(record.boot, self.now_ms - record.tick_ms)
        at = stamp(min(record.tick_ms + offset_ms, self.now_ms))
        key = RecordKey("f00d", "1", record.seq)
        return RecordSeen(key, record.boot, record.tick_ms, record.body, at, self._caught_up)

    def _turn(self, *events: Event, cursor: int | None = None) -> bool:
        """One commit, and what is wished for after it; whether the process has lived through it."""
        if self.crash == "before the commit":
            self.restart()
            return False
        wishes: list[Down] = []
        for event in events:
            entry = Input(event, stamp(self.now_ms), seed=len(self.log) + 1)
            self.log.append(log.to_json(entry))
            self.state, effects = machine.step(self.state, entry)
            self.effects.extend(effects)
            wishes += [effect.message for effect in effects if isinstance(effect, ToWatch)]
        self.cursor = cursor or self.cursor
        if self.crash == "after the commit":
            self.restart()
            return False
        for message in wishes:
            self._say(message)
        return True

    def _say(self, message: Down) -> None:
        if self._driver is not None:
            self.told.append(message)
            self._queue.append(Send(message))
