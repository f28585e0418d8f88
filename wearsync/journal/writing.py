"""What a transaction changes: a step's commit, a journal's position, the outbox's states.

Rule: each function runs inside a transaction that its caller has begun (`Database.writing`), and neither
begins nor ends one. A key that is known is absorbed: of what was stored, nothing is overwritten.
"""

import sqlite3

from wearsync.errors import StorageError, UsageError
from wearsync.journal.rows import (
    Columns,
    cue_columns,
    hold_columns,
    outbox_columns,
    record_columns,
    session_columns,
    stamp_columns,
)
from wearsync.ports import Commit, LoggedInput, Position, RecordConflict, StoredRecord

# `resync` reaches back a month: a dashboard that was broken for longer is rebuilt from an export.
SENT_KEEP_DAYS = 30
# A sick watch may send other content at each connect; the first thousand tell all that can be told.
QUARANTINE_ROWS_MAX = 1000

_DAY_MS = 24 * 3600 * 1000
# A watch counts from 1. Whatever is gone already when the host first sees a journal is lost visibly.
_FIRST_SEQ = 1


def position(
    connection: sqlite3.Connection, watch_id: str, journal_id: int, first_seq: int, next_seq: int
) -> Position:
    """Where to go on; opens the journal, or (hold profile, section 5 rule 5) a local epoch of it."""
    latest = connection.execute(
        """
        SELECT name, epoch, cursor FROM journals
        WHERE watch_id = ? AND journal_id = ? ORDER BY epoch DESC LIMIT 1
        """,
        (watch_id, journal_id),
    ).fetchone()
    if latest is None:
        return _open_journal(connection, watch_id, journal_id, epoch=0, cursor=_FIRST_SEQ)
    if next_seq < latest["cursor"]:
        return _open_journal(connection, watch_id, journal_id, epoch=latest["epoch"] + 1, cursor=first_seq)
    return Position(latest["name"], latest["cursor"], epoch_opened=False)


def write(connection: sqlite3.Connection, commit: Commit, *, unix_ms: int) -> tuple[RecordConflict, ...]:
    """All that one step changes. `unix_ms`: the wall clock now."""
    conflicts = _write_records(connection, commit)
    _write_cursor(connection, commit)
    _write_log(connection, commit)
    _write_results(connection, commit)
    _write_host_time(connection, commit.inputs, unix_ms)
    return conflicts


def mark_sent(connection: sqlite3.Connection, row_ids: tuple[int, ...]) -> None:
    """The broker has these. What it has had for long goes, save the id: that one is not sent again."""
    connection.executemany(
        """
        UPDATE outbox SET state = 'sent', sent_ms = coalesce((SELECT host_ms FROM host_time), host_ms)
        WHERE row_id = ? AND state = 'waiting'
        """,
        ((row_id,) for row_id in row_ids),
    )
    connection.execute(
        """
        UPDATE outbox SET state = 'pruned', topic = '', payload = ''
        WHERE state = 'sent' AND sent_ms < (SELECT host_ms FROM host_time) - ?
        """,
        (SENT_KEEP_DAYS * _DAY_MS,),
    )


def mark_parked(connection: sqlite3.Connection, row_id: int, reason: str) -> None:
    """The broker refuses this one."""
    connection.execute(
        "UPDATE outbox SET state = 'parked', reason = ? WHERE row_id = ? AND state = 'waiting'",
        (reason, row_id),
    )


def resend(connection: sqlite3.Connection, since: str | None) -> int:
    """Sent events after that one wait again, refused ones too; those that were pruned can't."""
    after_row = 0
    if since is not None:
        found = connection.execute("SELECT row_id FROM outbox WHERE event_id = ?", (since,)).fetchone()
        if found is None:
            raise UsageError(f"event {since} is not known here: give the id of an event, or none to have all")
        after_row = found["row_id"]
    changed = connection.execute(
        """
        UPDATE outbox SET state = 'waiting', sent_ms = NULL, reason = NULL
        WHERE state IN ('sent', 'parked') AND row_id > ?
        """,
        (after_row,),
    )
    return changed.rowcount


def _open_journal(
    connection: sqlite3.Connection, watch_id: str, journal_id: int, *, epoch: int, cursor: int
) -> Position:
    name = f"{journal_id}.{epoch}" if epoch else str(journal_id)
    columns: Columns = {
        "watch_id": watch_id,
        "journal_id": journal_id,
        "epoch": epoch,
        "name": name,
        "cursor": cursor,
    }
    _insert(connection, "journals", columns)
    return Position(name, cursor, epoch_opened=epoch > 0)


def _write_records(connection: sqlite3.Connection, commit: Commit) -> tuple[RecordConflict, ...]:
    names = dict.fromkeys(stored.journal for stored in commit.records)
    rows = {name: _journal_row(connection, commit.watch_id, name) for name in names}
    return tuple(
        RecordConflict(stored.journal, stored.record.seq)
        for stored in commit.records
        if not _write_record(connection, rows[stored.journal], stored)
    )


