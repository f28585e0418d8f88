"""The port on its thread: the loop is not blocked, calls keep their order, closing loses nothing."""

import asyncio
import os
import sqlite3
import tempfile
import threading
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.journal.conftest import Look
from tests.journal.damage import damage_root
from tests.journal.examples import (
    JOURNAL_ID,
    NOON_MS,
    WATCH,
    WEARER,
    event,
    hold,
    logged,
    opened,
    record,
    session,
    stamp,
    step,
)
from wearsync.errors import StorageError
from wearsync.journal import mark
from wearsync.journal.store import CALLS_QUEUED_MAX, SqliteJournal
from wearsync.ports import Commit, Journal, Position, StorageHealth

DAY = stamp().local_date
DEADLINE_S = 5
_DISK = os.statvfs(tempfile.gettempdir())
FREE_BYTES = _DISK.f_bavail * _DISK.f_frsize


async def test_all_that_was_committed_is_there_after_a_restart(path: Path) -> None:
    async with await SqliteJournal.open(path, wall=lambda: 1234.5) as first:
        journal: Journal = first
        await journal.commit(opened())
        assert await journal.commit(step(1)) == ()
    async with await SqliteJournal.open(path) as second:
        journal = second
        assert await journal.position(WATCH, JOURNAL_ID, 1, 4) == Position("7", 4, JOURNAL_ID, 0, "known")
        assert await journal.load(WATCH) == (None, (logged(1),))
        assert await journal.holds(WEARER, DAY) == (hold(1),)
        assert await journal.sessions(WEARER, DAY) == (session(1),)
        assert await journal.outbox(0, 9) == (replace(event(1), row_id=1),)
        assert await journal.host_time() == (NOON_MS + 1, 1_234_500)


async def test_whoever_watches_its_thread_sees_it_rest_work_and_hang(path: Path) -> None:
    journal = await SqliteJournal.open(path)
    resting = journal.progress
    assert not resting.busy
    await journal.outbox_depth()
    assert not journal.progress.busy
    assert journal.progress.steps > resting.steps

    ended = threading.Event()
    hanging = asyncio.create_task(journal._call(ended.wait))
    await asyncio.sleep(0.05)
    hung = journal.progress
    await asyncio.sleep(0.05)
    assert hung.busy
    assert journal.progress == hung
    hanging.cancel()
    ended.set()
    await journal.outbox_depth()

    enough = threading.Event()
    working = asyncio.create_task(journal._call(partial(_work, enough)))
    before = journal.progress
    async with asyncio.timeout(DEADLINE_S):
        while journal.progress.steps == before.steps:
            await asyncio.sleep(0.001)
    assert journal.progress.busy
    enough.set()
    await working
    await journal.close()
    assert not journal.progress.busy


def _work(enough: threading.Event) -> None:
    """A long statement, for the processor."""
    while not enough.is_set():
        pass


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
        await journal.commit(opened(watch_id=watch_id))
        for seq in range(1, 31, 3):
            records = tuple(record(seq + n) for n in range(3))
            commit = Commit(watch_id, WEARER, journal="7", cursor=seq + 3, records=records)
            assert await journal.commit(commit) == ()

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(sync(f"{number:032x}"))
    cursors = look("SELECT watch_id, cursor FROM journals ORDER BY watch_id")
    assert cursors == [(f"{number:032x}", 31) for number in range(8)]
    assert look("SELECT count(*) FROM records GROUP BY journal_row") == [(30,)] * 8


async def test_a_cancelled_commit_is_whole_or_not_there(journal: SqliteJournal, look: Look) -> None:
    await journal.commit(opened())
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


class TestCheck:
    async def test_a_sound_one(self, path: Path) -> None:
        async with await SqliteJournal.open(path) as journal:
            await journal.commit(opened())
            assert await journal.check() is None

    async def test_a_damaged_one_is_recovered_by_the_next_call(self, path: Path) -> None:
        await fill_and_damage(path, "quarantine")
        async with await SqliteJournal.open(path) as journal:
            assert await journal.holds(WEARER, DAY) == (hold(1),)
            found = await journal.check()
            assert found is not None
            assert found.code == "journal_damaged"
            assert codes(journal) == []
            assert await journal.holds(WEARER, DAY) == ()
            assert codes(journal) == ["journal_new"]

    async def test_damage_that_a_backup_meets_is_recovered_by_the_next_call(self, path: Path) -> None:
        """Else the copies would fail day after day, and what is written meanwhile would be lost with it."""
        await fill_and_damage(path, "quarantine")
        async with await SqliteJournal.open(path) as journal:
            with pytest.raises(StorageError, match="is damaged"):
                await journal.backup(path.with_name("copy.sqlite"))
            assert codes(journal) == []
            assert await journal.holds(WEARER, DAY) == ()
            assert codes(journal) == ["journal_new"]

    async def test_commits_go_on_meanwhile(self, path: Path) -> None:
        async with await SqliteJournal.open(path) as journal:
            await journal.commit(opened())
            checking = asyncio.create_task(journal.check())
            for seq in range(1, 30, 3):
                await journal.commit(step(seq))
            assert await checking is None


