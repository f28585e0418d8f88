"""`SqliteJournal`: the `Journal` port on one SQLite file.

Rule: everything runs in one thread of its own, in the order that it was asked for; a transaction is one call
there, so that no await can stand inside of one. After a `StorageError` of `commit`, or its cancellation, it
is unknown whether the step is stored: the caller takes `load` and `position` anew.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from wearsync.errors import StorageError
from wearsync.journal import reading, writing
from wearsync.journal.database import Database
from wearsync.messages import ClockSampled
from wearsync.model import HoldResult, SessionResult
from wearsync.ports import Commit, LoggedInput, OutboxDepth, OutboxRow, Position, RecordConflict

# Each watch, the pump and the control socket have one call under way: more than any home needs at once.
CALLS_QUEUED_MAX = 64

T = TypeVar("T")


class SqliteJournal:
    """The host's journal; made by `open` or `open_readonly`; an asynchronous context that closes it."""

    def __init__(self, database: Database, *, executor: Executor | None, wall: Callable[[], float]) -> None:
        self._database = database
        self._executor = executor
        self._wall = wall
        self._slots = asyncio.Semaphore(CALLS_QUEUED_MAX)
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, inline: bool = False, wall: Callable[[], float] = time.time) -> Self:
        """The journal in that file, made or migrated. Raises `StorageError`.

        `inline`: no thread, for a world that has only one. `wall`: Unix time in seconds, kept beside the host
        time of the inputs for `host_time`.
        """
        return await cls._opened(Database(path), inline=inline, wall=wall)

    @classmethod
    async def open_readonly(cls, path: Path, *, inline: bool = False) -> Self:
        """To look at history while no daemon runs. Raises `StorageError`, also when there is no journal."""
        return await cls._opened(Database(path, readonly=True), inline=inline, wall=time.time)

    @classmethod
    async def _opened(cls, database: Database, *, inline: bool, wall: Callable[[], float]) -> Self:
        executor = None if inline else ThreadPoolExecutor(1, thread_name_prefix="journal")
        journal = cls(database, executor=executor, wall=wall)
        try:
            await journal._call(database.open)
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

    async def position(self, watch_id: str, journal_id: int, first_seq: int, next_seq: int) -> Position:
        """See `ports.Journal`. One never seen starts at 1: what the watch has lost of it comes as LOST."""
        return await self._write(lambda db: writing.position(db, watch_id, journal_id, first_seq, next_seq))

    async def load(self, watch_id: str) -> tuple[str | None, tuple[LoggedInput, ...]]:
        """See `ports.Journal`."""
        return await self._read(lambda db: (reading.checkpoint(db, watch_id), reading.inputs(db, watch_id)))

    async def last_clock(self, watch_id: str) -> ClockSampled | None:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.last_clock(db, watch_id))

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        """See `ports.Journal`. A checkpoint is the state after this commit's inputs: it replaces them too."""
        return await self._write(lambda db: writing.write(db, commit, unix_ms=int(self._wall() * 1000)))

    async def holds(self, wearer: str, since: date) -> tuple[HoldResult, ...]:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.holds(db, wearer, since))

    async def sessions(self, wearer: str, since: date) -> tuple[SessionResult, ...]:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.sessions(db, wearer, since))

    async def outbox(self, after_row: int, limit: int) -> tuple[OutboxRow, ...]:
        """See `ports.Journal`."""
        return await self._read(lambda db: reading.outbox(db, after_row, limit))

    async def outbox_sent(self, row_ids: tuple[int, ...]) -> None:
        """See `ports.Journal`. Rows sent more than `SENT_KEEP_DAYS` ago lose their content."""
        await self._write(lambda db: writing.mark_sent(db, row_ids))

    async def outbox_parked(self, row_id: int, reason: str) -> None:
        """See `ports.Journal`."""
        await self._write(lambda db: writing.mark_parked(db, row_id, reason))

    async def outbox_resend(self, since: str | None) -> int:
        """See `ports.Journal`."""
        return await self._write(lambda db: writing.resend(db, since))

    async def outbox_depth(self) -> OutboxDepth:
        """See `ports.Journal`."""
        return await self._read(reading.outbox_depth)

    async def host_time(self) -> tuple[int, int] | None:
        """See `ports.Journal`; it is the time of the inputs: stamps of records may be a watch's guess."""
        return await self._read(reading.host_time)

    async def close(self) -> None:
        """See `ports.Journal`; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._executor is None:
            self._database.close()
            return
        # In line behind what is under way, and not to be called off.
        closing = asyncio.get_running_loop().run_in_executor(self._executor, self._database.close)
        self._executor.shutdown(wait=False)
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

    async def _call(self, work: Callable[[], T]) -> T:
        async with self._slots:
            if self._closed:
                raise StorageError(f"journal {self._database.path} is closed")
            if self._executor is None:
                return work()
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
