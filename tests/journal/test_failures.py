"""Each kind of trouble with a file, as SQLite itself reports it, becomes one line that says what to do."""

import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from wearsync.errors import JournalDamaged
from wearsync.journal.failures import is_full, is_harmless, is_of_storage, is_unread, storage_error


def failure(path: Path, *statements: str, mode: str = "rwc") -> sqlite3.Error:
    """What SQLite says to the last of the statements."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode={mode}", uri=True, timeout=0)) as connection:
            for statement in statements:
                connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        return error
    pytest.fail(f"all went well: {statements}")


def expect(path: Path, error: sqlite3.Error, words: str, *, harmless: bool) -> None:
    said = storage_error(path, error)
    assert re.fullmatch(f"journal {re.escape(str(path))} .*{words}.* \\(.+\\)", str(said))
    assert "\n" not in str(said)
    assert said.exit_code == 74
    assert is_harmless(error) is harmless


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x UNIQUE)")
    return path


def test_full(path: Path) -> None:
    error = failure(path, "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(100000))")
    expect(path, error, "its disk is full: free some space", harmless=True)


def test_text_that_can_not_be_decoded_is_damage_and_is_not_quoted(path: Path) -> None:
    error = failure(path, "INSERT INTO t VALUES (CAST(x'6c6566742c2033302073ff' AS TEXT))", "SELECT x FROM t")
    assert "left, 30 s" in str(error), "SQLite's own words quote it"
    told = storage_error(path, error)
    assert isinstance(told, JournalDamaged)
    assert "left" not in str(told)
    assert str(told).endswith("(text that is no UTF-8)")


def test_locked(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        error = failure(path, "BEGIN IMMEDIATE")
    expect(path, error, "is locked by another program", harmless=True)


def test_readonly(path: Path) -> None:
    error = failure(path, "INSERT INTO t VALUES (1)", mode="ro")
    expect(path, error, "can't be written: check its owner and mode", harmless=False)


def test_cannot_open(path: Path) -> None:
    error = failure(path.with_name("none.db"), "SELECT 1", mode="rw")
    expect(path, error, "can't be opened: check owner and mode", harmless=False)


def test_not_a_database(path: Path) -> None:
    path.write_text("once upon a time " * 100)
    expect(path, failure(path, "SELECT * FROM t"), "is not a database: move it away", harmless=False)


def test_damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    expect(path, failure(path, "SELECT * FROM t"), "is damaged: `wearsync run` sets it aside", harmless=False)


def test_constraint(path: Path) -> None:
    error = failure(path, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)")
    expect(path, error, "can't be used", harmless=True)


def test_what_has_no_code(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError) as caught:
        connection.execute("SELECT 1")
    expect(path, caught.value, "can't be used", harmless=False)


def test_what_is_damaged_is_told_apart(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(b"x" * 100 + content[100:])
    assert isinstance(storage_error(path, failure(path, "SELECT * FROM t")), JournalDamaged)
    path.write_bytes(content)
    full = failure(path, "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(100000))")
    assert not isinstance(storage_error(path, full), JournalDamaged)


def test_what_is_of_the_storage_and_what_of_the_question(path: Path) -> None:
    full = failure(path, "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(100000))")
    assert is_of_storage(full)
    assert is_of_storage(failure(path.with_name("none.db"), "SELECT 1", mode="rw"))
    assert not is_of_storage(failure(path, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"))


def test_a_lack_of_room_has_several_names(path: Path) -> None:
    """A quota or a lack of inodes comes as a file that can't be opened or written: who asks tries it out."""
    full = failure(path, "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(100000))")
    closed = failure(path.with_name("none.db"), "SELECT 1", mode="rw")
    read_only = failure(path, "INSERT INTO t VALUES (1)", mode="ro")
    for has_room in (True, False):
        assert is_full(full, has_room=partial(bool, has_room))
        assert is_full(closed, has_room=partial(bool, has_room)) is not has_room
        assert not is_full(read_only, has_room=partial(bool, has_room))
    assert "its disk is full" in str(storage_error(path, closed, full=True))


@pytest.mark.parametrize(
    ("found", "unread"),
    [
        ("*** in database main *** On tree page 8 cell 0: failed to get page 172", True),
        ("Page 7: unable to get the page. error code=266", True),
        ("Page 7: unable to get the page. error code=11", False),
        ("Page 7: btreeInitPage() returns error code 11", False),
        ("ok", False),
    ],
)
def test_a_check_tells_damage_from_a_disk_that_fails(found: str, unread: bool) -> None:
    assert is_unread(found) is unread
