"""SQLite really goes through it: it asks before each change and obeys; nothing else is moved."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from wearsync_simulators.world.disk_vfs import (
    OPEN_CREATE,
    OPEN_JOURNALS,
    RealFile,
    register,
    unregister,
)


class Watching:
    """Does all that is asked and writes it down; or answers with `answers` instead."""

    def __init__(self, answers: dict[str, int] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[str, str]] = []
        self.flags: dict[str, int] = {}
        self.errors: list[BaseException] = []

    def open(self, path: str, flags: int, go: Callable[[], int]) -> int:
        self.flags[Path(path).name] = flags
        return self._answer("open", path) or go()

    def delete(self, path: str, sync_directory: bool, go: Callable[[], int]) -> int:
        return self._answer(f"delete {sync_directory}", path) or go()

    def read(self, file: RealFile, data: int, size_bytes: int, offset: int) -> int:
        return self._answer("read", file.path) or file.read(data, size_bytes, offset)

    def write(self, file: RealFile, data: int, size_bytes: int, offset: int) -> int:
        size = file.size_bytes()
        code = self._answer("write", file.path) or file.write(data, size_bytes, offset)
        assert code or file.size_bytes() == max(size, offset + size_bytes)
        assert code or file.bytes_at(offset, size_bytes) == Path(file.path).read_bytes()[offset:][:size_bytes]
        return code

    def truncate(self, file: RealFile, size_bytes: int) -> int:
        return self._answer("truncate", file.path) or file.truncate(size_bytes)

    def sync(self, file: RealFile) -> int:
        return self._answer("sync", file.path)

    def escaped(self, error: BaseException) -> None:
        self.errors.append(error)

    def _answer(self, what: str, path: str) -> int:
        self.asked.append((what, Path(path).name))
        if what in self.answers and self.answers[what] < 0:
            raise LookupError(what)
        return self.answers.get(what, sqlite3.SQLITE_OK)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a b%ü?.db"


@contextmanager
def through(volume: Watching, path: Path) -> Iterator[sqlite3.Connection]:
    name = register(volume)
    uri = f"{path.as_uri()}?mode=rwc&vfs={name}"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=60)) as connection:
            yield connection
    finally:
        unregister(name)


def test_a_commit_with_a_rollback_journal(path: Path) -> None:
    volume = Watching()
    with through(volume, path) as connection:
        connection.execute("CREATE TABLE t (x)")
    journal = f"{path.name}-journal"
    assert [each for each in dict.fromkeys(volume.asked) if each[0] != "read"] == [
        ("open", path.name),
        ("open", journal),
        ("write", journal),
        ("sync", journal),
        ("write", path.name),
        ("sync", path.name),
        ("delete False", journal),
    ]
    assert volume.flags[journal] & OPEN_CREATE
    assert volume.flags[journal] & OPEN_JOURNALS
    assert not volume.flags[path.name] & OPEN_JOURNALS


def test_write_ahead(path: Path) -> None:
    volume = Watching()
    with through(volume, path) as connection:
        assert connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
        connection.execute("CREATE TABLE t (x)")
        volume.asked.clear()
        connection.execute("INSERT INTO t VALUES (zeroblob(10000))")
        assert {name for what, name in volume.asked if what != "read"} == {f"{path.name}-wal"}
        assert volume.asked[-1] == ("sync", f"{path.name}-wal")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert ("truncate", f"{path.name}-wal") in volume.asked
    assert volume.flags[f"{path.name}-wal"] & OPEN_JOURNALS
    assert volume.asked[-1] == ("delete False", f"{path.name}-wal")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT length(x) FROM t").fetchall() == [(10_000,)]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"open": sqlite3.SQLITE_CANTOPEN}, sqlite3.SQLITE_CANTOPEN),
        ({"read": sqlite3.SQLITE_IOERR_READ}, sqlite3.SQLITE_IOERR_READ),
        ({"write": sqlite3.SQLITE_FULL}, sqlite3.SQLITE_FULL),
        ({"sync": sqlite3.SQLITE_IOERR_FSYNC}, sqlite3.SQLITE_IOERR_FSYNC),
        ({"delete False": sqlite3.SQLITE_IOERR_DELETE}, sqlite3.SQLITE_IOERR_DELETE),
    ],
)
def test_what_is_answered_counts(path: Path, answers: dict[str, int], code: int) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught, through(Watching(answers), path) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert caught.value.sqlite_errorcode == code


@pytest.mark.parametrize("what", ["open", "read", "write", "sync", "delete False"])
def test_a_mistake_is_told_and_becomes_an_error(path: Path, what: str) -> None:
    volume = Watching({what: -1})
    with pytest.raises(sqlite3.OperationalError), through(volume, path) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert {str(error) for error in volume.errors} == {what}


def test_a_name_goes_when_its_files_are_closed(path: Path) -> None:
    name = register(Watching())
    connection = sqlite3.connect(f"{path.as_uri()}?vfs={name}", uri=True)
    with pytest.raises(OSError, match=r"close what is open by wearsync-.* first: .*a b%ü\?\.db"):
        unregister(name)
    connection.close()
    unregister(name)
    with pytest.raises(sqlite3.OperationalError, match="no such vfs"):
        sqlite3.connect(f"{path.as_uri()}?vfs={name}", uri=True)


def test_others_are_not_asked(path: Path) -> None:
    one, other = Watching(), Watching()
    with through(one, path), closing(sqlite3.connect(path.with_name("plain.db"))) as plain:
        one.asked.clear()
        plain.execute("CREATE TABLE t (x)")
        with through(other, path.with_name("other.db")) as connection:
            connection.execute("CREATE TABLE t (x)")
        assert one.asked == []
    assert {name for _, name in other.asked} == {"other.db", "other.db-journal"}


def test_temporary_files_are_nobodys_business(path: Path) -> None:
    volume = Watching()
    with through(volume, path) as connection:
        connection.execute("PRAGMA temp_store = FILE")
        connection.execute("PRAGMA temp.cache_size = 1")
        connection.execute("CREATE TEMP TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (zeroblob(1000000))")
        assert connection.execute("SELECT length(x) FROM t").fetchall() == [(1_000_000,)]
    assert {name for _, name in volume.asked} == {path.name}


def test_nobody_waits_for_a_lock(path: Path) -> None:
    """60 s of the busy handler pass at once (else this test's own deadline would strike)."""
    with through(Watching(), path) as one, through(Watching(), path) as other:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
