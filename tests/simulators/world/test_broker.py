"""The world's broker: what it takes, keeps, forgets, refuses; and the product's own link on it."""

import asyncio
import contextlib
import functools
import json
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from tests.daemon.home import at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import BrokerUnavailable
from wearsync.ports import BrokerSession, Incoming
from wearsync.publish.connection import INCOMING_MAX
from wearsync_simulators.world.broker import (
    AWAY,
    FAULTS,
    FLOOD,
    KILLED,
    REFUSES,
    RESET,
    SLOW,
    STALL,
    TAKEOVER,
    WorldBroker,
)
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.loop import run_jumping
from wearsync_simulators.world.process import Process

DAY_S = 24 * 3600.0


def for_months(test: Callable[..., Coroutine[object, object, None]]) -> Callable[..., None]:
    """Run it on the world's own loop, which knows no end."""

    @functools.wraps(test)
    def run(*args: object) -> None:
        run_jumping(lambda: test(*args))

    return run


def event(number: int, **more: object) -> str:
    return json.dumps({"id": f"w:1:{number}:hold", "replayed": False, **more})


def faults(*names: str, seed: int = 1) -> Faults:
    return Faults(seed, FAULTS, names)


def immortal() -> Process:
    return Process("p", crashes=lambda _where: False, died=lambda: None)


async def tell(session: BrokerSession, number: int) -> str | None:
    return await session.publish("watch/hold", event(number), retain=False, qos=1)


def now_s() -> float:
    return asyncio.get_running_loop().time()


class TestACalmBroker:
    @in_virtual_time
    async def test_says_online_while_somebody_is_there_and_offline_afterwards(self) -> None:
        broker = WorldBroker(faults=faults())
        async with broker.publisher(immortal()).connect():
            assert broker.retained == {"status": "online"}
            assert broker.connected
        assert broker.retained == {"status": "offline"}
        assert not broker.connected

    @in_virtual_time
    async def test_acknowledges_in_milliseconds_and_keeps_states_not_events(self) -> None:
        broker = WorldBroker(faults=faults())
        async with broker.publisher(immortal()).connect() as session:
            began_s = now_s()
            assert await session.publish("watch/state", "{}", retain=True, qos=1) is None
            assert await tell(session, 1) is None
            assert now_s() - began_s == pytest.approx(0.01, abs=0.006)
            await session.publish("watch/reply", '{"ok": true}', retain=False, qos=1)
            await session.publish("health", '{"uptime_s": 1}', retain=False, qos=0)
        assert broker.retained["watch/state"] == "{}"
        assert list(broker.subscriber.heard) == ["w:1:1:hold"]
        assert list(broker.replies) == [("watch/reply", '{"ok": true}')]

    @in_virtual_time
    async def test_an_empty_state_is_taken_away(self) -> None:
        broker = WorldBroker(faults=faults())
        async with broker.publisher(immortal()).connect() as session:
            await session.publish("watch/state", "{}", retain=True, qos=1)
            await session.publish("watch/state", "", retain=True, qos=1)
        assert "watch/state" not in broker.retained

    @in_virtual_time
    async def test_brings_commands_to_who_is_connected_and_to_nobody_later(self) -> None:
        broker = WorldBroker(faults=faults())
        broker.send("watch/command", "too early")
        async with broker.publisher(immortal()).connect() as session:
            broker.send("watch/state", "not a command topic")
            broker.send("watch/command", '{"command": "stop"}', retained=True)
            broker.send("watch/command", b"x" * 5000)
            messages = session.incoming()
            assert await anext(messages) == Incoming("watch/command", b'{"command": "stop"}', True)
            assert len((await anext(messages)).payload) == 1025

    @in_virtual_time
    async def test_keeps_no_more_commands_than_the_real_client(self) -> None:
        broker = WorldBroker(faults=faults())
        async with broker.publisher(immortal()).connect() as session:
            for number in range(INCOMING_MAX + 50):
                broker.send("watch/command", str(number))
            messages = session.incoming()
            kept = [int((await anext(messages)).payload) for _ in range(INCOMING_MAX)]
            assert kept == list(range(INCOMING_MAX))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(messages), 60.0)

    @in_virtual_time
    async def test_a_second_connection_takes_the_first_ones_place(self) -> None:
        broker = WorldBroker(faults=faults())
        publisher = broker.publisher(immortal())
        async with publisher.connect() as first, publisher.connect() as second:
            with pytest.raises(BrokerUnavailable, match="another client"):
                await tell(first, 1)
            assert await tell(second, 2) is None
            assert broker.retained["status"] == "online"


