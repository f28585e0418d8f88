"""The host's file by plain SQL: all of it, as it is, also while the daemon writes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.simulators.world.evening import QUARANTINED, Evening
from wearsync_simulators.world.books import read_books, read_cursor, reading


def test_everything_is_there(evening: Evening) -> None:
    books = evening.books
    assert [row.raw for row in books.records] == [one.raw for one in evening.watched.written]
    assert all(row.host_ms is not None for row in books.records)
    assert [part.cursor for part in books.parts] == [books.records[-1].seq + 1]
    assert {hold.side for hold in books.holds} == {"left", "right"}
    assert {event.state for event in books.events} == {"sent"}
    assert {cue.result for cue in books.cues} >= {"played"}
    assert all(len(nonce) == 16 for nonce in books.nonces)
    assert (books.quarantine, books.gaps, books.amendments) == ((), (), ())


def test_what_is_rare_is_read_too(evening: Evening, tmp_path: Path) -> None:
    path = evening.planted(
        tmp_path,
        QUARANTINED,
        "INSERT INTO gaps VALUES (1, 500, 510)",
        "INSERT INTO amendments SELECT 1, 'a', event_id, 'left', 12.5, 0, 0, 0, 0, 0 FROM holds LIMIT 1",
    )
    books = read_books(path)
    assert [(row.seq, row.raw, row.host_ms) for row in books.quarantine] == [(1, b"\x00", None)]
    assert [(gap.from_seq, gap.next_seq) for gap in books.gaps] == [(500, 510)]
    assert [(row.side, row.credited_s, row.void) for row in books.amendments] == [("left", 12.5, 0)]


def test_the_cursor_of_the_latest_epoch(evening: Evening, tmp_path: Path) -> None:
    watch_id, journal_id = evening.watched.watch_id, evening.watched.journal_id
    cursor = evening.books.parts[0].cursor
    epoch = f"INSERT INTO journals VALUES (9, '{watch_id}', {journal_id}, 1, '{journal_id}.1', 3)"
    assert read_cursor(evening.path, watch_id, journal_id) == cursor
    assert read_cursor(evening.planted(tmp_path, epoch), watch_id, journal_id) == 3
    assert read_cursor(evening.path, watch_id, 4711) == 1


def test_only_what_is_committed_is_seen(evening: Evening, tmp_path: Path) -> None:
    path = evening.planted(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE journals SET cursor = 9999")
        assert read_books(path).parts[0].cursor < 9999
        writer.execute("COMMIT")
        assert read_books(path).parts[0].cursor == 9999


def test_nothing_can_be_written(evening: Evening) -> None:
    with reading(evening.path) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM records")


def test_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        read_books(tmp_path / "none.sqlite")
