"""What stays one part's fault: the journal's bad hour, a defect in one watch's turn."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from tests.daemon.home import Blackboard, at_home, until
from tests.daemon.test_compose import held, ids
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import LogParams
from wearsync.control.results import Done
from wearsync.daemon.fence import DEFECT_RETRY_S, STORAGE_RETRY_S, first
from wearsync.errors import StorageError, WearsyncError
from wearsync.journal.store import SqliteJournal
from wearsync.model import Side
from wearsync.ports import Commit, OutboxDepth, OutboxRow, RecordConflict


class Deaf(SqliteJournal):
    """A disk that does not give out what it has, for a while."""

    faults = 2

    async def outbox(self, after_row: int, limit: int, *, on: bool = False) -> tuple[OutboxRow, ...]:
        if self.faults:
            self.faults -= 1
            raise StorageError("the outbox can't be read")
        return await super().outbox(after_row, limit, on=on)

    async def outbox_depth(self) -> OutboxDepth:
        return await super().outbox_depth()


@in_virtual_time
async def test_faults_of_the_journal_only_delay_the_broker(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board, journal_kind=Deaf) as running:
            assert isinstance(running.journal, Deaf)
            began_s = asyncio.get_running_loop().time()
            await running.client().call(LogParams(side=Side.LEFT, seconds=30), Done)
            await until(lambda: board.of("wearer/you/hold"))
            assert asyncio.get_running_loop().time() - began_s >= 2 * STORAGE_RETRY_S - 0.1
            await running.live()


class Defective(SqliteJournal):
    """Brings out a defect of ours: an unexpected error at each commit of records, while `defect` holds."""

    defect = False
    met = 0

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        if self.defect and commit.records:
            self.met += 1
            raise ZeroDivisionError("a defect")
        return await super().commit(commit)


@in_virtual_time
async def test_defect_in_one_watch_s_turn_harms_nobody_else_and_loses_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Defective) as running:
        assert isinstance(running.journal, Defective)
        await running.start()
        running.journal.defect = True
        await asyncio.sleep(3 * DEFECT_RETRY_S)
        assert 1 <= running.journal.met <= 6
        running.journal.defect = False
        await running.live()
        await running.over()
        assert await ids(running, "hold") == held(home)


def test_the_first_of_several_errors_is_told() -> None:
    told = StorageError("the disk")
    inner: ExceptionGroup[WearsyncError] = ExceptionGroup("", [told, WearsyncError("later")])
    assert first(cast("ExceptionGroup[WearsyncError]", ExceptionGroup("", [inner]))) is told
    defect: ExceptionGroup[Exception] = ExceptionGroup("", [ValueError("a defect")])
    with pytest.raises(TypeError):
        first(cast("ExceptionGroup[WearsyncError]", defect))
