"""Frames of the hold profile ⇄ bytes (docs/hold-profile.md, section 2), without their tags.

Rule: one table for reading and writing; values are the numbers on the wire, words belong to `commands` and
`records`. What does not fit its row raises `ProtocolError`; an opcode without a row is an `Unknown`.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, Final, Generic, TypeVar

from wearsync.errors import ProtocolError

# "Text is UTF-8, at most 40 bytes": what a watch's display holds in one line.
TEXT_MAX_BYTES: Final = 40
# "opcode u8 | body": what a frame costs beside its body, tag apart.
OPCODE_BYTES: Final = 1


@dataclass(frozen=True, slots=True)
class Hello:
    """Begins a session, at any time. `key_id`: 4 bytes, `host_nonce`: 16."""

    version_min: int
    version_max: int
    key_id: bytes
    host_nonce: bytes


@dataclass(frozen=True, slots=True)
class Prove:
    """The host's proof, 16 bytes."""

    proof: bytes


@dataclass(frozen=True, slots=True)
class Start:
    """Asks for the stream from a sequence number on."""

    cursor: int


@dataclass(frozen=True, slots=True)
class Ack:
    """All records up to `seq` are durable on this host."""

    seq: int


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue of CUES. `at`: a tick (anchor 0), or ms after the hold of `step` starts (anchor 1)."""

    cue_id: int
    pattern: int
    anchor: int
    step: int
    at: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Cues:
    """Cues to play, for that boot of the watch; one at least."""

    boot: int
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cues to take back; none means all."""

    cue_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What the watch shows and, in a gap, does. `starts_at`: a tick."""

    session: int
    step: int
    phase: int
    side: int
    variant: int
    round: int
    starts_at: int
    planned_s: int
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Stops the hold (1), pauses it (2), or ends the session (3)."""

    do: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Sets the watch's clock."""

    unix_us: int
    utc_offset_min: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a PONG with the same token."""

    token: int


@dataclass(frozen=True, slots=True)
class Routine:
    """The routine that the watch keeps, to run it alone."""

    id: int
    variant: int
    rounds: int
    left_s: int
    right_s: int
    first_gap_s: int
    switch_gap_s: int
    first_side: int
    start: int
    cue_plan: int
    reminder_min: int


@dataclass(frozen=True, slots=True)
class Bye:
    """The host is about to disconnect on purpose."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """The watch's answer to HELLO. `watch_id`, `watch_nonce` and `proof`: 16 bytes each."""

    version: int
    watch_id: bytes
    watch_nonce: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """The handshake is done; where the watch and its journal stand."""

    journal_id: int
    boot: int
    tick: int
    first_seq: int
    next_seq: int
    window: int
    cue_slots: int
    routine_id: int
    features: int


@dataclass(frozen=True, slots=True)
class Records:
    """Records, as bytes (`wearsync.protocol.records` takes them apart); not empty."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to PING. `unix_us` 0: the watch does not know the time."""

    token: int
    boot: int
    tick: int
    unix_us: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Records from_seq … next_seq - 1 are gone."""

    from_seq: int
    next_seq: int


@dataclass(frozen=True, slots=True)
class Error:
    """The watch refuses the frame of that opcode."""

    code: int
    opcode: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame of a later version."""

    opcode: int
    body: bytes


DownFrame = Hello | Prove | Start | Ack | Cues | Cancel | Step | Hold | Clock | Ping | Routine | Bye | Unknown
UpFrame = Challenge | Ready | Records | Pong | Lost | Error | Unknown
Frame = DownFrame | UpFrame


def encode(frame: Frame) -> bytes:
    """The bytes of a frame, opcode first. Raises `ProtocolError` when a value does not fit its field."""
    if isinstance(frame, Unknown):
        return bytes((frame.opcode,)) + frame.body
    row = _ROW_OF[type(frame)]
    try:
        values = astuple(frame)
        fixed, rest = (values, b"") if row.tail is None else (values[:-1], row.tail.pack(values[-1]))
        head = row.fixed.pack(*fixed)
    except (struct.error, ValueError) as error:
        raise ProtocolError(f"{row.name} can't be written: {error}") from error
    # `struct` cuts and fills bytes that have another length without a word.
    if row.fixed.unpack(head) != fixed:
        raise ProtocolError(f"{row.name} can't be written: a value in it has a wrong length")
    return bytes((row.opcode,)) + head + rest


def decode_down(data: bytes) -> DownFrame:
    """A frame from the host. Raises `ProtocolError` for a shape not the table's; values are not checked."""
    return _decode(data, _DOWN)


def decode_up(data: bytes) -> UpFrame:
    """A frame from the watch. Raises `ProtocolError` when its shape is not the table's."""
    return _decode(data, _UP)


