"""What years of one wearer cost: two sessions of four holds a day, all of them asked for."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tests.bench.big_journal import family, today, wearer_of
from tests.bench.figures.recovery import a_home
from tests.bench.growth import Growth, Point
from tests.bench.growth.journal import median_start_s
from wearsync.control.calls import HistoryParams
from wearsync.daemon.history import read_history
from wearsync.daemon.reporter import read_summary
from wearsync.journal.store import SqliteJournal

__all__ = ["YEARS"]

COUNTS = (1, 2, 5, 10)
DAYS_A_YEAR = 365.25
ASKED = 15
SIZE, SUMMARY, HISTORY, START = "size", "summary", "history", "start"


def _measured(place: Path) -> Iterable[Point]:
    for count in COUNTS:
        home = place / str(count)
        path, days = a_home(home), round(count * DAYS_A_YEAR)
        family(path, wearers=1, days=days)
        yield Point(SIZE, count, path.stat().st_size / 1e6)
        yield Point(START, count, median_start_s(home))
        summary_s, history_s = asyncio.run(_asked(path, days))
        yield Point(SUMMARY, count, 1000 * summary_s)
        yield Point(HISTORY, count, 1000 * history_s)


async def _asked(path: Path, days: int) -> tuple[float, float]:
    call = HistoryParams(weeks=days // 7)
    async with await SqliteJournal.open(path) as journal:
        # All summaries first: what a history leaves in the caches and in memory is not theirs.
        summary_s = [await _summary_s(journal) for _ in range(ASKED)]
        history_s = [await _history_s(journal, call, days) for _ in range(ASKED)]
    return median(summary_s), median(history_s)


async def _summary_s(journal: SqliteJournal) -> float:
    began = time.perf_counter()
    await read_summary(journal, wearer_of(0), today(), watches=())
    return time.perf_counter() - began


async def _history_s(journal: SqliteJournal, call: HistoryParams, days: int) -> float:
    summary = await read_summary(journal, wearer_of(0), today(), watches=())
    began = time.perf_counter()
    found = await read_history(journal, call, summary)
    took_s = time.perf_counter() - began
    assert len(found.days) > days - 21, "not every day is there"
    return took_s


YEARS = Growth(
    name="years",
    title="One wearer's years: two sessions a day",
    x="years",
    panels={
        SIZE: "file (MB)",
        SUMMARY: "summary (ms)",
        HISTORY: "history of all years (ms)",
        START: "start, after a kill (s)",
    },
    measured=_measured,
)
