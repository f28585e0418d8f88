"""The link to the broker: states anew on each connect, the latest one wins, no fault ends it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from tests.daemon.test_pump import DEADLINE_S, FixedClock, add, row
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.broker_link import PASSING_MAX, BrokerLink
from wearsync.daemon.pump import OutboxPump
from wearsync.errors import BrokerUnavailable, ConfigError, StorageError
from wearsync.journal.store import SqliteJournal
from wearsync.ports import BrokerSession, Incoming

Sent = tuple[str, str, bool, int]


class Broker:
    """A broker at the port: sessions that begin, end and stall when the test says so."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.refuse: Exception | None = None
        self.tries = 0

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        self.tries += 1
        if self.refuse is not None:
            raise self.refuse
        session = Session()
        self.sessions.append(session)
        yield session


class Session:
    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.to_receive: asyncio.Queue[Incoming | BrokerUnavailable] = asyncio.Queue()
        self.flows = asyncio.Event()
        self.flows.set()
        self.refused: dict[str, str] = {}

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        await self.flows.wait()
        self.sent.append((topic, payload, retain, qos))
        return self.refused.get(topic)

    async def incoming(self) -> AsyncIterator[Incoming]:
        while True:
            item = await self.to_receive.get()
            if isinstance(item, BrokerUnavailable):
                raise item
            yield item

    def lose(self, reason: str = "broker mqtt://h:1 is gone") -> None:
        self.to_receive.put_nowait(BrokerUnavailable(reason))


class Linked:
    """A link under test with all that it tells."""

    def __init__(self, broker: Broker, journal: SqliteJournal) -> None:
        self.changes: list[bool] = []
        self.received: list[Incoming] = []
        self.pump = OutboxPump(journal=journal, clock=FixedClock(), refused=lambda row, reason: None)
        self.link = BrokerLink(
            publisher=broker,
            pump=self.pump,
            announce=self._announce,
            received=self.received.append,
            changed=self.changes.append,
            chance=lambda: 0.0,
        )

    async def _announce(self, session: BrokerSession) -> None:
        await session.publish("w/state", "announced", retain=True, qos=1)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    async with await SqliteJournal.open(tmp_path / "journal.sqlite") as journal:
        yield journal


@contextlib.asynccontextmanager
async def running(linked: Linked) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(linked.link.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _last_is(session: Session, payload: str) -> bool:
    return session.sent[-1][1] == payload


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.001)


async def test_states_are_announced_before_anything_else_on_each_connect(journal: SqliteJournal) -> None:
    broker = Broker()
    linked = Linked(broker, journal)
    await add(journal, row(1))
    async with running(linked):
        await until(lambda: len(broker.sessions) == 1 and len(broker.sessions[0].sent) == 2)
        assert [topic for topic, *_ in broker.sessions[0].sent] == ["w/state", "w/hold"]
        broker.sessions[0].lose()
        await until(lambda: len(broker.sessions) == 2 and bool(broker.sessions[1].sent))
        assert broker.sessions[1].sent == [("w/state", "announced", True, 1)]
    assert linked.changes == [True, False, True, False]
    assert linked.link.reconnects == 2


async def test_the_latest_state_of_a_topic_wins(journal: SqliteJournal) -> None:
    broker = Broker()
    linked = Linked(broker, journal)
    async with running(linked):
        await until(lambda: linked.link.connected and bool(broker.sessions[0].sent))
        session = broker.sessions[0]
        session.flows.clear()
        linked.link.publish_state("w/state", "0")
        await asyncio.sleep(0)
        for number in range(1, 50):
            linked.link.publish_state("w/state", str(number))
            linked.link.publish_state("info", "i")
        linked.link.publish_passing("w/reply", "a")
        linked.link.publish_passing("w/reply", "b", qos=0)
        session.flows.set()
        await until(lambda: ("w/reply", "b", False, 0) in session.sent)
        states = [payload for topic, payload, retain, _ in session.sent if topic == "w/state" and retain]
        assert states[0] == "announced"
        assert states[-1] == "49"
        assert len(states) <= 3
        assert [sent for sent in session.sent if sent[0] == "info"] == [("info", "i", True, 1)]
        assert ("w/reply", "a", False, 1) in session.sent


