"""A fuzz target from end to end: what a watch with a proven key says, through driver and coordinator to the
rows for journal and broker.

Rule: the watch is mad, not an outsider: what it says is stored and told, however odd, and nothing stumbles.
"""

from datetime import UTC

from tests.drivers.bench import WATCH, Bench, beginning
from tests.fuzz.chunks import Chunks
from tests.fuzz.parsers import is_a_sentence
from wearsync.coordinator import events, log
from wearsync.coordinator.effects import ToWatch
from wearsync.coordinator.state import WatchState, from_json, to_json
from wearsync.daemon import turn
from wearsync.daemon.boots import BootClocks
from wearsync.daemon.clock import HostClock
from wearsync.drivers.base import Received
from wearsync.messages import (
    Begin,
    CaughtUp,
    ClockSampled,
    Durable,
    Record,
    RecordsArrived,
    RecordsLost,
    Up,
)
from wearsync.model import Alert, Command, CueFate, HoldResult, RecordKey, SessionResult, Side, Verb
from wearsync.ports import Commit, OutboxRow
from wearsync.protocol.frames import Lost, Ping, Pong
from wearsync.protocol.gatt import UP_UUID
from wearsync.publish import events as published

# docs/hold-profile.md, section 3.
CUE_ACK = 0x20


def journey(data: bytes) -> None:
    """A script of frames, commands and time."""
    script = Chunks(data)
    host = _Host(script)
    while script and host.bench.gone is None:
        match script.choice(8):
            case 0 | 1 | 2:
                host.hears_record(script)
            case 3:
                host.hears(script.some())
            case 4:
                host.waits(script.number(2) * 100)
            case 5:
                host.is_told(list(Verb)[script.choice(len(Verb))], script.number())
            case 6:
                host.answers_ping(script.number())
            case _:
                host.loses(script.number())
    if host.bench.gone is not None:
        is_a_sentence(host.bench.gone.reason)
    assert from_json(to_json(host.state)) == host.state


class _Host:
    """The daemon's turn around a driver's session, without its loop."""

    def __init__(self, script: Chunks) -> None:
        self.bench = beginning(Bench(is_open=True, lab=True))
        self.state = WatchState()
        self.seed = 0
        self.clock = HostClock(loop_time=self._s, wall=self._s, zone=UTC)
        self.boots = BootClocks()
        self.next_seq = 1
        self.live = False
        self.bench.send(Begin(cursor=1))
        self.turn(events.LinkUp(boot=7))
        self.answers_ping(10)

    def _s(self) -> float:
        return 1_700_000_000 + self.bench.now_ms / 1000

    def hears_record(self, script: Chunks) -> None:
        """The next one, or one before; its boot and tick are the watch's affair."""
        seq = max(1, self.next_seq - script.choice(8) // 7)
        kind, boot, tick = script.number(), 7 - script.choice(4) // 3, script.number(4)
        body = self._known(kind, script.some()[:38])
        head = bytes((14 + len(body), kind))
        head += b"".join(number.to_bytes(4, "little") for number in (seq, boot, tick))
        self.hears(b"\x83" + head + body)

    def hears(self, frame: bytes) -> None:
        """A notification; what comes of it is committed and acknowledged."""
        self.bench.write(Received(UP_UUID, frame))
        for said in self.bench.take():
            self.take(said)

    def waits(self, ms: int) -> None:
        """Time passes; timers fire when they are due, the driver's and the coordinator's."""
        self.bench.now_ms += ms
        if self.bench.deadline_ms is not None and self.bench.deadline_ms <= self.bench.now_ms:
            self.bench.wait()
        for said in self.bench.take():
            self.take(said)
        due_ms, now_ms = self.state.deadline_ms, self.clock.now().host_ms
        if due_ms is not None and due_ms <= now_ms:
            self.turn(events.TimerFired())
            later_ms = self.state.deadline_ms
            assert later_ms is None or later_ms > now_ms, "a timer that fires for ever"

    def is_told(self, verb: Verb, argument: int) -> None:
        """A command from somewhere."""
        side = list(Side)[argument % 2] if argument % 3 else None
        changes = (("rounds", argument),) if verb is Verb.SET else ()
        command = Command(verb, side, argument, bool(argument % 2), changes)
        self.turn(events.CommandGiven(command, "mqtt", "r"))

    def answers_ping(self, tick: int) -> None:
        """PONG with the token that is waited for."""
        pings = [frame for frame in self.bench.hear() if isinstance(frame, Ping)]
        if pings and self.bench.gone is None:
            self.bench.up(Pong(pings[-1].token, 7, tick * 10_000, tick * 10**13))
            for said in self.bench.take():
                self.take(said)

    def loses(self, records: int) -> None:
        """LOST."""
        self.bench.up(Lost(self.next_seq, self.next_seq + records))
        for said in self.bench.take():
            self.take(said)

    def take(self, said: Up) -> None:
        """As the daemon's task of the watch does."""
        match said:
            case RecordsArrived(records):
                self.turn(*(self._seen(record) for record in records))
                self._durable(records[-1].seq)
            case RecordsLost(_, next_seq):
                self._durable(next_seq - 1)
            case CaughtUp():
                self.live = True
                self.turn(events.CaughtUp())
            case ClockSampled():
                self.boots.sampled(said)
            case _:
                pass

    def turn(self, *given: events.Event) -> None:
        """One turn: rows for the journal and the broker, then the wishes."""
        self.seed += 1
        now = self.clock.now()
        inputs = [events.Input(event, now, self.seed * 1000 + n) for n, event in enumerate(given)]
        assert [log.from_json(log.to_json(entry)) for entry in inputs] == inputs
        taken = turn.take(self.state, inputs, commit=Commit(WATCH, "anna"), event_row=_row)
        self.state = taken.state
        for wish in taken.wishes:
            if isinstance(wish, ToWatch) and self.bench.gone is None:
                self.bench.send(wish.message)

    def _known(self, kind: int, body: bytes) -> bytes:
        """Where a record names 0, it means the session that there is, or a cue."""
        named = self.state.session and self.state.session.id
        if kind == CUE_ACK:
            named = self.state.cues[0].cue_id if self.state.cues else None
        return body.replace(bytes(4), named.to_bytes(4, "little"), 1) if named else body

    def _seen(self, record: Record) -> events.RecordSeen:
        self.boots.learn(record, self.clock.now())
        at = self.boots.stamp(record, self.clock)
        key = RecordKey(WATCH, "7", record.seq)
        return events.RecordSeen(key, record.boot, record.tick_ms, record.body, at, self.live)

    def _durable(self, seq: int) -> None:
        self.next_seq = seq + 1
        if self.bench.gone is None:
            self.bench.send(Durable(seq))


def _row(fact: turn.Fact) -> OutboxRow | None:
    match fact:
        case HoldResult():
            text: str | None = published.hold(fact, wearer="anna", publish_pain=True)
        case SessionResult():
            text = published.session(fact, wearer="anna")
        case CueFate():
            text = published.cue(fact, wearer="anna")
        case Alert():
            text = published.alert(fact, wearer="anna", publish_pain=True)
    return None if text is None else OutboxRow(fact.event_id, "t", text, 0)
