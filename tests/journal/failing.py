"""A machine whose disk is spoiled at one call, and what must be true of its journal afterwards."""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journal.examples import JOURNAL_ID, WATCH, step
from wearsync.errors import StorageError
from wearsync.journal.store import SqliteJournal
from wearsync_simulators.world.disk import FAULTS, Disk
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.process import Process

RECORDS_A_STEP = 3
OF_A_STEP = ("inputs", "cues", "holds", "sessions", "outbox")
# Far more than any life below makes.
CALLS_MAX = 600
# Opening takes two or three when calls fail, a step one or two.
TRIES_MAX = 100

Work = Callable[[SqliteJournal], Awaitable[None]]


class Host:
    """A machine with a journal; of what it was told is stored: `told` the cursor, `sent` the outbox rows."""

    def __init__(self, root: Path, seed: int = 0, *, like: "Host | None" = None) -> None:
        self.path = root / "journal.db"
        self.told: int = like.told if like else 1
        self.sent: int = like.sent if like else 0
        self.errors: list[StorageError] = []
        if like:
            shutil.copytree(like.path.parent, root)
        else:
            root.mkdir()
        self.disk = Disk(faults=Faults(seed, FAULTS, ()), root=root)

    def live(self, *, dies_at: int | None = None, steps: int, ends: bool = True) -> None:
        """One life: so many steps, as often as it takes; then a clean end, or none."""
        until = self.told + steps * RECORDS_A_STEP
        self.run(self.step, done=lambda: self.told >= until, dies_at=dies_at, ends=ends)

    def once(self, work: Work, *, dies_at: int | None = None) -> bool:
        """One life that does this once, as often as it takes; whether it did."""
        successes = 0

        async def counted(journal: SqliteJournal) -> None:
            nonlocal successes
            await work(journal)
            successes += 1

        self.run(counted, done=lambda: successes > 0, dies_at=dies_at)
        return successes > 0

    def run(
        self, work: Work, *, done: Callable[[], bool], dies_at: int | None = None, ends: bool = True
    ) -> None:
        """One life that does this on one journal, until it is done or dead, whatever fails."""
        process = Process("daemon", crashes=lambda _: self.disk.calls == dies_at, died=lambda: None)
        vfs = self.disk.mount(process)
        asyncio.run(self._run(work, done, process, vfs, ends=ends))
        self.disk.unmount(vfs)

    async def _run(
        self, work: Work, done: Callable[[], bool], process: Process, vfs: str, *, ends: bool
    ) -> None:
        journal: SqliteJournal | None = None
        for _ in range(TRIES_MAX):
            if done() or not process.alive:
                break
            try:
                journal = journal or await SqliteJournal.open(
                    self.path, inline=True, vfs=vfs, ballast_bytes=0
                )
                await work(journal)
                assert journal.notices == ()
            except StorageError as error:
                self._failed(journal, error)
        else:
            pytest.fail(f"it does not come up again: {self.errors}")
        if not ends:
            process.kill()
        if journal is not None:
            await journal.close()

    def _failed(self, journal: SqliteJournal | None, error: StorageError) -> None:
        self.errors.append(error)
        if self.disk.capacity_bytes is not None:
            assert journal is None or journal.health.state == "full"
            assert "has no room" in str(error)
            self.disk.capacity_bytes = None  # somebody has made room

    async def step(self, journal: SqliteJournal) -> None:
        """Read as the daemon does, commit one step, mark one event as sent."""
        position = await journal.position(WATCH, JOURNAL_ID, 1, 2**31)
        assert position.cursor >= self.told
        assert position.news == ("known" if position.cursor > 1 else "first")
        commit = step(position.cursor, RECORDS_A_STEP)
        if position.news != "known":
            commit = replace(commit, opening=position)
        await journal.load(WATCH)
        await journal.commit(commit)
        self.told = position.cursor + RECORDS_A_STEP
        row = (await journal.outbox(0, 1))[0].row_id
        await journal.outbox_sent((row,))
        self.sent = row

    def expect(self) -> int:
        """Whole steps, all that were told among them; gives the cursor."""
        cursor = self.whole()
        assert self.told <= cursor <= self.told + RECORDS_A_STEP
        return cursor

    def whole(self) -> int:
        """Whole steps, and no part of another one; gives the cursor."""
        with closing(sqlite3.connect(self.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (cursor,) = connection.execute("SELECT coalesce(max(cursor), 1) FROM journals").fetchone()
            steps = (cursor - 1) // RECORDS_A_STEP
            counted = {"records": cursor - 1} | dict.fromkeys(OF_A_STEP, steps)
            for table, rows in counted.items():
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,), table
            sent = connection.execute("SELECT row_id FROM outbox WHERE state = 'sent' ORDER BY 1").fetchall()
            known = min(self.sent, steps)
            assert [row for (row,) in sent][:known] == list(range(1, known + 1))
        return int(cursor)


def spoiled(
    start: Host, spoil: Callable[[Host, int], None], *, seed: int = 0, every: int = 1
) -> Iterator[Host]:
    """Hosts like that one, after `spoil(host, at)` with the first call, the second (or each of `every`, from
    where the seed says) … until a life makes fewer calls than that.
    """
    for at in range(1 + seed % every, CALLS_MAX, every):
        host = Host(start.path.parent.with_name(f"{seed}-{at}"), seed * CALLS_MAX + at, like=start)
        spoil(host, at)
        if at > host.disk.calls:
            return
        yield host
        shutil.rmtree(host.path.parent)
    pytest.fail("still calls to spoil")
