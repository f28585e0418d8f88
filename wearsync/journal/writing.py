"""What a transaction changes: a step's commit, the outbox's states.

Rule: each function runs inside a transaction that its caller has begun (`Database.writing`), and neither
begins nor ends one. A key that is known is absorbed: of what was stored, nothing is overwritten.
"""

import sqlite3
from collections.abc import Mapping

from wearsync.errors import StorageError, UsageError
from wearsync.journal import ledger
from wearsync.journal.backlog import Backlog
from wearsync.journal.rows import (
    Columns,
    amendment_columns,
    away_columns,
    cue_columns,
    hold_columns,
    outbox_columns,
    placed,
    record_columns,
    record_row,
    session_columns,
)
from wearsync.ports import Commit, LoggedInput, RecordConflict, StoredRecord

# `resync` reaches back a month: a dashboard that was broken for longer is rebuilt from an export.
SENT_KEEP_DAYS = 30
# And this far in any case: a wall clock that was years ahead at a start must not make everything old at once.
# A home with two watches makes them in a month or two; 6 MB.
SENT_KEEP_ROWS = 10_000
# A sick watch may send other content at each connect; the first thousand tell all that can be told.
QUARANTINE_ROWS_MAX = 1000
# A host that meets its watch every half hour looks back more than a day; a rule of thumb.
NONCES_KEPT = 64

_DAY_MS = 24 * 3600 * 1000

_INSERT_RECORD = """
    INSERT INTO records
        (journal_row, seq, boot, tick_ms, kind, raw, host_ms, unix_ms, utc_offset_min, error_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (journal_row, seq) DO NOTHING
"""


def write(
    connection: sqlite3.Connection, commit: Commit, *, unix_ms: int, backlog: Backlog
) -> tuple[RecordConflict, ...]:
    """All that one step changes. `unix_ms`: the wall clock now."""
    _write_opening(connection, commit)
    _write_nonce(connection, commit)
    journals = _journal_rows(connection, commit)
    conflicts = _write_records(connection, commit, journals)
    _write_cursor(connection, commit, journals)
    _write_log(connection, commit)
    _write_results(connection, commit)
    ledger.refresh(connection, commit)
    _write_outbox(connection, commit, backlog)
    _write_host_time(connection, commit.inputs, unix_ms)
    return conflicts


def mark_sent(connection: sqlite3.Connection, row_ids: tuple[int, ...], *, backlog: Backlog) -> None:
    """The broker has these. What it has had for long goes, save the id: that one is not sent again."""
    sent = connection.executemany(
        """
        UPDATE outbox SET state = 'sent', sent_ms = coalesce((SELECT host_ms FROM host_time), host_ms)
        WHERE row_id = ? AND state = 'waiting'
        """,
        ((row_id,) for row_id in row_ids),
    )
    backlog.settled(sent.rowcount)
    connection.execute(
        """
        UPDATE outbox SET state = 'pruned', topic = '', payload = ''
        WHERE state = 'sent' AND sent_ms < min(
            (SELECT host_ms FROM host_time) - ?,
            (SELECT sent_ms FROM outbox WHERE row_id = (SELECT max(row_id) FROM outbox) - ?)
        )
        """,
        (SENT_KEEP_DAYS * _DAY_MS, SENT_KEEP_ROWS),
    )


def mark_parked(connection: sqlite3.Connection, row_id: int, reason: str, *, backlog: Backlog) -> None:
    """The broker refuses this one."""
    parked = connection.execute(
        "UPDATE outbox SET state = 'parked', reason = ? WHERE row_id = ? AND state = 'waiting'",
        (reason, row_id),
    )
    backlog.settled(parked.rowcount)


def resend(connection: sqlite3.Connection, since: str | None, *, backlog: Backlog) -> int:
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
    backlog.forget()
    return changed.rowcount


def _write_opening(connection: sqlite3.Connection, commit: Commit) -> None:
    """The journal that the step begins with; a second time it stays as it is."""
    if commit.opening is None:
        return
    columns: Columns = {
        "watch_id": commit.watch_id,
        "journal_id": commit.opening.journal_id,
        "epoch": commit.opening.epoch,
        "name": commit.opening.journal,
        "cursor": commit.opening.cursor,
    }
    _insert(connection, "journals", columns, absorb="(watch_id, name)")


