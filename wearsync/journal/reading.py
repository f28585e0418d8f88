"""What is asked of the journal.

Rule: reads only, inside a transaction that the caller has begun (`Database.reading`); gives values, never
rows.
"""

import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import Literal

from wearsync.coordinator.dose import KeptDay, Ledger
from wearsync.journal.rows import (
    amended_hold_from,
    away_from,
    day_from,
    input_from,
    outbox_from,
    session_from,
)
from wearsync.messages import ClockSampled
from wearsync.model import AwaySpan, HoldResult, SessionResult
from wearsync.ports import LoggedInput, OutboxDepth, OutboxRow, Position

# A watch counts from 1. Whatever is gone already when the host first sees a journal is lost visibly.
_FIRST_SEQ = 1
# Each hold with its latest amendment: one look into the index for each.
_HOLDS_AS_AMENDED = """
    SELECT holds.*, amendments.side AS amended_side, amendments.credited_s AS amended_credited_s
    FROM holds LEFT JOIN amendments ON amendment_row =
        (SELECT max(amendment_row) FROM amendments AS latest WHERE latest.amends = holds.event_id)
    WHERE void IS NOT 1
"""


def position(
    connection: sqlite3.Connection, watch_id: str, journal_id: int, first_seq: int, next_seq: int
) -> Position:
    """Where to go on, or what is to be opened: a journal, or (hold profile, section 5 rule 5) an epoch."""
    latest = connection.execute(
        """
        SELECT name, epoch, cursor FROM journals
        WHERE watch_id = ? AND journal_id = ? ORDER BY epoch DESC LIMIT 1
        """,
        (watch_id, journal_id),
    ).fetchone()
    if latest is None:
        known = connection.execute("SELECT 1 FROM journals WHERE watch_id = ?", (watch_id,)).fetchone()
        news: Literal["another", "first"] = "another" if known else "first"
        return Position(str(journal_id), _FIRST_SEQ, journal_id, 0, news)
    if next_seq < latest["cursor"]:
        epoch = latest["epoch"] + 1
        return Position(f"{journal_id}.{epoch}", first_seq, journal_id, epoch, "epoch")
    return Position(latest["name"], latest["cursor"], journal_id, latest["epoch"], "known")


def nonces(connection: sqlite3.Connection, watch_id: str) -> tuple[bytes, ...]:
    """Newest last."""
    rows = connection.execute("SELECT nonce FROM nonces WHERE watch_id = ? ORDER BY nonce_row", (watch_id,))
    return tuple(row["nonce"] for row in rows)


def checkpoint(connection: sqlite3.Connection, watch_id: str) -> str | None:
    """The coordinator's last state, as JSON."""
    row = connection.execute("SELECT state FROM checkpoints WHERE watch_id = ?", (watch_id,)).fetchone()
    return row["state"] if row else None


def inputs(connection: sqlite3.Connection, watch_id: str) -> tuple[LoggedInput, ...]:
    """The coordinator's log since then, in order."""
    rows = connection.execute("SELECT * FROM inputs WHERE watch_id = ? ORDER BY input_row", (watch_id,))
    return tuple(input_from(row) for row in rows)


def last_clock(connection: sqlite3.Connection, watch_id: str) -> tuple[ClockSampled, int] | None:
    """Of the newest record of the journal that was opened last, if that record has a stamp."""
    row = connection.execute(
        """
        SELECT boot, host_ms, unix_ms, host_ms - tick_ms AS offset_ms, error_ms FROM records
        WHERE journal_row = (SELECT max(journal_row) FROM journals WHERE watch_id = ?)
        ORDER BY seq DESC LIMIT 1
        """,
        (watch_id,),
    ).fetchone()
    if row is None or row["offset_ms"] is None:
        return None
    sample = ClockSampled(row["boot"], row["offset_ms"], row["error_ms"], None, row["host_ms"])
    return sample, row["unix_ms"]


def holds(
    connection: sqlite3.Connection, wearer: str, since: date, until: date = date.max
) -> tuple[HoldResult, ...]:
    """Of these local dates, in order of their start."""
    rows = connection.execute(
        f"""
        {_HOLDS_AS_AMENDED} AND wearer = ? AND local_date BETWEEN ? AND ?
        ORDER BY holds.host_ms, holds.rowid
        """,
        (wearer, since.isoformat(), until.isoformat()),
    )
    return tuple(amended_hold_from(row) for row in rows)


