"""I11: the wearer's summary, reckoned anew from the host's rows, held against what was told last.

Rule: by the words of docs/mqtt.md and decision of the dose, with code of its own: it shares no line with
`coordinator.dose`.
"""

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from pydantic import JsonValue

from wearsync_simulators.world.books import AmendmentRow, Books, HoldRow, SessionRow
from wearsync_simulators.world.evidence import Violation

__all__ = ["summary"]

# A day counts if each side was held for half a minute once; half a second is rounding.
_COUNTS_S = 29.5
# The heat map, and how far back a streak is counted.
_SHOWN_DAYS, _HISTORY_DAYS = 28, 400
_ROUNDING_S = 1e-6
_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class _Hold:
    """A hold as it stands, corrections included."""

    day: date
    side: str
    seconds: float
    outcome: str


def summary(
    books: Books, wearer: str, told: str | None, *, today: date, away: Set[date] = frozenset()
) -> list[Violation]:
    """Whether what was told last of a wearer (`…/wearer/<name>/summary`, None: nothing) is what the rows come
    to on that day. `away`: days on which the wearer could not stretch.
    """
    if told is None:
        return [Violation("I11", f"no summary of {wearer} was told")]
    payload = json.loads(told)
    return [
        Violation("I11", f"summary of {wearer}: {key} is told as {payload.get(key)}, and is {value}")
        for key, value in _reckoned(books, wearer, today, away).items()
        if not _same(payload.get(key), value)
    ]


def _reckoned(books: Books, wearer: str, today: date, away: Set[date]) -> Mapping[str, JsonValue]:
    first = today - timedelta(days=_HISTORY_DAYS)
    latest = {row.amends: row for row in books.amendments}
    holds = [
        hold
        for row in books.holds
        if row.wearer == wearer
        and (hold := _as_it_stands(row, latest.get(row.event_id))) is not None
        and hold.day >= first
    ]
    full = {date.fromisoformat(row.local_date) for row in books.sessions if row.wearer == wearer and row.full}
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
        "grace_left": grace_left,
        "away": today in away,
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
