"""The dose: seconds held per side and day, what counts, the streak; from holds and sessions, nothing else.

Rule: computed anew from the journal each time, for a date that is passed in. A day is the local date of a
hold's start. Nothing here claims to treat pain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from wearsync.coordinator.measure import hold_counts
from wearsync.model import HoldResult, Outcome, SessionResult, Side

# Benefit levels off near ten minutes a week (Ingram 2025, doi 10.1007/s40279-024-02143-9): shown, not
# preached.
WEEK_TARGET_S = 600

# Four weeks fit a heat map, and even out which side a session was broken off on.
HISTORY_DAYS = 28

# One missed day in an ISO week does not break a streak.
GRACE_DAYS_A_WEEK = 1


@dataclass(frozen=True, slots=True)
class SideDose:
    """One side: credited seconds, how many holds, how many of them too short to count."""

    seconds: float = 0.0
    holds: int = 0
    short: int = 0


@dataclass(frozen=True, slots=True)
class DayDose:
    """One local date. `counts`: each side had a hold that counts; `full`: a routine was done."""

    day: date
    left: SideDose
    right: SideDose
    counts: bool
    full: bool
    pain: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The wearer's dose as of one day.

    `streak`: days that counted, unbroken; `grace_left`: days of this week that may be missed; `days`: the
    last 28, oldest first, today last; week: credited seconds since Monday, to be seen beside `week_target_s`
    a side; `symmetry`: the left side's part of the seconds of the 28 days, 0.5 is even, None without any.
    """

    today: DayDose
    streak: int
    grace_left: int
    away: bool
    days: tuple[DayDose, ...]
    week_left_s: float
    week_right_s: float
    week_target_s: int
    symmetry: float | None
    last_session: SessionResult | None


def summarise(
    holds: Sequence[HoldResult],
    sessions: Sequence[SessionResult],
    today: date,
    *,
    away_days: frozenset[date] = frozenset(),
) -> Summary:
    """The summary of a wearer's holds and sessions: of all watches, as far back as the streak is to reach."""
    by_day = _days(holds, sessions)
    days = tuple(
        by_day.get(day) or _day(day, (), full=False)
        for day in (today - timedelta(days=back) for back in reversed(range(HISTORY_DAYS)))
    )
    week = [day for day in days if day.day >= today - timedelta(days=today.weekday())]
    left_s = sum(day.left.seconds for day in days)
    total_s = left_s + sum(day.right.seconds for day in days)
    streak, grace_left = _streak(by_day, today, away_days)
    return Summary(
        today=days[-1],
        streak=streak,
        grace_left=grace_left,
        away=today in away_days,
        days=days,
        week_left_s=sum(day.left.seconds for day in week),
        week_right_s=sum(day.right.seconds for day in week),
        week_target_s=WEEK_TARGET_S,
        symmetry=left_s / total_s if total_s else None,
        last_session=max(sessions, key=lambda session: session.finished.unix_ms, default=None),
    )


def _days(holds: Sequence[HoldResult], sessions: Sequence[SessionResult]) -> dict[date, DayDose]:
    of_day: dict[date, list[HoldResult]] = {}
    for hold in holds:
        of_day.setdefault(hold.started.local_date, []).append(hold)
    full = {session.started.local_date for session in sessions if session.full}
    return {day: _day(day, of_day.get(day, ()), full=day in full) for day in of_day.keys() | full}


def _day(day: date, holds: Iterable[HoldResult], *, full: bool) -> DayDose:
    sides: dict[Side, list[HoldResult]] = {side: [] for side in Side}
    for hold in holds:
        sides[hold.side].append(hold)
    return DayDose(
        day=day,
        left=_side(sides[Side.LEFT]),
        right=_side(sides[Side.RIGHT]),
        counts=all(any(hold_counts(hold.credited_s) for hold in of_side) for of_side in sides.values()),
        full=full,
        pain=any(hold.outcome is Outcome.PAIN for of_side in sides.values() for hold in of_side),
    )


def _side(holds: Sequence[HoldResult]) -> SideDose:
    return SideDose(
        seconds=sum(hold.credited_s for hold in holds),
        holds=len(holds),
        short=sum(hold.outcome is Outcome.SHORT for hold in holds),
    )


def _streak(by_day: dict[date, DayDose], today: date, away_days: frozenset[date]) -> tuple[int, int]:
    """Days that counted, back from today; and the grace that is left in today's week.

    Today can still count, so it breaks nothing. Away days and days with pain freeze the streak.
    """
    streak, missed = 0, dict[tuple[int, int], int]()
    day, first = today, min(by_day, default=today)
    while day >= first:
        dose = by_day.get(day)
        if dose is not None and dose.counts:
            streak += 1
        elif day != today and day not in away_days and not (dose is not None and dose.pain):
            week = day.isocalendar()[:2]
            missed[week] = missed.get(week, 0) + 1
            if missed[week] > GRACE_DAYS_A_WEEK:
                break
        day -= timedelta(days=1)
    used = missed.get(today.isocalendar()[:2], 0)
    return streak, max(0, GRACE_DAYS_A_WEEK - used)
