"""What passed over a link, as lines for people: frames of the hold profile decoded, all else as text or hex.

Rule: no key, proof, nonce or tag is ever part of a line.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import fields

from wearsync.errors import ProtocolError
from wearsync.protocol.frames import Error, Records, decode_up, frame_name
from wearsync.protocol.gatt import DOWN_UUID, KEY_UUID, UP_UUID
from wearsync.protocol.trust import TAG_BYTES
from wearsync_simulators.kit.tap import Operation
from wearsync_simulators.watches.frames import read_down
from wearsync_simulators.watches.records import read_records
from wearsync_simulators.watches.trace import frame_line, record_line

__all__ = ["told_lines"]

# Nordic UART: bytes of lines, in packets that end anywhere.
_SERIAL_UUIDS = ("6e400002-b5a3-f393-e0a9-e50e24dcca9e", "6e400003-b5a3-f393-e0a9-e50e24dcca9e")
_SECRET_FIELDS = {"key_id", "host_nonce", "watch_nonce", "proof"}
# HELLO, PROVE and CHALLENGE (docs/hold-profile.md, section 2).
_UNTAGGED = {0x01, 0x02, 0x81}
# In a line's JSON: a frame down, a frame up, the key.
_LINE_DOWN, _LINE_UP, _LINE_KEY = "d", "u", "k"
# What is shown of bytes that nobody here can read, and of a line that is none of ours.
_HEX_BYTES_MAX = 24
_NOISE_CHARACTERS_MAX = 60


def told_lines(operations: Iterable[Operation], began_s: float) -> list[str]:
    """One line an operation, and one a line of a serial watch; times in seconds since `began_s`."""
    lines: list[str] = []
    halves: dict[str, bytes] = {}
    for operation in operations:
        if operation.uuid in _SERIAL_UUIDS and operation.data and not operation.error:
            *whole, half = (halves.get(operation.uuid, b"") + operation.data).split(b"\n")
            halves[operation.uuid] = half
            said = [told for told in map(_serial_line, whole) if told]
        else:
            said = [_said(operation)]
        lines += [f"{operation.at_s - began_s:8.3f} {_SIGNS[operation.kind]} {told}" for told in said]
    return lines


_SIGNS = {
    "write": "↓",
    "heard": "↑",
    "read": "↑",
    "connect": "·",
    "subscribe": "·",
    "bond": "·",
    "lost": "×",
}


def _said(operation: Operation) -> str:
    match operation.kind:
        case "write" | "heard" | "read":
            said = _told(operation.uuid, operation.data, down=operation.kind == "write")
        case "subscribe":
            said = f"subscribe {_short(operation.uuid)}"
        case kind:
            said = kind
    return f"{said}: {operation.error}" if operation.error else said


def _told(uuid: str, data: bytes, *, down: bool) -> str:
    if uuid == KEY_UUID:
        return f"KEY {len(data)} bytes"
    if uuid in (DOWN_UUID, UP_UUID):
        return _frame(data, down=down)
    return f"{_short(uuid)} {_text(data)}"


def _frame(data: bytes, *, down: bool) -> str:
    if not data:
        return "nothing"
    tagged = data[0] not in _UNTAGGED and len(data) > TAG_BYTES
    decode = _down if down else _up
    try:
        return decode(data[:-TAG_BYTES] if tagged else data)
    except (ProtocolError, ValueError) as error:
        # An ERROR before READY carries no tag, nor does anything of an open watch.
        try:
            return decode(data)
        except (ProtocolError, ValueError):
            return f"{frame_name(data[0])}, {error}"


def _down(data: bytes) -> str:
    return frame_line(read_down(data[0], data[1:]))


def _up(data: bytes) -> str:
    frame = decode_up(data)
    name = type(frame).__name__.upper()
    match frame:
        case Records(raw):
            return f"{name} " + " | ".join(map(record_line, read_records(raw)))
        case Error(code, opcode):
            return f"{name} code={code} of {frame_name(opcode)}"
        case _:
            told = (
                f"{field.name}={_value(getattr(frame, field.name))}"
                for field in fields(frame)
                if field.name not in _SECRET_FIELDS
            )
            return " ".join((name, *told))


def _value(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _short(uuid: str) -> str:
    """The part of a UUID that tells it from its neighbours."""
    return uuid[4:8] if uuid.endswith("-0000-1000-8000-00805f9b34fb") else uuid[:8]


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    # A single byte, or what has zeros in it, is a number.
    if text.isprintable() and len(text) > 1:
        return repr(text)
    more = " …" if len(data) > _HEX_BYTES_MAX else ""
    return f"{len(data)} bytes {data[:_HEX_BYTES_MAX].hex()}{more}"


def _serial_line(raw: bytes) -> str:
    text = raw.decode(errors="replace").strip("\x10\x11\x13\r >")
    begin, end = text.find("{"), text.rfind("}")
    try:
        said = json.loads(text[begin : end + 1]) if 0 <= begin < end else None
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("t") != "wearsync":
        return f"noise {text[:_NOISE_CHARACTERS_MAX]!r}" if text else ""
    for name in (_LINE_DOWN, _LINE_UP):
        if isinstance(said.get(name), str):
            try:
                return _frame(base64.b64decode(said[name], validate=True), down=name == _LINE_DOWN)
            except ValueError:
                return "a frame that is no base64"
    shown = {name: "…" if name == _LINE_KEY else value for name, value in said.items() if name != "t"}
    return json.dumps(shown, ensure_ascii=False)
