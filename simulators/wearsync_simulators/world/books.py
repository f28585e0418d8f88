"""What stands in a host's journal, read by plain SQL: for checkers that share no code with the product.

Rule: read-only, and everything as it is stored; what it means is for the checkers to say.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = [
    "AmendmentRow",
    "AwayRow",
    "Books",
    "CueRow",
    "DayRow",
    "EventRow",
    "GapRow",
    "HoldRow",
    "PartRow",
    "RecordRow",
    "SessionRow",
    "read_books",
    "read_cursor",
    "reading",
]

# The world has one process: who holds a lock longer than this holds it for ever.
BUSY_S = 1.0

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PartRow:
    """One local epoch of one journal of a watch; `cursor`: the next sequence number that is wanted."""

    watch_id: str
    journal_id: int
    epoch: int
    name: str
    cursor: int


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record, and the stamp that it got (None: none)."""

    watch_id: str
    journal_id: int
    journal: str
    seq: int
    raw: bytes
    host_ms: int | None
    unix_ms: int | None
    utc_offset_min: int | None
    error_ms: int | None


@dataclass(frozen=True, slots=True)
class GapRow:
    """Records from_seq … next_seq - 1 are told to be lost."""

    watch_id: str
    journal_id: int
    from_seq: int
    next_seq: int


@dataclass(frozen=True, slots=True)
class CueRow:
    """A cue as the host sees it."""

    watch_id: str
    cue_id: int
    cue: str
    due_ms: int | None
    result: str | None


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold's result."""

    event_id: str
    watch_id: str
    wearer: str
    local_date: str
    session: int
    step: int
    side: str
    variant: str
    round: int
    planned_s: int
    measured_s: float | None
    credited_s: float
    outcome: str
    source: str
    host_ms: int
    unix_ms: int
    utc_offset_min: int
    error_ms: int
    replayed: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session's result; `local_date` of its start."""

    event_id: str
    watch_id: str
    wearer: str
    local_date: str
    session: int
    ended: str
    source: str
    holds: int
    left_s: float
    right_s: float
    full: int
    host_ms: int
    unix_ms: int
    utc_offset_min: int
    error_ms: int
    finished_host_ms: int
    finished_unix_ms: int
    finished_error_ms: int
    replayed: int


@dataclass(frozen=True, slots=True)
class AmendmentRow:
    """A correction of a hold, in order; None: as it was."""

    amends: str
    side: str | None
    credited_s: float | None
    void: int


@dataclass(frozen=True, slots=True)
class DayRow:
    """A wearer's local day as the host keeps it; the streak at its end."""

    wearer: str
    local_date: str
    left_s: float
    left_holds: int
    left_short: int
    left_too_much: int
    left_pain: int
    left_counts: int
    right_s: float
    right_holds: int
    right_short: int
    right_too_much: int
    right_pain: int
    right_counts: int
    full: int
    streak: int
    longest_streak: int


@dataclass(frozen=True, slots=True)
class AwayRow:
    """Local dates on which the wearer could not stretch; `last_date` None: still away."""

    wearer: str
    first_date: str
    last_date: str | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of the outbox, in order, learnt at `host_ms`; `state`: waiting, sent, parked, pruned."""

    event_id: str
    topic: str
    payload: str
    host_ms: int
    state: str
    sent_ms: int | None


@dataclass(frozen=True, slots=True)
class Books:
    """All of one host's journal, at one instant."""

    parts: tuple[PartRow, ...] = ()
    records: tuple[RecordRow, ...] = ()
    quarantine: tuple[RecordRow, ...] = ()
    gaps: tuple[GapRow, ...] = ()
    cues: tuple[CueRow, ...] = ()
    holds: tuple[HoldRow, ...] = ()
    sessions: tuple[SessionRow, ...] = ()
    amendments: tuple[AmendmentRow, ...] = ()
    days: tuple[DayRow, ...] = ()
    away: tuple[AwayRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    nonces: tuple[bytes, ...] = ()


def read_books(path: Path) -> Books:
    """Of the journal in that file, in one transaction. Raises `sqlite3.Error`."""
    with reading(path) as connection:

        def rows(kind: Callable[..., Row], sql: str) -> tuple[Row, ...]:
            return tuple(kind(*row) for row in connection.execute(sql))

        def table(kind: Callable[..., Row], name: str, order: str = "rowid") -> tuple[Row, ...]:
            columns = ", ".join(kind.__annotations__)
            return rows(kind, f"SELECT {columns} FROM {name} ORDER BY {order}")

        of_record = "watch_id, journal_id, name, seq, raw"
        stamped = "host_ms, unix_ms, utc_offset_min, error_ms"
        return Books(
            parts=table(PartRow, "journals"),
            records=rows(
                RecordRow,
                f"SELECT {of_record}, {stamped} FROM records JOIN journals USING (journal_row)"
                " ORDER BY journal_row, seq",
            ),
            quarantine=rows(
                RecordRow,
                f"SELECT {of_record}, NULL, NULL, NULL, NULL FROM quarantine"
                " JOIN journals USING (journal_row) ORDER BY journal_row, seq",
            ),
            gaps=table(GapRow, "gaps JOIN journals USING (journal_row)", "journal_row, from_seq"),
            cues=table(CueRow, "cues", "watch_id, cue_id"),
            holds=table(HoldRow, "holds"),
            sessions=table(SessionRow, "sessions"),
            amendments=table(AmendmentRow, "amendments", "amendment_row"),
            days=table(DayRow, "days", "wearer, local_date"),
            away=table(AwayRow, "away", "wearer, first_date"),
            events=table(EventRow, "outbox", "row_id"),
            nonces=rows(bytes, "SELECT nonce FROM nonces ORDER BY nonce_row"),
        )


def read_cursor(path: Path, watch_id: str, journal_id: int) -> int:
    """The next sequence number that the host wants; of the latest epoch. Raises `sqlite3.Error`."""
    with reading(path) as connection:
        row = connection.execute(
            "SELECT cursor FROM journals WHERE watch_id = ? AND journal_id = ? ORDER BY epoch DESC",
            (watch_id, journal_id),
        ).fetchone()
    return 1 if row is None else int(row[0])


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A second connection, which sees what is committed, and changes nothing."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield connection
