"""Records: every one of the vectors in words, and whatever bytes a broken watch may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import document
from tests.protocol.vectors import Entry, check_record, load
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
    RecordBody,
    SessionEnded,
    SessionStarted,
    Unknown,
    WornChanged,
)
from wearsync.model import (
    AckResult,
    HoldSource,
    SessionEnd,
    SessionSource,
    Side,
    StopReason,
    Variant,
)
from wearsync.protocol.records import RECORD_MAX_BYTES, decode_records

SESSION = 168496141
AT_US = 1795385670123456
AT_MS = 1795385670123

BODIES: dict[str, RecordBody] = {
    "BOOTED, power on, time unknown": Booted("power_on", None),
    "BOOTED, reset, time known": Booted("reset", AT_MS),
    "BOOTED, watchdog": Booted("watchdog", 1000),
    "BOOTED, update, a clock before 1970": Booted("update", -1000),
    "HOLD_STARTED, left, kneeling, by itself": HoldStarted(
        SESSION, 0, Side.LEFT, Variant.KNEELING, 1, 30, HoldSource.AUTO, 16909060
    ),
    "HOLD_STARTED, right, standing, by the wearer": HoldStarted(
        SESSION + 1, 19, Side.RIGHT, Variant.STANDING, 10, 60, HoldSource.WEARER, 4294967295
    ),
    "HOLD_STOPPED, planned": HoldStopped(SESSION, 0, StopReason.PLANNED, 30000),
    "HOLD_STOPPED, wearer": HoldStopped(SESSION, 1, StopReason.WEARER, 12345),
    "HOLD_STOPPED, too much": HoldStopped(SESSION, 2, StopReason.TOO_MUCH, 1),
    "HOLD_STOPPED, pain": HoldStopped(SESSION, 3, StopReason.PAIN, 4294967295),
    "HOLD_STOPPED, pause": HoldStopped(SESSION, 4, StopReason.PAUSE, 2),
    "HOLD_STOPPED, reboot": HoldStopped(SESSION, 5, StopReason.REBOOT, 0),
    "HOLD_STOPPED, host": HoldStopped(SESSION, 6, StopReason.HOST, 3),
    "SESSION started by the watch": SessionStarted(SESSION, SessionSource.WATCH),
    "SESSION started by the host": SessionStarted(SESSION, SessionSource.HOST),
    "SESSION done": SessionEnded(SESSION, SessionEnd.DONE, SessionSource.WATCH),
    "SESSION abandoned": SessionEnded(SESSION, SessionEnd.ABANDONED, SessionSource.HOST),
    "SESSION ended": SessionEnded(SESSION, SessionEnd.ENDED, SessionSource.HOST),
    "CUE_ACK played": CueAcked(42, AckResult.PLAYED, 1023, 400),
    "CUE_ACK suppressed": CueAcked(43, AckResult.SUPPRESSED, 1025, 0),
    "CUE_ACK expired": CueAcked(44, AckResult.EXPIRED, 0, 0),
    "CUE_ACK refused": CueAcked(45, AckResult.REFUSED, 0, 0),
    "CUE_ACK cancelled in the middle": CueAcked(46, AckResult.CANCELLED, 1027, 1),
    "CUE_ACK failed": CueAcked(47, AckResult.FAILED, 1029, 0),
    "CUE_ACK scheduled": CueAcked(4294967295, AckResult.SCHEDULED, 4294967295, 65535),
    "CUE_FELT": CueFelt(42),
    "INTENT start": IntentGiven("start", SESSION),
    "INTENT pause": IntentGiven("pause", SESSION),
    "INTENT resume": IntentGiven("resume", SESSION),
    "INTENT skip": IntentGiven("skip", SESSION),
    "INTENT back": IntentGiven("back", SESSION),
    "INTENT extra, left": IntentGiven("extra", SESSION, side=Side.LEFT),
    "INTENT extra, right": IntentGiven("extra", SESSION, side=Side.RIGHT),
    "INTENT snooze for 30 min": IntentGiven("snooze", 0, minutes=30),
    "INTENT yes": IntentGiven("yes", SESSION),
    "INTENT no": IntentGiven("no", SESSION),
    "BATTERY, charging": BatteryLevel(91, True),
    "BATTERY, empty": BatteryLevel(0, False),
    "BATTERY, full": BatteryLevel(100, False),
    "WORN": WornChanged(True),
    "WORN, taken off, the last of everything": WornChanged(False),
    "CLOCK_SET": ClockSet(86400000, AT_MS),
}


@pytest.mark.parametrize("entry", load("records"), ids=lambda entry: entry["name"])
def test_vectors_in_words(entry: Entry) -> None:
    body = check_record(entry).body
    if entry["record"] == "unknown":
        assert body == Unknown(entry["fields"]["type"])
    else:
        assert body == BODIES[entry["name"]]


def test_every_body_in_words_is_a_vector() -> None:
    assert set(BODIES) == {entry["name"] for entry in load("records") if entry["record"] != "unknown"}


u8, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFFFFFF)
RANGES = {
    "u8": u8,
    "u16": st.integers(0, 0xFFFF),
    "u32": u32,
    "i64": st.integers(-(2**63), 2**63 - 1),
}


@st.composite
def written(draw: st.DrawFn) -> tuple[str, document.Fields]:
    """A record of any type with any values, as the document's table has it."""
    name = draw(st.sampled_from(sorted(document.RECORDS)))
    number, parts = document.RECORDS[name]
    fields = {column: draw(RANGES[kind]) for columns in parts for column, kind in columns}
    header = {"type": number, "seq": draw(u32), "boot": draw(u32), "tick": draw(u32), "len": 0}
    header["len"] = len(document.record_bytes(name, header | fields))
    return name, header | fields


