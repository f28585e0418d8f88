"""An InfiniTime session at a bench, and at its other end a watch on paper: characteristics, and their bytes.

Rule: the paper watch is written from InfiniTime's sources (src/components/ble), not from the driver.
"""

from collections import deque
from datetime import datetime, timedelta

from wearsync.drivers.base import (
    Bond,
    Characteristic,
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    Message,
    OperationDone,
    Read,
    Received,
    Send,
    SessionOptions,
    Subscribe,
    Write,
)
from wearsync.drivers.infinitime.session import InfiniTimeSession, Stage
from wearsync.messages import Begin, Down, Record, RecordsArrived, Up

ADDRESS = "C0:11:22:33:44:55"
ENTROPY = bytes(range(32))
NOW_MS = 1_000_000
# 2026-11-20 08:00 UTC, at host time 0 of the bench's watch.
UNIX_MS = 1_795_161_600_000
# A connection interval of InfiniTime, there and back.
OPERATION_MS = 40

OWN = "-78fc-48fe-8e23-433b3a1942d0"
SIG = "-0000-1000-8000-00805f9b34fb"
FIRMWARE, BATTERY, TIME, ALERT, EVENT, STATUS, TRACK, ARTIST, ALBUM, POSITION, LENGTH, LENGTH_AGAIN = range(
    20, 44, 2
)
CHARACTERISTICS = tuple(
    Characteristic(service, uuid, handle)
    for handle, service, uuid in (
        (FIRMWARE, "0000180a" + SIG, "00002a26" + SIG),
        (BATTERY, "0000180f" + SIG, "00002a19" + SIG),
        (TIME, "00001805" + SIG, "00002a2b" + SIG),
        (ALERT, "00001811" + SIG, "00002a46" + SIG),
        (EVENT, "00000000" + OWN, "00000001" + OWN),
        (STATUS, "00000000" + OWN, "00000002" + OWN),
        (TRACK, "00000000" + OWN, "00000004" + OWN),
        (ARTIST, "00000000" + OWN, "00000003" + OWN),
        (ALBUM, "00000000" + OWN, "00000005" + OWN),
        (POSITION, "00000000" + OWN, "00000006" + OWN),
        (LENGTH, "00000000" + OWN, "00000007" + OWN),
        (LENGTH_AGAIN, "00000000" + OWN, "00000007" + OWN),
    )
)
OPENED, PLAY, PAUSE, NEXT, PREVIOUS, LOUDER = b"\xe0", b"\x00", b"\x01", b"\x03", b"\x04", b"\x05"

Operation = Read | Write | Subscribe | Bond


class Bench:
    """One session. `deaf`: operations stay under way until `carry_out`; `ignores_time`: as with a payload
    that it does not like.
    """

    def __init__(
        self,
        *,
        pairing: bool = False,
        watch_id: str | None = None,
        firmware: bytes = b"1.16.0",
        characteristics: tuple[Characteristic, ...] = CHARACTERISTICS,
        ignores_time: bool = False,
        entropy: bytes = ENTROPY,
    ) -> None:
        options = SessionOptions({}, watch_id, address=ADDRESS, pairing=pairing)
        self.session = InfiniTimeSession(options)
        self.characteristics = characteristics
        self.ignores_time = ignores_time
        self.entropy = entropy
        self.values = {FIRMWARE: firmware, BATTERY: b"\x50", TIME: bytes(9)}
        self.now_ms = NOW_MS
        self.deaf = False
        self.under_way: deque[Operation] = deque()
        self.done: list[tuple[int, Operation]] = []
        self.said: list[Up] = []
        self.records: list[Record] = []
        self.deadline_ms: int | None = None
        self.gone: Disconnect | None = None

    def feed(self, event: DriverEvent) -> None:
        for output in self.session.step(event, self.now_ms):
            assert self.gone is None, "nothing comes after Disconnect"
            match output:
                case Message(RecordsArrived(records)):
                    self.records += records
                case Message(message):
                    self.said.append(message)
                case Deadline(at_ms):
                    self.deadline_ms = at_ms
                case Disconnect():
                    self.gone = output
                case _:
                    self.under_way.append(output)
        if not self.deaf:
            self.carry_out()

    def carry_out(self) -> None:
        """What is under way, and what comes of it, each in its time."""
        while self.under_way:
            assert self.gone or len(self.under_way) == 1, "one operation at a time"
            operation = self.under_way.popleft()
            self.now_ms += OPERATION_MS
            self.done.append((self.now_ms, operation))
            data = b""
            if isinstance(operation, Write) and not (operation.attribute == TIME and self.ignores_time):
                self.values[_handle(operation)] = operation.data
            elif isinstance(operation, Read):
                data = self._read(_handle(operation))
            self.feed(OperationDone(operation, data))

    def send(self, *messages: Down) -> "Bench":
        for message in messages:
            self.feed(Send(message))
        return self

    def press(self, event: bytes) -> "Bench":
        self.feed(Received(EVENT, event))
        return self

    def wait(self, seconds: float) -> "Bench":
        """Let time pass, and deadlines come."""
        until_ms = self.now_ms + round(seconds * 1000)
        while self.deadline_ms is not None and self.deadline_ms <= until_ms and self.gone is None:
            self.now_ms, self.deadline_ms = max(self.now_ms, self.deadline_ms), None
            self.feed(DeadlineReached())
        self.now_ms = max(self.now_ms, until_ms)
        return self

    def wrote(self, *handles: int) -> list[bytes]:
        """What was written there since the last call of `clear`."""
        return [each.data for _, each in self.done if isinstance(each, Write) and each.attribute in handles]

    def clear(self) -> "Bench":
        self.done.clear()
        self.said.clear()
        self.records.clear()
        return self

    @property
    def artist(self) -> str:
        return self.values[ARTIST].decode()

    def connect(self) -> "Bench":
        self.feed(Connected(247, self.entropy, self.characteristics))
        return self

    def _read(self, handle: int) -> bytes:
        data = self.values[handle]
        if handle == TIME and len(data) == 10:
            written_ms = next(at for at, each in reversed(self.done) if each == Write(TIME, data))
            year, rest = int.from_bytes(data[:2], "little"), data[2:7]
            now = datetime(year, *rest) + timedelta(milliseconds=self.now_ms - written_ms)  # noqa: DTZ001 - the watch has no zone
            fields = (now.month, now.day, now.hour, now.minute, now.second)
            data = now.year.to_bytes(2, "little") + bytes((*fields, 255, 0, 255))
        return data


def live(bench: Bench, cursor: int = 41) -> Bench:
    """Begun, the display written, the charge read."""
    bench.connect().send(Begin(cursor))
    assert bench.session.stage is Stage.LIVE
    return bench


def fault(bench: Bench) -> tuple[str, str]:
    assert bench.gone is not None
    assert bench.session.stage is Stage.OVER
    return bench.gone.fault, bench.gone.reason


def _handle(operation: Read | Write) -> int:
    assert isinstance(operation.attribute, int), "by handles, for one UUID is there twice"
    return operation.attribute
