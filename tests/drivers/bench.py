"""A driver session at a bench, and a watch on paper at its other end."""

from tests.protocol.peer import READY, SHAKE, PaperWatch
from wearsync.drivers.base import (
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    DriverOutput,
    Message,
    OperationDone,
    Read,
    Received,
    Send,
    SessionOptions,
    Subscribe,
    Write,
)
from wearsync.drivers.profile_session import HoldProfileSession
from wearsync.drivers.profile_stages import Stage
from wearsync.messages import (
    Begin,
    Down,
    ShowStep,
    Up,
)
from wearsync.model import Phase, Side, StartMode, Variant
from wearsync.protocol import frames
from wearsync.protocol.frames import Ping, Pong, UpFrame
from wearsync.protocol.gatt import DOWN_UUID, INFO_UUID, UP_UUID

WATCH = SHAKE.watch_id.hex()
INFO = b"\x01\x01" + SHAKE.watch_id + b"\x00"
OPEN_INFO = INFO[:-1] + b"\x04"
ENTROPY = SHAKE.host_nonce + bytes(16)
# The paper watch booted at this host time.
BOOTED_MS = 1_000_000
NOW_MS = BOOTED_MS + 60_000

IDLE = ShowStep(0, 0, Phase.IDLE, Side.LEFT, Variant.KNEELING, 1, None, 30, StartMode.AUTO, "")
GAP = ShowStep(9, 0, Phase.GAP, Side.LEFT, Variant.KNEELING, 1, NOW_MS + 15_000, 30, StartMode.AUTO, "LEFT")


class Bench:
    """One driver session: its outputs are kept, its writes carried out, its PINGs answered by hand."""

    def __init__(
        self,
        *,
        is_open: bool = False,
        lab: bool = False,
        key: bytes | None = SHAKE.key,
        watch_id: str | None = WATCH,
        mtu: int = 517,
        pairing: bool = False,
    ) -> None:
        self.watch = PaperWatch(is_open=is_open)
        keys = {} if key is None or is_open else {WATCH: key}
        self.session = HoldProfileSession(SessionOptions(keys, watch_id, lab, pairing=pairing))
        self.now_ms = NOW_MS
        self.mtu = mtu
        self.said: list[Up] = []
        self.heard: list[frames.DownFrame] = []
        self.deadline_ms: int | None = None
        self.gone: Disconnect | None = None

    def feed(self, event: DriverEvent) -> tuple[DriverOutput, ...]:
        outputs = self.session.step(event, self.now_ms)
        for output in outputs:
            assert self.gone is None, "nothing comes after Disconnect"
            match output:
                case Message(message):
                    self.said.append(message)
                case Deadline(at_ms):
                    self.deadline_ms = at_ms
                case Disconnect():
                    self.gone = output
                case _:
                    pass
        return outputs

    def write(self, event: DriverEvent) -> tuple[DriverOutput, ...]:
        """Feed, and carry out the tagged writes."""
        outputs = self.feed(event)
        for output in outputs:
            if isinstance(output, Write):
                assert output.attribute == DOWN_UUID
                assert len(output.data) <= self.mtu - 3
                self.heard.append(self.watch.hears(output.data))
                self.feed(OperationDone(output))
        return outputs

    def up(self, frame: UpFrame) -> tuple[DriverOutput, ...]:
        return self.write(Received(UP_UUID, self.watch.says(frame)))

    def send(self, message: Down) -> tuple[DriverOutput, ...]:
        return self.write(Send(message))

    def pong(self, rtt_ms: int = 20, unix_us: int = 0) -> tuple[DriverOutput, ...]:
        """Answer the last PING, read half-way through the round trip."""
        token = next(frame.token for frame in reversed(self.heard) if isinstance(frame, Ping))
        tick = self.now_ms + rtt_ms // 2 - BOOTED_MS
        self.now_ms += rtt_ms
        return self.up(Pong(token, READY.boot, tick, unix_us))

    def wait(self) -> tuple[DriverOutput, ...]:
        """Let the time of the deadline come."""
        assert self.deadline_ms is not None
        self.now_ms = self.deadline_ms
        return self.write(DeadlineReached())

    def take(self) -> list[Up]:
        said, self.said = self.said, []
        return said

    def hear(self) -> list[frames.DownFrame]:
        heard, self.heard = self.heard, []
        return heard


def reading(bench: Bench) -> Bench:
    assert Read(INFO_UUID) in bench.feed(Connected(bench.mtu, ENTROPY))
    return bench


def subscribing(bench: Bench) -> Bench:
    reading(bench)
    info = OPEN_INFO if bench.watch.is_open else INFO
    assert Subscribe(UP_UUID) in bench.feed(OperationDone(Read(INFO_UUID), info))
    return bench


def greeting(bench: Bench) -> Bench:
    subscribing(bench)
    hello = bench.feed(OperationDone(Subscribe(UP_UUID)))[0]
    assert isinstance(hello, Write)
    bench.feed(OperationDone(hello))
    if not bench.watch.is_open:
        prove = bench.feed(Received(UP_UUID, bench.watch.challenge(hello.data)))[0]
        assert isinstance(prove, Write)
        bench.watch.proven(prove.data)
        bench.feed(OperationDone(prove))
    return bench


def beginning(bench: Bench) -> Bench:
    greeting(bench).up(READY)
    assert bench.session.stage is Stage.BEGINNING
    return bench


def streaming(bench: Bench, cursor: int = 9) -> Bench:
    """Begun, and the clock sampled three times; caught up with the default cursor."""
    beginning(bench).send(Begin(cursor))
    for _ in range(3):
        bench.pong()
    bench.take()
    bench.hear()
    return bench


def fault(bench: Bench) -> tuple[str, str]:
    assert bench.gone is not None
    assert bench.session.stage is Stage.OVER
    return bench.gone.fault, bench.gone.reason
