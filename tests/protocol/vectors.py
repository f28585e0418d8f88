"""docs/vectors, and what it means that the codec agrees with an entry: a check raises `AssertionError` when
it does not.
"""

import hashlib
import hmac
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.protocol import document
from wearsync.errors import ProtocolError
from wearsync.messages import Record
from wearsync.protocol.frames import (
    Challenge,
    Frame,
    Hello,
    Lost,
    Prove,
    Records,
    Unknown,
    decode_down,
    decode_up,
    encode,
    frame_name,
)
from wearsync.protocol.gatt import Info, read_info
from wearsync.protocol.records import decode_records
from wearsync.protocol.trust import Direction, Handshake, frame_tag, key_id

VECTORS = Path(__file__).parents[2] / "docs" / "vectors"

Entry = dict[str, Any]


def load(name: str) -> list[Entry]:
    """The entries of one file."""
    entries: list[Entry] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return entries


def broken(kind: str) -> list[Entry]:
    """The broken ones of that kind."""
    return [entry for entry in load("broken") if entry["kind"] == kind]


def handshake(name: str) -> Entry:
    """The entry of handshake.json with that name."""
    return next(entry for entry in load("handshake") if entry["name"] == name)


def check_frame(entry: Entry) -> None:
    """The document's table, reading and writing agree about the bytes."""
    data = bytes.fromhex(entry["hex"])
    if entry["direction"] == "read":
        assert document.info_bytes(entry["fields"]) == data
        info = read_info(data)
        assert info == Info(**entry["fields"] | {"watch_id": bytes.fromhex(entry["fields"]["watch_id"])})
        return
    assert document.frame_bytes(entry["frame"], entry["fields"]) == data
    try:
        frame = {"down": decode_down, "up": decode_up}[entry["direction"]](data)
    except ProtocolError as error:
        raise AssertionError(str(error)) from error
    assert ("unknown" if isinstance(frame, Unknown) else frame_name(data[0])) == entry["frame"]
    assert _fields_of(frame) == _without_spaces(entry["fields"])
    assert encode(frame) == data


def check_record(entry: Entry) -> Record:
    """The document's table and the reader agree about the bytes; returns what was read."""
    data = bytes.fromhex(entry["hex"])
    fields = entry["fields"]
    assert document.record_bytes(entry["record"], fields) == data
    assert fields["len"] == len(data)
    try:
        (record,) = decode_records(data)
    except (ProtocolError, ValueError) as error:
        raise AssertionError(str(error)) from error
    assert (record.seq, record.boot, record.tick_ms) == (fields["seq"], fields["boot"], fields["tick"])
    assert record.raw == data
    assert (record.body.kind == "unknown") == (entry["record"] == "unknown")
    return record


def check_handshake(entry: Entry) -> None:
    """Keys and proofs follow from the inputs, and the frames carry them."""
    shake = shake_of(entry)
    assert key_id(shake.key).hex() == entry["key_id"]
    assert shake.watch_proof().hex() == entry["watch_proof"]
    assert shake.host_proof().hex() == entry["host_proof"]
    assert shake.session_key().hex() == entry["session_key"]
    low, high, chosen = shake.versions
    hello = Hello(low, high, key_id(shake.key), shake.host_nonce)
    assert encode(hello) == bytes.fromhex(entry["hello"])
    challenge = Challenge(chosen, shake.watch_id, shake.watch_nonce, shake.watch_proof())
    assert encode(challenge) == bytes.fromhex(entry["challenge"])
    assert encode(Prove(shake.host_proof())) == bytes.fromhex(entry["prove"])


def check_tag(entry: Entry) -> None:
    """The tag is the one of that frame in its place."""
    key = bytes.fromhex(handshake(entry["handshake"])["session_key"])
    frame = bytes.fromhex(entry["frame"])
    assert frame_tag(key, Direction(entry["direction"]), entry["counter"], frame).hex() == entry["tag"]


def shake_of(entry: Entry) -> Handshake:
    """The inputs of a handshake."""
    names = "key", "versions", "watch_id", "host_nonce", "watch_nonce"
    return Handshake(*(bytes.fromhex(entry[name]) for name in names))


def proof_made_of(entry: Entry) -> str:
    """What a broken proof really is, reckoned here."""
    names = "made_versions", "made_watch_id", "made_host_nonce", "made_watch_nonce"
    seen = entry["made_label"].encode() + b"".join(bytes.fromhex(entry[name]) for name in names)
    return hmac.new(bytes.fromhex(entry["made_key"]), seen, hashlib.sha256).hexdigest()[:32]


def tag_made_of(entry: Entry) -> str:
    """What a broken tag really is."""
    key = bytes.fromhex(handshake(entry["made_handshake"])["session_key"])
    frame = bytes.fromhex(entry["made_frame"])
    tag = frame_tag(key, Direction(entry["made_direction"]), entry["made_counter"], frame)
    return f"{int.from_bytes(tag, 'big') ^ int(entry['xor'], 16):016x}"


def _fields_of(frame: Frame) -> Entry:
    match frame:
        case Records(body):
            return {"records": [record.raw.hex() for record in decode_records(body)]}
        case Lost(from_seq, next_seq):
            return {"from": from_seq, "next": next_seq}
        case _:
            return {name: _plain(value) for name, value in asdict(frame).items()}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, tuple) else value


def _without_spaces(fields: Entry) -> Entry:
    if "records" not in fields:
        return fields
    return {"records": [bytes.fromhex(record).hex() for record in fields["records"]]}
