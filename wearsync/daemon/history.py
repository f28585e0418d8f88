"""A wearer's weeks, looked back on: what `wearsync history` shows.

Rule: weeks are whole ones, from Monday; days are listed that have something to tell. Nothing is reckoned
here that a summary tells too: the summary goes along.
"""

from datetime import date, timedelta

from wearsync.control.calls import HISTORY_WEEKS_MAX, HistoryParams
from wearsync.coordinator.dose import Ledger
from wearsync.errors import UsageError
from wearsync.model import Border
from wearsync.ports import Journal
from wearsync.publish.payloads import SummaryPayload

# A season: what fits beside each other on a narrow terminal, with room to see a habit.
WEEKS_SHOWN = 12

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


class HistoryDay(Border):
    """One local date: credited seconds, and whether it counted, was full, hurt, or was one of being away."""

    date: date
    left_s: float
    right_s: float
    counts: bool
    full: bool
    pain: bool
    away: bool


class HistoryWeek(Border):
    """One week: credited seconds, and how many of its days counted."""

    monday: date
    left_s: float
    right_s: float
    counted_days: int


class History(Border):
    """Weeks and days, oldest first: from the Monday `since` to the day of the summary."""

    wearer: str
    since: date
    summary: SummaryPayload
    weeks: tuple[HistoryWeek, ...]
    days: tuple[HistoryDay, ...]


async def read_history(journal: Journal, call: HistoryParams, summary: SummaryPayload) -> History:
    """As far back as the call wants, up to the day of the summary. Raises `UsageError`, `StorageError`."""
    since = first_monday(call, summary.date)
    return history(await journal.ledger(summary.wearer, since, summary.date), since, summary)


def first_monday(call: HistoryParams, today: date) -> date:
    """Where the call wants to begin. Raises `UsageError` for what is too long ago."""
    monday = today - today.weekday() * _DAY
    if call.since is None:
        return monday - ((call.weeks or WEEKS_SHOWN) - 1) * _WEEK
    since = call.since - call.since.weekday() * _DAY
    if since < monday - HISTORY_WEEKS_MAX * _WEEK:
        raise UsageError(
            f"{call.since} is too long ago: history shows {HISTORY_WEEKS_MAX} weeks,"
            " `wearsync export` has everything"
        )
    return min(since, monday)


def history(ledger: Ledger, since: date, summary: SummaryPayload) -> History:
    """The days of a ledger from that Monday on, and their weeks."""
    until = summary.date
    away = {
        day for span in ledger.away for day in _days(max(span.first, since), min(span.last or until, until))
    }
    doses = {kept.dose.day: kept.dose for kept in ledger.days if since <= kept.dose.day <= until}
    days = tuple(
        HistoryDay(
            date=day,
            left_s=0.0 if (dose := doses.get(day)) is None else dose.left.seconds,
            right_s=0.0 if dose is None else dose.right.seconds,
            counts=dose is not None and dose.counts,
            full=dose is not None and dose.full,
            pain=dose is not None and dose.pain,
            away=day in away,
        )
        for day in sorted(doses.keys() | away)
    )
    return History(
        wearer=summary.wearer, since=since, summary=summary, weeks=_weeks(days, since, until), days=days
    )


def _weeks(days: tuple[HistoryDay, ...], since: date, until: date) -> tuple[HistoryWeek, ...]:
    by_week: dict[date, list[HistoryDay]] = {
        since + number * _WEEK: [] for number in range((until - since).days // 7 + 1)
    }
    for day in days:
        by_week[day.date - day.date.weekday() * _DAY].append(day)
    return tuple(
        HistoryWeek(
            monday=monday,
            left_s=sum(day.left_s for day in of_week),
            right_s=sum(day.right_s for day in of_week),
            counted_days=sum(day.counts for day in of_week),
        )
        for monday, of_week in by_week.items()
    )


def _days(first: date, last: date) -> list[date]:
    return [first + number * _DAY for number in range((last - first).days + 1)]
