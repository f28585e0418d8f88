"""Frames, the watch's way round: reads what comes down, writes what goes up (docs/hold-profile.md, 2).

Rule: bodies only; tags are `trust.Tags`' business. What is not exactly as its table row says is malformed.
"""

import struct
from collections.abc import Callable
from dataclasses import astuple, dataclass

from wearsync_simulators.watches.words import Anchor, ErrorCode, HoldDo, Pattern, Phase, Side, Start, Variant

__all__ = [
    "NO_REMINDER",
    "Ack",
    "Bye",
    "Cancel",
    "Challenge",
    "Clock",
    "CueOrder",
    "Cues",
    "Down",
    "ErrorTold",
    "Hello",
    "Hold",
    "Lost",
    "MalformedError",
    "Ping",
    "Pong",
    "Prove",
    "Ready",
    "Records",
    "Routine",
    "StartAt",
    "Step",
    "UnknownOpcodeError",
    "Up",
    "read_down",
    "read_routine",
    "write_routine",
    "write_up",
]

# reminder_min of a routine that has none.
NO_REMINDER = 0xFFFF
_TEXT_MAX_BYTES = 40


class MalformedError(ValueError):
    """A frame that is not as its table row says; answered by ERROR 2."""


class UnknownOpcodeError(ValueError):
    """An opcode of a later version; answered by ERROR 1."""


@dataclass(frozen=True, slots=True)
class Hello:
    """`01` HELLO."""

    version_min: int
    version_max: int
    key_id: bytes
    host_nonce: bytes


@dataclass(frozen=True, slots=True)
class Prove:
    """`02` PROVE."""

    proof: bytes


@dataclass(frozen=True, slots=True)
class StartAt:
    """`03` START."""

    cursor: int


@dataclass(frozen=True, slots=True)
class Ack:
    """`04` ACK."""

    seq: int


