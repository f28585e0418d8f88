"""Journals of years, made in seconds: yesterday, as the product has taken it in, written for each day before.

Rule: every row is one that the product would have written, but for numbers and dates; tests/bench/
test_big_journal.py holds the days against the ledger's own reckoning. Sequence numbers, boots and instants go
on from day to day, and the broker has taken all events, so only those of the last month have a content.
"""

import asyncio
import sqlite3
import struct
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.bench.alone import DAY_MS, Line, records
from tests.bench.host import Host
from wearsync.daemon import logbook
from wearsync.journal.store import SqliteJournal
from wearsync.journal.writing import SENT_KEEP_DAYS
from wearsync.model import Side, Stamp, Variant

__all__ = ["YEARS_10", "by_hand", "family", "rows_of", "today", "wearer_of"]

YEARS_10 = 3652
_NUMBERS = struct.Struct("<II")  # seq and boot, behind a record's len and type
_TABLES = ("records", "holds", "sessions", "days", "outbox")

Row = dict[str, int | str | float | bytes | None]


def today() -> date:
    """The day after the last one that they have."""
    return datetime.now(tz=UTC).date()


def wearer_of(number: int) -> str:
    """The name of one of the family."""
    return f"wearer{number}"


def family(path: Path, *, wearers: int, days: int) -> int:
    """So many people, each with a watch of their own, twice a day for so many days up to yesterday; gives
    the number of rows.
    """
    for number in range(wearers):
        asyncio.run(_yesterday(path, number))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for number in range(wearers):
            _all_days(connection, number, days)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return rows_of(path)


def by_hand(path: Path, *, days: int) -> int:
    """One wearer who wrote down a hold a day, and has nothing else; gives the number of rows."""
    asyncio.run(_by_hand(path, days))
    return rows_of(path)


def rows_of(path: Path) -> int:
    """How many there are, in all tables."""
    with closing(sqlite3.connect(path)) as connection:
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _TABLES)


async def _yesterday(path: Path, number: int) -> None:
    raws = records(1, unix_ms=_noon_ms(today() - timedelta(days=1)) - DAY_MS // 2)
    line, host = Line(len(raws), boot=1), Host(watch_id=f"{number + 1:032x}", wearer=wearer_of(number))
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(host.first_commit(boot=1))
        await journal.commit(host.hears(line.session, line.notifications(raws)))
        rows = await journal.outbox(0, 1000)
        await journal.outbox_sent(tuple(row.row_id for row in rows))


def _all_days(connection: sqlite3.Connection, number: int, days: int) -> None:
    watch_id, wearer = f"{number + 1:032x}", wearer_of(number)
    journal_row, cursor = connection.execute(
        "SELECT journal_row, cursor FROM journals WHERE watch_id = ?", (watch_id,)
    ).fetchone()
    shift = _Shift(days, records_a_day=cursor - 1)
    for table, name, value, make in (
        ("records", "journal_row", journal_row, shift.record),
        ("holds", "watch_id", watch_id, shift.row),
        ("sessions", "watch_id", watch_id, shift.row),
        ("days", "wearer", wearer, shift.day),
        ("outbox", "substr(event_id, 1, 32)", watch_id, shift.event),
    ):
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table} WHERE {name} = ?", (value,))]
        connection.execute(f"DELETE FROM {table} WHERE {name} = ?", (value,))
        connection.executemany(
            f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})",
            (tuple(make(row, day).values()) for day in range(days) for row in rows),
        )
    connection.execute(
        "UPDATE journals SET cursor = ? WHERE journal_row = ?", ((cursor - 1) * days + 1, journal_row)
    )


class _Shift:
    """Rows of yesterday, as they are on day 0, 1 … of so many, the last of which is yesterday."""

    def __init__(self, days: int, *, records_a_day: int) -> None:
        self._days = days
        self._a_day = records_a_day

    def row(self, row: Row, day: int) -> Row:
        """Of any table."""
        ago = day + 1 - self._days
        found = dict(row)
        for name, value in row.items():
            if name.endswith(("host_ms", "unix_ms", "sent_ms")) and isinstance(value, int):
                found[name] = value + ago * DAY_MS
            elif name == "local_date":
                found[name] = (date.fromisoformat(str(value)) + timedelta(days=ago)).isoformat()
            elif name == "event_id":
                watch, journal, seq, *kind = str(value).split(":")
                found[name] = ":".join((watch, journal, str(int(seq) + day * self._a_day), *kind))
            elif name == "session" and isinstance(value, int):
                found[name] = value + 2 * day
        return found

    def record(self, row: Row, day: int) -> Row:
        """Of records: the raw one says its number and its boot, too."""
        found, raw = self.row(row, day), row["raw"]
        assert isinstance(raw, bytes)
        numbers = int(str(row["seq"])) + day * self._a_day, day + 1
        found["seq"], found["boot"] = numbers
        found["raw"] = raw[:2] + _NUMBERS.pack(*numbers) + raw[10:]
        return found

    def day(self, row: Row, day: int) -> Row:
        """Of days: all of them count."""
        return self.row(row, day) | {"streak": day + 1, "longest_streak": day + 1}

    def event(self, row: Row, day: int) -> Row:
        """Of the outbox: what was sent long ago has no content any more."""
        found = self.row(row, day) | {"row_id": None}
        if day < self._days - SENT_KEEP_DAYS:
            found |= {"state": "pruned", "topic": "", "payload": ""}
        return found


async def _by_hand(path: Path, days: int) -> None:
    first = today() - timedelta(days=days)
    async with await SqliteJournal.open(path) as journal:
        for day in range(days):
            at_ms = _noon_ms(first + timedelta(days=day))
            at = Stamp(at_ms, at_ms, 0, 0)
            entropy = day.to_bytes(16, "little")
            side = (Side.LEFT, Side.RIGHT)[day % 2]
            hold = logbook.logged_hold(side, 30, Variant.KNEELING, now=at, entropy=entropy)
            await journal.commit(logbook.commit_of(hold, wearer=wearer_of(0)))


def _noon_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
