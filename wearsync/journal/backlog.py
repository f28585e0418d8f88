"""How much waits for the broker, and what goes when it is too much.

Rule: telemetry goes first and is all that goes: results, warnings and errors wait however many they are. A
row that goes leaves its id behind, so that it is not stored a second time.
"""

import sqlite3
from dataclasses import dataclass, field

# Half a year without a broker in a home with two watches, at 200 to 300 events a day; 30 MB of an SD card, at
# 0.6 kB an event.
OUTBOX_WAITING_MAX = 50_000

# In this order; each with the oldest first.
_TELEMETRY = (
    "topic LIKE '%/cue'",
    """topic LIKE '%/alert' AND CASE WHEN json_valid(payload)
       THEN json_extract(payload, '$.severity') = 'info' ELSE 0 END""",
)


@dataclass(slots=True)
class Backlog:
    """The count of waiting rows, kept beside the connection: counting 50,000 at each commit would cost more
    than the commit. After a transaction that failed, or that changed states in another way: `forget`.
    """

    waiting_max: int = OUTBOX_WAITING_MAX
    _waiting: int | None = None
    # For each kind of telemetry: no waiting row up to this one is of it.
    _passed: list[int] = field(default_factory=lambda: [0] * len(_TELEMETRY))

    def forget(self) -> None:
        """What is known may not be so; also when rows that were settled wait again."""
        self._waiting = None
        self._passed = [0] * len(_TELEMETRY)

    def settled(self, rows: int) -> None:
        """That many wait no more."""
        if self._waiting is not None:
            self._waiting -= rows

    def added(self, connection: sqlite3.Connection, rows: int) -> None:
        """That many more wait, in the transaction under way: what is too much goes."""
        if self._waiting is None:
            self._waiting = _count(connection)
        else:
            self._waiting += rows
        for kind, condition in enumerate(_TELEMETRY):
            excess = self._waiting - self.waiting_max
            if excess > 0:
                self._waiting -= self._drop(connection, kind, condition, excess)

    def _drop(self, connection: sqlite3.Connection, kind: int, condition: str, excess: int) -> int:
        found = connection.execute(
            f"""
            SELECT row_id FROM outbox WHERE state = 'waiting' AND row_id > ? AND {condition}
            ORDER BY row_id LIMIT ?
            """,
            (self._passed[kind], excess),
        ).fetchall()
        connection.executemany(
            """
            UPDATE outbox SET state = 'pruned', topic = '', payload = '', reason = 'too much was waiting'
            WHERE row_id = ?
            """,
            found,
        )
        if len(found) == excess:
            self._passed[kind] = found[-1]["row_id"]
        else:  # all that there is; only what comes later has to be looked at
            self._passed[kind] = connection.execute("SELECT max(row_id) FROM outbox").fetchone()[0]
        return len(found)


def _count(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()[0]
    return count