@given(written())
def test_any_values_in_the_right_layout_are_read_or_kept_raw(record: tuple[str, document.Fields]) -> None:
    name, fields = record
    data = document.record_bytes(name, fields)
    (read,) = decode_records(data)
    assert (read.seq, read.boot, read.tick_ms, read.raw) == (
        fields["seq"],
        fields["boot"],
        fields["tick"],
        data,
    )
    match read.body:
        case HoldStarted():
            assert (read.body.session, read.body.round) == (fields["session"], fields["round"])
            assert (read.body.planned_s, read.body.routine_id) == (fields["planned_s"], fields["routine_id"])
        case HoldStopped(session, step, _, held_ms):
            assert (session, step, held_ms) == (fields["session"], fields["step"], fields["held_ms"])
        case CueAcked(cue_id, _, started_ms, motor_ms):
            assert (cue_id, started_ms, motor_ms) == (
                fields["cue_id"],
                fields["started"],
                fields["motor_ms"],
            )
        case ClockSet(before_ms, after_ms):
            assert (before_ms, after_ms) == (fields["before_us"] // 1000, fields["after_us"] // 1000)
        case Unknown(kind):
            assert kind == fields["type"]
        case _:
            pass


@given(st.lists(written(), max_size=8))
def test_records_come_one_behind_the_other(records: list[tuple[str, document.Fields]]) -> None:
    raws = [document.record_bytes(name, fields) for name, fields in records]
    assert [record.raw for record in decode_records(b"".join(raws))] == raws


@given(st.binary(max_size=510))
def test_any_bytes_are_records_or_refused(data: bytes) -> None:
    try:
        records = decode_records(data)
    except ProtocolError:
        return
    assert b"".join(record.raw for record in records) == data
    assert all(len(record.raw) <= RECORD_MAX_BYTES for record in records)


@pytest.mark.parametrize("entry", load("records"), ids=lambda entry: entry["name"])
def test_truncated_at_every_length(entry: Entry) -> None:
    whole = bytes.fromhex(entry["hex"])
    for length in range(1, len(whole)):
        with pytest.raises(ProtocolError, match=f"{length} are left"):
            decode_records(whole[:length])
        with pytest.raises(ProtocolError, match=f"at byte {len(whole)} of RECORDS"):
            decode_records(whole + whole[:length])


@pytest.mark.parametrize("entry", load("records"), ids=lambda entry: entry["name"])
def test_bent_in_any_bit_it_is_never_the_same(entry: Entry) -> None:
    whole = bytes.fromhex(entry["hex"])
    for bit in range(8 * len(whole)):
        bent = bytearray(whole)
        bent[bit // 8] ^= 1 << bit % 8
        try:
            (record,) = decode_records(bytes(bent))
        except ProtocolError:
            assert bit < 8
            continue
        assert record.raw == bytes(bent)


def test_errors_say_where() -> None:
    with pytest.raises(ProtocolError, match="at byte 0 of RECORDS says that it has 13 bytes, not 14–52"):
        decode_records(bytes((13,)) + bytes(12))
