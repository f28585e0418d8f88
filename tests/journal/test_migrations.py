"""From one schema to the next: whole or not at all, with a copy of what was there; never downwards."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journal.examples import JOURNAL, JOURNAL_ID, WATCH, WEARER, hold, opening, stamp
from wearsync.errors import JournalDamaged, StorageError
from wearsync.journal.database import Database
from wearsync.journal.migrations import APPLICATION_ID, MIGRATIONS, migrate, schema_of
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit

NEWEST = len(MIGRATIONS)
ONE_MORE = (*MIGRATIONS, ("CREATE TABLE more (x INTEGER) STRICT", "INSERT INTO more VALUES (2)"))
TWO_MORE = (*ONE_MORE, ("UPDATE more SET x = 3",))
BROKEN = (*ONE_MORE, ("DROP TABLE more", "CREATE TABLE holds (x)"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM sqlite_schema ORDER BY name")]


def test_a_new_file(path: Path, connection: sqlite3.Connection) -> None:
    assert schema_of(connection, path, newest=NEWEST) == 0
    migrate(connection, path)
    assert schema_of(connection, path, newest=NEWEST) == NEWEST
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert APPLICATION_ID.to_bytes(4, "big") == b"wsyn"
    assert list(path.parent.glob("*backup*")) == []


def test_every_table_is_strict(path: Path, connection: sqlite3.Connection) -> None:
    migrate(connection, path)
    loose = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND NOT strict"
    )
    assert loose.fetchall() == []


def test_the_newest_is_left_alone(path: Path, connection: sqlite3.Connection) -> None:
    migrate(connection, path)
    before = path.read_bytes()
    migrate(connection, path)
    assert path.read_bytes() == before


async def test_data_goes_along_and_stays_in_a_copy(path: Path) -> None:
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(Commit(WATCH, WEARER, holds=(hold(1),)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, path, ONE_MORE)
        assert connection.execute("SELECT x FROM more").fetchall() == [(2,)]
        assert connection.execute("SELECT count(*) FROM holds").fetchone() == (1,)
        migrate(connection, path, TWO_MORE)
        assert connection.execute("SELECT x FROM more").fetchall() == [(3,)]
    backup = path.with_name(f"journal.db.schema-{NEWEST}.backup")
    assert {found.name for found in path.parent.glob("*backup*")} == {
        backup.name,
        f"journal.db.schema-{NEWEST + 1}.backup",
    }
    assert backup.stat().st_mode & 0o777 == 0o600
    async with await SqliteJournal.open_readonly(backup) as journal:
        assert await journal.holds(WEARER, stamp().local_date) == (hold(1),)


def test_several_steps_are_all_or_none(path: Path, connection: sqlite3.Connection) -> None:
    migrate(connection, path)
    before = tables(path)
    with pytest.raises(sqlite3.OperationalError, match="holds already exists"):
        migrate(connection, path, BROKEN)
    assert tables(path) == before
    assert schema_of(connection, path, newest=NEWEST) == NEWEST
    migrate(connection, path, TWO_MORE)
    assert schema_of(connection, path, newest=NEWEST + 2) == NEWEST + 2


def test_a_partial_copy_of_a_killed_migration_is_no_obstacle(
    path: Path, connection: sqlite3.Connection
) -> None:
    migrate(connection, path)
    path.with_name(f"journal.db.schema-{NEWEST}.backup.partial").write_bytes(b"half a copy")
    migrate(connection, path, ONE_MORE)
    assert tables(path.with_name(f"journal.db.schema-{NEWEST}.backup")) == [
        name for name in tables(path) if name != "more"
    ]
    assert list(path.parent.glob("*.partial")) == []


def test_without_room_for_the_copy_nothing_changes(path: Path, connection: sqlite3.Connection) -> None:
    migrate(connection, path)
    path.with_name(f"journal.db.schema-{NEWEST}.backup.partial").mkdir()
    with pytest.raises(StorageError, match=r"journal\.db\.schema-\d\.backup can't be written"):
        migrate(connection, path, ONE_MORE)
    assert schema_of(connection, path, newest=NEWEST) == NEWEST


def test_a_newer_schema_is_refused_and_not_touched(path: Path) -> None:
    database = Database(path)
    database.open()
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = path.read_bytes()
    words = rf"is of a newer wearsync \(schema 7, this one knows {NEWEST}\): upgrade it"
    for readonly in (False, True):
        with pytest.raises(StorageError, match=words):
            Database(path, readonly=readonly).open()
    assert path.read_bytes() == before


def test_somebody_elses_file_is_refused_and_not_touched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (cake TEXT)")
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"journal\.db is no journal of wearsync"):
        Database(path).open()
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == ["journal.db"]


def test_a_header_that_was_damaged_is_told_from_somebody_elses(path: Path) -> None:
    database = Database(path)
    database.open()
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID ^ 4}")
        with pytest.raises(JournalDamaged, match="its header is not as it was written"):
            schema_of(connection, path, newest=NEWEST)


def test_the_schema_that_was_released_stays_as_it_is(path: Path, connection: sqlite3.Connection) -> None:
    """Not a copy of the schema: that it holds every table of design and nothing of a later step."""
    migrate(connection, path, MIGRATIONS[:1])
    assert [name for name in tables(path) if not name.startswith("sqlite_")] == [
        "checkpoints",
        "cues",
        "gaps",
        "holds",
        "holds_by_day",
        "host_time",
        "inputs",
        "inputs_of_watch",
        "journals",
        "outbox",
        "outbox_parked",
        "outbox_sent",
        "outbox_waiting",
        "quarantine",
        "records",
        "sessions",
        "sessions_by_day",
    ]


async def test_a_journal_of_the_first_release_goes_on(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, path, MIGRATIONS[:1])
        connection.execute("INSERT INTO journals VALUES (NULL, ?, ?, 0, ?, 5)", (WATCH, JOURNAL_ID, JOURNAL))
    async with await SqliteJournal.open(path) as journal:
        assert await journal.position(WATCH, JOURNAL_ID, 1, 9) == replace(opening(cursor=5), news="known")
        await journal.commit(Commit(WATCH, WEARER, nonce=b"nonce", holds=(hold(1),)))
        assert await journal.nonces(WATCH) == (b"nonce",)
        assert journal.notices == ()
    assert tables(path.with_name("journal.db.schema-1.backup")) != tables(path)
