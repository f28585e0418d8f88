"""The pump: in order, marked when the broker has it, parked when it refuses, and never held up by one row."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path

import pytest

from wearsync.daemon.flight import IN_FLIGHT
from wearsync.daemon.pump import BATCH_ROWS, PARK_AFTER_LOSSES, REPLAYED_AFTER_MS, OutboxPump
from wearsync.errors import BrokerUnavailable
from wearsync.journal.store import SqliteJournal
from wearsync.model import Stamp
from wearsync.ports import Commit, Incoming, OutboxRow

DEADLINE_S = 20


@dataclass
class FixedClock:
    """Host time is what the test says."""

    host_ms: int = 1000
    zone: tzinfo = UTC

    def now(self) -> Stamp:
        return Stamp(self.host_ms, self.host_ms, 0)

    def at(self, host_ms: int, error_ms: int = 0) -> Stamp:
        return Stamp(host_ms, host_ms, 0, error_ms)


@dataclass
class Recording:
    """A broker session at the port: keeps what was published, and answers as the test says."""

    answer: Callable[[str], str | None] = lambda payload: None
    pause: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)
    published: list[tuple[str, str]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    lose_at: str | None = None

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        assert (retain, qos) == (False, 1)
        self.published.append((topic, payload))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await self.pause()
        self.in_flight -= 1
        if self.lose_at is not None and self.lose_at in payload:
            raise BrokerUnavailable("gone")
        return self.answer(payload)

    def has(self, number: int) -> bool:
        return number in ids(self)

    async def incoming(self) -> AsyncIterator[Incoming]:
        await asyncio.Event().wait()
        yield Incoming("", b"", False)


def row(number: int, topic: str = "w/hold", host_ms: int = 1000) -> OutboxRow:
    return OutboxRow(f"aa:7:{number}:hold", topic, json.dumps({"id": number, "replayed": False}), host_ms)


async def add(journal: SqliteJournal, *rows: OutboxRow) -> None:
    await journal.commit(Commit("aa", "anna", outbox=rows))


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    async with await SqliteJournal.open(tmp_path / "journal.sqlite") as journal:
        yield journal


class Pumping:
    def __init__(self, journal: SqliteJournal, clock: FixedClock | None = None) -> None:
        self.journal = journal
        self.refused: list[tuple[str, str]] = []
        self.pump = OutboxPump(
            journal=journal,
            clock=clock or FixedClock(),
            refused=lambda row, reason: self.refused.append((row.event_id, reason)),
        )

    async def until_empty(self, session: Recording) -> None:
        task = asyncio.create_task(self.pump.run(session))
        try:
            async with asyncio.timeout(DEADLINE_S):
                while (await self.journal.outbox_depth()).waiting:
                    await asyncio.sleep(0)
                    if task.done():
                        await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until_lost(self, session: Recording) -> None:
        with pytest.raises(BrokerUnavailable):
            async with asyncio.timeout(DEADLINE_S):
                await self.pump.run(session)


def ids(session: Recording) -> list[int]:
    return [json.loads(payload)["id"] for _, payload in session.published]


async def test_all_are_sent_once_in_order_with_a_window(journal: SqliteJournal) -> None:
    await add(journal, *(row(number) for number in range(BATCH_ROWS + 50)))
    session = Recording()
    await Pumping(journal).until_empty(session)
    assert ids(session) == list(range(BATCH_ROWS + 50))
    assert session.most_in_flight == IN_FLIGHT
    assert (await journal.outbox_depth()).parked == 0


async def test_it_wakes_when_a_commit_adds_rows(journal: SqliteJournal) -> None:
    pumping, session = Pumping(journal), Recording()
    task = asyncio.create_task(pumping.pump.run(session))
    for number in range(5):
        await add(journal, row(number))
        pumping.pump.wake()
        async with asyncio.timeout(DEADLINE_S):
            while (await journal.outbox_depth()).waiting:
                await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ids(session) == list(range(5))


class Slow(SqliteJournal):
    """Its marks wait until they may be written."""

    may_mark: asyncio.Event

    async def outbox_sent(self, row_ids: tuple[int, ...]) -> None:
        await self.may_mark.wait()
        await super().outbox_sent(row_ids)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0)


async def test_marking_holds_up_nothing_and_nothing_is_sent_twice_for_it(tmp_path: Path) -> None:
    async with await Slow.open(tmp_path / "slow.sqlite") as journal:
        journal.may_mark = asyncio.Event()
        pumping, session = Pumping(journal), Recording()
        task = asyncio.create_task(pumping.pump.run(session))
        for number in range(5):
            await add(journal, row(number))
            pumping.pump.wake()
            await until(partial(session.has, number))
        assert (await journal.outbox_depth()).waiting == 5
        # More than are under way at most: the rest comes when there is room again.
        await add(journal, *(row(number) for number in range(5, 2 * BATCH_ROWS)))
        pumping.pump.wake()
        await until(lambda: len(session.published) == BATCH_ROWS)
        journal.may_mark.set()
        await until(lambda: len(session.published) >= 2 * BATCH_ROWS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert ids(session) == list(range(2 * BATCH_ROWS))
        assert (await journal.outbox_depth()).waiting == 0


async def test_what_is_asked_for_again_is_sent_again_in_the_same_session(journal: SqliteJournal) -> None:
    await add(journal, *(row(number) for number in range(3)))
    pumping, session = Pumping(journal), Recording()
    task = asyncio.create_task(pumping.pump.run(session))
    while (await journal.outbox_depth()).waiting:
        await asyncio.sleep(0)
    assert await journal.outbox_resend(None) == 3
    pumping.pump.wake()
    await until(lambda: len(session.published) == 6)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ids(session) == [0, 1, 2, 0, 1, 2]


async def test_a_row_that_was_just_committed_is_live_and_an_old_one_replayed(journal: SqliteJournal) -> None:
    clock = FixedClock(host_ms=100_000)
    await add(
        journal, row(1, host_ms=100_000 - REPLAYED_AFTER_MS), row(2, host_ms=100_000 - REPLAYED_AFTER_MS - 1)
    )
    session = Recording()
    await Pumping(journal, clock).until_empty(session)
    assert [json.loads(payload) for _, payload in session.published] == [
        {"id": 1, "replayed": False},
        {"id": 2, "replayed": True},
    ]


async def test_a_refused_row_is_parked_and_the_rest_goes_on(journal: SqliteJournal) -> None:
    await add(journal, *(row(number) for number in range(10)))
    session = Recording(answer=lambda payload: "forbidden" if '"id": 3,' in payload else None)
    pumping = Pumping(journal)
    await pumping.until_empty(session)
    assert ids(session) == list(range(10))
    assert pumping.refused == [("aa:7:3:hold", "forbidden")]
    assert (await journal.outbox_depth()).parked == 1


async def test_an_alert_that_is_refused_raises_no_other(journal: SqliteJournal) -> None:
    await add(journal, row(1, topic="w/alert"))
    pumping = Pumping(journal)
    await pumping.until_empty(Recording(answer=lambda payload: "forbidden"))
    assert pumping.refused == []
    assert (await journal.outbox_depth()).parked == 1


async def test_what_was_answered_before_the_loss_is_not_sent_again(journal: SqliteJournal) -> None:
    await add(journal, *(row(number) for number in range(30)))
    pumping = Pumping(journal)
    await pumping.until_lost(Recording(lose_at='"id": 20,'))
    session = Recording()
    await pumping.until_empty(session)
    assert ids(session) == [20]
    assert pumping.refused == []


async def test_answers_that_come_at_the_very_end_still_count(journal: SqliteJournal) -> None:
    await add(journal, *(row(number) for number in range(10)))
    answered = asyncio.Event()
    session = Recording(pause=answered.wait)
    task = asyncio.create_task(Pumping(journal).pump.run(session))
    async with asyncio.timeout(DEADLINE_S):
        while session.in_flight < 10:
            await asyncio.sleep(0)
    task.cancel()
    answered.set()
    await asyncio.gather(task, return_exceptions=True)
    assert (await journal.outbox_depth()).waiting == 0


@pytest.mark.parametrize("ticks", range(8))
async def test_answers_count_whenever_the_end_comes_after_them(journal: SqliteJournal, ticks: int) -> None:
    """A lost link ends the sending and the session both: either may be first by a turn of the loop."""
    unheard: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: unheard.append(str(about["message"])))
    await add(journal, row(1), row(2))
    lost = asyncio.Event()
    session = Recording(pause=lost.wait, lose_at='"id": 2,')
    task = asyncio.create_task(Pumping(journal).pump.run(session))
    async with asyncio.timeout(DEADLINE_S):
        while session.in_flight < 2:
            await asyncio.sleep(0)
    lost.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    del task
    gc.collect()
    assert [waiting.event_id for waiting in await journal.outbox(0, 10)] == [row(2).event_id]
    assert unheard == []


async def test_a_message_that_ends_the_connection_each_time_is_parked_at_last(journal: SqliteJournal) -> None:
    await add(journal, *(row(number) for number in range(30)))
    pumping, poison = Pumping(journal), '"id": 7,'
    sessions = [Recording(lose_at=poison) for _ in range(PARK_AFTER_LOSSES)]
    for session in sessions:
        await pumping.until_lost(session)
    last = Recording(lose_at=poison)
    await pumping.until_empty(last)
    assert 7 not in ids(last)
    assert [event_id for event_id, _ in pumping.refused] == ["aa:7:7:hold"]
    assert {number for session in [*sessions, last] for number in ids(session)} == set(range(30))


async def test_a_flaky_link_parks_nothing_as_long_as_rows_get_through(journal: SqliteJournal) -> None:
    pumping = Pumping(journal)
    for number in range(2 * PARK_AFTER_LOSSES):
        await add(journal, row(number))
        for _ in range(PARK_AFTER_LOSSES - 1):
            await pumping.until_lost(Recording(lose_at=f'"id": {number},'))
        await pumping.until_empty(Recording())
    assert pumping.refused == []
    assert (await journal.outbox_depth()).parked == 0


async def test_what_was_not_answered_waits_however_the_sending_ends(journal: SqliteJournal) -> None:
    await add(journal, row(1), row(2))
    session = Recording(pause=asyncio.Event().wait)
    task = asyncio.create_task(Pumping(journal).pump.run(session))
    async with asyncio.timeout(DEADLINE_S):
        while session.in_flight < 2:
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    waiting = await journal.outbox(0, 10)
    assert [each.event_id for each in waiting] == [row(1).event_id, row(2).event_id]
