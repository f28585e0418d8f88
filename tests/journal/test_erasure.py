"""Deleting for good: what goes and what stays, to the last byte; whenever it is interrupted."""

import asyncio
import multiprocessing
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.journal.conftest import Look
from tests.journal.erasing import erase_until
from tests.journal.examples import JOURNAL_ID, WATCH, logged, opened, stamp
from tests.journal.lives import (
    RECORDS_A_DAY,
    again,
    corrected,
    date_of,
    files_with,
    first_seq,
    hold_id,
    lived,
    on,
    state,
    traces,
)
from wearsync.coordinator.state import OpenSession, to_json
from wearsync.errors import StorageError, UsageError
from wearsync.journal import backup, erasure, recovery
from wearsync.journal.store import SqliteJournal
from wearsync.model import Routine, SessionSource
from wearsync.ports import Commit, Erasure

# Anna wore the watch for three days, then Bob, then she again.
DAYS = (("anna", 0), ("anna", 1), ("anna", 2), ("bob", 3), ("bob", 4), ("anna", 5))
DEADLINE_S = 20
# An erasure takes some thirty statements.
STEPS_MAX = 80
EVER = date.min


@pytest.fixture
async def lives(path: Path) -> AsyncIterator[SqliteJournal]:
    """A journal with both, copies of it, and what was set aside."""
    async with await SqliteJournal.open(path, ballast_bytes=0) as journal:
        await live(journal)
        backup.directory_of(path).mkdir()
        await journal.backup(backup.path_of(backup.directory_of(path), date_of(5)))
        shutil.copy(path, path.with_name(f"{path.name}.replaced-17"))
        shutil.copy(path, path.with_name(f"{path.name}.schema-1.backup"))
        yield journal


async def live(journal: SqliteJournal) -> None:
    await journal.commit(opened())
    for wearer, day in DAYS:
        await journal.commit(lived(wearer, day))
        await journal.commit(again(wearer, day))
        await journal.commit(corrected(wearer, day))


def days_left(path: Path) -> list[tuple[str, int]]:
    """Days of which there is a trace; none is there in part."""
    left = []
    for wearer, day in DAYS:
        found = {bool(files_with(trace, path.parent)) for trace in traces(wearer, day)}
        assert len(found) == 1, f"{wearer}'s day {day} is there by halves"
        left += [(wearer, day)] if found.pop() else []
    return left


async def test_everything_goes_and_only_numbers_stay(lives: SqliteJournal, path: Path, look: Look) -> None:
    assert days_left(path) == list(DAYS)
    assert await lives.erase(Erasure()) == 2 * len(DAYS)
    assert days_left(path) == []
    assert files_with(b"anna", path.parent) == files_with(b"bob", path.parent) == []
    assert files_with(b"alert-pain", path.parent) == files_with(b':"pain"', path.parent) == []
    for table in (
        "records",
        "quarantine",
        "holds",
        "sessions",
        "days",
        "away",
        "amendments",
        "cues",
        "erasures",
    ):
        assert look(f"SELECT * FROM {table}") == []
    assert look("SELECT DISTINCT host_ms, sent_ms FROM outbox") == [(0, 0)]  # nor does anything tell when
    left = {each.name for each in path.parent.iterdir()}
    assert left <= {path.name, f"{path.name}-wal", f"{path.name}-shm", "backups"}
    assert not list(backup.directory_of(path).iterdir())


async def test_what_was_deleted_does_not_come_twice(lives: SqliteJournal, look: Look) -> None:
    cursor = first_seq(len(DAYS))
    await lives.erase(Erasure())
    assert (await lives.position(WATCH, JOURNAL_ID, 1, cursor)).cursor == cursor
    waiting = await lives.outbox(0, 1000)
    await lives.commit(Commit(WATCH, "anna", outbox=lived("anna", 1).outbox[:3]))
    assert await lives.outbox(0, 1000) == waiting == ()
    assert await lives.outbox_resend(None) == 0
    assert (await lives.outbox_depth()).dropped == 0  # that is said of what nobody deleted


async def test_one_wearer_of_two_on_one_watch(lives: SqliteJournal, path: Path, look: Look) -> None:
    assert await lives.erase(Erasure(wearer="anna")) == 8
    assert days_left(path) == [("bob", 3), ("bob", 4)]
    assert files_with(b"anna", path.parent) == []
    assert [hold.session for hold in await lives.holds("bob", EVER)] == [3, 4]
    assert len(await lives.outbox(0, 1000)) == 8
    assert {row[0] for row in look("SELECT session FROM cues")} == {3, 4}
    # Between two wearers' results nobody can tell whose a record is.
    bobs = range(first_seq(3) + 1, first_seq(4) + 3)
    assert [row[0] for row in look("SELECT seq FROM records")] == list(bobs)


async def test_before_a_date(lives: SqliteJournal, path: Path, look: Look) -> None:
    assert await lives.erase(Erasure(before=date_of(4))) == 8
    assert days_left(path) == [("bob", 4), ("anna", 5)]
    assert [row[0] for row in look("SELECT seq FROM records")] == list(
        range(first_seq(4), first_seq(5) + RECORDS_A_DAY)
    )
    assert [hold.session for hold in await lives.holds("anna", EVER)] == [5]