async def test_what_is_of_the_moment_is_bounded_and_lost_while_away(journal: SqliteJournal) -> None:
    broker = Broker()
    linked = Linked(broker, journal)
    linked.link.publish_state("w/state", "early")
    linked.link.publish_passing("w/reply", "early")
    async with running(linked):
        await until(lambda: bool(broker.sessions) and bool(broker.sessions[0].sent))
        session = broker.sessions[0]
        session.flows.clear()
        linked.link.publish_passing("w/reply", "first")
        await asyncio.sleep(0)
        for number in range(PASSING_MAX * 2):
            linked.link.publish_passing("w/reply", str(number))
        session.flows.set()
        await until(lambda: session.sent[-1][1] == str(PASSING_MAX * 2 - 1))
        assert len(session.sent) <= PASSING_MAX + 2
        assert all(payload != "early" for _, payload, *_ in session.sent)


async def test_commands_are_handed_over(journal: SqliteJournal) -> None:
    broker = Broker()
    linked = Linked(broker, journal)
    message = Incoming("w/command", b"{}", False)
    async with running(linked):
        await until(lambda: bool(broker.sessions))
        broker.sessions[0].to_receive.put_nowait(message)
        await until(lambda: linked.received == [message])


async def test_a_broker_that_refuses_is_tried_again_with_the_reason_kept(
    journal: SqliteJournal, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Broker()
    broker.refuse = BrokerUnavailable("broker mqtt://h:1 refuses connections: is it running?")
    linked = Linked(broker, journal)
    async with running(linked):
        await until(lambda: broker.tries == 2)
        assert not linked.link.connected
        assert linked.link.fault == str(broker.refuse)
        broker.refuse = None
        await until(lambda: linked.link.connected)
        assert linked.link.fault is None
    warnings = [record.message for record in caplog.records if "broker.unavailable" in record.message]
    assert len(warnings) == 1
    assert linked.changes == [True, False]


async def test_a_state_that_is_refused_is_told_once_a_connection(
    journal: SqliteJournal, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Broker()
    linked = Linked(broker, journal)
    async with running(linked):
        await until(lambda: bool(broker.sessions) and bool(broker.sessions[0].sent))
        session = broker.sessions[0]
        session.refused["w/state"] = "the broker's access list forbids it"
        for payload in "abcde":
            linked.link.publish_state("w/state", payload)
            await until(partial(_last_is, session, payload))
        linked.link.publish_state("info", "after")
        await until(lambda: session.sent[-1][1] == "after")
    assert [record.message for record in caplog.records if "refused" in record.message] == [
        'broker.refused topic=w/state reason="the broker\'s access list forbids it"'
    ]


async def test_what_is_no_fault_of_the_broker_is_raised(journal: SqliteJournal) -> None:
    broker = Broker()
    broker.refuse = ConfigError("not the broker")
    with pytest.raises(ConfigError):
        await asyncio.wait_for(Linked(broker, journal).link.run(), DEADLINE_S)


async def test_a_journal_that_fails_is_not_the_brokers_fault(journal: SqliteJournal, tmp_path: Path) -> None:
    broker = Broker()
    linked = Linked(broker, journal)
    await journal.close()
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(linked.link.run(), DEADLINE_S)
    assert caught.group_contains(StorageError)


@in_virtual_time
async def test_another_broker_is_gone_to_at_once_and_gets_what_waits(tmp_path: Path) -> None:
    async with await SqliteJournal.open(tmp_path / "journal.sqlite", inline=True) as journal:
        first, second = Broker(), Broker()
        linked = Linked(first, journal)
        async with running(linked):
            await until(lambda: linked.link.connected)
            first.sessions[0].flows.clear()
            await add(journal, row(1))
            linked.pump.wake()
            await asyncio.sleep(1)
            linked.link.renew(second)
            await until(lambda: bool(second.sessions) and len(second.sessions[0].sent) == 2)
            assert [topic for topic, *_ in second.sessions[0].sent] == ["w/state", "w/hold"]
            assert linked.link.connected
            assert len(first.sessions) == 1


@in_virtual_time
async def test_who_waits_for_a_broker_tries_another_one_at_once(tmp_path: Path) -> None:
    async with await SqliteJournal.open(tmp_path / "journal.sqlite", inline=True) as journal:
        first, second = Broker(), Broker()
        first.refuse = BrokerUnavailable("no such host")
        linked = Linked(first, journal)
        async with running(linked):
            await asyncio.sleep(1000)
            tries, began_s = first.tries, asyncio.get_running_loop().time()
            linked.link.renew(second)
            await until(lambda: linked.link.connected)
            assert asyncio.get_running_loop().time() - began_s < 0.1
            assert first.tries == tries