def hold(connection: sqlite3.Connection, event_id: str) -> tuple[str, HoldResult] | None:
    """One hold, with its wearer; by its own id, or by that of an amendment."""
    row = connection.execute(
        f"""
        {_HOLDS_AS_AMENDED} AND holds.event_id =
            coalesce((SELECT amends FROM amendments AS named WHERE named.event_id = :id), :id)
        """,
        {"id": event_id},
    ).fetchone()
    return (row["wearer"], amended_hold_from(row)) if row else None


def sessions(connection: sqlite3.Connection, wearer: str, since: date) -> tuple[SessionResult, ...]:
    """Started on that local date or later, in order of their start."""
    rows = connection.execute(
        "SELECT * FROM sessions WHERE wearer = ? AND local_date >= ? ORDER BY host_ms, rowid",
        (wearer, since.isoformat()),
    )
    return tuple(session_from(row) for row in rows)


def ledger(connection: sqlite3.Connection, wearer: str, since: date, until: date) -> Ledger:
    """Days of these local dates, with the last one before them: as many rows as days are asked for."""
    before = day_before(connection, wearer, since)
    last = connection.execute(
        "SELECT * FROM sessions WHERE wearer = ? ORDER BY finished_unix_ms DESC LIMIT 1", (wearer,)
    ).fetchone()
    return Ledger(
        days=tuple(days(connection, wearer, since, until)),
        before=before,
        away=away(connection, wearer, before.dose.day if before else since),
        last_session=session_from(last) if last else None,
    )


def days(
    connection: sqlite3.Connection, wearer: str, since: date, until: date = date.max
) -> Iterator[KeptDay]:
    """As they are kept, oldest first."""
    rows = connection.execute(
        "SELECT * FROM days WHERE wearer = ? AND local_date BETWEEN ? AND ? ORDER BY local_date",
        (wearer, since.isoformat(), until.isoformat()),
    )
    return map(day_from, rows)


def day_before(connection: sqlite3.Connection, wearer: str, day: date) -> KeptDay | None:
    """The last one that is kept before that day."""
    row = connection.execute(
        "SELECT * FROM days WHERE wearer = ? AND local_date < ? ORDER BY local_date DESC LIMIT 1",
        (wearer, day.isoformat()),
    ).fetchone()
    return day_from(row) if row else None


def away(connection: sqlite3.Connection, wearer: str, since: date) -> tuple[AwaySpan, ...]:
    """All that were not over before that day."""
    rows = connection.execute(
        """
        SELECT * FROM away WHERE wearer = ? AND (last_date IS NULL OR last_date >= ?)
        ORDER BY first_date, watch_id
        """,
        (wearer, since.isoformat()),
    )
    return tuple(away_from(row) for row in rows)


def outbox(connection: sqlite3.Connection, after_row: int, limit: int) -> tuple[OutboxRow, ...]:
    """Waiting events after that row, in order."""
    rows = connection.execute(
        "SELECT * FROM outbox WHERE state = 'waiting' AND row_id > ? ORDER BY row_id LIMIT ?",
        (after_row, limit),
    )
    return tuple(outbox_from(row) for row in rows)


def outbox_depth(connection: sqlite3.Connection) -> OutboxDepth:
    """Counted over partial indexes: what was sent costs nothing."""
    row = connection.execute(
        """
        SELECT count(*) AS waiting, min(host_ms) AS oldest_ms,
            (SELECT count(*) FROM outbox WHERE state = 'parked') AS parked,
            (SELECT count(*) FROM outbox WHERE state = 'pruned' AND sent_ms IS NULL) AS dropped
        FROM outbox WHERE state = 'waiting'
        """
    ).fetchone()
    return OutboxDepth(row["waiting"], row["oldest_ms"], row["parked"], row["dropped"])


def host_time(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """(host_ms, unix_ms) of the latest input that was committed."""
    row = connection.execute("SELECT host_ms, unix_ms FROM host_time").fetchone()
    return (row["host_ms"], row["unix_ms"]) if row else None
