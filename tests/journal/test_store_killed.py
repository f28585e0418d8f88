"""kill -9 at random moments: what was told is there, and each commit is there whole or not at all."""

import asyncio
import multiprocessing
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.journal.committing import RECORDS_A_STEP, commit_for_ever
from tests.journal.examples import JOURNAL_ID, WATCH
from wearsync.journal.store import SqliteJournal

KILLS = 40
# A commit takes about half a millisecond: from within the opening to the fortieth commit.
KILL_AFTER_MS = (0, 20)
DEADLINE_S = 20


def test_what_was_told_is_there_and_nothing_is_there_by_halves(memory: Path) -> None:
    path = memory / "journal.db"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.journal.committing"])
    moments = random.Random(1)
    told = stored = 1
    for _ in range(KILLS):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=commit_for_ever, args=(path, theirs))
        process.start()
        theirs.close()
        assert ours.poll(DEADLINE_S), "no commit in time"
        time.sleep(moments.uniform(*KILL_AFTER_MS) / 1000)
        process.kill()
        process.join()
        told = last(ours, told)
        stored = cursor_of(path)
        assert told <= stored <= told + RECORDS_A_STEP
        expect_whole_steps(path, stored)
    assert told > KILLS * RECORDS_A_STEP


def last(connection, told: int) -> int:
    with closing(connection):
        try:
            while True:
                told = connection.recv()
        except EOFError:
            return told


def cursor_of(path: Path) -> int:
    async def ask() -> int:
        async with await SqliteJournal.open(path, inline=True) as journal:
            return (await journal.position(WATCH, JOURNAL_ID, 1, 2**31)).cursor

    return asyncio.run(ask())


def expect_whole_steps(path: Path, cursor: int) -> None:
    """Everything that `examples.step` commits, for each step up to the cursor and none beyond."""
    steps = (cursor - 1) // RECORDS_A_STEP
    assert cursor == 1 + steps * RECORDS_A_STEP
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        seqs = connection.execute("SELECT count(*), min(seq), max(seq) FROM records").fetchone()
        assert seqs == (cursor - 1, 1, cursor - 1)
        for table in ("inputs", "cues", "holds", "sessions", "outbox"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (steps,)
