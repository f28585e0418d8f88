"""The journal without a running daemon: reading today's dose, writing a hold down.

Rule: reading needs no lock; writing takes the daemon's, so that there is one writer.
"""

import asyncio
import secrets
import time
from datetime import date

from wearsync.config import Settings
from wearsync.control.protocol import Done, LogParams
from wearsync.daemon import logbook
from wearsync.daemon.clock import HostClock
from wearsync.daemon.fold import read_state
from wearsync.daemon.reporter import read_summary
from wearsync.daemon.states import summary_payload
from wearsync.errors import UsageError
from wearsync.journal.lock import instance_lock
from wearsync.journal.store import SqliteJournal
from wearsync.publish.payloads import SummaryPayload


async def today(settings: Settings, wearer: str | None) -> SummaryPayload:
    """The wearer's summary, from the journal as it is. Raises `StorageError`, `UsageError`."""
    name = _wearer(settings, wearer)
    day = _clock().now().local_date
    if not settings.paths.journal.exists():
        return summary_payload(name, (), (), day, away_days=frozenset())
    async with await SqliteJournal.open_readonly(settings.paths.journal) as journal:
        watches = [watch for watch in settings.watches if settings.wearer_of(watch) == name]
        states = [await read_state(journal, watch.id) for watch in watches]
        away_days = frozenset[date]().union(*(state.away_days(day) for state in states))
        return await read_summary(journal, name, day, away_days=away_days)


async def log(settings: Settings, params: LogParams) -> Done:
    """Write a hold into the journal; the daemon publishes it when it runs next."""
    name = _wearer(settings, params.wearer)
    with instance_lock(settings.paths.state_dir):
        async with await SqliteJournal.open(settings.paths.journal) as journal:
            clock = _clock(await journal.host_time())
            hold = logbook.logged_hold(
                params.side, params.seconds, params.variant, now=clock.now(), entropy=secrets.token_bytes(16)
            )
            await journal.commit(logbook.commit_of(hold, wearer=name))
    return Done(text=f"{params.side.value}: {hold.credited_s:.0f} s credited to {name}")


def _clock(resume: tuple[int, int] | None = None) -> HostClock:
    return HostClock(loop_time=asyncio.get_running_loop().time, wall=time.time, resume=resume)


def _wearer(settings: Settings, named: str | None) -> str:
    wearers = sorted({settings.wearer_of(watch) for watch in settings.watches} or {settings.wearer})
    if named is None:
        return wearers[0] if len(wearers) == 1 else settings.wearer
    if named not in {*wearers, settings.wearer}:
        raise UsageError(f"no wearer is called {named!r}; there are: {', '.join(wearers)}")
    return named
