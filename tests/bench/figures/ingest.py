"""Figure `ingest`: a watch's days taken in, a hundred records at a time.

A: each notification's tag is checked, its records are decoded, placed in time and stepped over by the
coordinator, and what comes of a hundred (records, holds, sessions, days, events for the broker, checkpoint,
cursor) is one commit of `SqliteJournal`. B: the same rows of records, holds, sessions and outbox, ready as
tuples, by `executemany` into the same tables with the same indexes and pragmas, in transactions as large.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from tests.bench.alone import Line, batches, records
from tests.bench.figure import RATIO, Figure, Part, Round, at_least
from tests.bench.host import Host
from tests.bench.interleave import alternately
from wearsync.journal.migrations import migrate
from wearsync.journal.store import SqliteJournal
from wearsync.protocol.session import HostSession

RECORDS = 100
BATCHES = 12
ROUNDS = 15
_DAYS = -(-RECORDS * BATCHES * ROUNDS // 28)
_TABLES = {"records": "seq", "holds": "rowid", "sessions": "rowid", "outbox": "row_id"}

Batch = Sequence[bytes]
Rows = Sequence[tuple[str, Sequence[tuple[object, ...]]]]


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    raws = records(_DAYS, unix_ms=int((time.time() - _DAYS * 86_400) * 1000))
    # Once before, for the rows that come of each batch.
    rehearsal = asyncio.run(_rehearsed(place / "rehearsal.db", *_said(raws)))
    rows = iter(rehearsal)
    session, said = _said(raws)
    notified, host = iter(said), Host()
    with asyncio.Runner() as runner, closing(_bare(place / "bare.db")) as bare:
        journal = runner.run(SqliteJournal.open(place / "journal.db"))
        runner.run(journal.commit(host.first_commit(boot=_DAYS)))

        def product() -> tuple[float, float]:
            batch = [next(notified) for _ in range(BATCHES)]
            return runner.run(_taken_in(journal, host, session, batch))

        def floor() -> float:
            return _inserted(bare, [next(rows) for _ in range(BATCHES)])

        both = alternately(product, floor)

        def once() -> dict[str, float]:
            (product_s, stepped_s), floor_s = both()
            count = RECORDS * BATCHES
            return {
                RATIO: floor_s / product_s,
                "records": count / product_s,
                "bare": count / floor_s,
                "until_commit": stepped_s / count * 1e6,
                "commit": (product_s - stepped_s) / count * 1e6,
            }

        yield once
        runner.run(journal.close())


def _said(raws: Sequence[bytes]) -> tuple[HostSession, list[Batch]]:
    line = Line(len(raws), boot=_DAYS)
    return line.session, [line.notifications(each) for each in batches(raws, RECORDS)]


async def _taken_in(
    journal: SqliteJournal, host: Host, session: HostSession, notified: Sequence[Batch]
) -> tuple[float, float]:
    """Seconds in all, and of these until the commits were ready."""
    stepped_s, began = 0.0, time.perf_counter()
    for batch in notified:
        before = time.perf_counter()
        commit = host.hears(session, batch)
        stepped_s += time.perf_counter() - before
        await journal.commit(commit)
    return time.perf_counter() - began, stepped_s


async def _rehearsed(path: Path, session: HostSession, notified: Sequence[Batch]) -> list[Rows]:
    host, found, last = Host(), list[Rows](), dict.fromkeys(_TABLES, 0)
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(host.first_commit(boot=_DAYS))
        with closing(sqlite3.connect(path)) as look:
            for batch in notified:
                await journal.commit(host.hears(session, batch))
                found.append([(table, _new(look, table, last)) for table in _TABLES])
    return found


def _new(look: sqlite3.Connection, table: str, last: dict[str, int]) -> list[tuple[object, ...]]:
    key = _TABLES[table]
    rows = look.execute(f"SELECT {key}, * FROM {table} WHERE {key} > ? ORDER BY {key}", (last[table],))
    found = rows.fetchall()
    last[table] = found[-1][0] if found else last[table]
    return [row[1:] for row in found]


def _bare(path: Path) -> sqlite3.Connection:
    """Pragmas as the journal has them; SQLite moves its log by itself, as it does where nobody asks."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    migrate(connection, path)
    return connection


def _inserted(connection: sqlite3.Connection, batches: Sequence[Rows]) -> float:
    began = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN")
        for table, rows in batch:
            if rows:
                values = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({values})", rows)
        connection.execute("COMMIT")
    return time.perf_counter() - began


INGEST = Figure(
    name="ingest",
    says="records a second from notification to durable, 100 a commit ÷ bare inserts of the same rows",
    parts=(
        Part(RATIO, "×", "÷ bare executemany", at_least(0.5)),
        Part("records", "1/s", "records taken in"),
        Part("bare", "1/s", "records by executemany"),
        Part("until_commit", "µs", "a record, until its commit"),
        Part("commit", "µs", "a record, of its commit"),
    ),
    rounds=ROUNDS,
    prepared=_prepared,
    cause="to decode, check and step over a record in Python takes some 90 µs; its bare insert takes 12",
)
