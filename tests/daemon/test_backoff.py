"""Waits between tries: none after success, doubling, never beyond a minute, spread in the upper half."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.daemon.backoff import FIRST_S, LONGEST_S, delay_s


@pytest.mark.parametrize("failures", [-1, 0])
def test_nothing_to_wait_for_without_a_failure(failures: int) -> None:
    assert delay_s(failures, 0.9) == 0.0


def test_it_doubles_up_to_a_minute() -> None:
    assert [2 * delay_s(failures, 0.0) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


@given(failures=st.integers(1, 10**9), chance=st.floats(0, 1, exclude_max=True))
def test_the_jitter_is_in_the_upper_half(failures: int, chance: float) -> None:
    full = 2 * delay_s(failures, 0.0)
    assert FIRST_S <= full <= LONGEST_S
    assert full / 2 <= delay_s(failures, chance) <= full
