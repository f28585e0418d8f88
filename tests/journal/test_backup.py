"""Copies of the journal: whole, private, made beside commits, and no more of them than are needed."""

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.journal.examples import WATCH, WEARER, hold, opened, stamp, step
from wearsync.errors import StorageError
from wearsync.journal import backup
from wearsync.journal.migrations import APPLICATION_ID, MIGRATIONS
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit

DAY = date(2026, 3, 14)
DEADLINE_S = 20
# Several looks at whether to stop.
MANY = 20_000


@pytest.fixture
def copy(path: Path) -> Path:
    return path.with_name("copy.sqlite")


async def written(journal: SqliteJournal, records: int = 30) -> None:
    await journal.commit(opened())
    await journal.commit(step(1, records))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_copy_has_all_that_was_committed_and_is_private(journal: SqliteJournal, copy: Path) -> None:
    await written(journal)
    was = os.umask(0)
    try:
        await journal.backup(copy)
    finally:
        os.umask(was)
    assert mode(copy) == 0o600
    async with await SqliteJournal.open(copy) as other:
        day = stamp().local_date
        assert await other.holds(WEARER, day) == await journal.holds(WEARER, day)
        assert await other.load(WATCH) == await journal.load(WATCH)
        assert await other.outbox(0, 100) == await journal.outbox(0, 100)


async def test_second_one_takes_the_place_of_the_first(journal: SqliteJournal, copy: Path) -> None:
    await journal.backup(copy)
    await written(journal)
    copy.with_name(f"{copy.name}.partial").write_text("left by a killed process")
    await journal.backup(copy)
    assert not copy.with_name(f"{copy.name}.partial").exists()
    async with await SqliteJournal.open(copy) as other:
        assert hold(1) in await other.holds(WEARER, stamp().local_date)


async def test_commits_go_on_meanwhile(journal: SqliteJournal, copy: Path) -> None:
    """Any number of them: a backup on the writer's thread would let none pass."""
    await written(journal, MANY)
    copying = asyncio.create_task(journal.backup(copy))
    commits = 0
    async with asyncio.timeout(DEADLINE_S):
        while not copying.done():
            await journal.commit(Commit(WATCH, WEARER))
            commits += 1
    await copying
    assert commits > 3


async def test_closing_the_journal_ends_it_or_it_was_whole_before(journal: SqliteJournal, copy: Path) -> None:
    await written(journal, MANY)
    copying = asyncio.create_task(journal.backup(copy))
    await asyncio.sleep(0)
    await journal.close()
    (ended,) = await asyncio.gather(copying, return_exceptions=True)
    if ended is None:  # the copy was faster than the closing: then it is a whole one
        backup.verify(copy)
    else:
        assert isinstance(ended, StorageError)
        assert "interrupted" in str(ended)
        assert not list(copy.parent.glob("copy*"))


async def test_nothing_is_left_of_one_that_was_stopped(
    journal: SqliteJournal, path: Path, copy: Path
) -> None:
    await written(journal, MANY)
    looks = iter([False, True])
    with pytest.raises(StorageError, match="interrupted"):
        backup.write(path, copy, stop=lambda: next(looks))
    assert not list(copy.parent.glob("copy*"))
    backup.write(path, copy)
    backup.verify(copy)


async def test_place_that_cant_be_written(journal: SqliteJournal, copy: Path) -> None:
    with pytest.raises(StorageError, match=r"can't be written \(No such file or directory\): choose another"):
        await journal.backup(copy / "there" / "is.none")
    os.mkdir(copy)  # noqa: PTH102
    with pytest.raises(StorageError, match=r"can't be written \(Is a directory\)"):
        await journal.backup(copy)
    assert not list(copy.parent.glob("*.partial"))


