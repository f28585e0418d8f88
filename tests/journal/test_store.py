"""The port on its thread: the loop is not blocked, calls keep their order, closing loses nothing."""

import asyncio
import sqlite3
import threading
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.journal.conftest import Look
from tests.journal.examples import (
    JOURNAL_ID,
    NOON_MS,
    WATCH,
    WEARER,
    event,
    hold,
    logged,
    record,
    session,
    stamp,
    step,
)
from wearsync.errors import StorageError
from wearsync.journal.store import CALLS_QUEUED_MAX, SqliteJournal
from wearsync.ports import Commit, Journal, Position

DAY = stamp().local_date
DEADLINE_S = 5


async def test_all_that_was_committed_is_there_after_a_restart(path: Path) -> None:
    async with await SqliteJournal.open(path, wall=lambda: 1234.5) as opened:
        journal: Journal = opened
        await journal.position(WATCH, JOURNAL_ID, 1, 4)
        assert await journal.commit(step(1)) == ()
    async with await SqliteJournal.open(path) as opened:
        journal = opened
        assert await journal.position(WATCH, JOURNAL_ID, 1, 4) == Position("7", 4, False)
        assert await journal.load(WATCH) == (None, (logged(1),))
        assert await journal.holds(WEARER, DAY) == (hold(1),)
        assert await journal.sessions(WEARER, DAY) == (session(1),)
        assert await journal.outbox(0, 9) == (replace(event(1), row_id=1),)
        assert await journal.host_time() == (NOON_MS + 1, 1_234_500)


async def test_a_waiting_commit_does_not_block_the_loop(journal: SqliteJournal, path: Path) -> None:
    """Were it to run on the loop, it would wait for a lock that only the loop can release."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        committing = asyncio.create_task(journal.commit(Commit(WATCH, WEARER, inputs=(logged(1),))))
        await asyncio.sleep(0)
        other.execute("COMMIT")
        await committing
    assert await journal.load(WATCH) == (None, (logged(1),))


async def test_many_at_once_are_done_in_the_order_they_were_asked(journal: SqliteJournal) -> None:
    """Three times as many as may be queued; each is one transaction."""
    numbers = range(3 * CALLS_QUEUED_MAX)
    async with asyncio.TaskGroup() as group:
        for number in numbers:
            commit = Commit(WATCH, WEARER, inputs=(logged(number),), outbox=(event(number),))
            group.create_task(journal.commit(commit))
    assert await journal.load(WATCH) == (None, tuple(logged(number) for number in numbers))
    waiting = await journal.outbox(0, len(numbers))
    assert [row.event_id for row in waiting] == [event(number).event_id for number in numbers]


async def test_watches_commit_side_by_side(journal: SqliteJournal, look: Look) -> None:
    async def sync(watch_id: str) -> None:
        where = await journal.position(watch_id, JOURNAL_ID, 1, 31)
        for seq in range(where.cursor, 31, 3):
            records = tuple(record(seq + n) for n in range(3))
            assert await journal.commit(Commit(watch_id, WEARER, "7", seq + 3, records)) == ()

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(sync(f"{number:032x}"))
    cursors = look("SELECT watch_id, cursor FROM journals ORDER BY watch_id")
    assert cursors == [(f"{number:032x}", 31) for number in range(8)]
    assert look("SELECT count(*) FROM records GROUP BY journal_row") == [(30,)] * 8


async def test_a_cancelled_commit_is_whole_or_not_there(journal: SqliteJournal, look: Look) -> None:
    await journal.position(WATCH, JOURNAL_ID, 1, 1)
    firsts = range(1, 300, 3)
    tasks = [asyncio.create_task(journal.commit(step(seq))) for seq in firsts]
    await tasks[10]
    for task in tasks:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    told = {seq for seq, result in zip(firsts, done, strict=True) if result == ()}
    await journal.load(WATCH)  # In line behind the one that was under way.
    stored = {seq - NOON_MS for (seq,) in look("SELECT host_ms FROM inputs")}
    assert set(firsts[:11]) <= told <= stored < set(firsts)
    assert {seq for (seq,) in look("SELECT seq FROM records")} == {
        seq + n for seq in stored for n in range(3)
    }
    for table in ("holds", "sessions"):
        assert {host_ms - NOON_MS for (host_ms,) in look(f"SELECT host_ms FROM {table}")} == stored
    assert look("SELECT count(*) FROM outbox") == [(len(stored),)]
    await journal.commit(step(301))


async def test_closing_does_what_was_asked_before_and_refuses_the_rest(path: Path, look: Look) -> None:
    journal = await SqliteJournal.open(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        commits = [Commit(WATCH, WEARER, inputs=(logged(n),)) for n in range(CALLS_QUEUED_MAX + 9)]
        tasks = [asyncio.create_task(journal.commit(commit)) for commit in commits]
        await asyncio.sleep(0)
        ended = asyncio.create_task(journal.close())
        await asyncio.sleep(0)
        other.execute("COMMIT")
        done = await asyncio.gather(*tasks, return_exceptions=True)
        await ended
    assert done[:CALLS_QUEUED_MAX] == [()] * CALLS_QUEUED_MAX
    assert {str(refused) for refused in done[CALLS_QUEUED_MAX:]} == {f"journal {path} is closed"}
    assert look("SELECT count(*) FROM inputs") == [(CALLS_QUEUED_MAX,)]


async def test_closed_is_closed(path: Path) -> None:
    journal = await SqliteJournal.open(path)
    await journal.close()
    await journal.close()
    with pytest.raises(StorageError, match="is closed"):
        await journal.load(WATCH)


def test_what_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be opened"):
        asyncio.run(SqliteJournal.open(tmp_path))
    for thread in threading.enumerate():
        if thread.name.startswith("journal"):
            thread.join(DEADLINE_S)
            assert not thread.is_alive()


async def test_history_can_be_looked_at_without_a_daemon(path: Path) -> None:
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(Commit(WATCH, WEARER, holds=(hold(1),)))
    async with await SqliteJournal.open_readonly(path) as view:
        assert await view.holds(WEARER, DAY) == (hold(1),)
        with pytest.raises(StorageError, match="can't be written"):
            await view.commit(Commit(WATCH, WEARER, holds=(hold(2),)))
        assert await view.holds(WEARER, DAY) == (hold(1),)


def test_inline_needs_neither_thread_nor_loop(path: Path) -> None:
    threads = set(threading.enumerate())
    journal = at_once(SqliteJournal.open(path, inline=True))
    at_once(journal.position(WATCH, JOURNAL_ID, 1, 4))
    at_once(journal.commit(step(1)))
    view = at_once(SqliteJournal.open_readonly(path, inline=True))
    assert at_once(view.holds(WEARER, DAY)) == (hold(1),)
    assert set(threading.enumerate()) <= threads
    at_once(view.close())
    at_once(journal.close())
    assert [found.name for found in path.parent.iterdir()] == ["journal.db"]


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Its result, if it never waits."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    coroutine.close()
    pytest.fail(f"{coroutine} waits")
