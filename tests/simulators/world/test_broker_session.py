"""The daemon's end of a connection: how it ends, and what a process leaves behind when it dies."""

import asyncio
import contextlib
import json

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import BrokerUnavailable
from wearsync.ports import BrokerSession, Incoming
from wearsync_simulators.world.broker import FAULTS, STALL, WorldBroker
from wearsync_simulators.world.broker_session import Session, expire, settle
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.process import Dead, Process


def faults(*names: str) -> Faults:
    return Faults(1, FAULTS, names)


def immortal() -> Process:
    return Process("p", crashes=lambda _where: False, died=lambda: None)


def dying_at(where: str, nth: int = 1) -> Process:
    """A process that dies when it comes to that point for the n-th time."""
    left = [nth]

    def crashes(here: str) -> bool:
        left[0] -= here == where
        return here == where and left[0] == 0

    return Process("mortal", crashes=crashes, died=lambda: None)


async def tell(session: BrokerSession, number: int) -> str | None:
    payload = json.dumps({"id": f"w:1:{number}:hold"})
    return await session.publish("watch/hold", payload, retain=False, qos=1)


async def first_command(session: BrokerSession) -> Incoming:
    return await anext(session.incoming())


class TestADeath:
    @in_virtual_time
    @pytest.mark.parametrize(
        ("where", "taken"), [("broker.publish", []), ("broker.sent", ["w:1:1:hold"])], ids=["before", "after"]
    )
    async def test_before_and_after_the_broker_takes_it(self, where: str, taken: list[str]) -> None:
        broker = WorldBroker(faults=faults())
        process = dying_at(where, nth=2)  # the first message says online
        with pytest.raises(Dead):
            async with broker.publisher(process).connect() as session:
                await tell(session, 1)
        assert list(broker.subscriber.heard) == taken

    @in_virtual_time
    @pytest.mark.parametrize(
        "where", ["broker.connect", "broker.connected", "broker.publish", "broker.acknowledged"]
    )
    async def test_is_told_by_the_will_and_nothing_else_comes(self, where: str) -> None:
        broker = WorldBroker(faults=faults())
        publisher = broker.publisher(dying_at(where))
        with pytest.raises(Dead):
            async with publisher.connect() as session:
                await tell(session, 1)
        assert not broker.connected
        assert broker.retained.get("status") in (None, "offline")
        with pytest.raises(Dead):
            async with publisher.connect():
                raise AssertionError("it is dead")

    @in_virtual_time
    async def test_ends_who_listens_and_who_waits(self) -> None:
        broker = WorldBroker(faults=faults(STALL))
        process = immortal()
        async with contextlib.AsyncExitStack() as stack:
            session = await stack.enter_async_context(broker.publisher(process).connect())
            broker.begin(STALL)
            waiting = asyncio.create_task(tell(session, 1))
            listening = asyncio.create_task(first_command(session))
            await asyncio.sleep(1.0)
            process.kill()
            with pytest.raises(Dead):
                await stack.aclose()
            results = await asyncio.gather(waiting, listening, return_exceptions=True)
        assert [type(result) for result in results] == [Dead, Dead]
        broker.end(STALL)
        # What had been sent was in the sockets: a death does not take it back.
        assert list(broker.subscriber.heard) == ["w:1:1:hold"]
        assert broker.retained["status"] == "offline"


class TestAnAnswer:
    @in_virtual_time
    async def test_is_given_once_by_puback_deadline_or_end(self) -> None:
        session = Session(
            immortal(), send=lambda session, _: session.expect(), leave=lambda _session, *, goodbye: None
        )
        acknowledged, refused, late, cut = (session.expect() for _ in range(4))
        settle(acknowledged, None)
        settle(refused, "no")
        expire(late)
        assert session.fail(BrokerUnavailable("cut"))
        assert not session.fail(BrokerUnavailable("again"))
        for answer in (acknowledged, refused, late, cut):
            settle(answer, "too late")
            expire(answer)
        assert (await acknowledged, await refused) == (None, "no")
        with pytest.raises(BrokerUnavailable, match="10 s"):
            await late
        with pytest.raises(BrokerUnavailable, match="cut"):
            await cut

    @in_virtual_time
    async def test_a_connection_that_was_closed_is_of_no_use(self) -> None:
        broker = WorldBroker(faults=faults())
        async with broker.publisher(immortal()).connect() as session:
            pass
        with pytest.raises(BrokerUnavailable, match="closed"):
            await tell(session, 1)
        with pytest.raises(BrokerUnavailable, match="closed"):
            await first_command(session)
