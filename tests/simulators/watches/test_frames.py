"""Frames read and written; each form is proven by the vectors (test_vectors.py)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.watches.paper_host import CUES, ROUTINE, STEP, cues_body, routine_body, step_body
from wearsync_simulators.watches.frames import (
    Cues,
    MalformedError,
    Routine,
    Step,
    UnknownOpcodeError,
    read_down,
    read_routine,
    write_routine,
)

WHOLE = [
    (STEP, step_body(1, 2, text=""), Step),
    (CUES, cues_body(1, (5, 1, 0, 0, 0, 500)), Cues),
    (ROUTINE, routine_body(), Routine),
]


@given(st.integers(0, 255), st.binary(max_size=80))
def test_any_bytes_are_a_frame_or_an_error_of_ours(opcode: int, body: bytes) -> None:
    with contextlib.suppress(MalformedError, UnknownOpcodeError):
        read_down(opcode, body)


@pytest.mark.parametrize(("opcode", "body", "form"), WHOLE)
def test_whole_and_truncated_at_every_length(opcode: int, body: bytes, form: type) -> None:
    assert isinstance(read_down(opcode, body), form)
    for length in range(len(body)):
        with pytest.raises(MalformedError):
            read_down(opcode, body[:length])


def test_a_text_of_40_bytes_is_the_longest() -> None:
    step = read_down(STEP, step_body(1, 0, text="ä" * 20))
    assert isinstance(step, Step)
    assert step.text == "ä" * 20
    with pytest.raises(MalformedError):
        read_down(STEP, step_body(1, 0, text="ä" * 20 + "x"))


def test_a_stored_routine_is_read_again() -> None:
    assert write_routine(read_routine(routine_body(rounds=3))) == routine_body(rounds=3)


@pytest.mark.parametrize(("at", "low", "high"), [(5, 1, 10), (6, 1, 60), (7, 1, 60), (8, 3, 60), (9, 3, 60)])
def test_the_ranges_of_a_routine(at: int, low: int, high: int) -> None:
    body = bytearray(routine_body())
    for value in range(256):
        body[at] = value
        if low <= value <= high:
            read_down(ROUTINE, bytes(body))
        else:
            with pytest.raises(MalformedError):
                read_down(ROUTINE, bytes(body))


@pytest.mark.parametrize(
    ("reminder_min", "fits"), [(0, True), (1439, True), (1440, False), (0xFFFE, False), (0xFFFF, True)]
)
def test_a_reminder_is_a_minute_of_the_day_or_none(reminder_min: int, fits: bool) -> None:
    body = routine_body()[:-2] + reminder_min.to_bytes(2, "little")
    if fits:
        assert read_routine(body).reminder_min == reminder_min
    else:
        with pytest.raises(MalformedError):
            read_down(ROUTINE, body)
