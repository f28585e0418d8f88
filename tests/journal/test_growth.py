"""A journal of years: nothing that the daemon does a hundred times a day looks at more rows because there are
more. Counted in steps of SQLite's machine, which no busy computer makes more.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from tests.journal import examples
from tests.journal.examples import JOURNAL_ID, WATCH, WEARER
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit

DAY_MS = 24 * 3600 * 1000
FEW, MANY = 300, 20_000
# Deeper trees cost a little: two levels more.
SLACK = 1.5
# "10 M rows: a start below 2 s": this is a five-hundredth of that, on a machine that does other things too.
START_MAX_S = 2.0

Deed = Callable[[SqliteJournal], Awaitable[object]]


async def test_no_step_looks_at_more_rows_because_there_are_more(tmp_path: Path) -> None:
    few = await _steps(tmp_path / "few.db", FEW)
    many = await _steps(tmp_path / "many.db", MANY)
    assert {name: (few[name], many[name]) for name in few if many[name] > few[name] * SLACK} == {}


async def test_what_looks_at_all_rows_would_be_found(tmp_path: Path) -> None:
    async def looks_at_all(journal: SqliteJournal) -> None:
        with journal._database.reading() as connection:
            connection.execute("SELECT count(*) FROM holds WHERE side = 'left'").fetchall()

    few = await _steps(tmp_path / "few.db", FEW, {"all": looks_at_all})
    many = await _steps(tmp_path / "many.db", MANY // 10, {"all": looks_at_all})
    assert many["all"] > few["all"] * SLACK


async def _steps(path: Path, rows: int, deeds: dict[str, Deed] | None = None) -> dict[str, int]:
    """How many steps each deed takes in a journal with so many rows of everything."""
    async with await SqliteJournal.open(path, inline=True, ballast_bytes=0) as journal:
        await _fill(journal, rows)
    began = time.monotonic()
    async with await SqliteJournal.open(path, inline=True, ballast_bytes=0) as journal:
        assert time.monotonic() - began < START_MAX_S
        counts: dict[str, int] = {}
        for name, deed in (deeds or _deeds(rows)).items():
            steps = 0

            def count() -> int:
                nonlocal steps
                steps += 1
                return 0

            connection = journal._database._connection
            assert connection is not None
            connection.set_progress_handler(count, 1)
            await deed(journal)
            connection.set_progress_handler(None, 0)
            counts[name] = steps
        return counts


def _deeds(rows: int) -> dict[str, Deed]:
    """What the daemon does on a link, in a session, and for the broker."""
    today = examples.stamp(rows * DAY_MS).local_date
    return {
        "position": lambda journal: journal.position(WATCH, JOURNAL_ID, 1, 2**31),
        "nonces": lambda journal: journal.nonces(WATCH),
        "load": lambda journal: journal.load(WATCH),
        "last clock": lambda journal: journal.last_clock(WATCH),
        "host time": lambda journal: journal.host_time(),
        "commit": lambda journal: journal.commit(examples.step(rows + 1)),
        "depth": lambda journal: journal.outbox_depth(),
        "outbox": lambda journal: journal.outbox(0, 100),
        "sent": lambda journal: journal.outbox_sent((rows + 1,)),
        "parked": lambda journal: journal.outbox_parked(rows, "no"),
        "holds": lambda journal: journal.holds(WEARER, today),
        "sessions": lambda journal: journal.sessions(WEARER, today),
        "ledger": lambda journal: journal.ledger(WEARER, today - timedelta(days=27), today),
        "hold": lambda journal: journal.hold(examples.hold(rows).event_id),
    }


async def _fill(journal: SqliteJournal, rows: int) -> None:
    """One of everything for each day of `rows` days; the broker has taken all."""
    opening = await journal.position(WATCH, JOURNAL_ID, 1, 2**31)
    numbers = range(1, rows + 1)
    await journal.commit(
        Commit(
            watch_id=WATCH,
            wearer=WEARER,
            opening=opening,
            journal=opening.journal,
            cursor=rows + 1,
            records=tuple(examples.record(number) for number in numbers),
            checkpoint="{}",
            cues=tuple(examples.cue(number, result="played") for number in numbers),
            holds=tuple(examples.hold(number, examples.stamp(number * DAY_MS)) for number in numbers),
            sessions=tuple(examples.session(number, examples.stamp(number * DAY_MS)) for number in numbers),
            outbox=tuple(examples.event(number) for number in numbers),
        )
    )
    for number in range(1, rows + 1, 500):
        await journal.outbox_sent(tuple(range(number, min(number + 500, rows + 1))))
