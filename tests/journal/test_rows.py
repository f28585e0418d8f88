"""What goes into a row comes out of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journal.conftest import Look
from tests.journal.examples import WATCH, WEARER, hold, session, stamp
from wearsync.errors import StorageError
from wearsync.journal import rows
from wearsync.journal.database import Database
from wearsync.journal.store import SqliteJournal
from wearsync.model import HoldResult, SessionResult, Stamp
from wearsync.ports import Commit

YEAR_9000_MS = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp() * 1000)
STAMPS = st.builds(
    Stamp,
    host_ms=st.integers(-(2**62), 2**62),
    unix_ms=st.integers(0, YEAR_9000_MS),
    utc_offset_min=st.integers(-14 * 60, 14 * 60),
    error_ms=st.integers(0, 2**40),
)
SECONDS = st.floats(0, 1e6)
U32 = st.integers(0, 2**32 - 1)
HOLDS = st.builds(
    HoldResult,
    session=U32,
    step=U32,
    round=U32,
    planned_s=U32,
    measured_s=st.none() | SECONDS,
    credited_s=SECONDS,
    started=STAMPS,
)
SESSIONS = st.builds(
    SessionResult,
    session=U32,
    holds=U32,
    left_s=SECONDS,
    right_s=SECONDS,
    started=STAMPS,
    finished=STAMPS,
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(tmp_path_factory.mktemp("rows") / "journal.db")
    database.open()
    yield database
    database.close()


@given(expected=HOLDS)
def test_hold(database: Database, expected: HoldResult) -> None:
    with database.writing() as connection:
        columns = {**rows.hold_columns(expected), "watch_id": WATCH, "wearer": WEARER}
        names = ", ".join(columns)
        connection.execute("DELETE FROM holds")
        connection.execute(f"INSERT INTO holds ({names}) VALUES (:{names.replace(', ', ', :')})", columns)
        row = connection.execute("SELECT * FROM holds").fetchone()
        assert rows.hold_from(row) == expected
        assert row["local_date"] == expected.started.local_date.isoformat()


@given(expected=SESSIONS)
def test_session(database: Database, expected: SessionResult) -> None:
    with database.writing() as connection:
        columns = {**rows.session_columns(expected), "watch_id": WATCH, "wearer": WEARER}
        names = ", ".join(columns)
        connection.execute("DELETE FROM sessions")
        connection.execute(f"INSERT INTO sessions ({names}) VALUES (:{names.replace(', ', ', :')})", columns)
        row = connection.execute("SELECT * FROM sessions").fetchone()
        assert rows.session_from(row) == expected


async def test_an_unknown_word_is_an_error_of_the_journal(
    journal: SqliteJournal, path: Path, look: Look
) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=(hold(1),), sessions=(session(1),)))
    other = Database(path)
    other.open()
    with other.writing() as connection:
        connection.execute("UPDATE holds SET side = 'middle'")
    other.close()
    with pytest.raises(StorageError, match=r"can't be understood \(a value in it is none of ours\)"):
        await journal.holds(WEARER, stamp().local_date)
    assert await journal.sessions(WEARER, stamp().local_date) == (session(1),)