def _write_record(connection: sqlite3.Connection, journal_row: int, stored: StoredRecord) -> bool:
    """False: it is known with other content. `kind` is no content: an upgrade may have learnt to read it."""
    columns = {"journal_row": journal_row, **record_columns(stored.record)}
    stamp = stamp_columns(stored.stamp) if stored.stamp else {}
    if _insert(connection, "records", {**columns, **stamp}, absorb="(journal_row, seq)"):
        return True
    same = connection.execute(
        """
        SELECT 1 FROM records WHERE journal_row = :journal_row AND seq = :seq
        AND boot = :boot AND tick_ms = :tick_ms AND raw = :raw
        """,
        columns,
    ).fetchone()
    if same:
        return True
    full = connection.execute("SELECT count(*) >= ? FROM quarantine", (QUARANTINE_ROWS_MAX,)).fetchone()[0]
    if not full:
        _insert(connection, "quarantine", columns, absorb="(journal_row, seq, boot, tick_ms, raw)")
    return False


def _write_cursor(connection: sqlite3.Connection, commit: Commit) -> None:
    """Gaps and cursor of the commit's journal; the cursor moves forward only."""
    if commit.journal is None:
        return
    journal_row = _journal_row(connection, commit.watch_id, commit.journal)
    for from_seq, next_seq in commit.gaps:
        gap: Columns = {"journal_row": journal_row, "from_seq": from_seq, "next_seq": next_seq}
        _insert(connection, "gaps", gap, absorb="(journal_row, from_seq, next_seq)")
    if commit.cursor is not None:
        connection.execute(
            "UPDATE journals SET cursor = max(cursor, ?) WHERE journal_row = ?", (commit.cursor, journal_row)
        )


def _write_log(connection: sqlite3.Connection, commit: Commit) -> None:
    """Inputs; or the state after them, which makes them and all older ones superfluous."""
    if commit.checkpoint is None:
        for logged in commit.inputs:
            columns: Columns = {
                "watch_id": commit.watch_id,
                "host_ms": logged.host_ms,
                "payload": logged.payload,
            }
            _insert(connection, "inputs", columns)
        return
    connection.execute("DELETE FROM inputs WHERE watch_id = ?", (commit.watch_id,))
    connection.execute(
        "INSERT INTO checkpoints VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
        (commit.watch_id, commit.checkpoint),
    )


def _write_results(connection: sqlite3.Connection, commit: Commit) -> None:
    of_watch = {"watch_id": commit.watch_id}
    of_wearer = {**of_watch, "wearer": commit.wearer}
    for cue in commit.cues:
        _write_cue(connection, {**of_watch, **cue_columns(cue)})
    for hold in commit.holds:
        _insert(connection, "holds", {**of_wearer, **hold_columns(hold)}, absorb="(event_id)")
    for session in commit.sessions:
        _insert(connection, "sessions", {**of_wearer, **session_columns(session)}, absorb="(event_id)")
    for event in commit.outbox:
        _insert(connection, "outbox", outbox_columns(event), absorb="(event_id)")


def _write_cue(connection: sqlite3.Connection, columns: Columns) -> None:
    """As it stands now; boot and due time, when they are not told again, as they were."""
    connection.execute(
        f"""
        INSERT INTO cues {_values(columns)} ON CONFLICT DO UPDATE
        SET session = excluded.session, cue = excluded.cue, attempts = excluded.attempts,
            result = excluded.result, boot = coalesce(excluded.boot, boot),
            due_ms = coalesce(excluded.due_ms, due_ms)
        """,
        columns,
    )


def _write_host_time(connection: sqlite3.Connection, inputs: tuple[LoggedInput, ...], unix_ms: int) -> None:
    if not inputs:
        return
    connection.execute(
        """
        INSERT INTO host_time VALUES (1, ?, ?)
        ON CONFLICT DO UPDATE SET host_ms = excluded.host_ms, unix_ms = excluded.unix_ms
        WHERE excluded.host_ms >= host_ms
        """,
        (max(logged.host_ms for logged in inputs), unix_ms),
    )


def _journal_row(connection: sqlite3.Connection, watch_id: str, name: str) -> int:
    found = connection.execute(
        "SELECT journal_row FROM journals WHERE watch_id = ? AND name = ?", (watch_id, name)
    ).fetchone()
    if found is None:
        raise StorageError(f"journal {name} of watch {watch_id} was not opened: ask for its position first")
    journal_row: int = found["journal_row"]
    return journal_row


def _insert(connection: sqlite3.Connection, table: str, columns: Columns, *, absorb: str = "") -> bool:
    """Whether the row is new; `absorb`: the key by which it may be known already."""
    known = f"ON CONFLICT {absorb} DO NOTHING" if absorb else ""
    return connection.execute(f"INSERT INTO {table} {_values(columns)} {known}", columns).rowcount == 1


def _values(columns: Columns) -> str:
    """Names and placeholders; the text is the same for each row of a table, so SQLite compiles it once."""
    return f"({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"