def test_journal_that_cant_be_read(path: Path, copy: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(StorageError, match="is not a database"):
        backup.write(path, copy)
    assert not list(copy.parent.glob("copy*"))


@pytest.fixture
async def sound(journal: SqliteJournal, copy: Path) -> Path:
    await written(journal, 300)
    await journal.backup(copy)
    return copy


def refused(copy: Path, text: str) -> None:
    with pytest.raises(StorageError, match=text):
        backup.verify(copy)


def test_looking_at_a_copy_leaves_no_trace(sound: Path) -> None:
    before = sound.read_bytes()
    backup.verify(sound)
    assert sound.read_bytes() == before
    assert list(sound.parent.glob("copy*")) == [sound]


def test_damaged_copy_is_told(sound: Path) -> None:
    before = sound.read_bytes()
    sound.write_bytes(before[:9000] + bytes(4000) + before[13000:])
    refused(sound, "is damaged")
    sound.write_bytes(before[: len(before) // 2])
    refused(sound, "is damaged")
    sound.write_bytes(b"nonsense" * 1000)
    refused(sound, "is damaged .file is not a database")
    sound.write_bytes(b"")
    refused(sound, "is empty")
    sound.unlink()
    refused(sound, "there is no backup")


def test_what_is_no_copy_of_ours(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE t (x)")
    refused(foreign, "is no journal of wearsync")
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    refused(foreign, "is of a newer wearsync")


async def test_quarantined_record_is_no_damage(journal: SqliteJournal, copy: Path) -> None:
    """SQLite 3.40 took a sound row of that table for damaged, as its columns once stood."""
    await written(journal, 3)
    again = step(1).records[0]
    other = replace(again, record=replace(again.record, raw=b"other"))
    assert len(await journal.commit(Commit(WATCH, WEARER, records=(other,)))) == 1
    await journal.backup(copy)
    backup.verify(copy)


def test_the_newest_is_first_and_nothing_else_is_taken_for_one(tmp_path: Path) -> None:
    for name in (
        "journal-2026-03-14.sqlite",
        "journal-2025-12-31.sqlite",
        "journal-2026-03-15.sqlite",
        "journal-2026-03-16.sqlite.partial",
        "journal-2026-02-31.sqlite",
        "journal-2026-03-17.sqlite-wal",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    found = [path.name for path in backup.newest_first(tmp_path)]
    assert found == [
        "journal-2026-03-15.sqlite",
        "journal-2026-03-14.sqlite",
        "journal-2025-12-31.sqlite",
    ]
    assert backup.newest_first(tmp_path / "none") == ()
    assert backup.path_of(tmp_path, DAY) == tmp_path / found[1]


async def test_a_day_that_a_wrong_clock_named_is_not_the_newest(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    """Else a journal that breaks years later would be put back to that day."""
    days = (DAY, DAY.replace(year=DAY.year + 10), DAY + timedelta(days=1))
    paths = [backup.path_of(tmp_path, day) for day in days]
    await journal.commit(opened())
    for seq, path in enumerate(paths, start=1):
        await journal.commit(step(seq, 1))
        await journal.backup(path)
    unreadable = backup.path_of(tmp_path, DAY + timedelta(days=2))
    unreadable.write_bytes(b"not a database" * 100)
    assert backup.newest_first(tmp_path) == (*reversed(paths), unreadable)


def test_what_a_process_left_of_a_copy_is_cleared(tmp_path: Path) -> None:
    whole = backup.path_of(tmp_path, DAY)
    whole.touch()
    for suffix in (".partial", ".partial-journal"):
        whole.with_name(whole.name + suffix).touch()
    backup.clear(tmp_path)
    assert list(tmp_path.iterdir()) == [whole]


def test_a_week_of_days_and_a_month_of_weeks_are_kept(tmp_path: Path) -> None:
    """Day after day for a year: what is kept is right each day, not only at the end."""
    there: list[Path] = []
    for n in range(365):
        today = DAY + timedelta(days=n)
        there.insert(0, backup.path_of(tmp_path, today))
        gone = backup.superfluous(there)
        there = [path for path in there if path not in gone]
        days = [date.fromisoformat(path.stem.removeprefix("journal-")) for path in reversed(there)]
        assert days[-7:] == [today - timedelta(days=back) for back in range(6, -1, -1)][-len(days) :]
        assert len(days) <= 7 + 4
        if n > 35:
            assert len(days) == 7 + 4
            assert timedelta(days=21) <= today - days[0] <= timedelta(days=28)
            assert max(b - a for a, b in pairwise(days)) <= timedelta(days=7)


def test_a_machine_that_is_seldom_on_keeps_its_last_seven(tmp_path: Path) -> None:
    paths = [backup.path_of(tmp_path, DAY - timedelta(days=30 * n)) for n in range(20)]
    assert set(paths) - set(backup.superfluous(paths)) == set(paths[:11])
    assert backup.superfluous(paths[:3]) == ()
