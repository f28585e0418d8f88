"""Figure `commit`: what a durable commit costs beside the least that a disk can do for it.

A: commits of one record each, as the daemon makes them of a watch's days, one after the other through
`SqliteJournal`, its thread and its FULL durability included. B: 4 KiB more in a file beside it, fdatasync.
The same B into blocks that the file has already is told beside it: SQLite's log does that too, after its
first lap.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.alone import Line, batches, records
from tests.bench.figure import RATIO, Figure, Part, Round, at_least
from tests.bench.host import Host
from tests.bench.interleave import alternately
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit

COMMITS = 200
ROUNDS = 15
_DAYS = 112
_BLOCK = bytes(4096)


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    commits = iter(one_by_one(_DAYS, Host()))
    raw = os.open(place / "raw", os.O_CREAT | os.O_RDWR)
    with asyncio.Runner() as runner:
        journal = runner.run(SqliteJournal.open(place / "journal.db"))
        runner.run(journal.commit(next(commits)))

        def product() -> float:
            return runner.run(_committed(journal, [next(commits) for _ in range(COMMITS)]))

        def floor() -> tuple[float, float]:
            os.ftruncate(raw, 0)
            return _written(raw), _written(raw)

        both = alternately(product, floor)

        def once() -> dict[str, float]:
            product_s, (longer_s, again_s) = both()
            return {
                RATIO: longer_s / product_s,
                "in_place": again_s / product_s,
                "commits": COMMITS / product_s,
                "writes": COMMITS / longer_s,
            }

        yield once
        runner.run(journal.close())
    os.close(raw)


def one_by_one(days: int, host: Host) -> list[Commit]:
    """The watch's opening, and a commit for each record of the last so many days."""
    raws = records(days, unix_ms=int((time.time() - days * 86_400) * 1000))
    line = Line(len(raws), boot=days)
    first = host.first_commit(boot=days)
    return [first, *(host.hears(line.session, line.notifications(raw)) for raw in batches(raws, 1))]


async def _committed(journal: SqliteJournal, commits: Sequence[Commit]) -> float:
    began = time.perf_counter()
    for commit in commits:
        await journal.commit(commit)
    return time.perf_counter() - began


def _written(file: int) -> float:
    began = time.perf_counter()
    for number in range(COMMITS):
        os.pwrite(file, _BLOCK, number * len(_BLOCK))
        os.fdatasync(file)
    return time.perf_counter() - began


COMMIT = Figure(
    name="commit",
    says="one-record durable commits a second ÷ raw 4 KiB writes + fdatasync a second",
    parts=(
        Part(RATIO, "×", "÷ 4 KiB more + fdatasync", at_least(0.6)),
        Part("in_place", "×", "÷ the same, over old blocks"),
        Part("commits", "1/s", "one-record commits"),
        Part("writes", "1/s", "4 KiB more + fdatasync"),
    ),
    rounds=ROUNDS,
    prepared=_prepared,
    cause="a hop to the journal's thread and back; four pages, where the floor writes one; six file locks",
)
