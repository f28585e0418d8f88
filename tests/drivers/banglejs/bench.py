"""The far end of a Bangle.js' serial line, on paper: an app that speaks frames; a console with its files."""

import json
import re
from base64 import b64decode, b64encode
from binascii import crc32

from tests.protocol.peer import SHAKE, PaperWatch
from wearsync.drivers.banglejs.serial_line import RX_UUID, TX_UUID
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
    Received,
    Subscribe,
    Write,
)
from wearsync.messages import Up
from wearsync.protocol import frames
from wearsync.protocol.frames import UpFrame

WATCH = SHAKE.watch_id.hex()
INFO = b"\x01\x01" + SHAKE.watch_id + b"\x00"
ENTROPY = SHAKE.host_nonce + bytes(16)
BOOTED_MS = 1_000_000
NOW_MS = BOOTED_MS + 60_000
VERSION = 'process.env.HWVERSION==2?(require("Storage").readJSON("wearsync.info",1)||{}).version:0'


def line(**told: str | int | bool | None) -> bytes:
    """A line as Espruino's JSON.stringify and println make it."""
    return json.dumps(told, separators=(",", ":")).encode() + b"\r\n"


def info_line(info: bytes = INFO) -> bytes:
    return line(t="wearsync", info=b64encode(info).decode(), app="1.0")


def up_line(frame: bytes) -> bytes:
    return line(t="wearsync", u=b64encode(frame).decode())


class Bench:
    """A session with its link: operations are carried out at once, unless `keeps_back`; lines are kept."""

    def __init__(self, session: DriverSession, *, mtu: int = 131) -> None:
        self.session = session
        self.mtu = mtu
        self.now_ms = NOW_MS
        self.keeps_back = False
        self.under_way: list[DriverOutput] = []
        self.packets: list[bytes] = []
        self.lines: list[bytes] = []
        self.said: list[Up] = []
        self.deadline_ms: int | None = None
        self.gone: Disconnect | None = None
        self._half = b""

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
                    self.under_way.append(output)
        if not self.keeps_back:
            self.carry_out()
        return outputs

    def carry_out(self, count: int = 1000) -> None:
        """Let that many operations be done."""
        while self.under_way and count:
            count -= 1
            operation = self.under_way.pop(0)
            assert isinstance(operation, Bond | Subscribe | Write)
            if isinstance(operation, Write):
                assert operation.attribute == RX_UUID
                assert not any(isinstance(each, Write) for each in self.under_way), "one packet at a time"
                self._take(operation.data)
            self.feed(OperationDone(operation))

    def connect(self) -> tuple[DriverOutput, ...]:
        return self.feed(Connected(self.mtu, ENTROPY))

    def tx(self, data: bytes) -> tuple[DriverOutput, ...]:
        """The watch sends these bytes, in one notification."""
        return self.feed(Received(TX_UUID, data))

    def wait(self) -> tuple[DriverOutput, ...]:
        """Let the time of the deadline come."""
        assert self.deadline_ms is not None
        self.now_ms = max(self.now_ms, self.deadline_ms)
        return self.feed(DeadlineReached())

    def hear(self) -> list[bytes]:
        """The lines that came since this was asked last."""
        lines, self.lines = self.lines, []
        return lines

    def take(self) -> list[Up]:
        said, self.said = self.said, []
        return said

    def fault(self) -> tuple[str, str]:
        assert self.gone is not None
        return self.gone.fault, self.gone.reason

    def _take(self, packet: bytes) -> None:
        self.packets.append(packet)
        *lines, self._half = (self._half + packet).split(b"\n")
        self.lines += lines


class PaperApp:
    """The app of the watch "one" of the vectors, on paper: frames in lines, with the right tags."""

    def __init__(self) -> None:
        self.watch = PaperWatch()

    def shake(self, bench: Bench) -> None:
        """Info, HELLO and PROVE; READY is still to be said."""
        bench.tx(info_line())
        bench.tx(up_line(self.watch.challenge(frame_in(bench.hear()[-1]))))
        self.watch.proven(frame_in(bench.hear()[-1]))

    def says(self, frame: UpFrame) -> bytes:
        return up_line(self.watch.says(frame))

    def hears(self, lines: list[bytes]) -> list[frames.DownFrame]:
        return [self.watch.hears(frame_in(each)) for each in lines]


def frame_in(line: bytes) -> bytes:
    """The frame that a line from the host carries."""
    found = re.fullmatch(rb"\x10GB\((.*)\)", line)
    assert found is not None, line
    assert len(line) < 320
    told = json.loads(found[1])
    assert told["t"] == "wearsync"
    return b64decode(told["d"], validate=True)


class PaperStorage:
    """A watch's console and the files behind it, on paper: just what the installer says, as Espruino does it.

    `is_programmable` False: no console. `garbles`: names whose next writing goes wrong, as often as listed.
    `starting`: questions that are lost while the watch loads.
    """

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.is_programmable = True
        self.app_answers = False
        self.garbles: list[str] = []
        self.board = 2
        self.starting = 0
        self.loads = 0

    def answer(self, heard: bytes) -> bytes:
        """What comes back for one line."""
        if heard == b'\x10GB({"t":"wearsync","q":"info"})':
            if self.app_answers:
                return info_line()
            return b'Uncaught ReferenceError: "GB" is not defined\r\n>' if self.is_programmable else b""
        if not self.is_programmable or heard == b"\x1b[2H":
            return b""
        if heard == b"\x10load()":
            self.loads += 1
            self.starting = 2
            return b""
        if self.starting:
            self.starting -= 1
            return b""
        found = re.fullmatch(
            rb'\x10Bluetooth\.println\(JSON\.stringify\({t:"wearsync-app",n:(\d+),v:(.*)}\)\)', heard
        )
        assert found is not None, heard
        value = self._value(found[2].decode())
        number = int(found[1])
        return b">" + (
            line(t="wearsync-app", n=number) if value is None else line(t="wearsync-app", n=number, v=value)
        )

    def _value(self, expression: str) -> str | int | bool | None:
        if expression == VERSION:
            if self.board != 2:
                return 0
            version: str | None = json.loads(self.files.get("wearsync.info", b"{}")).get("version")
            return version
        if found := re.fullmatch(r'\(require\("Storage"\)\.erase\("(.+)"\),true\)', expression):
            self.files.pop(found[1], None)
            return True
        if found := re.fullmatch(r'E\.CRC32\(require\("Storage"\)\.read\("(.+)"\)\|\|""\)', expression):
            return crc32(self.files.get(found[1], b""))
        found = re.fullmatch(r'require\("Storage"\)\.write\("(.+)",atob\("(.*)"\),(\d+),(\d+)\)', expression)
        assert found is not None, expression
        return self._write(found[1], b64decode(found[2]), int(found[3]), int(found[4]))

    def _write(self, name: str, data: bytes, offset: int, size: int) -> bool:
        if offset == 0:
            self.files[name] = b"\xff" * size
        old = self.files[name]
        assert len(old) == size
        assert old[offset : offset + len(data)] == b"\xff" * len(data), "flash can be written once"
        if offset == 0 and name in self.garbles:
            self.garbles.remove(name)
            data = bytes(len(data))
        self.files[name] = old[:offset] + data + old[offset + len(data) :]
        return True
