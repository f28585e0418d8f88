"""A wearer's weeks: which they are, and what stands in them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.coordinator.days import ledger_of
from wearsync.control.calls import HistoryParams
from wearsync.coordinator.dose import Ledger
from wearsync.daemon.history import History, HistoryDay, HistoryWeek, first_monday, history
from wearsync.daemon.logbook import logged_hold
from wearsync.daemon.states import summary_payload
from wearsync.errors import UsageError
from wearsync.model import AwaySpan, HoldResult, Outcome, Side, Stamp, Variant

# A Wednesday.
TODAY = date(2026, 3, 18)
MONDAY = date(2026, 3, 16)
NOON = Stamp(0, 1_773_835_200_000, 0)


def hold(back: int, side: Side, seconds: int = 30) -> HoldResult:
    started = replace(NOON, unix_ms=NOON.unix_ms - back * 86_400_000)
    return logged_hold(side, seconds, Variant.KNEELING, now=started, entropy=bytes(16))


def of(ledger: Ledger, since: date) -> History:
    return history(ledger, since, summary_payload("anna", ledger, TODAY))


@pytest.mark.parametrize(
    ("call", "since"),
    [
        (HistoryParams(), MONDAY - timedelta(weeks=11)),
        (HistoryParams(weeks=1), MONDAY),
        (HistoryParams(weeks=1040), MONDAY - timedelta(weeks=1039)),
        (HistoryParams(since=TODAY), MONDAY),
        (HistoryParams(since=date(2026, 3, 8)), date(2026, 3, 2)),
        (HistoryParams(since=date(2030, 1, 1)), MONDAY),
    ],
)
def test_weeks_are_whole_and_reach_up_to_today(call: HistoryParams, since: date) -> None:
    assert first_monday(call, TODAY) == since
    weeks = of(Ledger(), since).weeks
    assert weeks[0].monday == since
    assert weeks[-1].monday == MONDAY


def test_nobody_looks_back_for_a_century() -> None:
    with pytest.raises(UsageError, match=r"0001-01-01 is too long ago: .* `wearsync export` has everything"):
        first_monday(HistoryParams(since=date.min), TODAY)


def test_days_with_something_to_tell_and_their_weeks() -> None:
    hurt = replace(hold(3, Side.LEFT, 10), outcome=Outcome.PAIN)
    away = AwaySpan(MONDAY - timedelta(days=20), MONDAY - timedelta(days=6))
    found = of(
        ledger_of([hold(0, Side.LEFT), hold(0, Side.RIGHT, 50), hurt, hold(30, Side.LEFT)], away=[away]),
        MONDAY - timedelta(weeks=1),
    )
    nothing = HistoryDay(date=MONDAY, left_s=0, right_s=0, counts=False, full=False, pain=False, away=False)
    assert found.days == (
        nothing.model_copy(update={"date": MONDAY - timedelta(days=7), "away": True}),
        nothing.model_copy(update={"date": MONDAY - timedelta(days=6), "away": True}),
        nothing.model_copy(update={"date": TODAY - timedelta(days=3), "left_s": 10.0, "pain": True}),
        nothing.model_copy(update={"date": TODAY, "left_s": 30.0, "right_s": 50.0, "counts": True}),
    )
    assert found.weeks == (
        HistoryWeek(monday=MONDAY - timedelta(weeks=1), left_s=10, right_s=0, counted_days=0),
        HistoryWeek(monday=MONDAY, left_s=30, right_s=50, counted_days=1),
    )


def test_an_absence_that_goes_on_is_one_up_to_today() -> None:
    days = of(Ledger(away=(AwaySpan(TODAY - timedelta(days=1)),)), MONDAY).days
    assert [(day.date, day.away) for day in days] == [(TODAY - timedelta(days=1), True), (TODAY, True)]
