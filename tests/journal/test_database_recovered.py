"""A file that is damaged, gone, or older than it was: what is put in its place, and what is told."""

import shutil
import stat
from datetime import date
from pathlib import Path

import pytest

from tests.journal.damage import damage_root
from tests.journal.putting import got, put
from wearsync.errors import JournalDamaged
from wearsync.journal import backup, mark
from wearsync.journal.database import Database

DAY = date(2026, 3, 14)


def test_a_damaged_file_is_set_aside_for_a_new_one(database: Database, path: Path) -> None:
    put(database, 1)
    database.close()
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(JournalDamaged, match=r"is damaged: .* \(database disk image is malformed\)"):
        Database(path, readonly=True).open()
    assert path.read_bytes() == content
    again = Database(path, wall=lambda: 77.5)
    again.open()
    assert [notice.code for notice in again.notices] == ["journal_new"]
    assert got(again) == []
    again.close()
    aside = path.with_name("journal.db.damaged-77")
    assert aside.read_bytes() == content
    assert {stat.S_IMODE(found.stat().st_mode) for found in (aside, path)} == {0o600}


def test_a_page_that_is_damaged_under_us_is_told_and_then_recovered(database: Database, path: Path) -> None:
    put(database, 1)
    backup.directory_of(path).mkdir()
    backup.write(path, backup.path_of(backup.directory_of(path), DAY))
    put(database, 2)
    database.close()
    damage_root(path, "inputs")
    with pytest.raises(JournalDamaged, match="is damaged"):
        got(database)
    assert database.health.now.state == "failing"
    assert database.recoveries == 0
    assert got(database) == [1]
    assert [notice.code for notice in database.notices] == ["journal_restored"]
    assert database.recoveries == 1
    assert [found.name for found in path.parent.glob("*damaged*")] != []


def test_what_was_only_doubted_stays(database: Database) -> None:
    put(database, 1)
    database.doubt()
    assert got(database) == [1]
    assert (database.notices, database.recoveries) == ((), 0)


def test_damage_at_the_start_that_shows_only_by_the_time_is_recovered(database: Database, path: Path) -> None:
    commit_at(database, 5)
    database.close()
    mark.write(path, 5)
    damage_root(path, "host_time")
    again = Database(path)
    again.open()
    assert [notice.code for notice in again.notices] == ["journal_new"]
    again.close()


def test_garbage_in_the_header_is_recovered_where_there_was_a_journal(database: Database, path: Path) -> None:
    put(database, 1)
    database.close()
    with path.open("r+b") as file:
        file.write(b"no header of a database")
    again = Database(path)
    again.open()
    assert [notice.code for notice in again.notices] == ["journal_new"]
    again.close()


@pytest.mark.parametrize("size_bytes", [3, 60, 5000])
def test_what_is_no_database_and_never_was_a_journal_is_left_alone(path: Path, size_bytes: int) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * size_bytes)
    with pytest.raises(JournalDamaged, match="is not a database: move it away"):
        Database(path).open()
    assert [found.name for found in path.parent.iterdir()] == ["journal.db"]
    assert path.read_bytes() == b"x" * size_bytes


class TestLookingBack:
    """A journal that is older than it was."""

    def test_first_start_and_a_restart_have_nothing_to_say(self, database: Database, path: Path) -> None:
        assert database.notices == ()
        commit_at(database, 5)
        database.close()
        mark.write(path, 5)
        assert notices_at_open(path) == []

    def test_a_killed_first_start_has_nothing_to_say(self, path: Path) -> None:
        path.parent.mkdir()
        path.touch()
        assert notices_at_open(path) == []

    def test_an_older_file_is_told(self, database: Database, path: Path) -> None:
        commit_at(database, 5)
        database.close()
        mark.write(path, 6)
        assert notices_at_open(path) == ["journal_older"]
        assert notices_at_open(path) == ["journal_older"], "until a commit has set the mark anew"

    def test_a_lost_wal_is_told(self, database: Database, path: Path) -> None:
        commit_at(database, 5)
        shutil.copy(path, path.with_name("older"))
        mark.write(path, 5)
        database.close()
        path.with_name("older").replace(path)
        assert notices_at_open(path) == ["journal_older"]

    @pytest.mark.parametrize("left", ["mark", "damaged", "wal"])
    def test_a_file_that_is_gone_is_told(self, database: Database, path: Path, left: str) -> None:
        commit_at(database, 5)
        database.close()
        path.unlink()
        match left:
            case "mark":
                mark.write(path, 5)
            case "damaged":
                path.with_name("journal.db.damaged-1").touch()
            case _:
                path.with_name("journal.db-wal").write_bytes(b"left over")
        assert notices_at_open(path) == ["journal_new"]
        assert len(list(path.parent.glob("journal.db.damaged-*-wal"))) == (left == "wal")

    @pytest.mark.parametrize("emptied", [False, True])
    def test_a_file_that_is_gone_comes_back_from_the_backup(
        self, database: Database, path: Path, emptied: bool
    ) -> None:
        put(database, 1)
        backup.directory_of(path).mkdir()
        backup.write(path, backup.path_of(backup.directory_of(path), DAY))
        database.close()
        path.write_bytes(b"") if emptied else path.unlink()
        again = Database(path)
        again.open()
        assert [notice.code for notice in again.notices] == ["journal_restored"]
        assert got(again) == [1]
        again.close()

    def test_one_that_has_lost_all_with_its_wal_comes_back_too(self, database: Database, path: Path) -> None:
        commit_at(database, 5)
        backup.directory_of(path).mkdir()
        backup.write(path, backup.path_of(backup.directory_of(path), DAY))
        database.close()
        mark.write(path, 5)
        fresh = Database(path.parent / "elsewhere" / "journal.db")
        fresh.open()
        fresh.close()
        fresh.path.replace(path)
        assert notices_at_open(path) == ["journal_restored"]


def commit_at(database: Database, host_ms: int) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO host_time VALUES (1, ?, 0)", (host_ms,))


def notices_at_open(path: Path) -> list[str]:
    database = Database(path)
    database.open()
    database.close()
    return [notice.code for notice in database.notices]
