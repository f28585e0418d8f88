"""What a wearer's days come to; the dates are of November 2026, the 22nd is a Sunday."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coordinator.days import ledger_of
from wearsync.coordinator.dose import (
    HISTORY_DAYS,
    WEEK_TARGET_S,
    DayDose,
    SideDose,
    Summary,
    day_dose,
    summarise,
)
from wearsync.model import (
    AwaySpan,
    HoldResult,
    HoldSource,
    Outcome,
    SessionEnd,
    SessionResult,
    SessionSource,
    Side,
    Stamp,
    Variant,
)

TODAY = date(2026, 11, 22)


def at(day: int, hour: int = 8, utc_offset_min: int = 60) -> Stamp:
    instant = datetime(2026, 11, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)
    return Stamp(0, int(instant.timestamp() * 1000), utc_offset_min)


def hold(
    day: int, side: Side, seconds: float = 30.0, outcome: Outcome = Outcome.DONE, **stamp: int
) -> HoldResult:
    return HoldResult(
        event_id=f"{day}:{side}",
        session=day,
        step=0,
        side=side,
        variant=Variant.KNEELING,
        round=1,
        planned_s=30,
        measured_s=seconds,
        credited_s=seconds,
        outcome=outcome,
        source=HoldSource.AUTO,
        started=at(day, **stamp),
        replayed=False,
    )


def both(*days: int) -> list[HoldResult]:
    return [hold(day, side) for day in days for side in Side]


def session(day: int, *, full: bool) -> SessionResult:
    return SessionResult(
        event_id=f"{day}",
        session=day,
        end=SessionEnd.DONE,
        source=SessionSource.HOST,
        variant=Variant.KNEELING,
        holds=4,
        left_s=60,
        right_s=60,
        full=full,
        started=at(day),
        finished=at(day, 9),
        replayed=False,
    )


def streak(days: list[HoldResult], away: tuple[int, ...] = ()) -> tuple[int, int]:
    spans = [AwaySpan(date(2026, 11, day), date(2026, 11, day)) for day in away]
    summary = summarise(ledger_of(days, away=spans), TODAY)
    return summary.streak, summary.grace_left


def test_nothing_yet() -> None:
    empty = DayDose(TODAY)
    summary = summarise(ledger_of([]), TODAY)
    assert summary == Summary(
        today=empty,
        streak=0,
        longest_streak=0,
        grace_left=1,
        away=False,
        days=tuple(replace(empty, day=TODAY - timedelta(days=back)) for back in range(27, -1, -1)),
        adherence_days=0,
        week_left_s=0,
        week_right_s=0,
        week_target_s=WEEK_TARGET_S,
        symmetry=None,
        last_session=None,
    )


def test_a_day_without_anything_is_none() -> None:
    assert day_dose(TODAY, [], full=False) is None


def test_today_per_side() -> None:
    holds = [*both(22), hold(22, Side.LEFT, 12, Outcome.SHORT), hold(22, Side.LEFT, 0, Outcome.INCOMPLETE)]
    today = summarise(ledger_of(holds, [session(22, full=True)]), TODAY).today
    assert today == DayDose(
        TODAY, SideDose(42, 3, short=1, counts=True), SideDose(30, 1, counts=True), full=True
    )
    assert today.counts
    assert not today.pain


def test_a_day_counts_when_each_side_had_thirty_seconds_in_one_hold() -> None:
    fifteens = [hold(22, Side.RIGHT, 15, Outcome.SHORT)] * 2
    assert not summarise(ledger_of([hold(22, Side.LEFT), *fifteens]), TODAY).today.counts
    assert summarise(ledger_of([hold(22, Side.LEFT), hold(22, Side.RIGHT, 29.6)]), TODAY).today.counts


def test_a_day_is_the_local_date_of_the_start() -> None:
    evening = hold(21, Side.LEFT, hour=23, utc_offset_min=60)
    assert summarise(ledger_of([evening]), TODAY).today.left.seconds == 30
    assert summarise(ledger_of([replace(evening, started=at(21, 23, 0))]), TODAY).today.left.seconds == 0


def test_a_full_day_may_be_known_from_its_session_alone() -> None:
    days = summarise(ledger_of([], [session(20, full=True), session(21, full=False)]), TODAY).days
    assert [day.day.day for day in days if day.full] == [20]


@pytest.mark.parametrize(
    ("days", "away", "expected"),
    [
        ([22], (), (1, 1)),
        ([19, 20, 21, 22], (), (4, 1)),
        ([19, 20, 21], (), (3, 1)),
        ([18, 19, 21, 22], (), (4, 0)),
        ([18, 21, 22], (), (2, 0)),
        ([12, 14, 15, 16, 18], (), (0, 0)),
        ([13, 14, 15, 16, 18, 19, 20, 21, 22], (), (9, 0)),
        ([11, 13, 14, 15, 16, 18, 19, 20, 21, 22], (), (10, 0)),
        ([10, 13, 14, 15, 16, 18, 19, 20, 21, 22], (), (9, 0)),
        ([16, 22], (17, 18, 19, 20, 21), (2, 1)),
        ([16, 22], (17, 18, 19, 20), (2, 0)),
        ([1, 2], (), (0, 0)),
    ],
)
def test_a_streak_survives_one_missed_day_a_week(
    days: list[int], away: tuple[int, ...], expected: tuple[int, int]
) -> None:
    assert streak(both(*days), away) == expected


def test_pain_does_not_break_a_streak() -> None:
    hurt = [hold(day, Side.LEFT, 5, Outcome.PAIN) for day in (19, 20, 21)]
    assert streak([*both(17, 18, 22), *hurt]) == (3, 1)
    assert [day.day.day for day in summarise(ledger_of(hurt), TODAY).days if day.pain] == [19, 20, 21]


def test_the_week_starts_on_monday() -> None:
    summary = summarise(ledger_of([*both(15, 16, 20), hold(22, Side.LEFT, 45)]), TODAY)
    assert (summary.week_left_s, summary.week_right_s) == (105, 60)


def test_symmetry_is_the_left_side_s_part_of_four_weeks() -> None:
    assert summarise(ledger_of(both(1, 22)), TODAY).symmetry == 0.5
    assert summarise(ledger_of([hold(22, Side.LEFT, 60), hold(1, Side.RIGHT, 20)]), TODAY).symmetry == 0.75
    long_ago = TODAY - timedelta(days=HISTORY_DAYS)
    late = summarise(ledger_of([hold(22, Side.LEFT)]), long_ago)
    assert late.symmetry is None


def test_the_last_session_and_being_away() -> None:
    summary = summarise(
        ledger_of([], [session(20, full=True), session(21, full=False)], [AwaySpan(TODAY)]), TODAY
    )
    assert summary.last_session == session(21, full=False)
    assert summary.away


def test_who_has_come_back_today_is_not_away_though_the_day_is_frozen() -> None:
    spans = [AwaySpan(date(2026, 11, 20), TODAY)]
    assert not summarise(ledger_of([], [], spans), TODAY).away


@given(st.sets(st.integers(1, 22)), st.permutations(range(44)))
def test_the_order_of_holds_does_not_matter(days: set[int], order: list[int]) -> None:
    holds = both(*days)
    shuffled = [holds[n] for n in order if n < len(holds)]
    summary = summarise(ledger_of(shuffled), TODAY)
    assert summary == summarise(ledger_of(holds), TODAY)
    assert summary.streak <= len(days)
    assert sum(day.counts for day in summary.days) == len(days)


def test_the_longest_streak_stays_when_a_streak_breaks() -> None:
    summary = summarise(ledger_of(both(2, 3, 4, 5, 6, 20, 21)), TODAY)
    assert (summary.streak, summary.longest_streak) == (2, 5)
    assert summarise(ledger_of(both(20, 21, 22)), TODAY).longest_streak == 3


def test_adherence_is_the_days_that_counted_of_four_weeks() -> None:
    assert summarise(ledger_of([*both(1, 3, 22), hold(20, Side.LEFT)]), TODAY).adherence_days == 3


def test_a_side_s_day_tells_of_too_much_and_of_pain() -> None:
    holds = [hold(22, Side.LEFT, 20, Outcome.TOO_MUCH), hold(22, Side.RIGHT, 31, Outcome.PAIN)]
    today = summarise(ledger_of(holds), TODAY).today
    assert today.left == SideDose(20, 1, too_much=1)
    assert today.right == SideDose(31, 1, pain=1, counts=True)


def test_a_century_of_idleness_is_no_streak() -> None:
    years_ago = ledger_of([hold(1, side) for side in Side])
    assert summarise(years_ago, date(2126, 11, 22)).streak == 0


@given(
    counted=st.sets(st.integers(0, 60)),
    hurt=st.sets(st.integers(0, 60), max_size=5),
    away=st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 9)), max_size=3),
    before=st.integers(0, 60),
)
def test_a_streak_that_is_carried_on_is_the_one_counted_back(
    counted: set[int], hurt: set[int], away: list[tuple[int, int | None]], before: int
) -> None:
    holds = [*both(*counted), *(hold(day, Side.LEFT, 5, Outcome.PAIN) for day in hurt)]
    began = date(2026, 11, 1)
    spans = [
        AwaySpan(began + timedelta(days=first), None if n is None else began + timedelta(days=first + n))
        for first, n in away
    ]
    whole = ledger_of(holds, away=spans)
    for back in range(70):
        today = began + timedelta(days=65 - back)
        # As much as a journal gives for a summary.
        since = today - timedelta(days=before % HISTORY_DAYS)
        past = [day for day in whole.days if day.dose.day < since]
        ledger = replace(
            whole,
            days=tuple(day for day in whole.days if since <= day.dose.day <= today),
            before=past[-1] if past else None,
        )
        summary = summarise(ledger, today)
        known = {day.dose.day: day.dose for day in whole.days if day.dose.day <= today}
        assert (summary.streak, summary.grace_left) == counted_back(known, today, spans)


def counted_back(by_day: dict[date, DayDose], today: date, away: list[AwaySpan]) -> tuple[int, int]:
    """As people would: back from today, until a week has a second day that was missed."""
    streak, missed = 0, dict[tuple[int, int], int]()
    day = today
    while day >= min(by_day, default=today):
        dose = by_day.get(day)
        week = day.isocalendar()[:2]
        if dose is not None and dose.counts:
            streak += 1
        elif day != today and not (dose is not None and dose.pain) and not any(s.covers(day) for s in away):
            missed[week] = missed.get(week, 0) + 1
            if missed[week] > 1:
                break
        day -= timedelta(days=1)
    return streak, max(0, 1 - missed.get(today.isocalendar()[:2], 0))
