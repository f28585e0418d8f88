"""Seconds and outcomes, at their edges."""

import pytest

from wearsync.coordinator.measure import NOT_MEASURED, Measure, hold_counts, measure
from wearsync.model import Outcome, StopReason


@pytest.mark.parametrize(
    ("reason", "held_ms", "measured_s", "credited_s", "outcome"),
    [
        (StopReason.PLANNED, 30_000, 30.0, 30.0, Outcome.DONE),
        (StopReason.PLANNED, 29_500, 29.5, 29.5, Outcome.DONE),
        (StopReason.PLANNED, 29_499, 29.499, 29.499, Outcome.SHORT),
        (StopReason.WEARER, 45_000, 45.0, 45.0, Outcome.DONE),
        (StopReason.WEARER, 1, 0.001, 0.001, Outcome.SHORT),
        (StopReason.PAUSE, 12_000, 12.0, 12.0, Outcome.SHORT),
        (StopReason.HOST, 31_000, 31.0, 31.0, Outcome.DONE),
        (StopReason.PLANNED, 60_500, 60.5, 60.0, Outcome.DONE),
        (StopReason.PLANNED, 60_501, 60.501, 60.0, Outcome.OVER),
        (StopReason.WEARER, 600_000, 600.0, 60.0, Outcome.OVER),
        (StopReason.TOO_MUCH, 40_000, 40.0, 40.0, Outcome.TOO_MUCH),
        (StopReason.PAIN, 10_000, 10.0, 10.0, Outcome.PAIN),
        (StopReason.PAIN, 0, 0.0, 0.0, Outcome.PAIN),
        (StopReason.WEARER, 0, 0.0, 0.0, Outcome.INCOMPLETE),
        (StopReason.TOO_MUCH, 600_001, 600.001, 0.0, Outcome.INCOMPLETE),
        (StopReason.PLANNED, 97_200_000, 97_200.0, 0.0, Outcome.INCOMPLETE),
    ],
)
def test_what_a_hold_comes_to(
    reason: StopReason, held_ms: int, measured_s: float, credited_s: float, outcome: Outcome
) -> None:
    assert measure(reason, held_ms) == Measure(measured_s, credited_s, outcome)


def test_a_reboot_leaves_no_measure() -> None:
    assert measure(StopReason.REBOOT, 0) == NOT_MEASURED == Measure(None, 0.0, Outcome.INCOMPLETE)


def test_half_a_second_is_rounding() -> None:
    assert [hold_counts(seconds) for seconds in (29.4, 29.5, 30.0)] == [False, True, True]
