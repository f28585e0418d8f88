"""What is asked of the journal.

Rule: reads only, inside a transaction that the caller has begun (`Database.reading`); gives values, never
rows.
"""

import sqlite3
from datetime import date

from wearsync.journal.rows import hold_from, input_from, outbox_from, session_from
from wearsync.messages import ClockSampled
from wearsync.model import HoldResult, SessionResult
from wearsync.ports import LoggedInput, OutboxDepth, OutboxRow


def checkpoint(connection: sqlite3.Connection, watch_id: str) -> str | None:
    """The coordinator's last state, as JSON."""
    row = connection.execute("SELECT state FROM checkpoints WHERE watch_id = ?", (watch_id,)).fetchone()
    return row["state"] if row else None


def inputs(connection: sqlite3.Connection, watch_id: str) -> tuple[LoggedInput, ...]:
    """The coordinator's log since then, in order."""
    rows = connection.execute("SELECT * FROM inputs WHERE watch_id = ? ORDER BY input_row", (watch_id,))
    return tuple(input_from(row) for row in rows)


def last_clock(connection: sqlite3.Connection, watch_id: str) -> ClockSampled | None:
    """Of the newest record of the journal that was opened last, if that record has a stamp."""
    row = connection.execute(
        """
        SELECT boot, host_ms - tick_ms AS offset_ms, error_ms FROM records
        WHERE journal_row = (SELECT max(journal_row) FROM journals WHERE watch_id = ?)
        ORDER BY seq DESC LIMIT 1
        """,
        (watch_id,),
    ).fetchone()
    if row is None or row["offset_ms"] is None:
        return None
    return ClockSampled(row["boot"], row["offset_ms"], row["error_ms"], None)


def holds(connection: sqlite3.Connection, wearer: str, since: date) -> tuple[HoldResult, ...]:
    """Of that local date and later, in order of their start."""
    rows = connection.execute(
        "SELECT * FROM holds WHERE wearer = ? AND local_date >= ? ORDER BY host_ms, rowid",
        (wearer, since.isoformat()),
    )
    return tuple(hold_from(row) for row in rows)


def sessions(connection: sqlite3.Connection, wearer: str, since: date) -> tuple[SessionResult, ...]:
    """Started on that local date or later, in order of their start."""
    rows = connection.execute(
        "SELECT * FROM sessions WHERE wearer = ? AND local_date >= ? ORDER BY host_ms, rowid",
        (wearer, since.isoformat()),
    )
    return tuple(session_from(row) for row in rows)


def outbox(connection: sqlite3.Connection, after_row: int, limit: int) -> tuple[OutboxRow, ...]:
    """Waiting events after that row, in order."""
    rows = connection.execute(
        "SELECT * FROM outbox WHERE state = 'waiting' AND row_id > ? ORDER BY row_id LIMIT ?",
        (after_row, limit),
    )
    return tuple(outbox_from(row) for row in rows)


def outbox_depth(connection: sqlite3.Connection) -> OutboxDepth:
    """Counted over partial indexes: what was sent costs nothing."""
    waiting = connection.execute(
        "SELECT count(*) AS events, min(host_ms) AS oldest_ms FROM outbox WHERE state = 'waiting'"
    ).fetchone()
    parked = connection.execute("SELECT count(*) AS events FROM outbox WHERE state = 'parked'").fetchone()
    return OutboxDepth(waiting["events"], waiting["oldest_ms"], parked["events"])


def host_time(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """(host_ms, unix_ms) of the latest input that was committed."""
    row = connection.execute("SELECT host_ms, unix_ms FROM host_time").fetchone()
    return (row["host_ms"], row["unix_ms"]) if row else None
