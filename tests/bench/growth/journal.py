"""How the journal grows with its records, and what is slower for it: a commit, a start, a look back.

A family of six wears its watches for as many days as it takes, up to yesterday, each with 29 records and 21
other rows a day; 1,000 records are a week, 1,000,000 are sixteen years. The commits are those of a seventh
watch in the house, one record each.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from tests.bench.big_journal import family, wearer_of
from tests.bench.figures.commit import one_by_one
from tests.bench.figures.history import ten_years
from tests.bench.figures.recovery import a_home, ready_s
from tests.bench.growth import Growth, Point
from tests.bench.host import Host
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit

__all__ = ["JOURNAL", "median_start_s"]

COUNTS = (1_000, 10_000, 100_000, 1_000_000)
WEARERS, RECORDS_A_DAY = 6, 29
COMMIT_DAYS = 7
STARTS, ASKED = 5, 5
SIZE, COMMIT, START, HISTORY = "size", "commit", "start", "history"


def _measured(place: Path) -> Iterable[Point]:
    for count in COUNTS:
        home = place / str(count)
        path = a_home(home)
        family(path, wearers=WEARERS, days=round(count / WEARERS / RECORDS_A_DAY))
        yield Point(SIZE, count, path.stat().st_size / 1e6)
        yield Point(START, count, median_start_s(home))
        commit_s, history_s = asyncio.run(_in_use(path))
        yield Point(COMMIT, count, 1000 * commit_s)
        yield Point(HISTORY, count, 1000 * history_s)


def median_start_s(home: Path) -> float:
    """From a daemon's start to READY; the one before was killed."""
    ready_s(home)
    return median(ready_s(home) for _ in range(STARTS))


async def _in_use(path: Path) -> tuple[float, float]:
    first, *commits = one_by_one(COMMIT_DAYS, Host(wearer=wearer_of(WEARERS)))
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(first)
        return await _commit_s(journal, commits), await _history_s(journal)


async def _commit_s(journal: SqliteJournal, commits: Sequence[Commit]) -> float:
    took_s = list[float]()
    for commit in commits:
        began = time.perf_counter()
        await journal.commit(commit)
        took_s.append(time.perf_counter() - began)
    return median(took_s)


async def _history_s(journal: SqliteJournal) -> float:
    took_s = list[float]()
    for _ in range(ASKED):
        began = time.perf_counter()
        await ten_years(journal)
        took_s.append(time.perf_counter() - began)
    return median(took_s)


JOURNAL = Growth(
    name="journal",
    title="A journal and the records in it",
    x="records in the journal",
    panels={
        SIZE: "file (MB)",
        COMMIT: "one-record commit (ms)",
        START: "start, after a kill (s)",
        HISTORY: "summary + ten years back (ms)",
    },
    measured=_measured,
)
