"""Days, as they are kept: each with its dose and the streak at its end, for summaries that read no holds.

Rule: reckoned by `coordinator.dose` inside the transaction that changes what they rest on, and always from
all of a day's holds as they stand then: what is late, amended, void or deleted needs no care of its own.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import tee

from wearsync.coordinator.dose import KeptDay, Streak, day_dose, keep
from wearsync.journal import reading
from wearsync.journal.rows import day_columns, placed
from wearsync.ports import Commit


@dataclass(slots=True)
class _Touched:
    """Of one wearer: days whose dose may be another; streaks may be from `first` to `last`, and later."""

    days: set[date] = field(default_factory=set)
    away: set[date] = field(default_factory=set)


def refresh(connection: sqlite3.Connection, commit: Commit) -> None:
    """The days that a commit has touched, after its rows were written."""
    for wearer, touched in _touched(connection, commit).items():
        for day in sorted(touched.days):
            _write_dose(connection, wearer, day)
        # Of a span, the days after its end are touched too: it may have been open.
        last = date.max if touched.away else max(touched.days)
        _write_streaks(connection, wearer, min(touched.days | touched.away), last)


def rebuild(connection: sqlite3.Connection, wearer: str | None = None) -> None:
    """All days anew, None: of everybody."""
    mine = "(:wearer IS NULL OR wearer = :wearer)"
    named = {"wearer": wearer}
    connection.execute(f"DELETE FROM days WHERE {mine}", named)
    rows = connection.execute(
        f"""
        SELECT wearer, local_date FROM holds WHERE {mine}
        UNION SELECT wearer, local_date FROM sessions WHERE {mine} AND full ORDER BY wearer, local_date
        """,
        named,
    ).fetchall()
    for row in rows:
        _write_dose(connection, row["wearer"], date.fromisoformat(row["local_date"]))
    for name in dict.fromkeys(row["wearer"] for row in rows):
        _write_streaks(connection, name, date.min, date.max)


def _touched(connection: sqlite3.Connection, commit: Commit) -> Mapping[str, _Touched]:
    found: dict[str, _Touched] = {}
    starts = [hold.started for hold in commit.holds] + [session.started for session in commit.sessions]
    if starts:
        found[commit.wearer] = _Touched(days={start.local_date for start in starts})
    for span in commit.away:
        # The watch may have changed hands since the span began.
        rows = connection.execute(
            "SELECT wearer FROM away WHERE watch_id = ? AND first_date = ?",
            (commit.watch_id, span.first.isoformat()),
        )
        for row in rows:
            found.setdefault(row["wearer"], _Touched()).away.add(span.first)
    if commit.back is not None:
        ended = connection.execute(
            "SELECT first_date FROM away WHERE wearer = ? AND last_date = ?",
            (commit.wearer, commit.back.isoformat()),
        ).fetchall()
        if ended:
            away = found.setdefault(commit.wearer, _Touched()).away
            away.update(date.fromisoformat(row["first_date"]) for row in ended)
    for amendment in commit.amendments:
        hold = connection.execute(
            "SELECT wearer, local_date FROM holds WHERE event_id = ?", (amendment.amends,)
        ).fetchone()
        days = found.setdefault(hold["wearer"], _Touched()).days
        days.add(date.fromisoformat(hold["local_date"]))
    return found


def _write_dose(connection: sqlite3.Connection, wearer: str, day: date) -> None:
    full = connection.execute(
        "SELECT coalesce(max(full), 0) FROM sessions WHERE wearer = ? AND local_date = ?",
        (wearer, day.isoformat()),
    ).fetchone()[0]
    dose = day_dose(day, reading.holds(connection, wearer, day, day), full=bool(full))
    of_day = {"wearer": wearer, "local_date": day.isoformat()}
    connection.execute("DELETE FROM days WHERE wearer = :wearer AND local_date = :local_date", of_day)
    if dose is not None:
        columns = {**of_day, **day_columns(KeptDay(dose, Streak()))}
        connection.execute(f"INSERT INTO days {placed(columns)}", columns)


def _write_streaks(connection: sqlite3.Connection, wearer: str, first: date, last: date) -> None:
    """From the first day on; after the last one, no further than they change."""
    before = reading.day_before(connection, wearer, first)
    away = reading.away(connection, wearer, before.dose.day if before else first)
    changed = list[KeptDay]()
    # One by one: there may be years after a hold that came late, and most of them stay as they are.
    stored, again = tee(reading.days(connection, wearer, first))
    for was, now in zip(stored, keep((kept.dose for kept in again), before=before, away=away), strict=True):
        if now != was:
            changed.append(now)
        elif now.dose.day > last:
            break
    connection.executemany(
        """
        UPDATE days SET streak = :streak, longest_streak = :longest_streak, missed = :missed,
            since_missed = :since_missed
        WHERE wearer = :wearer AND local_date = :local_date
        """,
        ({"wearer": wearer, **day_columns(kept)} for kept in changed),
    )
