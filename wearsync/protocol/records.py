"""Bytes → records of the watch's journal (docs/hold-profile.md, section 3); a host never writes one.

Rule: a wrong length means a broken link (`ProtocolError`, with the offset); the content is the watch's word,
however odd: what can't be read is `Unknown`, and kept raw.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Final

from wearsync.errors import ProtocolError
from wearsync.messages import (
    BatteryLevel,
    Booted,
    ClockSet,
    CueAcked,
    CueFelt,
    HoldStarted,
    HoldStopped,
    IntentGiven,
    Record,
    RecordBody,
    SessionEnded,
    SessionStarted,
    Unknown,
    WornChanged,
)
from wearsync.protocol.words import (
    ACK_RESULTS,
    BOOLS,
    BOOT_REASONS,
    HOLD_SOURCES,
    INTENTS,
    SESSION_ENDS,
    SESSION_SOURCES,
    SESSION_STARTED,
    SIDES,
    STOP_REASONS,
    VARIANTS,
)

# "`len` counts the whole record, itself included (14–52)": the longest still fits an ATT MTU of 72.
RECORD_MIN_BYTES: Final = 14
RECORD_MAX_BYTES: Final = 52


def decode_records(body: bytes) -> tuple[Record, ...]:
    """The records of one RECORDS frame, in order. Raises `ProtocolError` when a `len` is wrong."""
    records: list[Record] = []
    offset = 0
    while offset < len(body):
        size = body[offset]
        if not RECORD_MIN_BYTES <= size <= RECORD_MAX_BYTES:
            raise ProtocolError(
                f"a record at byte {offset} of RECORDS says that it has {size} bytes, "
                f"not {RECORD_MIN_BYTES}–{RECORD_MAX_BYTES}"
            )
        if offset + size > len(body):
            raise ProtocolError(
                f"a record at byte {offset} of RECORDS says that it has {size} bytes, "
                f"{len(body) - offset} are left"
            )
        records.append(_decode(body[offset : offset + size]))
        offset += size
    return tuple(records)


# "len u8 | type u8 | seq u32 | boot u32 | tick u32"
_HEADER = struct.Struct("<BBIII")


def _decode(raw: bytes) -> Record:
    _, kind, seq, boot, tick = _HEADER.unpack_from(raw)
    return Record(seq, boot, tick, _decode_body(kind, raw[_HEADER.size :]), raw)


def _decode_body(kind: int, body: bytes) -> RecordBody:
    # "Unknown types, and bodies longer than the table says … too short, or has a value that is not listed".
    layout, build = _LAYOUTS.get(kind, (None, None))
    if layout is None or build is None or len(body) != layout.size:
        return Unknown(kind)
    try:
        return build(*layout.unpack(body))
    except KeyError:
        return Unknown(kind)


def _booted(reason: int, unix_us: int) -> Booted:
    return Booted(BOOT_REASONS.word(reason), unix_us // 1000 if unix_us else None)


def _hold_started(
    session: int,
    step: int,
    side: int,
    variant: int,
    round_: int,
    planned_s: int,
    source: int,
    routine_id: int,
) -> HoldStarted:
    return HoldStarted(
        session,
        step,
        SIDES.word(side),
        VARIANTS.word(variant),
        round_,
        planned_s,
        HOLD_SOURCES.word(source),
        routine_id,
    )


def _hold_stopped(session: int, step: int, reason: int, held_ms: int) -> HoldStopped:
    return HoldStopped(session, step, STOP_REASONS.word(reason), held_ms)


def _session(session: int, what: int, source: int) -> SessionStarted | SessionEnded:
    by = SESSION_SOURCES.word(source)
    return (
        SessionStarted(session, by)
        if what == SESSION_STARTED
        else SessionEnded(session, SESSION_ENDS.word(what), by)
    )


def _cue_acked(cue_id: int, result: int, started: int, motor_ms: int) -> CueAcked:
    return CueAcked(cue_id, ACK_RESULTS.word(result), started, motor_ms)


def _intent(intent: int, session: int, argument: int) -> IntentGiven:
    # "argument u8 (extra: side; snooze: minutes; else 0)".
    word = INTENTS.word(intent)
    if word == "extra":
        return IntentGiven(word, session, side=SIDES.word(argument))
    if word == "snooze":
        return IntentGiven(word, session, minutes=argument)
    if argument:
        raise KeyError(argument)
    return IntentGiven(word, session)


def _battery(percent: int, charging: int) -> BatteryLevel:
    if percent > 100:
        raise KeyError(percent)
    return BatteryLevel(percent, BOOLS.word(charging))


def _worn(worn: int) -> WornChanged:
    return WornChanged(BOOLS.word(worn))


def _clock_set(before_us: int, after_us: int) -> ClockSet:
    return ClockSet(before_us // 1000, after_us // 1000)


_LAYOUTS: Mapping[int, tuple[struct.Struct, Callable[..., RecordBody]]] = {
    0x01: (struct.Struct("<Bq"), _booted),
    0x10: (struct.Struct("<IBBBBBBI"), _hold_started),
    0x11: (struct.Struct("<IBBI"), _hold_stopped),
    0x12: (struct.Struct("<IBB"), _session),
    0x20: (struct.Struct("<IBIH"), _cue_acked),
    0x21: (struct.Struct("<I"), CueFelt),
    0x22: (struct.Struct("<BIB"), _intent),
    0x30: (struct.Struct("<BB"), _battery),
    0x31: (struct.Struct("<B"), _worn),
    0x40: (struct.Struct("<qq"), _clock_set),
}
