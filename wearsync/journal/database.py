"""One SQLite file: opened, migrated, given out a transaction at a time.

Rule: synchronous, for one thread. A commit is on the disk when it returns. After an error that leaves doubt
about the connection (I/O, damage), it is closed and the next transaction opens the file anew: a failed fsync
is never retried and assumed. A file that is found damaged then is recovered before it is used.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, TypeVar

from wearsync.alert_codes import AlertCode
from wearsync.errors import JournalDamaged, StorageError
from wearsync.journal import mark, reading, recovery
from wearsync.journal.backlog import Backlog
from wearsync.journal.ballast import Ballast, has_room
from wearsync.journal.failures import (
    Failure,
    is_full,
    is_harmless,
    is_of_storage,
    is_undecodable,
    is_unread,
    storage_error,
    unread_error,
)
from wearsync.journal.health import HealthWatch
from wearsync.journal.migrations import MIGRATIONS, migrate, schema_of
from wearsync.ports import Notice

# A backup tool may hold the file for a moment; whoever holds it for longer than 5 s is a fault to be seen.
BUSY_DEADLINE_S = 5.0

# A journal that is damaged again and again in one life of the process: its disk is to be looked at.
RECOVERIES_MAX = 3

_PRAGMAS = (
    # One fsync a commit; NORMAL would have none, and lose commits on power loss.
    "PRAGMA synchronous = FULL",
    # macOS: fsync alone leaves the data in the drive's cache. No effect elsewhere.
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    # SQLite would move the log into the file within some commit; we do, so that the mark can say when.
    "PRAGMA wal_autocheckpoint = 0",
)

# Rows changed between two moves of the log: 0.8 to 1.3 pages each, measured; SQLite moves it at 1000 pages.
MOVED_AFTER_ROWS = 500


T = TypeVar("T")


class Database:
    """A journal's file. `readonly`: it must be there, is not migrated, and writing raises `StorageError`.

    `vfs`: SQLite's name of the way to the disk, None: its own. `ballast`: None: no room is held. `wall`: Unix
    time in s, for names of what is set aside. `recoveries` counts how often the file was put back.
    """

    def __init__(
        self,
        path: Path,
        *,
        readonly: bool = False,
        recovers: bool = True,
        vfs: str | None = None,
        ballast: Ballast | None = None,
        health: HealthWatch | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self.vfs = vfs
        self.health = health or HealthWatch()
        self.backlog = Backlog()
        self.notices: tuple[Notice, ...] = ()
        self.recoveries = 0
        self.readonly = readonly
        self._recovers = recovers and not readonly
        self._ballast = ballast or Ballast(path, size_bytes=0)
        self._wall = wall
        self._connection: sqlite3.Connection | None = None
        self._moved_rows = 0
        # Some: it is looked through before it is used again; sure: it is recovered.
        self._doubt: Literal["none", "some", "sure"] = "none"

    def open(self) -> None:
        """Make the file (0600, in a directory 0700) where there is none; bring it to the newest schema. A
        damaged or lost one is recovered, with a notice.
        """
        if self.readonly:
            if not self.path.exists():
                raise StorageError(f"there is no journal {self.path} yet: `wearsync run` makes it")
            self._connect()
            return
        if recovery.is_lost(self.path):
            if not self._recovers:
                raise StorageError(
                    f"journal {self.path} is gone: `wearsync run` goes on from its newest backup"
                )
            self._recover()
        elif self._recovers and (recovery.is_torn(self.path) or recovery.is_mixed(self.path)):
            self._doubt = "sure"
        self._create()
        self._connect()
        self.twice(self._look_back)
        self._ballast.tend()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the file."""
        try:
            with self._transaction("BEGIN") as connection:
                yield connection
        except (ValueError, IndexError) as error:  # a word or a column that is not as we write it
            raise StorageError(
                f"journal {self.path} can't be understood (a value in it is none of ours): go back to a copy"
                " with `wearsync backup restore`"
            ) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is durable when the block has been left, or has never been."""
        started = self.health.begin()
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                yield connection
        except BaseException:
            self.backlog.forget()
            raise
        self._move_log()
        self._ballast.tend()
        self.health.committed(started, low=self._low() if self._ballast.low else "")

    def expect_room(self) -> None:
        """Raises `StorageError` while the disk has no room but for the most needed."""
        if self._ballast.low:
            self.health.failed("full", self._low())
            raise StorageError(self._low())

    def doubt(self) -> None:
        """Something is wrong with the file: the next transaction looks through it, and recovers it if so."""
        self._doubt = "some"
        self.close()

    def twice(self, work: Callable[[], T]) -> T:
        """Once more if the file was found damaged: then it is recovered first."""
        try:
            return work()
        except JournalDamaged:
            return work()

    def close(self) -> None:
        """Let go of the file; the last to do so finds nothing left to move."""
        connection, self._connection = self._connection, None
        if connection is not None:
            if not self.readonly:
                with suppress(sqlite3.Error):
                    move_log(connection, self.path)
            self._let_go(connection)

    def _let_go(self, connection: sqlite3.Connection) -> None:
        """The last to close moves all that is left, and deletes the log then."""
        connection.close()
        if not recovery.has_wal(self.path):
            mark.moving(self.path, False)

    def _move_log(self) -> None:
        """What was committed is durable already: what goes wrong here is no fault of the commit."""
        connection = self._connection
        if connection is None or connection.total_changes - self._moved_rows < MOVED_AFTER_ROWS:
            return
        self._moved_rows = connection.total_changes
        try:
            move_log(connection, self.path)
        except sqlite3.Error as error:
            if not is_harmless(error):
                self.close()

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """The connection without a transaction, for what can't be in one."""
        connection = self._connection or self._connect()
        try:
            yield connection
        except BaseException as error:
            rolled_back = _roll_back(connection)
            if not isinstance(error, Failure):
                if not rolled_back:
                    self.close()
                raise
            if not (rolled_back and is_harmless(error)):
                self.close()
            raise self._failed(error) from error

    @contextmanager
    def _transaction(self, begin: Literal["BEGIN", "BEGIN IMMEDIATE"]) -> Iterator[sqlite3.Connection]:
        with self.alone() as connection:
            connection.execute(begin)
            yield connection
            connection.execute("COMMIT")

    def _failed(self, error: Failure) -> StorageError:
        full = is_full(error, has_room=lambda: has_room(self.path.parent))
        told = storage_error(self.path, error, full=full)
        if isinstance(told, JournalDamaged):
            self._doubt = "sure" if is_undecodable(error) else "some"
        if full:
            self._ballast.give_up()
            self.health.failed("full", str(told))
        elif is_of_storage(error):
            self.health.failed("failing", str(told))
        return told

    def _low(self) -> str:
        return (
            f"journal {self.path} has next to no room: free some space on its disk, the watches keep their"
            " records meanwhile"
        )

    def _create(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StorageError(
                f"journal {self.path} can't be opened ({error.strerror}): check its owner and mode"
            ) from error

    def _recover(self) -> None:
        self._doubt = "none"
        self.notices += (recovery.recover(self.path, unix_s=int(self._wall())),)
        mark.moving(self.path, False)
        self.recoveries += 1
        self.backlog.forget()
        self._create()

    def _look_back(self) -> None:
        """A journal that once was further is not taken silently: a copy was put back, or its -wal is lost."""
        once_ms = mark.read(self.path)
        with self.reading() as connection:
            now = reading.host_time(connection)
        if once_ms is None or self.recoveries:
            return
        if now is None and self._recovers and recovery.has_copy(self.path):
            self.close()
            self._recover()
            self._connect()
        elif now is None or now[0] < once_ms:
            text = (
                "the journal is older than it was: a copy was put back, or its -wal file was lost;"
                " the watch sends again what it still has"
            )
            self.notices += (Notice(AlertCode.JOURNAL_OLDER, text),)

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = self._connected()
        except JournalDamaged:
            if not self._recovers or self.recoveries == RECOVERIES_MAX or not recovery.is_ours(self.path):
                raise
            self._recover()
            connection = self._connected()
        self._doubt = "none"
        self._connection = connection
        return connection

    def _connected(self) -> sqlite3.Connection:
        # Without mode=rwc: a journal that vanished under us is an error, not an empty journal.
        try:
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw" + (f"&vfs={self.vfs}" if self.vfs else ""),
                uri=True,
                timeout=BUSY_DEADLINE_S,
                isolation_level=None,
            )
            connection.row_factory = sqlite3.Row
            try:
                self._prepare(connection)
            except BaseException:
                self._let_go(connection)
                raise
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._failed(error) from error
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        schema = schema_of(connection, self.path, newest=len(MIGRATIONS))
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if self.readonly:
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
        self._expect_sound(connection)
        # After a failed fsync the kernel takes pages for clean that are not on the disk: write them again.
        move_log(connection, self.path)
        self._moved_rows = connection.total_changes
        migrate(connection, self.path)

    def _expect_sound(self, connection: sqlite3.Connection) -> None:
        if self._doubt == "none":
            return
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if is_unread(found):
            raise unread_error(self.path, found)
        if found != "ok" or self._doubt == "sure":
            raise JournalDamaged(f"journal {self.path} is damaged ({' '.join(found.split())})")


def move_log(connection: sqlite3.Connection, path: Path) -> bool:
    """Move what is in the write-ahead log into the file, as far as no reader needs it there; gives whether
    that was all.

    Cut off in the middle, it is done again from the log. Only if that gets lost then, the file is neither old
    nor new, and SQLite sees nothing wrong with it: the mark says so.
    """
    if recovery.has_wal(path):
        mark.moving(path, True)
    busy, in_log, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    is_all = not busy and in_log == moved
    if is_all:
        mark.moving(path, False)
    return is_all


def _roll_back(connection: sqlite3.Connection) -> bool:
    """Whether no transaction is left open; never raises: what went wrong before is to be told, not this."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        return False
    return True
