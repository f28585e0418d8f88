"""Deleting for good: holds, sessions, and all that tells of them.

Rule: one transaction deletes, and leaves a mark; then copies are removed, the file is swept of what was in
it, and the mark goes. Whatever ends the process in between, `resume` sweeps at the next open.

Whose a record is: that of the first hold or session of its journal that rests on it or on a later record,
and it goes with that; those after the last one are of that one's wearer. Between the results of two wearers
nobody can tell: what lies there goes with either. Of records that so stay, those dated before the date go
too. Cursors, nonces and event ids stay: nothing comes twice.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.forget import forget
from wearsync.coordinator.state import from_json, to_json
from wearsync.errors import StorageError, UsageError
from wearsync.journal import backup, ledger
from wearsync.journal.database import Database, move_log
from wearsync.ports import Erasure, Notice

# In the place of a journal's last sequence number, which no watch reaches.
_NO_END = 2**63 - 1

# Of holds and sessions.
_MINE = "(:wearer IS NULL OR wearer = :wearer)"
_CHOSEN = f"{_MINE} AND (:before IS NULL OR local_date < :before)"


@dataclass(frozen=True, slots=True)
class _Result:
    """A hold or a session. `mine`: of that wearer; `chosen`: to be deleted."""

    watch_id: str
    event_id: str
    mine: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class _Span:
    """Records up to `last_seq` that are looked at: all go with `whole`, else those dated before the date, and
    with `undated` those that have none.
    """

    first_seq: int
    last_seq: int
    whole: bool
    undated: bool


def erase(database: Database, erasure: Erasure) -> int:
    """Delete, and sweep; gives how many holds and sessions. Raises `UsageError` while a session is open."""
    with database.writing() as connection:
        connection.execute("PRAGMA secure_delete = ON")
        count = _delete(connection, erasure)
        database.backlog.forget()
        # The mark tells of nobody.
        connection.execute("INSERT INTO erasures (wearer, before_date) VALUES ('', '')")
    try:
        _sweep(database)
    except StorageError as error:
        raise StorageError(
            f"deleted, but not from the file yet (the next start tries again): {error}"
        ) from error
    return count


def resume(database: Database) -> None:
    """Sweep if that was interrupted. When it can't be done now (no room, another reader), there is a notice,
    and it is done at the next start.
    """
    with database.reading() as connection:
        if connection.execute("SELECT 1 FROM erasures").fetchone() is None:
            return
    try:
        _sweep(database)
    except StorageError as error:
        text = f"what was deleted may still be in the journal's files: {error}"
        database.notices += (Notice(AlertCode.ERASURE_UNFINISHED, text),)


def is_unfinished(journal: Path) -> bool:
    """Whether something was deleted there that is not sure to be gone; False where it can't be read."""
    view = Database(journal, readonly=True)
    try:
        view.open()
        with view.reading() as connection:
            return connection.execute("SELECT 1 FROM erasures").fetchone() is not None
    except StorageError:
        return False
    finally:
        view.close()


def _sweep(database: Database) -> None:
    """Leave no byte of what was deleted. Copies first: that makes room for the new file."""
    copies = backup.directory_of(database.path).glob("journal-*")
    try:
        for path in (*database.path.parent.glob(f"{database.path.name}.*"), *copies):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{error.filename} can't be deleted ({error.strerror}): delete it, and start wearsync again"
        ) from error
    with database.alone() as connection:
        _empty_log(connection, database)
        connection.execute("VACUUM")
        connection.execute("DELETE FROM erasures")
        _empty_log(connection, database)


def _empty_log(connection: sqlite3.Connection, database: Database) -> None:
    """All that is in the -wal file into the journal, and nothing left of it."""
    is_all = move_log(connection, database.path)
    if not is_all or connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise StorageError(
            f"journal {database.path} is read by another program: end that, and start wearsync again"
        )


# --- what goes ----------------------------------------------------------------------------------------------


def _delete(connection: sqlite3.Connection, erasure: Erasure) -> int:
    before = None if erasure.before is None else erasure.before.isoformat()
    choice = {"wearer": erasure.wearer, "before": before}
    results = _results(connection, choice)
    watches = {result.watch_id for result in results if result.mine}
    if erasure.wearer is None:
        for table in ("journals", "checkpoints", "inputs", "cues"):
            watches |= {row["watch_id"] for row in connection.execute(f"SELECT watch_id FROM {table}")}
    for watch_id in sorted(watches):
        _forget(connection, watch_id, erasure)
        journals = connection.execute("SELECT * FROM journals WHERE watch_id = ?", (watch_id,)).fetchall()
        for journal in journals:
            for span in _spans(f"{watch_id}:{journal['name']}:", results, erasure):
                _delete_records(connection, journal["journal_row"], span, before)
    _delete_results(connection, choice)
    ledger.rebuild(connection, erasure.wearer)
    for watch_id in sorted(watches):
        _delete_cues(connection, watch_id)
    _empty_events(connection, choice)
    return sum(result.chosen for result in results)


