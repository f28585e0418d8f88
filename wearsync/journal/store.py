"""`SqliteJournal`: the `Journal` port on one SQLite file.

Rule: everything runs in one thread of its own, in the order that it was asked for; a transaction is one call
there, so that no await can stand inside of one. After a `StorageError` of `commit`, or its cancellation, it
is unknown whether the step is stored: the caller takes `load` and `position` anew. The same is asked of it
when the journal was recovered meanwhile: what was read before is of another file.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.dose import Ledger
from wearsync.errors import JournalDamaged, StorageError
from wearsync.journal import backup, checking, entries, mark, reading, writing
from wearsync.journal import erasure as erasing
from wearsync.journal.ballast import BALLAST_BYTES, Ballast
from wearsync.journal.database import Database
from wearsync.journal.health import HealthWatch
from wearsync.journal.thread import JournalThread
from wearsync.messages import ClockSampled
from wearsync.model import HoldResult, SessionResult
from wearsync.ports import (
    Commit,
    Entry,
    Erasure,
    LoggedInput,
    Notice,
    OutboxDepth,
    OutboxRow,
    Position,
    Progress,
    RecordConflict,
    StorageHealth,
)

# Each watch, the pump and the control socket have one call under way: more than any home needs at once.
CALLS_QUEUED_MAX = 64

_OUTBOX = "outbox"

T = TypeVar("T")


class SqliteJournal:
    """The host's journal; made by `open` or `open_readonly`; an asynchronous context that closes it."""

    def __init__(self, database: Database, *, threaded: bool, wall: Callable[[], float]) -> None:
        self._database = database
        self._thread = JournalThread() if threaded else None
        self._wall = wall
        self._slots = asyncio.Semaphore(CALLS_QUEUED_MAX)
        self._closed = False
        self._looking = threading.Lock()
        self._erasures = 0
        # By watch, and for the outbox: which recovery of the file it was last read after.
        self._read_after: dict[str, int] = {}

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        inline: bool = False,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        vfs: str | None = None,
        ballast_bytes: int = BALLAST_BYTES,
        recovers: bool = True,
    ) -> Self:
        """The journal in that file, made, migrated or recovered (see `notices`). Raises `StorageError`.

        `inline`: no thread, for a world that has only one. `wall`: Unix time in seconds, kept beside the host
        time of the inputs for `host_time`. `monotonic`: seconds, that commits are measured by. `vfs`: the
        name of SQLite's way to the disk. `ballast_bytes`: room that is held for a full disk, 0: none.
        `recovers` False: a damaged one is an error, and left as it is.
        """
        database = Database(
            path,
            recovers=recovers,
            vfs=vfs,
            ballast=Ballast(path, size_bytes=ballast_bytes),
            health=HealthWatch(monotonic=monotonic),
            wall=wall,
        )
        return await cls._opened(database, inline=inline, wall=wall)

    @classmethod
    async def open_readonly(cls, path: Path, *, inline: bool = False) -> Self:
        """To look at history while no daemon runs. Raises `StorageError`, also when there is no journal."""
        return await cls._opened(Database(path, readonly=True), inline=inline, wall=time.time)

    @classmethod
    async def _opened(cls, database: Database, *, inline: bool, wall: Callable[[], float]) -> Self:
        journal = cls(database, threaded=not inline, wall=wall)
        try:
            await journal._call(database.open)
            if not database.readonly:
                await journal._call(lambda: database.twice(lambda: erasing.resume(database)))
        except BaseException:
            await journal.close()
            raise
        return journal

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def health(self) -> StorageHealth:
        """See `ports.Journal`."""
        return self._database.health.now

    @property
    def progress(self) -> Progress:
        """How its thread gets on: it ends calls, or works on a long one. It may wait for a disk for ever."""
        return Progress(busy=False, steps=0) if self._thread is None else self._thread.progress

    @property
    def notices(self) -> tuple[Notice, ...]:
        """See `ports.Journal`; there may be more after a `StorageError`."""
        return self._database.notices

    async def check(self) -> Notice | None:
        """See `ports.Journal`. What is damaged is recovered by the next call."""
        path, vfs = self._database.path, self._database.vfs
        found = await self._aside(lambda: checking.damage(path, vfs=vfs, stop=lambda: self._closed))
        if found is None:
            return None
        await self._call(self._database.doubt)
        return Notice(AlertCode.JOURNAL_DAMAGED, f"the journal is damaged ({found}): it is recovered")

    async def position(self, watch_id: str, journal_id: int, first_seq: int, next_seq: int) -> Position:
        """See `ports.Journal`. One never seen starts at 1: what the watch has lost of it comes as LOST."""
        return await self._read(lambda db: reading.position(db, watch_id, journal_id, first_seq, next_seq))

    async def nonces(self, watch_id: str) -> tuple[bytes, ...]:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.nonces(db, watch_id))

    async def load(self, watch_id: str) -> tuple[str | None, tuple[LoggedInput, ...]]:
        """See `ports.Journal`."""

        def load(connection: sqlite3.Connection) -> tuple[str | None, tuple[LoggedInput, ...]]:
            self._read_after[watch_id] = self._database.recoveries
            return reading.checkpoint(connection, watch_id), reading.inputs(connection, watch_id)

        return await self._read(load)

    async def last_clock(self, watch_id: str) -> tuple[ClockSampled, int] | None:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.last_clock(db, watch_id))

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        """See `ports.Journal`. A checkpoint is the state after this commit's inputs: it replaces them too."""

        def transaction() -> tuple[RecordConflict, ...]:
            database, unix_ms = self._database, int(self._wall() * 1000)
            if commit.records:
                database.expect_room()
            with database.writing() as connection:
                self._expect_same_file(commit.watch_id)
                conflicts = writing.write(connection, commit, unix_ms=unix_ms, backlog=database.backlog)
                time = reading.host_time(connection)
            if commit.inputs and time is not None:
                mark.write(database.path, time[0])
            return conflicts

        return await self._call(transaction)

    async def holds(self, wearer: str, since: date) -> tuple[HoldResult, ...]:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.holds(db, wearer, since))

    async def hold(self, event_id: str) -> tuple[str, HoldResult] | None:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.hold(db, event_id))

    async def sessions(self, wearer: str, since: date) -> tuple[SessionResult, ...]:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.sessions(db, wearer, since))

    async def ledger(self, wearer: str, since: date, until: date) -> Ledger:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.ledger(db, wearer, since, until))

    async def wearers(self) -> tuple[str, ...]:
        """See `ports.Journal`."""
        return await self._read(entries.wearers)

    async def entries(self, wearer: str | None, since: date, until: date) -> AsyncIterator[tuple[Entry, ...]]:
        """See `ports.Journal`."""
        at = await self._read(entries.moment)
        unchanged = (self._erasures, self._database.recoveries)
        for name in at.wearers if wearer is None else (wearer,):
            day: date | None = since
            while day is not None:
                page = partial(entries.page, at=at, wearer=name, since=day, until=until)
                found, day = await self._read(page)
                if unchanged != (self._erasures, self._database.recoveries):
                    raise StorageError(f"journal {self._database.path} was changed meanwhile: begin anew")
                yield found

    async def outbox(self, after_row: int, limit: int, *, on: bool = False) -> tuple[OutboxRow, ...]:
        """See `ports.Journal`."""

        def rows(connection: sqlite3.Connection) -> tuple[OutboxRow, ...]:
            if on:
                self._expect_same_file(_OUTBOX)
            self._read_after[_OUTBOX] = self._database.recoveries
            return reading.outbox(connection, after_row, limit)

        return await self._read(rows)

    async def outbox_sent(self, row_ids: tuple[int, ...]) -> None:
        """See `ports.Journal`. What was sent long ago loses its content."""

        def mark_sent(connection: sqlite3.Connection) -> None:
            self._expect_same_file(_OUTBOX)
            writing.mark_sent(connection, row_ids, backlog=self._database.backlog)

        await self._write(mark_sent)

    async def outbox_parked(self, row_id: int, reason: str) -> None:
        """See `ports.Journal`."""

        def mark_parked(connection: sqlite3.Connection) -> None:
            self._expect_same_file(_OUTBOX)
            writing.mark_parked(connection, row_id, reason, backlog=self._database.backlog)

        await self._write(mark_parked)

    async def outbox_resend(self, since: str | None) -> int:
        """See `ports.Journal`."""
        return await self._write(lambda db: writing.resend(db, since, backlog=self._database.backlog))

    async def outbox_depth(self) -> OutboxDepth:
        """See `ports.Journal`."""
        return await self._read(reading.outbox_depth)

    async def host_time(self) -> tuple[int, int] | None:
        """See `ports.Journal`; it is the time of the inputs: stamps of records may be a watch's guess."""
        return await self._read(reading.host_time)

    async def backup(self, path: Path) -> None:
        """See `ports.Journal`. Commits go on meanwhile; closing the journal ends it. Damage that shows is
        recovered by the next call.
        """
        journal, vfs = self._database.path, self._database.vfs
        try:
            await self._aside(lambda: backup.write(journal, path, vfs=vfs, stop=lambda: self._closed))
        except JournalDamaged:
            await self._call(self._database.doubt)
            raise

    async def erase(self, erasure: Erasure) -> int:
        """See `ports.Journal`. Raises `UsageError` while a session is open."""

        def erase() -> int:
            self._erasures += 1
            with self._looking:
                return erasing.erase(self._database, erasure)

        return await self._call(erase)

    async def close(self) -> None:
        """See `ports.Journal`; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._thread is None:
            self._database.close()
            return
        # In line behind what is under way, and not to be called off.
        closing = self._thread.give(self._database.close)
        self._thread.end()
        await asyncio.shield(closing)

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        def transaction() -> T:
            with self._database.reading() as connection:
                return query(connection)

        return await self._call(transaction)

    async def _write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        def transaction() -> T:
            with self._database.writing() as connection:
                return change(connection)

        return await self._call(transaction)

    def _expect_same_file(self, reader: str) -> None:
        """What that one has read is of the file as it is: row ids and states of another one tell nothing."""
        if self._read_after.get(reader, self._database.recoveries) != self._database.recoveries:
            raise StorageError(f"journal {self._database.path} was recovered meanwhile: read it anew")

    async def _call(self, work: Callable[[], T]) -> T:
        async with self._slots:
            if self._closed:
                raise StorageError(f"journal {self._database.path} is closed")
            return work() if self._thread is None else await self._thread.give(work)

    async def _aside(self, work: Callable[[], T]) -> T:
        """In a thread of its own: it takes long, and others must not wait for it, but for an erasure: that
        leaves nothing behind which was read before.
        """

        def look() -> T:
            with self._looking:
                return work()

        if self._thread is None:
            return look()
        executor = ThreadPoolExecutor(1, thread_name_prefix="journal-aside")
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, look)
        finally:
            executor.shutdown(wait=False)