class TestTroubles:
    @in_virtual_time
    async def test_away_is_refused_and_cuts_what_is_connected(self) -> None:
        known = faults(AWAY)
        broker = WorldBroker(faults=known)
        publisher = broker.publisher(immortal())
        async with publisher.connect() as session:
            broker.begin(AWAY)
            broker.begin(AWAY)
            with pytest.raises(BrokerUnavailable, match="lost"):
                await tell(session, 1)
        with pytest.raises(BrokerUnavailable, match="refuses connections"):
            async with publisher.connect():
                raise AssertionError("it is away")
        broker.end(AWAY)
        async with publisher.connect() as session:
            assert await tell(session, 1) is None
        assert known.counts == {AWAY: 1}

    @in_virtual_time
    async def test_a_reset_loses_the_connection_before_or_after_the_broker_had_it(self) -> None:
        known = faults(RESET)
        broker = WorldBroker(faults=known)
        publisher = broker.publisher(immortal())
        resets = taken = 0
        for number in range(3000):
            with contextlib.suppress(BrokerUnavailable):
                async with publisher.connect() as session:
                    try:
                        await tell(session, number)
                    except BrokerUnavailable:
                        resets += 1
                        taken += f"w:1:{number}:hold" in broker.subscriber.heard
                        raise
        assert known.counts[RESET] >= resets > 4
        assert 0 < taken < resets

    @in_virtual_time
    async def test_a_killed_broker_forgets_and_lost_since_tells_from_where(self) -> None:
        broker = WorldBroker(faults=faults())
        publisher = broker.publisher(immortal())
        with contextlib.suppress(BrokerUnavailable):
            async with publisher.connect() as session:
                for number in range(6):
                    await tell(session, number)
                    await asyncio.sleep(600.0)
                broker.kill()
                await tell(session, 6)
        assert broker.retained == {}
        missing = broker.subscriber.missing
        assert 0 < len(missing) < 4
        assert broker.lost_since() == f"w:1:{5 - len(missing)}:hold"
        await asyncio.sleep(60.0)
        async with publisher.connect() as session:
            for number in range(6 - len(missing), 6):
                await tell(session, number)
        assert not broker.subscriber.missing
        assert broker.lost_since() == "w:1:5:hold"

    @for_months
    async def test_it_is_killed_now_and_then_after_an_acknowledgement(self) -> None:
        known = faults(KILLED)
        broker = WorldBroker(faults=known)
        publisher = broker.publisher(immortal())
        acknowledged = 0
        for number in range(2000):
            with contextlib.suppress(BrokerUnavailable):
                async with publisher.connect() as session:
                    await tell(session, number)
                    acknowledged += 1
                    await asyncio.sleep(60.0)
        assert known.counts[KILLED] > 0
        assert broker.events < acknowledged

    @in_virtual_time
    async def test_a_stall_answers_nothing_and_then_takes_all_of_it(self) -> None:
        known = faults(STALL)
        broker = WorldBroker(faults=known)
        publisher = broker.publisher(immortal())
        async with publisher.connect() as session:
            broker.begin(STALL)
            began_s = now_s()
            with pytest.raises(BrokerUnavailable, match="no acknowledgement in 10 s"):
                await tell(session, 1)
        assert now_s() - began_s == pytest.approx(11.0)  # with a second for the goodbye
        with pytest.raises(BrokerUnavailable, match="does not answer"):
            async with publisher.connect():
                raise AssertionError("it stands still")
        assert list(broker.subscriber.heard) == []
        broker.end(STALL)
        assert list(broker.subscriber.heard) == ["w:1:1:hold"]
        assert broker.retained["status"] == "offline"
        async with publisher.connect() as session:
            await tell(session, 1)
        assert broker.subscriber.duplicates == 1
        assert known.counts == {STALL: 1}

    @in_virtual_time
    async def test_a_stall_of_an_idle_connection_is_found_by_its_keepalive(self) -> None:
        broker = WorldBroker(faults=faults(STALL))
        async with broker.publisher(immortal()).connect() as session:
            broker.begin(STALL)
            began_s = now_s()
            with pytest.raises(BrokerUnavailable):
                await anext(session.incoming())
            assert now_s() - began_s == pytest.approx(40.0)

    @in_virtual_time
    async def test_a_computer_that_sleeps_is_given_up(self) -> None:
        broker = WorldBroker(faults=faults())
        async with broker.publisher(immortal()).connect() as session:
            broker.silent(20.0)
            await asyncio.sleep(60.0)
            assert broker.connected
            broker.silent(600.0)
            await asyncio.sleep(60.0)
            assert not broker.connected
            with pytest.raises(BrokerUnavailable):
                await tell(session, 1)

    @in_virtual_time
    async def test_an_access_list_refuses_one_kind_of_event(self) -> None:
        known = faults(REFUSES)
        broker = WorldBroker(faults=known)
        async with broker.publisher(immortal()).connect() as session:
            broker.begin(REFUSES)
            leaves = ("hold", "session", "cue", "alert")
            answers = [
                await session.publish(f"watch/{leaf}", json.dumps({"id": leaf}), retain=False, qos=1)
                for leaf in leaves
            ]
            (refused,) = [leaf for leaf, answer in zip(leaves, answers, strict=True) if answer is not None]
            assert broker.subscriber.missing == (refused,)
            broker.end(REFUSES)
            assert await session.publish(f"watch/{refused}", '{"id": "x"}', retain=False, qos=1) is None
        assert known.counts == {REFUSES: 1}

    @in_virtual_time
    async def test_another_client_with_our_id_cuts_each_connection_soon(self) -> None:
        broker = WorldBroker(faults=faults(TAKEOVER))
        publisher = broker.publisher(immortal())
        broker.begin(TAKEOVER)
        for _ in range(10):
            began_s = now_s()
            with contextlib.suppress(BrokerUnavailable):
                async with publisher.connect() as session:
                    with pytest.raises(BrokerUnavailable, match="another client"):
                        await anext(session.incoming())
            assert now_s() - began_s < 3.0
        assert broker.connects_a_minute == 10

    @in_virtual_time
    async def test_a_slow_one_takes_half_a_second(self) -> None:
        broker = WorldBroker(faults=faults(SLOW))
        broker.begin(SLOW)
        async with broker.publisher(immortal()).connect() as session:
            began_s = now_s()
            await tell(session, 1)
            assert now_s() - began_s == pytest.approx(0.5)

    @in_virtual_time
    async def test_a_flood_brings_a_thousand_a_second(self) -> None:
        broker = WorldBroker(faults=faults(FLOOD))
        async with broker.publisher(immortal()).connect() as session:
            await session.publish("watch/state", "{}", retain=True, qos=1)
            heard: list[Incoming] = []

            async def hear() -> None:
                messages = session.incoming()
                while True:
                    heard.append(await anext(messages))

            hearing = asyncio.create_task(hear())
            broker.begin(FLOOD)
            await asyncio.sleep(5.0)
            broker.end(FLOOD)
            await asyncio.sleep(5.0)
            hearing.cancel()
        assert 4900 <= len(heard) <= 5100
        assert {message.retained for message in heard} == {True, False}

    @for_months
    async def test_all_come_by_themselves_until_they_are_healed(self) -> None:
        names = (AWAY, STALL, REFUSES, TAKEOVER, SLOW)
        known = faults(*names)
        broker = WorldBroker(faults=known)
        fate = asyncio.create_task(broker.run())
        publisher = broker.publisher(immortal())
        number = 0
        while now_s() < 60 * DAY_S:
            with contextlib.suppress(BrokerUnavailable):
                async with publisher.connect() as session:
                    for leaf in ("hold", "session", "cue", "alert"):
                        number += 1
                        payload = json.dumps({"id": str(number)})
                        await session.publish(f"watch/{leaf}", payload, retain=False, qos=1)
                    await asyncio.sleep(300.0)
                    await session.publish("watch/state", "{}", retain=True, qos=1)
            await asyncio.sleep(600.0)
        assert set(known.counts) == set(names)
        known.heal()
        broker.heal()
        async with publisher.connect() as session:
            assert await tell(session, 1) is None
        async with asyncio.timeout(60 * DAY_S):
            await fate

    @in_virtual_time
    async def test_one_seed_is_one_run(self) -> None:
        async def life() -> list[str]:
            lines: list[str] = []
            broker = WorldBroker(faults=faults(RESET, KILLED, seed=5), note=lines.append)
            began_s = now_s()
            for number in range(500):
                with contextlib.suppress(BrokerUnavailable):
                    async with broker.publisher(immortal()).connect() as session:
                        await tell(session, number)
                        lines.append(f"{now_s() - began_s:.4f}")
            return [*lines, *broker.subscriber.missing]

        assert await life() == await life()


