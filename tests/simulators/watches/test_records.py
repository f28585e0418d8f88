"""Records as bytes; the listed ones are proven by the vectors (test_vectors.py)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.watches.records import (
    RECORD_MAX_BYTES,
    Battery,
    CueAck,
    Record,
    Unknown,
    read_record,
    read_records,
    write_record,
)
from wearsync_simulators.watches.words import CueResult

U32 = st.integers(0, 2**32 - 1)


@given(st.integers(0, 255), st.binary(max_size=38), U32, U32, U32)
def test_any_record_is_read_and_written_again(type_: int, raw: bytes, seq: int, boot: int, tick: int) -> None:
    written = write_record(seq=seq, boot=boot, tick=tick, body=Unknown(type_, raw))
    assert len(written) <= RECORD_MAX_BYTES
    record = read_record(written)
    assert (record.seq, record.boot, record.tick) == (seq, boot, tick)
    assert write_record(seq=seq, boot=boot, tick=tick, body=record.body) == written


@given(st.binary(max_size=200))
def test_any_bytes_are_records_or_a_value_error(raw: bytes) -> None:
    try:
        records = read_records(raw)
    except ValueError:
        return
    assert b"".join(write_record(seq=r.seq, boot=r.boot, tick=r.tick, body=r.body) for r in records) == raw


@pytest.mark.parametrize("length", range(25))
def test_a_truncated_record(length: int) -> None:
    raw = write_record(seq=1, boot=1, tick=1, body=CueAck(5, CueResult.PLAYED, 1, 1))
    with pytest.raises(ValueError, match="len"):
        read_record(raw[:length])


def test_json_has_the_documents_names_and_words() -> None:
    acked = Record(9, 2, 300, CueAck(5, CueResult.PLAYED, 300, 400))
    assert dict(acked.told()) == {
        "seq": 9,
        "type": "CUE_ACK",
        "boot": 2,
        "tick": 300,
        "cue_id": 5,
        "result": "played",
        "started": 300,
        "motor_ms": 400,
    }
    assert Record(1, 1, 0, Battery(90, charging=True)).told()[-1] == ("charging", 1)
    later = dict(Record(1, 1, 0, Unknown(0x50, b"\x01\x02")).told())
    assert (later["type"], later["code"], later["raw"]) == ("unknown", 0x50, "0102")
