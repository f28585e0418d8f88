"""The vectors of docs/vectors, run against the watch's side: its codec, its proofs and tags, and its line."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.watches.lines import Laboratory, open_line
from wearsync_simulators.watches import frames
from wearsync_simulators.watches.frames import MalformedError, read_down, write_routine, write_up
from wearsync_simulators.watches.records import Unknown, read_record, read_records, write_record
from wearsync_simulators.watches.trust import Direction, HostKey, Keyring, Tags, TranscriptProofs, key_id
from wearsync_simulators.watches.words import ErrorCode

Vector = dict[str, Any]  # a row of a JSON file
VECTORS = Path(__file__).parents[3] / "docs" / "vectors"

UP = {
    "CHALLENGE": frames.Challenge,
    "READY": frames.Ready,
    "PONG": frames.Pong,
    "LOST": frames.Lost,
    "ERROR": frames.ErrorTold,
}
PARTS_OF_THE_WIRE_ONLY = {"len", "type"}


def rows(file: str, **wanted: object) -> list[Any]:
    """The vectors of a file that have these values, each with its name."""
    found = [row for row in json.loads((VECTORS / file).read_text()) if wanted.items() <= row.items()]
    assert found, f"no {wanted} in {file}"
    return [pytest.param(row, id=row["name"]) for row in found]


def plain(value: object) -> object:
    """A frame's or record's value as the vectors write it."""
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return [plain(one) for one in value]
        case int() | str():
            return value
        case _:
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]


@pytest.mark.parametrize("row", rows("frames.json", direction="down"))
def test_what_comes_down_is_read(row: Vector) -> None:
    raw = bytes.fromhex(row["hex"])
    if row["frame"] == "unknown":
        with pytest.raises(frames.UnknownOpcodeError):
            read_down(raw[0], raw[1:])
        return
    read = read_down(raw[0], raw[1:])
    assert plain(read) == row["fields"]
    if isinstance(read, frames.Routine):
        assert write_routine(read) == raw[1:]


@pytest.mark.parametrize("row", rows("frames.json", direction="up"))
def test_what_goes_up_is_written(row: Vector) -> None:
    raw, name = bytes.fromhex(row["hex"]), row["frame"]
    if name == "RECORDS":
        records = tuple(bytes.fromhex(record) for record in row["fields"]["records"])
        assert write_up(frames.Records(records)) == raw
        assert [record.seq for record in read_records(raw[1:])] == [read_record(one).seq for one in records]
    elif name == "unknown":
        assert raw[0] not in {write_up(frame)[0] for frame in (frames.Records(()), frames.Lost(1, 2))}
    else:
        form = UP[name]
        values = (
            bytes.fromhex(value) if isinstance(value, str) else value for value in row["fields"].values()
        )
        assert write_up(form(*values)) == raw


@pytest.mark.parametrize("row", rows("records.json"))
def test_records_are_written_and_read(row: Vector) -> None:
    raw = bytes.fromhex(row["hex"])
    record = read_record(raw)
    assert record.name == row["record"]
    assert write_record(seq=record.seq, boot=record.boot, tick=record.tick, body=record.body) == raw
    head = {"seq": record.seq, "boot": record.boot, "tick": record.tick}
    if isinstance(record.body, Unknown):
        told = head | {"len": len(raw), "type": record.body.type, "body": record.body.raw.hex()}
    else:
        told = head | {"len": raw[0], "type": raw[1]} | plain(record.body)  # type: ignore[operator]
    assert told == row["fields"]


@pytest.mark.parametrize("row", rows("handshake.json"))
def test_proofs_and_keys(row: Vector) -> None:
    proofs = proofs_of(row)
    assert key_id(bytes.fromhex(row["key"])).hex() == row["key_id"]
    assert proofs.watch.hex() == row["watch_proof"]
    assert proofs.host.hex() == row["host_proof"]
    assert proofs.session_key.hex() == row["session_key"]


@pytest.mark.parametrize("row", rows("handshake.json", versions="010101"))
def test_the_line_speaks_the_handshake(row: Vector) -> None:
    lab = Laboratory(watch_id=bytes.fromhex(row["watch_id"]), nonce=bytes.fromhex(row["watch_nonce"]))
    line = open_line(lab, Keyring((HostKey(bytes.fromhex(row["key"])),)))
    assert line.hear(bytes.fromhex(row["hello"]), 0) is None
    assert lab.sent == [bytes.fromhex(row["challenge"])]
    assert line.hear(bytes.fromhex(row["prove"]), 0) is not None


@pytest.mark.parametrize("row", rows("tags.json"))
def test_tags(row: Vector) -> None:
    frame = bytes.fromhex(row["frame"])
    tags = tags_at(row)
    assert tags.seal(frame, Direction(row["direction"])) == frame + bytes.fromhex(row["tag"])
    assert tags_at(row).unseal(frame + bytes.fromhex(row["tag"]), Direction(row["direction"])) == frame


@pytest.mark.parametrize("row", rows("broken.json", kind="tag") + rows("broken.json", kind="untagged"))
def test_wrong_tags_are_refused(row: Vector) -> None:
    sealed = bytes.fromhex(row.get("hex", "")) or bytes.fromhex(row["frame"]) + bytes.fromhex(row["tag"])
    assert tags_at(row).unseal(sealed, Direction(row["direction"])) is None


@pytest.mark.parametrize("row", rows("broken.json", kind="proof"))
def test_wrong_proofs_are_refused(row: Vector) -> None:
    handshake = next(h.values[0] for h in rows("handshake.json", name=row["handshake"]))
    if row["of"] == "watch":
        assert proofs_of(handshake).watch.hex() != row["proof"]
        return
    lab = Laboratory(
        watch_id=bytes.fromhex(handshake["watch_id"]), nonce=bytes.fromhex(handshake["watch_nonce"])
    )
    line = open_line(lab, Keyring((HostKey(bytes.fromhex(handshake["key"])),)))
    line.hear(bytes.fromhex(handshake["hello"]), 0)
    assert line.hear(b"\x02" + bytes.fromhex(row["proof"]), 0) is None
    assert lab.sent[-1] == bytes([0x8F, ErrorCode.WRONG_PROOF, 0x02])
    assert line.ended


@pytest.mark.parametrize(
    "row", rows("broken.json", kind="frame", direction="down") + rows("broken.json", kind="values")
)
def test_malformed_frames_are_answered_by_error_2(row: Vector) -> None:
    raw = bytes.fromhex(row["hex"])
    if raw:
        with pytest.raises(MalformedError):
            read_down(raw[0], raw[1:])
    lab = Laboratory()
    line = open_line(lab, Keyring(), lab=True)
    if raw[:1] not in (b"\x01", b"\x02"):
        line.hear(b"\x01\x01\x01" + bytes(20), 0)
        if raw[:1] != b"\x03":
            line.started()
    assert line.hear(raw, 0) is None
    if raw[:1] != b"\x02":  # PROVE is not for open watches: test_line.py has it
        assert lab.sent[-1] == bytes([0x8F, ErrorCode.MALFORMED, raw[0] if raw else 0])


@pytest.mark.parametrize("row", rows("broken.json", kind="records"))
def test_records_with_a_wrong_length_are_refused(row: Vector) -> None:
    with pytest.raises(ValueError, match="len"):
        read_records(bytes.fromhex(row["hex"]))


def proofs_of(row: Vector) -> TranscriptProofs:
    """As `trust` reckons them."""
    names = ("key", "versions", "watch_id", "host_nonce", "watch_nonce")
    return TranscriptProofs.of(**{name: bytes.fromhex(row[name]) for name in names})


def tags_at(row: Vector) -> Tags:
    """The tags of a session, at the vector's counter."""
    handshake = next(h.values[0] for h in rows("handshake.json", name=row["handshake"]))
    key = bytes.fromhex(handshake["session_key"])
    return Tags(key, counters={Direction(row["direction"]): row["counter"]})