def _write_nonce(connection: sqlite3.Connection, commit: Commit) -> None:
    if commit.nonce is None:
        return
    columns: Columns = {"watch_id": commit.watch_id, "nonce": commit.nonce}
    _insert(connection, "nonces", columns, absorb="(watch_id, nonce)")
    connection.execute(
        """
        DELETE FROM nonces WHERE watch_id = :watch_id AND nonce_row NOT IN
            (SELECT nonce_row FROM nonces WHERE watch_id = :watch_id ORDER BY nonce_row DESC LIMIT :kept)
        """,
        {"watch_id": commit.watch_id, "kept": NONCES_KEPT},
    )


def _journal_rows(connection: sqlite3.Connection, commit: Commit) -> Mapping[str, int]:
    """The numbers of the journals that it names, mostly one."""
    names = dict.fromkeys(stored.journal for stored in commit.records)
    if commit.journal is not None:
        names[commit.journal] = None
    return {name: _journal_row(connection, commit.watch_id, name) for name in names}


def _write_records(
    connection: sqlite3.Connection, commit: Commit, journals: Mapping[str, int]
) -> tuple[RecordConflict, ...]:
    """All at once; only where one was known already each is looked at."""
    rows = [record_row(journals[stored.journal], stored.record, stored.stamp) for stored in commit.records]
    if not rows or connection.executemany(_INSERT_RECORD, rows).rowcount == len(rows):
        return ()
    return tuple(
        RecordConflict(stored.journal, stored.record.seq)
        for stored in commit.records
        if not _stands(connection, journals[stored.journal], stored)
    )


def _stands(connection: sqlite3.Connection, journal_row: int, stored: StoredRecord) -> bool:
    """False: it is known with other content. `kind` is no content: an upgrade may have learnt to read it."""
    columns = {"journal_row": journal_row, **record_columns(stored.record)}
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


def _write_cursor(connection: sqlite3.Connection, commit: Commit, journals: Mapping[str, int]) -> None:
    """Gaps and cursor of the commit's journal; the cursor moves forward only."""
    if commit.journal is None:
        return
    journal_row = journals[commit.journal]
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
    for amendment in commit.amendments:
        _insert(connection, "amendments", amendment_columns(amendment), absorb="(event_id)")
    for session in commit.sessions:
        _insert(connection, "sessions", {**of_wearer, **session_columns(session)}, absorb="(event_id)")
    _write_back(connection, commit)
    for span in commit.away:
        _write_away(connection, {**of_wearer, **away_columns(span)})


def _write_outbox(connection: sqlite3.Connection, commit: Commit, backlog: Backlog) -> None:
    new = [
        _insert(connection, "outbox", outbox_columns(event), absorb="(event_id)") for event in commit.outbox
    ]
    if any(new):
        backlog.added(connection, sum(new))


def _write_cue(connection: sqlite3.Connection, columns: Columns) -> None:
    """As it stands now; boot and due time, when they are not told again, as they were."""
    connection.execute(
        f"""
        INSERT INTO cues {placed(columns)} ON CONFLICT DO UPDATE
        SET session = excluded.session, cue = excluded.cue, attempts = excluded.attempts,
            result = excluded.result, boot = coalesce(excluded.boot, boot),
            due_ms = coalesce(excluded.due_ms, due_ms)
        """,
        columns,
    )


def _write_back(connection: sqlite3.Connection, commit: Commit) -> None:
    """What this wearer had open before ends, whichever watch was told of it."""
    if commit.back is not None:
        connection.execute(
            "UPDATE away SET last_date = ? WHERE wearer = ? AND last_date IS NULL",
            (commit.back.isoformat(), commit.wearer),
        )


def _write_away(connection: sqlite3.Connection, columns: Columns) -> None:
    """One that began on the same day goes on in it; it ends for whoever wore the watch when it began."""
    connection.execute(f"INSERT INTO away {placed(columns)} ON CONFLICT DO NOTHING", columns)
    connection.execute(
        "UPDATE away SET last_date = :last_date WHERE watch_id = :watch_id AND first_date = :first_date",
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
    return connection.execute(f"INSERT INTO {table} {placed(columns)} {known}", columns).rowcount == 1
