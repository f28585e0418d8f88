"""The time of day: ten bytes, written and read back."""

from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.watches.infinitime.time_of_day import TimeOfDay, time_set

# 2026-11-23 05:10:59, a Monday.
WRITTEN = bytes([0xEA, 0x07, 11, 23, 5, 10, 59, 1, 128, 1])


def test_a_watch_that_was_never_told_lives_in_1970() -> None:
    assert TimeOfDay(50.0).read(51.5)[:7] == bytes([0xB2, 0x07, 1, 1, 0, 0, 1])


def test_it_runs_on_from_what_was_written() -> None:
    clock = time_set(WRITTEN, 50.0)
    assert clock is not None
    assert clock.read(50.9)[:7] == WRITTEN[:7]
    assert clock.read(51.0)[:7] == bytes([0xEA, 0x07, 11, 23, 5, 11, 0])


def test_the_day_of_the_week_and_the_reason_come_back_as_rubbish() -> None:
    clock = time_set(WRITTEN, 0.0)
    assert clock is not None
    assert len(clock.read(0.0)) == 10
    assert clock.read(0.0)[7:] not in (WRITTEN[7:], bytes([1, 0, 1]))
    assert clock.read(0.0)[8] == 0, "fractions are not kept"


def test_fewer_than_ten_bytes_and_dates_that_there_are_not() -> None:
    for length in range(10):
        assert time_set(WRITTEN[:length], 0.0) is None
    assert time_set(WRITTEN + b"more", 0.0) == time_set(WRITTEN, 0.0)
    assert time_set(bytes([0xEA, 0x07, 2, 30, 0, 0, 0, 1, 0, 1]), 0.0) is None


@given(st.binary(max_size=32))
def test_no_write_breaks_it(raw: bytes) -> None:
    clock = time_set(raw, 0.0)
    if clock is not None:
        assert clock.read(0.5)[:7] == raw[:7]
