"""Damage is found wherever it is, while others go on."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.journal.damage import damage_root
from tests.journal.examples import opened, step
from wearsync.errors import StorageError
from wearsync.journal import checking
from wearsync.journal.checking import STEPS_BETWEEN_LOOKS
from wearsync.journal.database import Database
from wearsync.journal.store import SqliteJournal
from wearsync_simulators.world.disk import Disk
from wearsync_simulators.world.process import Process


@pytest.fixture
async def filled(path: Path) -> Path:
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(opened())
        for seq in range(1, 400, 3):
            await journal.commit(step(seq))
    return path


def look_through(path: Path) -> str | None:
    return checking.damage(path, vfs=None, stop=lambda: False)


def test_a_sound_one(filled: Path) -> None:
    assert look_through(filled) is None


def test_it_holds_up_nobody(filled: Path) -> None:
    with closing(sqlite3.connect(filled, isolation_level=None, timeout=0)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM cues")
        assert look_through(filled) is None
        writer.execute("COMMIT")


@pytest.mark.parametrize("noise", [b"\x00", b"\xa5"])
def test_each_page_that_becomes_noise_is_found(filled: Path, noise: bytes) -> None:
    """Every page that holds something: a root, a leaf, an index."""
    content = filled.read_bytes()
    with closing(sqlite3.connect(filled)) as connection:
        page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
        roots = {row[0] for row in connection.execute("SELECT rootpage FROM sqlite_schema")}
    pages = range(2, len(content) // page_bytes + 1)
    assert len(pages) > len(roots)
    for page in pages:
        damaged = bytearray(content)
        damaged[(page - 1) * page_bytes : page * page_bytes] = noise * page_bytes
        filled.write_bytes(damaged)
        found = look_through(filled)
        assert found, f"page {page}"
        assert "\n" not in found


def test_a_page_that_cannot_be_read_just_now_is_no_damage(filled: Path) -> None:
    """SQLite's check lists it among the damages; what is sound must not be given up for an older copy."""
    disk = Disk(faults=None, root=filled.parent)
    vfs = disk.mount(Process("daemon", crashes=lambda _: False, died=lambda: None))
    before = disk.calls
    assert checking.damage(filled, vfs=vfs, stop=lambda: False) is None
    failed = 0
    for call in range(1, disk.calls - before + 1):
        disk.fail_at = disk.calls + call
        try:
            assert checking.damage(filled, vfs=vfs, stop=lambda: False) is None
        except StorageError:
            failed += 1
    disk.unmount(vfs)
    assert failed > 10


async def test_a_page_that_cannot_be_read_in_doubt_is_no_damage_either(filled: Path) -> None:
    disk = Disk(faults=None, root=filled.parent)
    vfs = disk.mount(Process("daemon", crashes=lambda _: False, died=lambda: None))
    database = Database(filled, vfs=vfs)
    database.open()
    failed = 0
    for call in range(1, 60):
        database.doubt()
        disk.fail_at = disk.calls + call
        try:
            with database.reading():
                pass
        except StorageError:
            failed += 1
    database.close()
    disk.unmount(vfs)
    assert failed > 10
    assert database.recoveries == 0


def test_a_header_that_is_gone_is_damage_too(filled: Path) -> None:
    filled.write_bytes(b"x" * 100 + filled.read_bytes()[100:])
    assert look_through(filled) == "file is not a database"


def test_it_stops_when_it_is_to(filled: Path) -> None:
    """In the middle of a large table, before the damage that comes after it."""
    with closing(sqlite3.connect(filled)) as connection, connection:
        rows = (("watch", number, "{}") for number in range(STEPS_BETWEEN_LOOKS))
        connection.executemany("INSERT INTO inputs (watch_id, host_ms, payload) VALUES (?, ?, ?)", rows)
    damage_root(filled, "outbox")
    assert look_through(filled)
    assert checking.damage(filled, vfs=None, stop=lambda: True) is None


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no journal"):
        look_through(tmp_path / "gone.db")
