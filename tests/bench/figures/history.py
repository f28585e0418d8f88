"""Figure `history`: a summary and ten years of history, from a journal of a million rows and from one of ten
thousand.

The question is the same and so is the length of its answer: of one wearer, 3652 days that all have a hold.
A: a family of six whose watches have recorded all of that time. B: one wearer who wrote a hold a day down by
hand, and nothing else. Both by the functions that answer `wearsync history`, a journal open as the daemon has
it.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench.big_journal import YEARS_10, by_hand, family, today, wearer_of
from tests.bench.figure import RATIO, Figure, Part, Round, at_most
from tests.bench.interleave import alternately
from wearsync.control.calls import HistoryParams
from wearsync.daemon.history import History, read_history
from wearsync.daemon.reporter import read_summary
from wearsync.journal.store import SqliteJournal

WEARERS = 6
ROUNDS = 15
ASKED = 3


async def ten_years(journal: SqliteJournal) -> History:
    """The summary of today and the history of ten years."""
    summary = await read_summary(journal, wearer_of(0), today(), watches=())
    return await read_history(journal, HistoryParams(weeks=YEARS_10 // 7), summary)


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    large = family(place / "large.db", wearers=WEARERS, days=YEARS_10)
    small = by_hand(place / "small.db", days=YEARS_10)
    with asyncio.Runner() as runner:
        journals = [runner.run(SqliteJournal.open(place / f"{name}.db")) for name in ("large", "small")]
        both = alternately(*(partial(_asked, runner, journal) for journal in journals))
        both()

        def once() -> dict[str, float]:
            large_s, small_s = both()
            return {
                RATIO: large_s / small_s,
                "large_ms": large_s * 1000,
                "small_ms": small_s * 1000,
                "large_rows": large,
                "small_rows": small,
            }

        yield once
        for journal in journals:
            runner.run(journal.close())


def _asked(runner: asyncio.Runner, journal: SqliteJournal) -> float:
    began = time.perf_counter()
    for _ in range(ASKED):
        found = runner.run(ten_years(journal))
        assert len(found.days) > YEARS_10 - 21, "not every day is there"
    return (time.perf_counter() - began) / ASKED


HISTORY = Figure(
    name="history",
    says="summary and ten years of history from 1 M rows ÷ from 10 k rows",
    parts=(
        Part(RATIO, "×", "1 M rows ÷ 10 k rows", at_most(2)),
        Part("large_ms", "ms", "from 1 M rows"),
        Part("small_ms", "ms", "from 10 k rows"),
        Part("large_rows", "", "rows of the large one"),
        Part("small_rows", "", "rows of the small one"),
    ),
    rounds=ROUNDS,
    prepared=_prepared,
)
