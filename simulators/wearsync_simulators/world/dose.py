"""I11: summaries and days, reckoned anew from the host's holds and sessions, held against what was told last
and against what is kept.

Rule: by the words of docs/mqtt.md and decision of the dose, with code of its own: it shares no line with
`coordinator.dose`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from pydantic import JsonValue

from wearsync_simulators.world.books import AmendmentRow, Books, DayRow, HoldRow, SessionRow
from wearsync_simulators.world.evidence import Violation

__all__ = ["days_kept", "summary"]

# A day counts if each side was held for half a minute once; half a second is rounding.
_COUNTS_S = 29.5
# The heat map.
_SHOWN_DAYS = 28
_ROUNDING_S = 1e-6
_SIDES = ("left", "right")
_TOLD = ("short", "too_much", "pain")


@dataclass(frozen=True, slots=True)
class _Hold:
    """A hold as it stands, corrections included."""

    day: date
    side: str
    seconds: float
    outcome: str


def summary(books: Books, wearer: str, told: str | None, *, today: date) -> list[Violation]:
    """Whether what was told last of a wearer (`…/wearer/<name>/summary`, None: nothing) is what the rows come
    to on that day.
    """
    if told is None:
        return [Violation("I11", f"no summary of {wearer} was told")]
    payload = json.loads(told)
    return [
        Violation("I11", f"summary of {wearer}: {key} is told as {payload.get(key)}, and is {value}")
        for key, value in _reckoned(books, wearer, today).items()
        if not _same(payload.get(key), value)
    ]


def days_kept(books: Books) -> Iterator[Violation]:
    """Whether each day is kept as what its holds and sessions come to, and no other day is."""
    of_holds = {row.wearer for row in books.holds} | {row.wearer for row in books.sessions}
    wearers = sorted(of_holds | {row.wearer for row in books.days})
    for wearer in wearers:
        kept = {row.local_date: row for row in books.days if row.wearer == wearer}
        right = {row.local_date: row for row in _days(books, wearer)}
        for day in sorted(kept.keys() | right.keys()):
            if not _same_day(kept.get(day), right.get(day)):
                yield Violation(
                    "I11", f"{wearer}'s {day} is kept as {kept.get(day)}, and is {right.get(day)}"
                )


def _days(books: Books, wearer: str) -> Iterator[DayRow]:
    holds, full = _holds(books, wearer), _full(books, wearer)
    days = sorted({hold.day for hold in holds} | full)
    away = _away_days(books, wearer, days[-1]) if days else frozenset[date]()
    streaks = {day: _streak_after(day, holds, full, away) for day in days}
    for day in days:
        sides = {side: [hold for hold in holds if (hold.day, hold.side) == (day, side)] for side in _SIDES}
        columns = {
            f"{side}_{name}": value
            for side, found in sides.items()
            for name, value in (
                ("s", sum(hold.seconds for hold in found)),
                ("holds", len(found)),
                *((word, sum(hold.outcome == word for hold in found)) for word in _TOLD),
                ("counts", int(any(hold.seconds >= _COUNTS_S for hold in found))),
            )
        }
        yield DayRow(
            wearer=wearer,
            local_date=day.isoformat(),
            full=int(day in full),
            streak=streaks[day],
            longest_streak=max(streaks[one] for one in days if one <= day),
            **columns,  # type: ignore[arg-type]  # counts and seconds, by name
        )


def _streak_after(day: date, holds: Iterable[_Hold], full: Set[date], away: Set[date]) -> int:
    """Seen from the day after, on which nothing was done: what that day misses is missed."""
    past = [hold for hold in holds if hold.day <= day]
    streak, _ = _streak(past, _counting(past), full, day + timedelta(days=1), away)
    return streak


def _same_day(kept: DayRow | None, right: DayRow | None) -> bool:
    """The same but for rounding."""
    if kept is None or right is None:
        return kept is right
    rounded = replace(kept, left_s=right.left_s, right_s=right.right_s)
    near = abs(kept.left_s - right.left_s) + abs(kept.right_s - right.right_s) <= _ROUNDING_S
    return near and rounded == right


def _holds(books: Books, wearer: str) -> list[_Hold]:
    latest = {row.amends: row for row in books.amendments}
    return [
        hold
        for row in books.holds
        if row.wearer == wearer and (hold := _as_it_stands(row, latest.get(row.event_id))) is not None
    ]


def _full(books: Books, wearer: str) -> set[date]:
    return {date.fromisoformat(row.local_date) for row in books.sessions if row.wearer == wearer and row.full}


def _away_days(books: Books, wearer: str, until: date) -> Set[date]:
    spans = [
        (date.fromisoformat(row.first_date), date.fromisoformat(row.last_date) if row.last_date else until)
        for row in books.away
        if row.wearer == wearer
    ]
    return frozenset(
        first + timedelta(days=day) for first, last in spans for day in range((last - first).days + 1)
    )


def _reckoned(books: Books, wearer: str, today: date) -> Mapping[str, JsonValue]:
    holds, full, away = _holds(books, wearer), _full(books, wearer), _away_days(books, wearer, today)
    shown = [today - timedelta(days=back) for back in reversed(range(_SHOWN_DAYS))]
    monday = today - timedelta(days=today.weekday())
    seconds = {
        day: {
            side: sum(hold.seconds for hold in holds if (hold.day, hold.side) == (day, side))
            for side in _SIDES
        }
        for day in shown
    }
    counting = _counting(holds)
    left_s, both_s = (
        sum(day["left"] for day in seconds.values()),
        sum(sum(d.values()) for d in seconds.values()),
    )
    known = [row for row in _days(books, wearer) if row.local_date < today.isoformat()]
    streak, grace_left = _streak(holds, counting, full, today, away)
    week = {f"{side}_s": sum(seconds[day][side] for day in shown if day >= monday) for side in _SIDES}
    return {
        "wearer": wearer,
        "date": today.isoformat(),
        "today": {
            side: _today(hold for hold in holds if (hold.day, hold.side) == (today, side)) for side in _SIDES
        },
        "counts": today in counting,
        "full": today in full,
        "streak": streak,
        "longest_streak": max([streak, *(row.streak for row in known)]),
        "grace_left": grace_left,
        "away": any(row.wearer == wearer and row.last_date is None for row in books.away),
        "days": [
            {
                "date": day.isoformat(),
                "left_s": seconds[day]["left"],
                "right_s": seconds[day]["right"],
                "counts": day in counting,
                "full": day in full,
            }
            for day in shown
        ],
        "adherence_days": sum(day in counting for day in shown),
        "week": {**week, "target_s": 600},
        "symmetry": left_s / both_s if both_s else None,
        "last_session": _last_session(row for row in books.sessions if row.wearer == wearer),
    }


def _as_it_stands(row: HoldRow, amendment: AmendmentRow | None) -> _Hold | None:
    """With its latest correction; None: it was none."""
    hold = _Hold(date.fromisoformat(row.local_date), row.side, row.credited_s, row.outcome)
    if amendment is None:
        return hold
    if amendment.void:
        return None
    seconds = row.credited_s if amendment.credited_s is None else amendment.credited_s
    if seconds != row.credited_s and row.outcome not in ("pain", "too_much"):
        hold = replace(hold, outcome="done" if seconds >= _COUNTS_S else "short")
    return replace(hold, side=amendment.side or row.side, seconds=seconds)


def _today(holds: Iterable[_Hold]) -> dict[str, JsonValue]:
    found = list(holds)
    short = sum(hold.outcome == "short" for hold in found)
    return {"seconds": sum(hold.seconds for hold in found), "holds": len(found), "short": short}


def _counting(holds: Iterable[_Hold]) -> Set[date]:
    """The days on which each side was held long enough once."""
    enough = {(hold.day, hold.side) for hold in holds if hold.seconds >= _COUNTS_S}
    return {day for day, _ in enough if all((day, side) in enough for side in _SIDES)}


def _streak(
    holds: Iterable[_Hold], counting: Set[date], full: Set[date], today: date, away: Set[date]
) -> tuple[int, int]:
    """Days that count, back from today; one may be missed in each week, away days and days of pain are not
    missed at all. And what may still be missed in this week.
    """
    found = list(holds)
    frozen = away | {hold.day for hold in found if hold.outcome == "pain"}
    days_known = [*(hold.day for hold in found), *full]
    first = min(days_known, default=today)
    streak, missed = 0, dict[date, int]()
    day = today
    while day >= first:
        monday = day - timedelta(days=day.weekday())
        if day in counting:
            streak += 1
        elif day != today and day not in frozen:
            missed[monday] = missed.get(monday, 0) + 1
            if missed[monday] > 1:
                break
        day -= timedelta(days=1)
    return streak, max(0, 1 - missed.get(today - timedelta(days=today.weekday()), 0))


def _last_session(sessions: Iterable[SessionRow]) -> JsonValue:
    """The one that ended last."""
    last = max(sessions, key=lambda row: row.finished_unix_ms, default=None)
    if last is None:
        return None
    at = datetime.fromtimestamp(last.unix_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        "at": at.replace("+00:00", "Z"),
        "end": last.ended,
        "holds": last.holds,
        "left_s": last.left_s,
        "right_s": last.right_s,
        "full": bool(last.full),
    }


def _same(told: JsonValue, reckoned: JsonValue) -> bool:
    """The same but for rounding."""
    if isinstance(reckoned, dict):
        return (
            isinstance(told, dict)
            and told.keys() == reckoned.keys()
            and all(_same(told[key], value) for key, value in reckoned.items())
        )
    if isinstance(reckoned, list):
        return (
            isinstance(told, list)
            and len(told) == len(reckoned)
            and all(_same(*pair) for pair in zip(told, reckoned, strict=True))
        )
    if isinstance(reckoned, float) and isinstance(told, int | float):
        return abs(told - reckoned) <= _ROUNDING_S
    return told == reckoned