async def test_one_wearer_before_a_date(lives: SqliteJournal, path: Path) -> None:
    assert await lives.erase(Erasure(wearer="anna", before=date_of(2))) == 4
    assert days_left(path) == list(DAYS[2:])


async def test_records_go_with_their_session_and_undated_ones_too(
    path: Path, journal: SqliteJournal, look: Look
) -> None:
    await journal.commit(opened())
    past, present = lived("anna", 0), lived("anna", 1)
    # It began on a day that is to go, and ended after midnight; its last record could not be dated.
    late = on(1, 0)
    records = (
        past.records[0],
        replace(past.records[1], stamp=late),
        replace(past.records[2], stamp=None),
        replace(past.records[3], stamp=None),
    )
    await journal.commit(replace(past, records=records))
    undated = replace(present.records[0], stamp=None)
    await journal.commit(replace(present, records=(undated, *present.records[1:])))
    await journal.erase(Erasure(before=date_of(1)))
    # The undated ones before the session that stays are kept with it.
    assert [row[0] for row in look("SELECT seq FROM records")] == [4, 5, 6, 7, 8]


async def test_state_forgets_and_goes_on(lives: SqliteJournal) -> None:
    await lives.erase(Erasure(wearer="anna"))
    checkpoint, inputs = await lives.load(WATCH)
    assert checkpoint == to_json(replace(state(5), last_cue=None))
    assert inputs == ()


async def test_a_session_that_goes_on_is_not_deleted_from_under_it(lives: SqliteJournal, path: Path) -> None:
    await lives.commit(Commit(WATCH, "anna", inputs=(logged(1),)))
    for chosen in (Erasure(), Erasure(wearer="anna"), Erasure(before=date_of(1))):
        with pytest.raises(UsageError, match="has a session: stop it first"):
            await lives.erase(chosen)
    session = OpenSession(7, SessionSource.HOST, Routine(), stamp())
    await lives.commit(Commit(WATCH, "anna", checkpoint=to_json(replace(state(5), session=session))))
    with pytest.raises(UsageError, match="has a session: stop it first"):
        await lives.erase(Erasure())
    assert days_left(path) == list(DAYS)
    await lives.erase(Erasure(wearer="eve"))  # concerns nobody here


async def test_reader_holds_it_up_and_it_is_finished_at_the_next_start(
    lives: SqliteJournal, path: Path, look: Look
) -> None:
    """Both wait as long for the reader as any transaction does, so they do it together."""
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM holds").fetchone()
        erasing = asyncio.create_task(lives.erase(Erasure()))
        while look("SELECT count(*) FROM erasures") == [(0,)]:
            await asyncio.sleep(0.01)
        async with await SqliteJournal.open(path, ballast_bytes=0) as another:
            assert [notice.code for notice in another.notices] == ["erasure_unfinished"]
        with pytest.raises(StorageError, match=r"not from the file yet .* is read by another program"):
            await erasing
        assert await lives.holds("anna", EVER) == ()
    await lives.close()
    assert look("SELECT count(*) FROM erasures") == [(1,)]
    async with await SqliteJournal.open(path, ballast_bytes=0) as journal:
        assert journal.notices == ()
    assert look("SELECT count(*) FROM erasures") == [(0,)]
    assert days_left(path) == []


async def test_backup_of_what_is_left_brings_nothing_back(lives: SqliteJournal, path: Path) -> None:
    await lives.erase(Erasure(wearer="anna"))
    copy = path.with_name("copy")
    await lives.backup(copy)
    await lives.close()
    recovery.restore(path, copy, unix_s=1)
    async with await SqliteJournal.open(path, ballast_bytes=0) as journal:
        assert [hold.session for hold in await journal.holds("bob", EVER)] == [3, 4]
    assert files_with(b"anna", path.parent) == []


async def test_killed_anywhere_it_is_whole_or_not_begun(
    lives: SqliteJournal, path: Path, tmp_path: Path
) -> None:
    """Before each statement, and each file's deletion, in turn."""
    await lives.close()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.journal.erasing"])
    kept = erased = 0
    for step in range(1, STEPS_MAX):
        here = tmp_path / str(step) / path.name
        shutil.copytree(path.parent, here.parent)
        process = context.Process(target=erase_until, args=(here, step, Erasure(wearer="anna")))
        process.start()
        process.join(DEADLINE_S)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        async with await SqliteJournal.open(here, inline=True, ballast_bytes=0) as journal:
            assert journal.notices == ()
            assert [hold.session for hold in await journal.holds("bob", EVER)] == [3, 4]
            assert await journal.hold(hold_id(3)) is not None
        if days_left(here) == list(DAYS):
            kept += 1
        else:
            erased += 1
            assert days_left(here) == [("bob", 3), ("bob", 4)]
            assert files_with(b"anna", here.parent) == []
        shutil.rmtree(here.parent)
    assert kept > 10
    assert 7 <= erased < STEPS_MAX - kept - 1


async def test_copy_that_cant_be_deleted_is_named(lives: SqliteJournal, path: Path) -> None:
    stubborn = backup.directory_of(path) / "journal-is-a-directory"
    stubborn.mkdir()
    with pytest.raises(
        StorageError, match=r"not from the file yet .*journal-is-a-directory can't be deleted"
    ):
        await lives.erase(Erasure())
    assert erasure.is_unfinished(path)
    stubborn.rmdir()
    assert await lives.erase(Erasure()) == 0  # asked again, it is finished
    assert days_left(path) == []
