"""What is left of a journal is kept; the newest sound copy takes its place; at no moment is there neither."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from wearsync.errors import StorageError
from wearsync.journal import backup, mark, recovery
from wearsync.journal.database import Database

DAY = date(2026, 3, 14)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.sqlite"
    backup.directory_of(path).mkdir()
    return path


def write_journal(path: Path, host_ms: int) -> bytes:
    """A journal that tells that time; its bytes."""
    with opened(path) as database, database.writing() as connection:
        connection.execute(
            "INSERT INTO host_time VALUES (1, :t, 0) ON CONFLICT DO UPDATE SET host_ms = :t", {"t": host_ms}
        )
    return path.read_bytes()


def back_up(path: Path, days_ago: int = 0) -> Path:
    copy = backup.path_of(backup.directory_of(path), DAY - timedelta(days=days_ago))
    backup.write(path, copy)
    return copy


def time_in(path: Path) -> int | None:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT host_ms FROM host_time").fetchone()
    return row[0] if row else None


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    database = Database(path)
    database.open()
    try:
        yield database
    finally:
        database.close()


def names(path: Path) -> set[str]:
    return {found.name for found in path.parent.iterdir() if found.is_file()}


class TestRecover:
    def test_the_newest_sound_copy_takes_its_place(self, path: Path) -> None:
        write_journal(path, 1)
        back_up(path, days_ago=3)
        write_journal(path, 2)
        back_up(path, days_ago=2)
        back_up(path, days_ago=1).write_bytes(b"a copy that is damaged itself")
        back_up(path).write_bytes(b"")
        path.write_bytes(b"what is left")
        path.with_name("journal.sqlite-wal").write_bytes(b"and its log")
        notice = recovery.recover(path, unix_s=77)
        assert notice.code == "journal_restored"
        assert "journal-2026-03-12.sqlite took its place" in notice.text
        assert "\n" not in notice.text
        assert time_in(path) == 2
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.with_name("journal.sqlite.damaged-77").read_bytes() == b"what is left"
        assert path.with_name("journal.sqlite.damaged-77-wal").read_bytes() == b"and its log"
        assert names(path) == {"journal.sqlite", "journal.sqlite.damaged-77", "journal.sqlite.damaged-77-wal"}

    def test_what_an_upgrade_has_copied_is_the_last_resort(self, path: Path) -> None:
        write_journal(path, 1)
        back_up(path).replace(path.with_name("journal.sqlite.schema-1.backup"))
        path.write_bytes(b"what is left")
        assert "journal.sqlite.schema-1.backup took" in recovery.recover(path, unix_s=77).text
        assert time_in(path) == 1

    def test_what_a_person_has_replaced_is_better_than_nothing(self, path: Path) -> None:
        write_journal(path, 1)
        path.replace(path.with_name("journal.sqlite.replaced-70"))
        assert "journal.sqlite.replaced-70 took" in recovery.recover(path, unix_s=77).text
        assert time_in(path) == 1

    def test_a_copy_whose_names_are_no_text_is_no_sound_one(self, path: Path) -> None:
        content = write_journal(path, 1)
        back_up(path).write_bytes(content.replace(b"CREATE TABLE journals", b"CREATE TABLE \xff\xfeurnals"))
        assert recovery.recover(path, unix_s=77).code == "journal_new"

    def test_without_a_copy_there_is_none(self, path: Path) -> None:
        path.write_bytes(b"what is left")
        assert recovery.recover(path, unix_s=77).code == "journal_new"
        assert names(path) == {"journal.sqlite.damaged-77"}

    def test_nothing_is_overwritten_and_little_is_kept(self, path: Path) -> None:
        for number in range(5):
            path.write_bytes(b"%d" % number)
            path.with_name("journal.sqlite-wal").write_bytes(b"log")
            recovery.recover(path, unix_s=98 if number < 3 else 98 + number)
        asides = [f"journal.sqlite.damaged-{unix_s}" for unix_s in (100, 101, 102)]
        assert names(path) == {aside + suffix for aside in asides for suffix in ("", "-wal")}
        assert [path.with_name(aside).read_bytes() for aside in asides] == [b"2", b"3", b"4"]

    def test_one_that_can_not_be_put_there_stays_as_it_is(self, path: Path) -> None:
        """A full disk is no reason to begin anew: the journal waits for room."""
        write_journal(path, 1)
        back_up(path)
        path.write_bytes(b"what is left")
        path.with_name("journal.sqlite.partial").mkdir()
        with pytest.raises(StorageError, match=r"journal .* can't be restored \(.+\): check its disk"):
            recovery.recover(path, unix_s=77)
        assert path.read_bytes() == b"what is left"


class TestRestore:
    def test_what_was_there_stays_beside_it(self, path: Path) -> None:
        write_journal(path, 1)
        copy = back_up(path)
        content = write_journal(path, 2)
        mark.write(path, 2)
        recovery.restore(path, copy, unix_s=77)
        assert time_in(path) == 1
        assert path.with_name("journal.sqlite.replaced-77").read_bytes() == content
        assert copy.exists()
        with opened(path) as database:
            assert database.notices == (), "it was to become older"

    def test_where_there_was_none(self, path: Path, tmp_path: Path) -> None:
        write_journal(path, 1)
        copy = back_up(path)
        elsewhere = tmp_path / "new" / "journal.sqlite"
        recovery.restore(elsewhere, copy, unix_s=77)
        assert time_in(elsewhere) == 1
        assert names(elsewhere) == {"journal.sqlite"}

    @pytest.mark.parametrize("content", [b"", b"no journal", None])
    def test_what_is_no_sound_journal_is_refused(self, path: Path, content: bytes | None) -> None:
        before = write_journal(path, 1)
        copy = path.with_name("copy")
        if content is not None:
            copy.write_bytes(content)
        with pytest.raises(StorageError, match="copy"):
            recovery.restore(path, copy, unix_s=77)
        assert path.read_bytes() == before
        assert names(path) <= {"journal.sqlite", "copy"}


class TestEndedOnTheWay:
    """Killed between any two of its steps: the next open goes on."""

    def test_with_half_a_copy(self, path: Path) -> None:
        write_journal(path, 1)
        back_up(path)
        path.write_bytes(b"x" * 5000)
        path.with_name("journal.sqlite.partial").write_bytes(b"half a copy")
        with opened(path) as database:
            assert [notice.code for notice in database.notices] == ["journal_restored"]
        assert time_in(path) == 1
        assert not path.with_name("journal.sqlite.partial").exists()

    @pytest.mark.parametrize("wal_moved", [False, True])
    def test_with_the_old_one_aside_and_the_new_one_not_there(self, path: Path, wal_moved: bool) -> None:
        write_journal(path, 1)
        back_up(path)
        path.rename(path.with_name("journal.sqlite.damaged-77"))
        stale = "journal.sqlite.damaged-77-wal" if wal_moved else "journal.sqlite-wal"
        path.with_name(stale).write_bytes(b"of the damaged one")
        with opened(path) as database:
            assert [notice.code for notice in database.notices] == ["journal_restored"]
        assert time_in(path) == 1

    def test_with_the_old_one_aside_and_no_copy(self, path: Path) -> None:
        path.with_name("journal.sqlite.damaged-77").write_bytes(b"what is left")
        with opened(path) as database:
            assert [notice.code for notice in database.notices] == ["journal_new"]


class TestTorn:
    def test_half_a_page_and_no_log_is_recovered(self, path: Path) -> None:
        content = write_journal(path, 1)
        back_up(path)
        path.write_bytes(content[:-8])
        assert recovery.is_torn(path)
        with opened(path) as database:
            assert [notice.code for notice in database.notices] == ["journal_restored"]
        assert time_in(path) == 1
        assert not recovery.is_torn(path)

    @pytest.mark.parametrize("suffix", ["-wal", "-journal"])
    def test_what_can_still_be_completed_is_not_torn(self, path: Path, suffix: str) -> None:
        path.write_bytes(write_journal(path, 1)[:-8])
        path.with_name(path.name + suffix).write_bytes(b"the rest")
        assert not recovery.is_torn(path)

    def test_somebody_elses_file_is_not_ours_to_judge(self, path: Path) -> None:
        path.write_bytes(b"no journal, but of an odd length")
        assert not recovery.is_torn(path)
        assert not recovery.is_torn(path.with_name("none"))

    def test_pages_of_64_kib(self, path: Path) -> None:
        content = write_journal(path, 1)
        large = content[:16] + b"\x00\x01" + content[18:]
        path.write_bytes(large.ljust(4 * 65536, b"\0"))
        assert not recovery.is_torn(path)
        path.write_bytes(large.ljust(4 * 65536 - 4096, b"\0"))
        assert recovery.is_torn(path)


class TestOurs:
    def test_by_its_header(self, path: Path) -> None:
        content = write_journal(path, 1)
        path.write_bytes(content[:100] + b"\xff" * 5000)
        assert recovery.is_ours(path)
        path.write_bytes(b"\xff" * 5000)
        assert not recovery.is_ours(path)

    def test_by_what_stands_around_it(self, path: Path) -> None:
        path.write_bytes(b"\xff" * 5000)
        mark.write(path, 1)
        assert recovery.is_ours(path)

    def test_a_place_that_can_not_be_looked_at_has_none(self, tmp_path: Path) -> None:
        assert not recovery.is_lost(tmp_path / ("a" * 300) / "journal.sqlite")
        assert not recovery.is_ours(tmp_path / ("a" * 300) / "journal.sqlite")