@dataclass(frozen=True, slots=True)
class CueOrder:
    """One cue of a CUES frame. `at`: tick, or ms after the start of the hold of `step`."""

    cue_id: int
    pattern: Pattern
    anchor: Anchor
    step: int
    at: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Cues:
    """`05` CUES."""

    boot: int
    cues: tuple[CueOrder, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """`06` CANCEL; no id means all."""

    cue_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """`07` STEP."""

    session: int
    step: int
    phase: Phase
    side: Side
    variant: Variant
    round: int
    starts_at: int
    planned_s: int
    start: Start
    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """`08` HOLD."""

    do: HoldDo


@dataclass(frozen=True, slots=True)
class Clock:
    """`09` CLOCK."""

    unix_us: int
    utc_offset_min: int


@dataclass(frozen=True, slots=True)
class Ping:
    """`0a` PING."""

    token: int


@dataclass(frozen=True, slots=True)
class Routine:
    """`0b` ROUTINE: what the watch runs when it is alone."""

    id: int
    variant: Variant
    rounds: int
    left_s: int
    right_s: int
    first_gap_s: int
    switch_gap_s: int
    first_side: Side
    start: Start
    cue_plan: int
    reminder_min: int


@dataclass(frozen=True, slots=True)
class Bye:
    """`0c` BYE."""


Down = Hello | Prove | StartAt | Ack | Cues | Cancel | Step | Hold | Clock | Ping | Routine | Bye


@dataclass(frozen=True, slots=True)
class Challenge:
    """`81` CHALLENGE."""

    version: int
    watch_id: bytes
    watch_nonce: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """`82` READY."""

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
    """`83` RECORDS: records as they were written."""

    raw: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Pong:
    """`84` PONG. `unix_us` 0: the watch does not know the time."""

    token: int
    boot: int
    tick: int
    unix_us: int


@dataclass(frozen=True, slots=True)
class Lost:
    """`85` LOST: records from `from_seq` to `next_seq` − 1 are gone."""

    from_seq: int
    next_seq: int


@dataclass(frozen=True, slots=True)
class ErrorTold:
    """`8f` ERROR."""

    code: ErrorCode
    opcode: int


Up = Challenge | Ready | Records | Pong | Lost | ErrorTold


def read_down(opcode: int, body: bytes) -> Down:
    """The frame of this opcode and body, without tag. Raises MalformedError or UnknownOpcodeError."""
    try:
        reader = _DOWN[opcode]
    except KeyError:
        raise UnknownOpcodeError(f"opcode {opcode:02x}") from None
    try:
        return reader(body)
    except (struct.error, ValueError) as error:
        raise MalformedError(f"opcode {opcode:02x}: {error}") from error


def write_up(frame: Up) -> bytes:
    """Opcode and body of an Up frame, without tag."""
    if isinstance(frame, Records):
        return b"\x83" + b"".join(frame.raw)
    opcode, layout = _UP[type(frame)]
    return bytes([opcode]) + layout.pack(*astuple(frame))


def write_routine(routine: Routine) -> bytes:
    """The body of the ROUTINE frame that this came in."""
    return _ROUTINE.pack(*astuple(routine))


_UP = {
    Challenge: (0x81, struct.Struct("<B16s16s16s")),
    Ready: (0x82, struct.Struct("<IIIIIHBII")),
    Pong: (0x84, struct.Struct("<IIIq")),
    Lost: (0x85, struct.Struct("<II")),
    ErrorTold: (0x8F, struct.Struct("<BB")),
}
_CUE = struct.Struct("<IBBBIH")
_STEP = struct.Struct("<IBBBBBIBB")
_ROUTINE = struct.Struct("<IBBBBBBBBHH")


def _hello(body: bytes) -> Hello:
    return Hello(*struct.unpack("<BB4s16s", body))


def _prove(body: bytes) -> Prove:
    return Prove(*struct.unpack("<16s", body))


def _start(body: bytes) -> StartAt:
    return StartAt(*struct.unpack("<I", body))


def _ack(body: bytes) -> Ack:
    return Ack(*struct.unpack("<I", body))


def _cues(body: bytes) -> Cues:
    (boot,) = struct.unpack_from("<I", body)
    cues = tuple(
        CueOrder(cue_id, Pattern(pattern), Anchor(anchor), step, at, expires_ms)
        for cue_id, pattern, anchor, step, at, expires_ms in _CUE.iter_unpack(body[4:])
    )
    if not cues:
        raise ValueError("CUES without a cue")
    return Cues(boot, cues)


def _cancel(body: bytes) -> Cancel:
    return Cancel(tuple(cue_id for (cue_id,) in struct.iter_unpack("<I", body)))


def _step(body: bytes) -> Step:
    session, step, phase, side, variant, round_, starts_at, planned_s, start = _STEP.unpack_from(body)
    text = body[_STEP.size :]
    if len(text) > _TEXT_MAX_BYTES:
        raise ValueError(f"text of {len(text)} B")
    return Step(
        session=session,
        step=step,
        phase=Phase(phase),
        side=Side(side),
        variant=Variant(variant),
        round=round_,
        starts_at=starts_at,
        planned_s=_within(planned_s, 1, 60),
        start=Start(start),
        text=text.decode(),
    )


def _hold(body: bytes) -> Hold:
    (do,) = struct.unpack("<B", body)
    return Hold(HoldDo(do))


def _clock(body: bytes) -> Clock:
    return Clock(*struct.unpack("<qh", body))


def _ping(body: bytes) -> Ping:
    return Ping(*struct.unpack("<I", body))


def read_routine(body: bytes) -> Routine:
    """The body of a ROUTINE frame, as it is kept. Raises ValueError or struct.error."""
    id_, variant, rounds, left_s, right_s, first_gap_s, switch_gap_s, first_side, start, plan, reminder = (
        _ROUTINE.unpack(body)
    )
    return Routine(
        id=id_,
        variant=Variant(variant),
        rounds=_within(rounds, 1, 10),
        left_s=_within(left_s, 1, 60),
        right_s=_within(right_s, 1, 60),
        first_gap_s=_within(first_gap_s, 3, 60),
        switch_gap_s=_within(switch_gap_s, 3, 60),
        first_side=Side(first_side),
        start=Start(start),
        cue_plan=plan,
        reminder_min=reminder if reminder == NO_REMINDER else _within(reminder, 0, 24 * 60 - 1),
    )


def _bye(body: bytes) -> Bye:
    if body:
        raise ValueError("BYE with a body")
    return Bye()


def _within(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(f"{value} is not within {low} to {high}")
    return value


_DOWN: dict[int, Callable[[bytes], Down]] = {
    0x01: _hello,
    0x02: _prove,
    0x03: _start,
    0x04: _ack,
    0x05: _cues,
    0x06: _cancel,
    0x07: _step,
    0x08: _hold,
    0x09: _clock,
    0x0A: _ping,
    0x0B: read_routine,
    0x0C: _bye,
}
