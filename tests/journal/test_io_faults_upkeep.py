"""What is done to a journal as a whole: brought to a new schema, copied, deleted from. Whichever call to the
disk fails, or is the last before a kill or a power cut, it is done or it is not, and can be done again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.journal.examples import opened
from tests.journal.failing import Host, Work, spoiled
from tests.journal.lives import again, date_of, files_with, lived, traces
from wearsync.journal import backup
from wearsync.journal.migrations import MIGRATIONS, migrate
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Erasure

NEWEST = len(MIGRATIONS)
# The calls are shared by these: each is spoiled in one way or another.
WAYS = ("failing", "killed", "power cut")
DAYS = (("anna", 0), ("bob", 1))

Contents = tuple[int, frozenset[str], list[tuple[str, str]]]


@pytest.fixture(params=WAYS)
def how(request: pytest.FixtureRequest) -> str:
    word: str = request.param
    return word


def after(start: Host, work: Work, how: str) -> Iterator[tuple[Host, bool]]:
    """Hosts on which that was tried, and whether it was told to be done."""
    done = False

    def spoil(host: Host, at: int) -> None:
        nonlocal done
        if how == "failing":
            host.disk.fail_at = at
            done = host.once(work)
        else:
            done = host.once(work, dies_at=at)

    for host in spoiled(start, spoil, seed=WAYS.index(how), every=len(WAYS)):
        if how == "power cut":
            host.disk.cut_power()
        yield host, done


def contents(path: Path) -> Contents:
    """Schema, tables, and some rows."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        tables = frozenset(name for (name,) in connection.execute("SELECT name FROM sqlite_schema"))
        return schema, tables, connection.execute("SELECT * FROM checkpoints").fetchall()


async def nothing(journal: SqliteJournal) -> None:
    """To open it is all."""


def test_a_new_schema_is_there_or_the_old_one(memory: Path, how: str) -> None:
    old = Host(memory / "old")
    with closing(sqlite3.connect(old.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection, old.path, MIGRATIONS[:1])
        connection.execute("INSERT INTO checkpoints VALUES ('some watch', 'its state')")
    before = contents(old.path)
    tables: dict[int, set[frozenset[str]]] = {}
    for host, done in after(old, nothing, how):
        schema, its_tables, rows = contents(host.path)
        tables.setdefault(schema, set()).add(its_tables)
        assert schema == NEWEST or not done
        assert rows == before[2]
        for copy in host.path.parent.glob("*.backup"):
            assert contents(copy) == before
        host.live(steps=1)
        host.expect()
    assert tables.keys() == ({NEWEST} if how == "failing" else {1, NEWEST})
    assert all(len(of_schema) == 1 for of_schema in tables.values())


def test_a_copy_is_whole_or_not_there(memory: Path, how: str) -> None:
    left = Host(memory / "left")
    left.live(steps=2, ends=False)
    copy = memory / "copy.sqlite"
    copies = []

    async def copied(journal: SqliteJournal) -> None:
        await journal.backup(copy)

    for host, done in after(left, copied, how):
        assert host.expect() == left.told
        copies.append(copy.exists())
        if copies[-1]:
            backup.verify(copy)
            copy.unlink()
        assert copies[-1] >= done
    assert set(copies) == ({True} if how == "failing" else {False, True})


async def erased(journal: SqliteJournal) -> None:
    await journal.erase(Erasure())


async def live(journal: SqliteJournal) -> None:
    await journal.commit(opened())
    for wearer, day in DAYS:
        await journal.commit(lived(wearer, day))
        await journal.commit(again(wearer, day))


def left_of(host: Host) -> set[bool]:
    """Whether it is there: in rows, and by its bytes in any file."""
    with closing(sqlite3.connect(host.path)) as connection:
        (holds,) = connection.execute("SELECT count(*) FROM holds").fetchone()
    return {holds > 0} | {
        bool(files_with(trace, host.path.parent)) for wearer, day in DAYS for trace in traces(wearer, day)
    }


def test_what_was_deleted_is_gone_or_all_is_there(memory: Path, how: str) -> None:
    start = Host(memory / "lived")
    start.once(live)
    backup.directory_of(start.path).mkdir()
    backup.write(start.path, backup.path_of(backup.directory_of(start.path), date_of(1)))
    assert left_of(start) == {True}
    found = []
    for host, done in after(start, erased, how):
        if not done:
            host.once(nothing)
        found.append(left_of(host))
        assert found[-1] == {False} or not done
        host.once(erased)
        assert left_of(host) == {False}
    assert all(len(one) == 1 for one in found)
    assert ({True} in found) is (how != "failing")
