"""The journal without a running daemon: looked at, written to by hand, copied, put back, deleted from.

Rule: reading needs no lock; writing takes the daemon's, so that there is one writer.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from wearsync.config import Settings
from wearsync.control.calls import (
    AmendParams,
    BackupParams,
    DeleteParams,
    ExportParams,
    HistoryParams,
    HoldsParams,
    LogParams,
)
from wearsync.control.results import BackupResult, Done, HoldsResult
from wearsync.coordinator.dose import Ledger
from wearsync.daemon import journal_desk
from wearsync.daemon.clock import HostClock
from wearsync.daemon.export import ExportPart
from wearsync.daemon.export import export as export_from
from wearsync.daemon.fold import read_state
from wearsync.daemon.history import History, first_monday, read_history
from wearsync.daemon.history import history as build_history
from wearsync.daemon.journal_desk import JournalDesk
from wearsync.daemon.reporter import read_summary
from wearsync.daemon.states import summary_payload
from wearsync.errors import StorageError, UsageError
from wearsync.journal import backup, erasure, recovery
from wearsync.journal.lock import instance_lock
from wearsync.journal.store import SqliteJournal
from wearsync.publish.payloads import SummaryPayload


async def today(settings: Settings, wearer: str | None) -> SummaryPayload:
    """The wearer's summary, from the journal as it is. Raises `StorageError`, `UsageError`."""
    return (await history(settings, HistoryParams(wearer=wearer, weeks=1))).summary


async def history(settings: Settings, call: HistoryParams) -> History:
    """The wearer's weeks, likewise."""
    name = _wearer(settings, call.wearer)
    day = _clock().now().local_date
    if not settings.paths.journal.exists():
        nothing = summary_payload(name, Ledger(), day)
        return build_history(Ledger(), first_monday(call, day), nothing)
    async with await SqliteJournal.open_readonly(settings.paths.journal) as journal:
        watches = [watch for watch in settings.watches if settings.wearer_of(watch) == name]
        states = [await read_state(journal, watch.id) for watch in watches]
        summary = await read_summary(journal, name, day, watches=states)
        return await read_history(journal, call, summary)


async def summary(settings: Settings, wearer: str) -> SummaryPayload:
    """The same, also of somebody who has no watch any more. The journal must be there."""
    async with await SqliteJournal.open_readonly(settings.paths.journal) as journal:
        return await read_summary(journal, wearer, _clock().now().local_date, watches=())


async def holds(settings: Settings, call: HoldsParams) -> HoldsResult:
    """The wearer's holds, with their ids."""
    name = _wearer(settings, call.wearer)
    if not settings.paths.journal.exists():
        return HoldsResult(wearer=name, holds=())
    async with await SqliteJournal.open_readonly(settings.paths.journal) as journal:
        return await journal_desk.holds(journal, name, call.since or _clock().now().local_date)


async def export(settings: Settings, call: ExportParams) -> AsyncIterator[ExportPart]:
    """All holds and sessions that the call wants."""
    async with await SqliteJournal.open_readonly(settings.paths.journal) as journal:
        async for part in export_from(journal, call):
            yield part


async def log(settings: Settings, call: LogParams) -> Done:
    """Write a hold into the journal; the daemon publishes it when it runs next."""
    name = _wearer(settings, call.wearer)
    async with _desk(settings, make=True) as desk:
        return await desk.log(call, name)


async def amend(settings: Settings, call: AmendParams) -> Done:
    """Correct a hold; the daemon publishes it when it runs next."""
    async with _desk(settings) as desk:
        _, done = await desk.amend(call)
        return done


async def back_up(settings: Settings, call: BackupParams) -> BackupResult:
    """Copy the journal."""
    async with _desk(settings) as desk:
        return await desk.back_up(call.path)


async def delete(settings: Settings, call: DeleteParams) -> Done:
    """Delete for good; the daemon publishes the summary when it runs next."""
    async with _desk(settings) as desk:
        return await desk.delete(call)


def restore(settings: Settings, copy: Path | None) -> Path:
    """Put a backup in the journal's place, None: the newest; gives which. Raises `AlreadyRunning` beside a
    daemon, `UsageError`, `StorageError`.
    """
    paths = settings.paths
    found = copy or next(iter(backup.newest_first(paths.backups)), None)
    if found is None:
        raise UsageError(f"there is no backup in {paths.backups}: name a file")
    with instance_lock(paths.state_dir):
        if erasure.is_unfinished(paths.journal):  # the copy may have what was deleted
            raise StorageError("a deletion is not finished: start `wearsync run` once, which ends it")
        recovery.restore(paths.journal, found, unix_s=int(time.time()))
    return found


@asynccontextmanager
async def _desk(settings: Settings, *, make: bool = False) -> AsyncIterator[JournalDesk]:
    """The journal for writing, as the only one to do so; `make`: also where there is none yet."""
    paths = settings.paths
    if not make and not paths.journal.exists():
        raise StorageError(f"there is no journal {paths.journal} yet: `wearsync run` makes it")
    with instance_lock(paths.state_dir):
        # What is damaged is the daemon's to recover: it tells everybody.
        async with await SqliteJournal.open(paths.journal, recovers=False) as journal:
            yield JournalDesk(
                journal=journal,
                clock=_clock(await journal.host_time()),
                entropy=secrets.token_bytes,
                directory=paths.backups,
                publish_pain=settings.publish_pain,
            )


def _clock(resume: tuple[int, int] | None = None) -> HostClock:
    return HostClock(loop_time=asyncio.get_running_loop().time, wall=time.time, resume=resume)


def _wearer(settings: Settings, named: str | None) -> str:
    wearers = sorted({settings.wearer_of(watch) for watch in settings.watches} or {settings.wearer})
    if named is None:
        return wearers[0] if len(wearers) == 1 else settings.wearer
    if named not in {*wearers, settings.wearer}:
        raise UsageError(f"no wearer is called {named!r}; there are: {', '.join(wearers)}")
    return named
