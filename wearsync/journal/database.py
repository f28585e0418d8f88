"""One SQLite file: opened, migrated, given out a transaction at a time.

Rule: synchronous, for one thread. A commit is on the disk when it returns. After an error that leaves doubt
about the connection (I/O, damage), it is closed and the next transaction opens the file anew: a failed fsync
is never retried and assumed.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from wearsync.errors import StorageError
from wearsync.journal.failures import is_harmless, storage_error
from wearsync.journal.migrations import MIGRATIONS, migrate, schema_of

# A backup tool may hold the file for a moment; whoever holds it for longer than 5 s is a fault to be seen.
BUSY_DEADLINE_S = 5.0

_PRAGMAS = (
    # One fsync a commit; NORMAL would have none, and lose commits on power loss.
    "PRAGMA synchronous = FULL",
    # macOS: fsync alone leaves the data in the drive's cache. No effect elsewhere.
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA foreign_keys = ON",
)


class Database:
    """A journal's file. `readonly`: it must be there, is not migrated, and writing raises `StorageError`."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        self._readonly = readonly
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Make the file (0600, in a directory 0700) where there is none; bring it to the newest schema."""
        if self._readonly:
            if not self.path.exists():
                raise StorageError(f"there is no journal {self.path} yet: `wearsync run` makes it")
        else:
            self._create()
        self._connect()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the file."""
        try:
            with self._transaction("BEGIN") as connection:
                yield connection
        except ValueError as error:
            raise StorageError(
                f"journal {self.path} can't be understood ({error}): move it aside, and start again"
            ) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is durable when the block has been left, or has never been."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file; the last to do so checkpoints it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @contextmanager
    def _transaction(self, begin: Literal["BEGIN", "BEGIN IMMEDIATE"]) -> Iterator[sqlite3.Connection]:
        connection = self._connection or self._connect()
        try:
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            if not is_harmless(error):
                self.close()
            raise storage_error(self.path, error) from error

    def _create(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StorageError(
                f"journal {self.path} can't be opened ({error.strerror}): check its owner and mode"
            ) from error

    def _connect(self) -> sqlite3.Connection:
        # Without mode=rwc: a journal that vanished under us is an error, not an empty journal.
        try:
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=BUSY_DEADLINE_S,
                isolation_level=None,
            )
            connection.row_factory = sqlite3.Row
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise storage_error(self.path, error) from error
        self._connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        schema = schema_of(connection, self.path, newest=len(MIGRATIONS))
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if self._readonly:
            if schema < len(MIGRATIONS):
                raise StorageError(
                    f"journal {self.path} is of an older schema ({schema}): `wearsync run` upgrades it"
                )
            # Not mode=ro: that can't read what a killed daemon left in the -wal file.
            connection.execute("PRAGMA query_only = ON")
            return
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise StorageError(
                f"journal {self.path} is on a file system without shared memory: use a local disk"
            )
        # After a failed fsync the kernel takes pages for clean that are not on the disk: write them again.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        migrate(connection, self.path)