def frame_name(opcode: int) -> str:
    """The document's name for an opcode; its number when it has none."""
    row = _DOWN.get(opcode) or _UP.get(opcode)
    return row.name if row else f"frame {opcode:02x}"


# --- what follows the fixed part of a body ---

_CUE = struct.Struct("<IBBBIH")
_ID = struct.Struct("<I")


def _pack_text(text: str) -> bytes:
    data = text.encode()
    if len(data) > TEXT_MAX_BYTES:
        raise ValueError(f"its text has {len(data)} bytes, at most {TEXT_MAX_BYTES} fit")
    return data


def _unpack_text(data: bytes) -> str:
    if len(data) > TEXT_MAX_BYTES:
        raise ValueError(f"its text has {len(data)} bytes, at most {TEXT_MAX_BYTES} are allowed")
    return data.decode()


def _pack_cues(cues: tuple[tuple[int, ...], ...]) -> bytes:
    return _some(b"".join(_CUE.pack(*cue) for cue in cues))


def _unpack_cues(data: bytes) -> tuple[Cue, ...]:
    return tuple(Cue(*values) for values in _CUE.iter_unpack(_some(data)))


def _pack_ids(ids: tuple[int, ...]) -> bytes:
    return b"".join(_ID.pack(each) for each in ids)


def _unpack_ids(data: bytes) -> tuple[int, ...]:
    return tuple(each for (each,) in _ID.iter_unpack(data))


def _some(data: bytes) -> bytes:
    if not data:
        raise ValueError("it holds nothing, and one is the least")
    return data


@dataclass(frozen=True, slots=True)
class _Tail:
    pack: Callable[[Any], bytes]
    unpack: Callable[[bytes], object]


_TEXT = _Tail(_pack_text, _unpack_text)
_CUES = _Tail(_pack_cues, _unpack_cues)
_IDS = _Tail(_pack_ids, _unpack_ids)
_BYTES = _Tail(_some, _some)

# --- the tables of section 2 ---

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)


@dataclass(frozen=True, slots=True)
class _Row(Generic[F_co]):
    opcode: int
    name: str
    frame: Callable[..., F_co]
    fixed: struct.Struct
    tail: _Tail | None


def _row(opcode: int, frame: type[F], layout: str, tail: _Tail | None = None) -> _Row[F]:
    return _Row(opcode, frame.__name__.upper(), frame, struct.Struct("<" + layout), tail)


_DOWN_ROWS: tuple[_Row[DownFrame], ...] = (
    _row(0x01, Hello, "BB4s16s"),
    _row(0x02, Prove, "16s"),
    _row(0x03, Start, "I"),
    _row(0x04, Ack, "I"),
    _row(0x05, Cues, "I", _CUES),
    _row(0x06, Cancel, "", _IDS),
    _row(0x07, Step, "IBBBBBIBB", _TEXT),
    _row(0x08, Hold, "B"),
    _row(0x09, Clock, "qh"),
    _row(0x0A, Ping, "I"),
    _row(0x0B, Routine, "IBBBBBBBBHH"),
    _row(0x0C, Bye, ""),
)
_UP_ROWS: tuple[_Row[UpFrame], ...] = (
    _row(0x81, Challenge, "B16s16s16s"),
    _row(0x82, Ready, "IIIIIHBII"),
    _row(0x83, Records, "", _BYTES),
    _row(0x84, Pong, "IIIq"),
    _row(0x85, Lost, "II"),
    _row(0x8F, Error, "BB"),
)
_DOWN: Mapping[int, _Row[DownFrame]] = {row.opcode: row for row in _DOWN_ROWS}
_UP: Mapping[int, _Row[UpFrame]] = {row.opcode: row for row in _UP_ROWS}
_ROW_OF: Mapping[object, _Row[Frame]] = {row.frame: row for row in (*_DOWN_ROWS, *_UP_ROWS)}


def _decode(data: bytes, rows: Mapping[int, _Row[F]]) -> F | Unknown:
    if not data:
        raise ProtocolError("an empty frame: not even an opcode")
    body = data[OPCODE_BYTES:]
    row = rows.get(data[0])
    if row is None:
        return Unknown(data[0], body)
    size = row.fixed.size
    if len(body) < size or (row.tail is None and len(body) > size):
        raise ProtocolError(f"malformed {row.name}: its body has {len(body)} bytes, not {size}")
    try:
        tail = () if row.tail is None else (row.tail.unpack(body[size:]),)
    except (struct.error, ValueError) as error:
        raise ProtocolError(f"malformed {row.name} from byte {OPCODE_BYTES + size} on: {error}") from error
    return row.frame(*row.fixed.unpack_from(body), *tail)
