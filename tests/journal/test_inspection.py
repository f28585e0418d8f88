"""A journal looked at from outside, as it is and as it should not be."""

import os
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from wearsync.journal import backup
from wearsync.journal.inspection import Unfit, inspect
from wearsync.journal.migrations import MIGRATIONS
from wearsync.journal.store import SqliteJournal


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal.sqlite"
    async with await SqliteJournal.open(path, ballast_bytes=0):
        return path


def test_a_sound_one(journal: Path) -> None:
    found = inspect(journal)
    assert (found.schema, found.newest, found.unfit) == (len(MIGRATIONS), len(MIGRATIONS), None)
    assert found.is_whole
    assert found.copy is None
    assert found.size_bytes == journal.stat().st_size


def test_its_newest_copy(journal: Path) -> None:
    directory = backup.directory_of(journal)
    directory.mkdir()
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        backup.write(journal, backup.path_of(directory, day))
    assert inspect(journal).copy == date(2026, 3, 2)


async def test_a_daemon_goes_on_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with await SqliteJournal.open(path, ballast_bytes=0) as journal:
        assert inspect(path).is_whole
        await journal.host_time()


@pytest.mark.parametrize(("schema", "unfit"), [(99, Unfit.NEWER), (1, None)])
def test_other_versions(journal: Path, schema: int, unfit: Unfit | None) -> None:
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute(f"PRAGMA user_version = {schema}")
    found = inspect(journal)
    assert (found.schema, found.unfit, found.is_whole) == (schema, unfit, False)


def test_damage_in_the_header_and_behind(journal: Path) -> None:
    content = journal.read_bytes()
    journal.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    assert inspect(journal).unfit is Unfit.DAMAGED
    journal.write_bytes(os.urandom(len(content)))
    assert inspect(journal).unfit is Unfit.DAMAGED


def test_what_is_none(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    assert inspect(path).unfit is Unfit.FOREIGN
    path.unlink()
    assert inspect(path).unfit is Unfit.UNREADABLE
    path.mkdir()
    assert inspect(path).unfit is Unfit.UNREADABLE


def test_a_journal_that_is_locked_can_not_be_read(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        found = inspect(journal)
        connection.execute("ROLLBACK")
    assert (found.unfit, "locked by another program" in found.text) == (Unfit.UNREADABLE, True)
