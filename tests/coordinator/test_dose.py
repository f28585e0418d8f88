"""What a wearer's days come to; the dates are of November 2026, the 22nd is a Sunday."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wearsync.coordinator.dose import (
    HISTORY_DAYS,
    WEEK_TARGET_S,
    DayDose,
    SideDose,
    Summary,
    summarise,
)
from wearsync.model import (
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
    away_days = frozenset(date(2026, 11, day) for day in away)
    summary = summarise(days, [], TODAY, away_days=away_days)
    return summary.streak, summary.grace_left


def test_nothing_yet() -> None:
    empty = DayDose(TODAY, SideDose(), SideDose(), counts=False, full=False, pain=False)
    summary = summarise([], [], TODAY)
    assert summary == Summary(
        today=empty,
        streak=0,
        grace_left=1,
        away=False,
        days=tuple(replace(empty, day=TODAY - timedelta(days=back)) for back in range(27, -1, -1)),
        week_left_s=0,
        week_right_s=0,
        week_target_s=WEEK_TARGET_S,
        symmetry=None,
        last_session=None,
    )


def test_today_per_side() -> None:
    holds = [*both(22), hold(22, Side.LEFT, 12, Outcome.SHORT), hold(22, Side.LEFT, 0, Outcome.INCOMPLETE)]
    today = summarise(holds, [session(22, full=True)], TODAY).today
    assert today == DayDose(TODAY, SideDose(42, 3, 1), SideDose(30, 1, 0), counts=True, full=True, pain=False)


def test_a_day_counts_when_each_side_had_thirty_seconds_in_one_hold() -> None:
    fifteens = [hold(22, Side.RIGHT, 15, Outcome.SHORT)] * 2
    assert not summarise([hold(22, Side.LEFT), *fifteens], [], TODAY).today.counts
    assert summarise([hold(22, Side.LEFT), hold(22, Side.RIGHT, 29.6)], [], TODAY).today.counts


def test_a_day_is_the_local_date_of_the_start() -> None:
    evening = hold(21, Side.LEFT, hour=23, utc_offset_min=60)
    assert summarise([evening], [], TODAY).today.left.seconds == 30
    assert summarise([replace(evening, started=at(21, 23, 0))], [], TODAY).today.left.seconds == 0


def test_a_full_day_may_be_known_from_its_session_alone() -> None:
    days = summarise([], [session(20, full=True), session(21, full=False)], TODAY).days
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
    assert [day.day.day for day in summarise(hurt, [], TODAY).days if day.pain] == [19, 20, 21]


def test_the_week_starts_on_monday() -> None:
    summary = summarise([*both(15, 16, 20), hold(22, Side.LEFT, 45)], [], TODAY)
    assert (summary.week_left_s, summary.week_right_s) == (105, 60)


def test_symmetry_is_the_left_side_s_part_of_four_weeks() -> None:
    assert summarise(both(1, 22), [], TODAY).symmetry == 0.5
    assert summarise([hold(22, Side.LEFT, 60), hold(1, Side.RIGHT, 20)], [], TODAY).symmetry == 0.75
    long_ago = TODAY - timedelta(days=HISTORY_DAYS)
    late = summarise([hold(22, Side.LEFT)], [], long_ago)
    assert late.symmetry is None


def test_the_last_session_and_being_away() -> None:
    summary = summarise(
        [], [session(20, full=True), session(21, full=False)], TODAY, away_days=frozenset({TODAY})
    )
    assert summary.last_session == session(21, full=False)
    assert summary.away


@given(st.sets(st.integers(1, 22)), st.permutations(range(44)))
def test_the_order_of_holds_does_not_matter(days: set[int], order: list[int]) -> None:
    holds = both(*days)
    shuffled = [holds[n] for n in order if n < len(holds)]
    summary = summarise(shuffled, [], TODAY)
    assert summary == summarise(holds, [], TODAY)
    assert summary.streak <= len(days)
    assert sum(day.counts for day in summary.days) == len(days)
