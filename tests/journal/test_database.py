"""The file itself: who may read it, how durable it is, and what happens when it fails under us."""

import resource
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.journal.putting import got, put
from wearsync.errors import StorageError
from wearsync.journal.database import Database

DAY = date(2026, 3, 14)


def put_all(database: Database, *values: int | str) -> None:
    with database.writing() as connection:
        for value in values:
            connection.execute("INSERT INTO inputs VALUES (NULL, 'w', ?, '')", (value,))


def put_and_divide_by_zero(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO inputs VALUES (NULL, 'w', 1, '')")
        _ = 1 / 0


def test_nobody_else_may_read_it(database: Database, path: Path) -> None:
    put(database, 1)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}


def test_commits_are_durable_and_keys_hold(database: Database) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "fullfsync": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }
    with database.reading() as connection:
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
    assert found == expected


def test_closing_leaves_one_whole_file(database: Database, path: Path) -> None:
    put(database, 1)
    database.close()
    assert [found.name for found in path.parent.iterdir()] == ["journal.db"]
    assert got(database) == [1]


def test_what_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        put_and_divide_by_zero(database)
    with pytest.raises(StorageError, match="cannot store TEXT value in INTEGER column"):
        put_all(database, 2, "three")
    put(database, 4)
    assert got(database) == [4]


def test_a_readonly_view_reads_and_does_not_write(database: Database, path: Path) -> None:
    put(database, 1)
    view = Database(path, readonly=True)
    view.open()
    put(database, 2)
    assert got(view) == [1, 2]
    with pytest.raises(StorageError, match="can't be written"):
        put(view, 3)
    assert got(view) == [1, 2]
    view.close()


def test_a_readonly_view_makes_no_file(path: Path) -> None:
    with pytest.raises(StorageError, match=r"there is no journal .*journal\.db yet"):
        Database(path, readonly=True).open()
    assert not path.parent.exists()


def test_a_readonly_view_does_not_upgrade(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with pytest.raises(StorageError, match=r"is of an older schema \(0\)"):
        Database(path, readonly=True).open()
    assert path.stat().st_size == 0


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("file/state/journal.db", "Not a directory"),
        ("directory", "Is a directory"),
        ("a" * 300 + "/journal.db", "File name too long"),
    ],
)
def test_a_place_that_cannot_be_written(tmp_path: Path, where: str, why: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    with pytest.raises(StorageError, match=rf"can't be opened \({why}\): check its owner and mode"):
        Database(tmp_path / where).open()


def test_a_readonly_file_system() -> None:
    """/proc takes no files, not even of root."""
    with pytest.raises(StorageError, match=r"journal /proc/journal\.db can't be opened"):
        Database(Path("/proc/journal.db")).open()


def test_a_name_that_would_mean_something_in_a_uri(tmp_path: Path) -> None:
    database = Database(tmp_path / "a?mode=ro#%41" / "journal.db")
    database.open()
    put(database, 1)
    assert got(database) == [1]
    database.close()


def test_a_file_that_vanished_is_not_made_anew(database: Database, path: Path) -> None:
    database.close()
    path.unlink()
    with pytest.raises(StorageError, match="can't be opened"):
        put(database, 1)
    assert not path.exists()


def test_whoever_holds_the_file_for_a_moment_is_waited_for(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.2, other.execute, ["COMMIT"])
        release.start()
        put(database, 1)
        release.join()
    assert got(database) == [1]


def test_a_writer_keeps_others_out_from_its_first_moment(database: Database, path: Path) -> None:
    """Else what it has read first could be gone before it writes."""
    with (
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other,
        database.writing(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_a_connection_is_used_on_after_a_harmless_error_only(database: Database) -> None:
    first = connection_of(database)
    with pytest.raises(StorageError, match="NOT NULL"), database.writing() as connection:
        connection.execute("INSERT INTO inputs VALUES (NULL, NULL, 1, '')")
    assert connection_of(database) is first
    with files_no_larger_than(0), pytest.raises(StorageError, match="its storage fails"):
        put(database, 1)
    assert connection_of(database) is not first


def test_a_failing_disk_is_told_and_the_file_opened_anew(database: Database, path: Path) -> None:
    """A real EFBIG from the kernel, once in each place where a commit writes: what was told durable stays."""
    told: list[int] = []
    failures: list[StorageError] = []
    for number in range(60):
        with files_no_larger_than(20_000 * number):
            try:
                put(database, number)
                told.append(number)
            except StorageError as error:
                failures.append(error)
        assert got(database) == told
    assert len(failures) > 5
    assert {type(error.__cause__) for error in failures} == {sqlite3.OperationalError}
    assert all("its storage fails: check disk and system log" in str(error) for error in failures)
    assert len(told) > 5
    database.close()
    assert got(database) == told


def test_a_rollback_that_fails_does_not_hide_why(database: Database) -> None:
    """The statement fails for its own reason; that the transaction can't be ended comes on top."""

    def fail() -> None:
        with database.writing() as connection:
            connection.set_authorizer(only_no_transaction)
            connection.execute("DELETE FROM nowhere")

    with pytest.raises(StorageError, match="no such table: nowhere"):
        fail()
    put(database, 1)
    assert got(database) == [1]


def test_a_rollback_that_fails_after_another_error_takes_the_connection_along(database: Database) -> None:

    def fail() -> None:
        with database.writing() as connection:
            connection.execute("INSERT INTO inputs VALUES (NULL, 'w', 1, '')")
            connection.set_authorizer(only_no_transaction)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert got(database) == []


def test_work_outside_of_a_transaction(database: Database) -> None:
    put(database, 1)
    with database.alone() as connection:
        connection.execute("VACUUM")
    with pytest.raises(StorageError, match="no such table"), database.alone() as connection:
        connection.execute("DELETE FROM nowhere")
    assert got(database) == [1]


def only_no_transaction(action: int, *_: object) -> int:
    """For SQLite's authorizer: nothing may begin or end one."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION else sqlite3.SQLITE_OK


def connection_of(database: Database) -> sqlite3.Connection:
    with database.reading() as connection:
        return connection


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The kernel refuses this process to let files grow beyond that many bytes; Python ignores its signal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
