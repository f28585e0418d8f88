"""The journal's records as bytes, from docs/hold-profile.md, section 3.

Rule: a record is kept and sent as the bytes that were first written; `read_record` is for people and tests.
What it can't read (a later type, a longer body, a value that is not listed) is `Unknown`, never an error.
"""

import struct
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from enum import IntEnum
from typing import get_type_hints

from wearsync_simulators.watches.words import (
    CueResult,
    Intent,
    Reason,
    Reset,
    SessionSource,
    SessionWhat,
    Side,
    Source,
    Variant,
)

__all__ = [
    "RECORD_MAX_BYTES",
    "Battery",
    "Body",
    "Booted",
    "ClockSet",
    "CueAck",
    "CueFelt",
    "HoldStarted",
    "HoldStopped",
    "IntentTold",
    "Record",
    "SessionTold",
    "Unknown",
    "Worn",
    "read_record",
    "read_records",
    "write_record",
]

# "A record is at most 52 bytes and never split" (section 1).
RECORD_MAX_BYTES = 52
_HEADER = struct.Struct("<BBIII")


@dataclass(frozen=True, slots=True)
class Booted:
    """`01` BOOTED. `unix_us`: the watch's own clock, 0 if it does not know."""

    reason: Reset
    unix_us: int


@dataclass(frozen=True, slots=True)
class HoldStarted:
    """`10` HOLD_STARTED."""

    session: int
    step: int
    side: Side
    variant: Variant
    round: int
    planned_s: int
    source: Source
    routine_id: int


@dataclass(frozen=True, slots=True)
class HoldStopped:
    """`11` HOLD_STOPPED. `held_ms` 0: unknown."""

    session: int
    step: int
    reason: Reason
    held_ms: int


@dataclass(frozen=True, slots=True)
class SessionTold:
    """`12` SESSION."""

    session: int
    what: SessionWhat
    source: SessionSource


@dataclass(frozen=True, slots=True)
class CueAck:
    """`20` CUE_ACK. `started` (tick) and `motor_ms` are 0 for a cue that did not run the motor."""

    cue_id: int
    result: CueResult
    started: int
    motor_ms: int


@dataclass(frozen=True, slots=True)
class CueFelt:
    """`21` CUE_FELT."""

    cue_id: int


@dataclass(frozen=True, slots=True)
class IntentTold:
    """`22` INTENT."""

    intent: Intent
    session: int
    argument: int


@dataclass(frozen=True, slots=True)
class Battery:
    """`30` BATTERY."""

    percent: int
    charging: bool


@dataclass(frozen=True, slots=True)
class Worn:
    """`31` WORN."""

    worn: bool


@dataclass(frozen=True, slots=True)
class ClockSet:
    """`40` CLOCK_SET, by the watch's own clock."""

    before_us: int
    after_us: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A body that this version can't read: its type and its bytes."""

    type: int
    raw: bytes


Known = (
    Booted
    | HoldStarted
    | HoldStopped
    | SessionTold
    | CueAck
    | CueFelt
    | IntentTold
    | Battery
    | Worn
    | ClockSet
)
Body = Known | Unknown


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the journal; `name` is the document's."""

    seq: int
    boot: int
    tick: int
    body: Body

    @property
    def name(self) -> str:
        """The record's name in section 3, or "unknown"."""
        return "unknown" if isinstance(self.body, Unknown) else _LAYOUTS[type(self.body)].name

    def told(self) -> tuple[tuple[str, int | str], ...]:
        """Names and values as the document has them, in its order; listed values as words in lower case."""
        head = (("seq", self.seq), ("type", self.name), ("boot", self.boot), ("tick", self.tick))
        if isinstance(self.body, Unknown):
            return (*head, ("code", self.body.type), ("raw", self.body.raw.hex()))
        body = self.body
        return (*head, *((field.name, _told(getattr(body, field.name))) for field in fields(body)))


def write_record(*, seq: int, boot: int, tick: int, body: Body) -> bytes:
    """The record's bytes, `len` included."""
    if isinstance(body, Unknown):
        return _HEADER.pack(_HEADER.size + len(body.raw), body.type, seq, boot, tick) + body.raw
    layout = _LAYOUTS[type(body)]
    packed = layout.format.pack(*astuple(body))
    return _HEADER.pack(_HEADER.size + len(packed), layout.code, seq, boot, tick) + packed


def read_record(raw: bytes) -> Record:
    """The record in exactly these bytes. Raises ValueError if `len` is wrong."""
    if not _HEADER.size <= len(raw) <= RECORD_MAX_BYTES or raw[0] != len(raw):
        raise ValueError(f"a record of {len(raw)} B says len {raw[0] if raw else '-'}")
    _, code, seq, boot, tick = _HEADER.unpack_from(raw)
    return Record(seq, boot, tick, _body(code, raw[_HEADER.size :]))


def read_records(raw: bytes) -> tuple[Record, ...]:
    """The records in the body of a RECORDS frame. Raises ValueError if a `len` is wrong."""
    found: list[Record] = []
    while raw:
        found.append(read_record(raw[: raw[0]]))
        raw = raw[raw[0] :]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a body lies in its record; `values` turn its integers into the words of its fields."""

    code: int
    name: str
    format: struct.Struct
    body: Callable[..., Known]
    values: tuple[Callable[[int], int], ...]


def _layout(code: int, name: str, form: str, body: type[Known]) -> tuple[type[Known], _Layout]:
    hints = get_type_hints(body)
    values = tuple(_flag if hints[field.name] is bool else hints[field.name] for field in fields(body))
    return body, _Layout(code, name, struct.Struct(form), body, values)


def _told(value: int) -> int | str:
    return value.name.lower() if isinstance(value, IntEnum) else int(value)


def _flag(value: int) -> bool:
    if value > 1:
        raise ValueError(f"{value} is neither 0 nor 1")
    return bool(value)


_LAYOUTS = dict(
    (
        _layout(0x01, "BOOTED", "<Bq", Booted),
        _layout(0x10, "HOLD_STARTED", "<IBBBBBBI", HoldStarted),
        _layout(0x11, "HOLD_STOPPED", "<IBBI", HoldStopped),
        _layout(0x12, "SESSION", "<IBB", SessionTold),
        _layout(0x20, "CUE_ACK", "<IBIH", CueAck),
        _layout(0x21, "CUE_FELT", "<I", CueFelt),
        _layout(0x22, "INTENT", "<BIB", IntentTold),
        _layout(0x30, "BATTERY", "<BB", Battery),
        _layout(0x31, "WORN", "<B", Worn),
        _layout(0x40, "CLOCK_SET", "<qq", ClockSet),
    )
)
_BY_CODE = {layout.code: layout for layout in _LAYOUTS.values()}


def _body(code: int, raw: bytes) -> Body:
    layout = _BY_CODE.get(code)
    if layout is None or len(raw) != layout.format.size:
        return Unknown(code, raw)
    numbers = layout.format.unpack(raw)
    try:
        body = layout.body(*(value(number) for value, number in zip(layout.values, numbers, strict=True)))
    except ValueError:
        return Unknown(code, raw)
    return body if _is_listed(body) else Unknown(code, raw)


def _is_listed(body: Known) -> bool:
    """Whether the values that depend on another, or have a range, are as listed."""
    match body:
        case IntentTold(Intent.EXTRA, argument=side):
            return side <= max(Side)
        case IntentTold(intent, argument=argument):
            return intent is Intent.SNOOZE or argument == 0
        case Battery(percent):
            return percent <= 100
        case _:
            return True