class TestWithTheProduct:
    """The daemon's own link, pump and command desk."""

    @in_virtual_time
    @pytest.mark.parametrize("name", [AWAY, STALL, TAKEOVER, REFUSES, SLOW, FLOOD])
    async def test_a_session_under_trouble_is_told_whole_afterwards(self, tmp_path: Path, name: str) -> None:
        known = faults(name, RESET)
        broker = WorldBroker(faults=known)
        async with (
            at_home(tmp_path) as home,
            home.daemon(publisher=broker.publisher(immortal())) as running,
        ):
            await running.live()
            await until(lambda: broker.connected)
            broker.begin(name)
            await running.start()
            await running.over()
            assert known.counts[name] or name == REFUSES
            known.heal()
            broker.heal()
            await until(lambda: broker.connected)
            await asyncio.sleep(90.0)
            await running.daemon.resync(None)
            await until(_drained(broker))
            depth = await running.journal.outbox_depth()
            assert (depth.waiting, depth.parked) == (0, 0)
            kinds = [event_id.rpartition(":")[2] for event_id in broker.subscriber.heard]
            assert kinds.count("hold") == 2
            assert kinds.count("session") == 1
            assert not any(heard.others for heard in broker.subscriber.heard.values())
            assert not broker.subscriber.nameless
        assert broker.connects_a_minute <= 8


def _drained(broker: WorldBroker) -> Callable[[], object]:
    """Nothing new for half a minute."""
    last = [(broker.events, broker.subscriber.duplicates, now_s())]

    def still() -> bool:
        here = (broker.events, broker.subscriber.duplicates)
        if here != last[0][:2]:
            last[0] = (*here, now_s())
        return now_s() - last[0][2] > 30.0

    return still
