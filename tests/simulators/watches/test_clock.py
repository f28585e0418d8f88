"""The watch's clock: drift, ticks and the time of day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.watches.clock import WatchClock


@pytest.mark.parametrize(("drift_ppm", "tick"), [(0, 3_600_000), (500, 3_601_800), (-500, 3_598_200)])
def test_drift(drift_ppm: float, tick: int) -> None:
    assert WatchClock(booted_s=1000.0, drift_ppm=drift_ppm).tick(4600.0) == tick


@given(st.integers(0, 2**31), st.floats(-10_000, 10_000), st.floats(0, 1e7))
def test_at_the_instant_of_a_tick_the_clock_shows_it(tick: int, drift_ppm: float, booted_s: float) -> None:
    clock = WatchClock(booted_s=booted_s, drift_ppm=drift_ppm)
    assert clock.tick(clock.instant_s(tick)) == tick


def test_the_time_of_day_is_unknown_until_somebody_tells_it() -> None:
    clock = WatchClock(booted_s=0)
    assert clock.unix_us(5000) == 0
    clock.set_unix_us(1_700_000_000_000_000, 60, 5000)
    assert clock.unix_us(6000) == 1_700_000_001_000_000
    assert clock.utc_offset_min == 60


def test_the_time_of_day_goes_on_from_the_boot_before() -> None:
    assert WatchClock(booted_s=0, unix_us=1_000_000).unix_us(500) == 1_500_000
