"""What the journal has to say about itself reaches people, each thing once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.daemon.home import Blackboard, Home, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.alert_codes import AlertCode
from wearsync.daemon.journal_care import LOOK_EVERY_S, OUTBOX_FULL_EVERY_MS, JournalCare
from wearsync.errors import StorageError
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Notice, OutboxDepth

DAMAGED = Notice(AlertCode.JOURNAL_DAMAGED, "a page is not what was written")
OLDER = Notice(AlertCode.JOURNAL_OLDER, "an older copy was put back")


class Telling(SqliteJournal):
    """A journal with something to say."""

    checks = 0
    check_fails = False
    found: Notice | None = None
    dropped = 0
    more: tuple[Notice, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        return self.more

    async def check(self) -> Notice | None:
        self.checks += 1
        if self.check_fails:
            self.check_fails = False
            raise StorageError("busy")
        return self.found

    async def outbox_depth(self) -> OutboxDepth:
        return OutboxDepth(0, None, 0, self.dropped)


@asynccontextmanager
async def telling(home: Home) -> AsyncIterator[Telling]:
    async with await home.journal(Telling) as journal:
        assert isinstance(journal, Telling)
        yield journal


@asynccontextmanager
async def cared_for(home: Home, journal: Telling) -> AsyncIterator[Callable[[], list[str]]]:
    """Looked after until the block ends; gives the codes that were told so far."""
    told: list[Notice] = []
    care = JournalCare(journal=journal, clock=home.clock(), tell=told.append)

    async def patiently() -> None:
        while True:
            with suppress(StorageError):
                await care.run()

    caring = asyncio.create_task(patiently())
    yield lambda: [notice.code for notice in told]
    caring.cancel()
    await asyncio.wait({caring})


@in_virtual_time
async def test_nothing_to_say(tmp_path: Path) -> None:
    async with (
        at_home(tmp_path, paired=False) as home,
        telling(home) as journal,
        cared_for(home, journal) as told,
    ):
        await asyncio.sleep(3 * LOOK_EVERY_S)
        assert (told(), journal.checks) == ([], 1)


@in_virtual_time
async def test_it_is_looked_through_once_even_if_that_fails_at_first(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, telling(home) as journal:
        journal.check_fails, journal.found = True, DAMAGED
        async with cared_for(home, journal) as told:
            await asyncio.sleep(3 * LOOK_EVERY_S)
            assert (told(), journal.checks) == (["journal_damaged"], 2)


@in_virtual_time
async def test_notices_are_told_once_also_those_that_come_later(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, telling(home) as journal:
        journal.more = (OLDER,)
        async with cared_for(home, journal) as told:
            await asyncio.sleep(2 * LOOK_EVERY_S)
            assert told() == ["journal_older"]
            journal.more = (OLDER, DAMAGED)
            await asyncio.sleep(2 * LOOK_EVERY_S)
            assert told() == ["journal_older", "journal_damaged"]


@in_virtual_time
async def test_events_that_had_to_go_are_told_once_a_day(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, telling(home) as journal:
        journal.dropped = 7  # of long ago
        async with cared_for(home, journal) as told:
            await asyncio.sleep(2 * LOOK_EVERY_S)
            assert told() == []
            for _ in range(10):
                journal.dropped += 1
                await asyncio.sleep(LOOK_EVERY_S)
            assert told() == ["outbox_full"]
            home.suspend(timedelta(milliseconds=OUTBOX_FULL_EVERY_MS))
            await asyncio.sleep(2 * LOOK_EVERY_S)
            assert told() == ["outbox_full"] * 2


@in_virtual_time
async def test_it_comes_as_an_alert_of_every_watch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Older(Telling):
        more = (OLDER,)

    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board, journal_kind=Older):
            await until(lambda: board.of("ours/alert"))
            (alert,) = board.of("ours/alert")
            assert (alert["code"], alert["text"]) == (OLDER.code, OLDER.text)
    assert any("code=journal_older" in message for message in caplog.messages)
