"""Samples of the watch's clock: how wrong they can be, and which one is kept."""

from hypothesis import given
from hypothesis import strategies as st

from wearsync.protocol.clock import Sample, better_sample, take_sample


@given(
    boot_ms=st.integers(0, 10**12),
    tick=st.integers(0, 2**31),
    there_ms=st.integers(0, 15_000),
    back_ms=st.integers(0, 15_000),
)
def test_the_truth_lies_within_the_doubt(boot_ms: int, tick: int, there_ms: int, back_ms: int) -> None:
    """The watch booted at `boot_ms` of host time, and read its tick `there_ms` after the PING left."""
    read_ms = boot_ms + tick
    sample = take_sample(7, tick, sent_ms=read_ms - there_ms, received_ms=read_ms + back_ms)
    assert abs(sample.offset_ms - boot_ms) <= sample.error_ms
    assert sample.error_ms <= (there_ms + back_ms) / 2 + 1
    assert (sample.boot, sample.at_ms) == (7, read_ms + back_ms)


def test_a_known_case() -> None:
    assert take_sample(1, 500, sent_ms=10_000, received_ms=10_040) == Sample(1, 9_520, 21, 10_040)


def test_ticks() -> None:
    sample = Sample(boot=1, offset_ms=9_500, error_ms=20, at_ms=10_000)
    assert sample.tick_at(70_000) == 60_500
    assert sample.tick_at(9_501) == 1
    assert sample.tick_at(9_500) == 1, "0 would mean: now"
    assert sample.tick_at(0) == 1


def test_doubt_grows_with_age_both_ways() -> None:
    sample = Sample(boot=1, offset_ms=0, error_ms=20, at_ms=1_000_000)
    assert [sample.error_at(at_ms) for at_ms in (1_000_000, 2_000_000, 0, 1_009_000)] == [20, 120, 120, 20]


def test_the_best_of_three_is_kept() -> None:
    kept: Sample | None = None
    for error_ms in (30, 12, 50):
        kept = better_sample(kept, Sample(1, error_ms, error_ms, 1_000))
    assert kept == Sample(1, 12, 12, 1_000)


def test_a_later_one_as_good_takes_over_and_a_worse_one_only_with_time() -> None:
    first = Sample(1, 0, 20, 0)
    assert better_sample(first, Sample(1, 1, 20, 10_000)).offset_ms == 1
    assert better_sample(first, Sample(1, 1, 30, 10_000)) is first
    assert better_sample(first, Sample(1, 1, 30, 100_000)).offset_ms == 1
