"""All holds and sessions, page by page, as they stood at one moment.

Rule: reads only, each page in a transaction of its own that the caller has begun, so that nobody waits for
who reads slowly. It is one moment all the same: what is stored is never rewritten, so the moment is the last
row of each table.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

from wearsync.journal.rows import amended_hold_from, hold_from, session_from, stamp_from
from wearsync.ports import Entry, StoredHold, StoredSession

# A month: some hundred rows.
PAGE_DAYS = 31


@dataclass(frozen=True, slots=True)
class Moment:
    """The last rows, and the wearers who have any."""

    hold: int
    session: int
    amendment: int
    wearers: tuple[str, ...]


def moment(connection: sqlite3.Connection) -> Moment:
    """Now."""
    row = connection.execute(
        """
        SELECT (SELECT coalesce(max(rowid), 0) FROM holds) AS hold,
            (SELECT coalesce(max(rowid), 0) FROM sessions) AS session,
            (SELECT coalesce(max(amendment_row), 0) FROM amendments) AS amendment
        """
    ).fetchone()
    return Moment(row["hold"], row["session"], row["amendment"], wearers(connection))


def wearers(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Everybody with a hold or a session."""
    rows = connection.execute("SELECT wearer FROM holds UNION SELECT wearer FROM sessions ORDER BY wearer")
    return tuple(row["wearer"] for row in rows)


def page(
    connection: sqlite3.Connection, at: Moment, wearer: str, since: date, until: date
) -> tuple[tuple[Entry, ...], date | None]:
    """Of the first days from `since` on, in order of their start; and the day to go on with, None: there is
    no more.
    """
    first = connection.execute(
        """
        SELECT min(day) AS day FROM (
            SELECT min(local_date) AS day FROM holds WHERE wearer = :wearer AND local_date >= :since
            UNION ALL SELECT min(local_date) FROM sessions WHERE wearer = :wearer AND local_date >= :since
        )
        """,
        {"wearer": wearer, "since": since.isoformat()},
    ).fetchone()["day"]
    if first is None or date.fromisoformat(first) > until:
        return (), None
    last = min(until, _later(date.fromisoformat(first), PAGE_DAYS - 1))
    holds = _holds(connection, at, wearer, first, last)
    # Sorting keeps a session before the hold that began with it.
    entries: list[Entry] = [*_sessions(connection, at, wearer, first, last), *holds]
    entries.sort(key=_start_ms)
    return tuple(entries), None if last >= until else _later(last, 1)


def _holds(
    connection: sqlite3.Connection, at: Moment, wearer: str, first: str, last: date
) -> list[StoredHold]:
    rows = connection.execute(
        """
        SELECT holds.*, void, amendment_row, amendments.side AS amended_side,
            amendments.credited_s AS amended_credited_s, amendments.host_ms AS amended_host_ms,
            amendments.unix_ms AS amended_unix_ms, amendments.utc_offset_min AS amended_utc_offset_min,
            amendments.error_ms AS amended_error_ms
        FROM holds LEFT JOIN amendments ON amendment_row =
            (SELECT max(amendment_row) FROM amendments AS latest
             WHERE latest.amends = holds.event_id AND latest.amendment_row <= :amendment)
        WHERE wearer = :wearer AND local_date BETWEEN :first AND :last AND holds.rowid <= :hold
        ORDER BY holds.host_ms, holds.rowid
        """,
        {
            "wearer": wearer,
            "first": first,
            "last": last.isoformat(),
            "hold": at.hold,
            "amendment": at.amendment,
        },
    )
    return [
        StoredHold(
            wearer=wearer,
            recorded=hold_from(row),
            stands=amended_hold_from(row),
            amended_at=None if row["amendment_row"] is None else stamp_from(row, "amended_"),
            void=bool(row["void"]),
        )
        for row in rows
    ]


def _sessions(
    connection: sqlite3.Connection, at: Moment, wearer: str, first: str, last: date
) -> list[StoredSession]:
    rows = connection.execute(
        """
        SELECT * FROM sessions WHERE wearer = ? AND local_date BETWEEN ? AND ? AND rowid <= ?
        ORDER BY host_ms, rowid
        """,
        (wearer, first, last.isoformat(), at.session),
    )
    return [StoredSession(wearer=wearer, session=session_from(row)) for row in rows]


def _start_ms(entry: Entry) -> int:
    match entry:
        case StoredHold():
            return entry.recorded.started.host_ms
        case StoredSession():
            return entry.session.started.host_ms


def _later(day: date, days: int) -> date:
    """The calendar ends, the loop does too."""
    return day + timedelta(days=min(days, (date.max - day).days))
