"""Frames and faces as lines for people: what `--trace` and the calm log print.

Rule: no key, proof, nonce or tag is ever part of a line.
"""

from dataclasses import fields
from enum import IntEnum

from wearsync_simulators.watches.frames import (
    Ack,
    Bye,
    Cancel,
    Challenge,
    Clock,
    Cues,
    Down,
    ErrorTold,
    Hello,
    Hold,
    Lost,
    Ping,
    Pong,
    Prove,
    Ready,
    Records,
    Routine,
    StartAt,
    Step,
    Up,
)
from wearsync_simulators.watches.records import Record, read_record

__all__ = ["frame_line", "record_line"]

_SECRET = {"key_id", "host_nonce", "watch_nonce", "proof"}
_NAMES: dict[type[Down | Up], str] = {
    Hello: "HELLO",
    Prove: "PROVE",
    StartAt: "START",
    Ack: "ACK",
    Cues: "CUES",
    Cancel: "CANCEL",
    Step: "STEP",
    Hold: "HOLD",
    Clock: "CLOCK",
    Ping: "PING",
    Routine: "ROUTINE",
    Bye: "BYE",
    Challenge: "CHALLENGE",
    Ready: "READY",
    Records: "RECORDS",
    Pong: "PONG",
    Lost: "LOST",
    ErrorTold: "ERROR",
}


def frame_line(frame: Down | Up) -> str:
    """A frame on one line, its fields named as in the document."""
    name = _NAMES[type(frame)]
    if isinstance(frame, Records):
        return f"{name} " + " | ".join(record_line(read_record(raw)) for raw in frame.raw)
    if isinstance(frame, Cues):
        told = (" ".join(_told(cue)) for cue in frame.cues)
        return f"{name} boot={frame.boot} " + " | ".join(told)
    return " ".join([name, *_told(frame)])


def record_line(record: Record) -> str:
    """A record on one line."""
    (_, seq), (_, type_), *rest = record.told()
    return " ".join([f"#{seq} {type_}", *(f"{name}={value}" for name, value in rest)])


def _told(frame: object) -> list[str]:
    assert not isinstance(frame, type)
    return [
        f"{field.name}={_value(getattr(frame, field.name))}"
        for field in fields(frame)  # type: ignore[arg-type]  # frames are dataclasses
        if field.name not in _SECRET
    ]


def _value(value: object) -> str:
    match value:
        case IntEnum():
            return value.name.lower()
        case bytes():
            return value.hex()
        case tuple():
            return ",".join(_value(one) for one in value)
        case _:
            return str(value)