class TestRecovered:
    """What was read of the file before tells nothing of the one that took its place."""

    async def test_a_watch_has_to_load_anew(self, path: Path) -> None:
        await fill_and_damage(path, "quarantine")
        async with await SqliteJournal.open(path) as journal:
            assert (await journal.load(WATCH))[1] != ()
            assert await journal.check() is not None
            with pytest.raises(StorageError, match="was recovered meanwhile: read it anew"):
                await journal.commit(Commit(WATCH, WEARER, inputs=(logged(2),)))
            await journal.commit(Commit("ff" * 16, WEARER, inputs=(logged(3),)))
            assert await journal.load(WATCH) == (None, ())
            await journal.commit(Commit(WATCH, WEARER, inputs=(logged(4),)))
            assert await journal.load(WATCH) == (None, (logged(4),))

    async def test_answers_of_the_broker_are_of_other_rows(self, path: Path) -> None:
        await fill_and_damage(path, "quarantine")
        async with await SqliteJournal.open(path) as journal:
            (row,) = await journal.outbox(0, 9)
            assert await journal.check() is not None
            await journal.commit(Commit("ff" * 16, WEARER, outbox=(event(5),)))
            for settle in (journal.outbox_sent((row.row_id,)), journal.outbox_parked(row.row_id, "no")):
                with pytest.raises(StorageError, match="was recovered meanwhile"):
                    await settle
            with pytest.raises(StorageError, match="was recovered meanwhile"):
                await journal.outbox(0, 9, on=True)
            assert await journal.outbox(0, 9) == (replace(event(5), row_id=row.row_id),)
            await journal.outbox_sent((row.row_id,))
            assert await journal.outbox(0, 9) == ()


def codes(journal: SqliteJournal) -> list[str]:
    return [notice.code for notice in journal.notices]


async def fill_and_damage(path: Path, table: str) -> None:
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(opened())
        await journal.commit(step(1))
    damage_root(path, table)


class TestHealth:
    async def test_commits_are_measured(self, path: Path) -> None:
        seconds = iter(range(0, 1000, 3))
        async with await SqliteJournal.open(path, monotonic=lambda: float(next(seconds))) as journal:
            assert journal.health == StorageHealth("ok", "", None)
            await journal.commit(opened())
            assert journal.health == StorageHealth("ok", "", 3000.0)

    async def test_a_full_disk_gives_up_its_ballast_until_there_is_room(self, path: Path) -> None:
        """A limit on pages is SQLite's own way of having no room."""
        async with await SqliteJournal.open(path, inline=True, ballast_bytes=65536) as journal:
            await journal.commit(opened())
            assert path.with_name("journal.ballast").exists()
            limit_pages(journal, 1)
            with pytest.raises(StorageError, match="its disk is full"):
                await journal.commit(step(1, 500))
            assert state_of(journal) == "full"
            assert "its disk is full" in journal.health.reason
            assert not path.with_name("journal.ballast").exists()
            limit_pages(journal, 1_000_000)
            await journal.commit(step(1))
            assert state_of(journal) == "ok"
            assert path.with_name("journal.ballast").exists(), "there is room again"

    async def test_into_the_last_room_go_alerts_and_no_records(self, path: Path, look: Look) -> None:
        """More ballast than there is disk: it has next to no room by that measure."""
        async with await SqliteJournal.open(path, ballast_bytes=2 * FREE_BYTES) as journal:
            await journal.commit(opened())
            assert state_of(journal) == "full"
            with pytest.raises(StorageError, match="next to no room: free some space"):
                await journal.commit(step(1))
            assert state_of(journal) == "full"
            await journal.commit(Commit(WATCH, WEARER, outbox=(event(1),)))
            await journal.outbox_sent((1,))
            assert look("SELECT state FROM outbox") == [("sent",)]
            assert look("SELECT * FROM records") == []


def state_of(journal: SqliteJournal) -> str:
    return journal.health.state


def limit_pages(journal: SqliteJournal, pages: int) -> None:
    """Of the connection that the journal has now."""
    with journal._database.alone() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages}")


class TestMark:
    async def test_each_commit_with_inputs_sets_it(self, path: Path) -> None:
        async with await SqliteJournal.open(path) as journal:
            await journal.commit(opened())
            assert mark.read(path) is None
            await journal.commit(Commit(WATCH, WEARER, inputs=(logged(5), logged(3))))
            assert mark.read(path) == NOON_MS + 5
            await journal.commit(Commit(WATCH, WEARER, inputs=(logged(4),)))
            assert mark.read(path) == NOON_MS + 5

    async def test_one_that_was_further_is_told_and_set_back(self, path: Path) -> None:
        async with await SqliteJournal.open(path) as journal:
            await journal.commit(Commit(WATCH, WEARER, inputs=(logged(5),)))
        mark.write(path, NOON_MS + 9)
        async with await SqliteJournal.open(path) as journal:
            assert codes(journal) == ["journal_older"]
            await journal.commit(Commit(WATCH, WEARER, inputs=(logged(6),)))
        async with await SqliteJournal.open(path) as journal:
            assert journal.notices == ()


def test_inline_needs_neither_thread_nor_loop(path: Path) -> None:
    threads = set(threading.enumerate())
    journal = at_once(SqliteJournal.open(path, inline=True))
    at_once(journal.commit(opened()))
    at_once(journal.commit(step(1)))
    view = at_once(SqliteJournal.open_readonly(path, inline=True))
    assert at_once(view.holds(WEARER, DAY)) == (hold(1),)
    assert set(threading.enumerate()) <= threads
    at_once(view.close())
    at_once(journal.close())
    assert {found.name for found in path.parent.iterdir()} == {
        "journal.db",
        "journal.ballast",
        "journal.mark",
    }


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Its result, if it never waits."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    coroutine.close()
    pytest.fail(f"{coroutine} waits")