def _results(connection: sqlite3.Connection, choice: Mapping[str, str | None]) -> tuple[_Result, ...]:
    rows = connection.execute(
        f"""
        SELECT watch_id, event_id, {_MINE} AS mine, {_CHOSEN} AS chosen FROM holds
        UNION ALL SELECT watch_id, event_id, {_MINE}, {_CHOSEN} FROM sessions
        """,
        choice,
    )
    return tuple(
        _Result(row["watch_id"], row["event_id"], bool(row["mine"]), bool(row["chosen"])) for row in rows
    )


def _forget(connection: sqlite3.Connection, watch_id: str, erasure: Erasure) -> None:
    """The coordinator's state, without the past."""
    stored = connection.execute("SELECT state FROM checkpoints WHERE watch_id = ?", (watch_id,)).fetchone()
    state = from_json(stored["state"]) if stored else None
    going_on = connection.execute("SELECT 1 FROM inputs WHERE watch_id = ?", (watch_id,)).fetchone()
    if going_on or (state is not None and state.session is not None):
        raise UsageError(f"watch {watch_id} has a session: stop it first, with `wearsync stop`")
    if state is not None:
        connection.execute(
            "UPDATE checkpoints SET state = ? WHERE watch_id = ?",
            (to_json(forget(state, erasure.before)), watch_id),
        )


def _spans(prefix: str, results: Sequence[_Result], erasure: Erasure) -> Iterator[_Span]:
    """A journal's records, by whose they are; `prefix`: of the ids of events that rest on them."""
    resting = [
        (int(result.event_id.removeprefix(prefix).partition(":")[0]), result)
        for result in results
        if result.event_id.startswith(prefix)
    ]
    everything = erasure.before is None
    first_seq, mine, undated = 0, erasure.wearer is None, False
    for seq, result in sorted(resting, key=lambda each: each[0]):
        if mine and not result.mine:
            yield _Span(first_seq, seq - 1, whole=everything, undated=undated)
        elif result.mine:
            yield _Span(first_seq, seq, whole=result.chosen, undated=result.chosen)
        first_seq, mine, undated = seq + 1, result.mine, result.chosen
    if mine:
        yield _Span(first_seq, _NO_END, whole=everything, undated=undated)


def _delete_records(
    connection: sqlite3.Connection, journal_row: int, span: _Span, before: str | None
) -> None:
    connection.execute(
        """
        DELETE FROM records WHERE journal_row = :journal_row AND seq BETWEEN :first_seq AND :last_seq AND (
            :whole OR coalesce(date(unix_ms / 1000 + utc_offset_min * 60, 'unixepoch') < :before, :undated)
        )
        """,
        {
            "journal_row": journal_row,
            "first_seq": span.first_seq,
            "last_seq": span.last_seq,
            "whole": span.whole,
            "undated": span.undated,
            "before": before,
        },
    )
    connection.execute(
        """
        DELETE FROM quarantine WHERE journal_row = ? AND NOT EXISTS (
            SELECT 1 FROM records
            WHERE records.journal_row = quarantine.journal_row AND records.seq = quarantine.seq
        )
        """,
        (journal_row,),
    )


def _delete_results(connection: sqlite3.Connection, choice: Mapping[str, str | None]) -> None:
    connection.execute(
        f"DELETE FROM amendments WHERE amends IN (SELECT event_id FROM holds WHERE {_CHOSEN})", choice
    )
    connection.execute(f"DELETE FROM holds WHERE {_CHOSEN}", choice)
    connection.execute(f"DELETE FROM sessions WHERE {_CHOSEN}", choice)
    # Being away at present is not of the past.
    connection.execute(
        f"DELETE FROM away WHERE {_MINE} AND (:before IS NULL OR last_date < :before) AND last_date NOT NULL",
        choice,
    )


def _delete_cues(connection: sqlite3.Connection, watch_id: str) -> None:
    """Those of sessions of which nothing is left."""
    connection.execute(
        """
        DELETE FROM cues WHERE watch_id = :watch_id AND session NOT IN (
            SELECT session FROM holds WHERE watch_id = :watch_id
            UNION SELECT session FROM sessions WHERE watch_id = :watch_id
        )
        """,
        {"watch_id": watch_id},
    )


def _empty_events(connection: sqlite3.Connection, choice: Mapping[str, str | None]) -> None:
    """Whatever became of them, and when. An alert's id says what happened: it goes too."""
    connection.execute(
        """
        UPDATE outbox SET state = 'pruned', topic = '', payload = '', reason = NULL,
            host_ms = 0, sent_ms = 0,
            event_id = iif(event_id LIKE '%:alert-%', 'deleted:' || row_id, event_id)
        WHERE state <> 'pruned' AND json_valid(payload)
        AND (:wearer IS NULL OR payload ->> '$.wearer' = :wearer)
        AND (:before IS NULL OR payload ->> '$.local_date' < :before)
        """,
        choice,
    )
