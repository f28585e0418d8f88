"""A corrected hold: what is counted changes, what was measured and felt does not."""

from dataclasses import replace

import pytest

from tests.journal.examples import hold
from wearsync.coordinator.amend import as_amended
from wearsync.model import Outcome, Side

HOLD = replace(hold(1), measured_s=75.0, credited_s=60.0, outcome=Outcome.OVER)


def test_nothing_said_nothing_changed() -> None:
    assert as_amended(HOLD, side=None, credited_s=None) == HOLD


def test_other_side() -> None:
    assert as_amended(HOLD, side=Side.RIGHT, credited_s=None) == replace(HOLD, side=Side.RIGHT)
    assert as_amended(HOLD, side=Side.RIGHT, credited_s=60.0) == replace(HOLD, side=Side.RIGHT)


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [(0, Outcome.SHORT), (29, Outcome.SHORT), (29.5, Outcome.DONE), (45, Outcome.DONE)],
)
def test_other_seconds_make_it_done_or_short(seconds: float, outcome: Outcome) -> None:
    assert as_amended(HOLD, side=None, credited_s=seconds) == replace(
        HOLD, credited_s=seconds, outcome=outcome
    )


@pytest.mark.parametrize("felt", [Outcome.PAIN, Outcome.TOO_MUCH])
def test_what_was_felt_is_not_corrected_away(felt: Outcome) -> None:
    after = as_amended(replace(HOLD, outcome=felt), side=None, credited_s=5)
    assert (after.outcome, after.credited_s) == (felt, 5)


def test_incomplete_hold_is_made_whole() -> None:
    lost = replace(HOLD, measured_s=None, credited_s=0.0, outcome=Outcome.INCOMPLETE)
    after = as_amended(lost, side=None, credited_s=30.0)
    assert (after.outcome, after.measured_s) == (Outcome.DONE, None)
