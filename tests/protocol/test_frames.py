"""Frames: whole, truncated, bent, made up, and round trips of them all."""

import dataclasses
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.vectors import load
from wearsync.errors import ProtocolError
from wearsync.protocol.frames import (
    Ack,
    Bye,
    Cancel,
    Challenge,
    Clock,
    Cue,
    Cues,
    DownFrame,
    Error,
    Frame,
    Hello,
    Hold,
    Lost,
    Ping,
    Pong,
    Prove,
    Ready,
    Records,
    Routine,
    Start,
    Step,
    Unknown,
    UpFrame,
    decode_down,
    decode_up,
    encode,
    frame_name,
)

u8, u16, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
i16, i64 = st.integers(-(2**15), 2**15 - 1), st.integers(-(2**63), 2**63 - 1)
sixteen = st.binary(min_size=16, max_size=16)
texts = st.text(max_size=40).filter(lambda text: len(text.encode()) <= 40)

DOWN: st.SearchStrategy[DownFrame] = st.one_of(
    st.builds(Hello, u8, u8, st.binary(min_size=4, max_size=4), sixteen),
    st.builds(Prove, sixteen),
    st.builds(Start, u32),
    st.builds(Ack, u32),
    st.builds(
        Cues, u32, st.lists(st.builds(Cue, u32, u8, u8, u8, u32, u16), min_size=1, max_size=38).map(tuple)
    ),
    st.builds(Cancel, st.lists(u32, max_size=20).map(tuple)),
    st.builds(Step, u32, u8, u8, u8, u8, u8, u32, u8, u8, texts),
    st.builds(Hold, u8),
    st.builds(Clock, i64, i16),
    st.builds(Ping, u32),
    st.builds(Routine, u32, u8, u8, u8, u8, u8, u8, u8, u8, u16, u16),
    st.builds(Bye),
    st.builds(Unknown, st.integers(0x0D, 0x80), st.binary(max_size=60)),
)
UP: st.SearchStrategy[UpFrame] = st.one_of(
    st.builds(Challenge, u8, sixteen, sixteen, sixteen),
    st.builds(Ready, u32, u32, u32, u32, u32, u16, u8, u32, u32),
    st.builds(Records, st.binary(min_size=1, max_size=500)),
    st.builds(Pong, u32, u32, u32, i64),
    st.builds(Lost, u32, u32),
    st.builds(Error, u8, u8),
    st.builds(Unknown, st.integers(0x90, 0xFF), st.binary(max_size=60)),
)


@given(DOWN)
def test_frames_down_make_the_round_trip(frame: DownFrame) -> None:
    assert decode_down(encode(frame)) == frame


@given(UP)
def test_frames_up_make_the_round_trip(frame: UpFrame) -> None:
    assert decode_up(encode(frame)) == frame


@given(st.binary(max_size=520))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    for decode in (decode_down, decode_up):
        try:
            frame: Frame = decode(data)
        except ProtocolError:
            continue
        assert encode(frame) == data


@pytest.mark.parametrize("entry", [entry for entry in load("frames") if entry["direction"] != "read"])
def test_truncated_at_every_length_it_is_never_the_same(entry: dict[str, str]) -> None:
    data = bytes.fromhex(entry["hex"])
    decode = {"down": decode_down, "up": decode_up}[entry["direction"]]
    whole = decode(data)
    for length in range(len(data)):
        try:
            cut: Frame = decode(data[:length])
        except ProtocolError:
            continue
        assert cut != whole
        assert encode(cut) == data[:length]


def test_one_direction_does_not_know_the_frames_of_the_other() -> None:
    assert decode_up(encode(Start(1))) == Unknown(0x03, bytes((1, 0, 0, 0)))
    assert decode_down(encode(Error(1, 2))) == Unknown(0x8F, bytes((1, 2)))


def test_an_empty_frame() -> None:
    with pytest.raises(ProtocolError, match="empty frame"):
        decode_up(b"")


def test_errors_say_what_and_where() -> None:
    with pytest.raises(ProtocolError, match="malformed START: its body has 3 bytes, not 4"):
        decode_down(bytes((3, 1, 2, 3)))
    with pytest.raises(ProtocolError, match="malformed CUES from byte 5 on: it holds nothing"):
        decode_down(bytes((5, 0, 0, 0, 0)))
    with pytest.raises(ProtocolError, match="malformed CANCEL from byte 1 on"):
        decode_down(bytes((6, 0)))
    with pytest.raises(
        ProtocolError, match="malformed STEP from byte 16 on: its text has 41 bytes, at most 40"
    ):
        decode_down(bytes(16).replace(b"\x00", b"\x07", 1) + b"x" * 41)
    with pytest.raises(ProtocolError, match=r"malformed STEP from byte 16 on: .* decode byte 0xc3"):
        decode_down(bytes(16).replace(b"\x00", b"\x07", 1) + b"\xc3")


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (Start(2**32), "START can't be written"),
        (Ack(-1), "ACK can't be written"),
        (Cues(1, ()), "CUES can't be written: it holds nothing"),
        (Cancel((2**32,)), "CANCEL can't be written"),
        (Records(b""), "RECORDS can't be written"),
        (
            Step(1, 1, 1, 1, 1, 1, 1, 1, 1, "ü" * 21),
            "STEP can't be written: its text has 42 bytes, at most 40",
        ),
        (Clock(2**63, 0), "CLOCK can't be written"),
        (Hello(1, 1, bytes(5), bytes(16)), "HELLO can't be written: a value in it has a wrong length"),
        (Prove(bytes(15)), "PROVE can't be written: a value in it has a wrong length"),
    ],
)
def test_values_that_do_not_fit(frame: Frame, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        encode(frame)


def test_the_longest_step_and_the_longest_record_fit_an_mtu_of_72() -> None:
    step = Step(1, 1, 1, 1, 1, 1, 1, 1, 1, "x" * 40)
    assert len(encode(step)) + 8 == 64
    assert len(encode(Records(bytes(52)))) + 8 == 61


def test_names() -> None:
    assert [frame_name(opcode) for opcode in (0x01, 0x0B, 0x81, 0x8F, 0x42)] == [
        "HELLO",
        "ROUTINE",
        "CHALLENGE",
        "ERROR",
        "frame 42",
    ]


def test_every_frame_is_tried() -> None:
    drawn = {Hello, Prove, Start, Ack, Cues, Cancel, Step, Hold, Clock, Ping, Routine, Bye, Unknown}
    drawn |= {Challenge, Ready, Records, Pong, Lost, Error}
    assert set(typing.get_args(Frame)) == drawn
    assert all(dataclasses.is_dataclass(each) for each in drawn)
