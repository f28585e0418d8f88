"""docs/hold-profile.md, read by machine: the tables of sections 1 to 3 turn fields into bytes, without any
codec.

Rule: nothing of wearsync in here; so vectors and document can be compared, and a codec with both.
"""

import re
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[2] / "docs" / "hold-profile.md"

Fields = dict[str, Any]
Columns = list[tuple[str, str]]
Row = tuple[int, list[Columns]]


def _section(begin: str, end: str) -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    return text[text.index(begin) : text.index(end)]


def _columns(text: str) -> Columns:
    return re.findall(r"(\w+) (u8|u16|u32|i16|i64|\d+ B)", text)


def _rows(section: str) -> dict[str, Row]:
    rows = re.findall(r"^\| `([0-9a-f]{2})` \| (\w+) \| (.*) \|$", section, re.MULTILINE)
    return {
        name: (int(opcode, 16), [_columns(part) for part in re.findall(r"`([^`]*)`", body)])
        for opcode, name, body in rows
    }


DOWN = _rows(_section("### Down", "### Up"))
UP = _rows(_section("### Up", "\nValues\n"))
RECORDS = _rows(_section("## 3", "## 4"))
INFO = _columns(_section("**Info**", "Flag bit 0"))
HEADER = _columns(_section("`len u8", "`; `len` counts"))


def info_bytes(fields: Fields) -> bytes:
    """Info, section 1."""
    return _pack(INFO, fields)


def frame_bytes(name: str, fields: Fields) -> bytes:
    """A frame without its tag, section 2."""
    if name == "unknown":
        return bytes((fields["opcode"],)) + bytes.fromhex(fields["body"])
    opcode, parts = (DOWN | UP)[name]
    return bytes((opcode,)) + _frame_body(name, parts, fields)


def record_bytes(name: str, fields: Fields) -> bytes:
    """A record, section 3."""
    header = _pack(HEADER, fields)
    if name == "unknown":
        return header + bytes.fromhex(fields["body"])
    number, parts = RECORDS[name]
    assert fields["type"] == number
    return header + b"".join(_pack(columns, fields) for columns in parts)


def _frame_body(name: str, parts: list[Columns], fields: Fields) -> bytes:
    if name == "CUES":
        head, item = parts
        return _pack(head, fields) + b"".join(_pack(item, cue) for cue in fields["cues"])
    if name == "CANCEL":
        return b"".join(each.to_bytes(4, "little") for each in fields["cue_ids"])
    if name == "RECORDS":
        return b"".join(bytes.fromhex(record) for record in fields["records"])
    body = b"".join(_pack(columns, fields) for columns in parts)
    return body + fields["text"].encode() if name == "STEP" else body


def _pack(columns: Columns, fields: Fields) -> bytes:
    return b"".join(_pack_one(kind, fields[name]) for name, kind in columns)


def _pack_one(kind: str, value: Any) -> bytes:
    if kind.endswith(" B"):
        data = bytes.fromhex(value)
        assert len(data) == int(kind[:-2])
        return data
    return int(value).to_bytes(int(kind[1:]) // 8, "little", signed=kind[0] == "i")
