"""The daemon whole: killed and started again, two watches, visits, and what it takes to end it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from tests.daemon.home import Blackboard, Event, Home, NoRadio, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import WatchSettings
from wearsync.control.calls import LogParams, PairParams
from wearsync.control.protocol import Answer, PasskeyQuestion, Question
from wearsync.control.results import Done, PairResult
from wearsync.daemon.compose import GOODBYE_S
from wearsync.daemon.connector import ROOM_S, Obstacle
from wearsync.errors import ConfigError, NoSlot, StorageError, UsageError
from wearsync.journal.store import SqliteJournal
from wearsync.model import Command, Phase, SessionEnd, Side, Trust, Verb
from wearsync.ports import (
    BrokerSession,
    Link,
    LoggedInput,
    Radio,
    Sighting,
)
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.records import HoldStopped, SessionTold
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press
from wearsync_simulators.watches.words import Reason
from wearsync_simulators.wearer import Diligent


class Refusing(Blackboard):
    """A broker whose access list forbids holds."""

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        if topic.endswith("/hold"):
            return "not authorized"
        return await super().publish(topic, payload, retain=retain, qos=qos)


def held(home: Home) -> list[str]:
    """The ids of the holds that the watch has in its own journal."""
    prefix = f"{home.watch.watch_id.hex()}:{home.watch.journal_id}"
    return [f"{prefix}:{r.seq}:hold" for r in home.watch.journal() if isinstance(r.body, HoldStopped)]


async def ids(running: Running, leaf: str) -> list[object]:
    return [event["id"] for event in await running.events(leaf)]


@pytest.mark.parametrize("into_hold_s", [0.0, 0.3, 12.0, 29.9])
def test_killed_in_mid_hold_and_started_again_the_session_goes_on(tmp_path: Path, into_hold_s: float) -> None:
    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path) as home:
            async with home.daemon() as running:
                await running.start()
                await asyncio.sleep(into_hold_s)
                session = home.watch.view.session
                await home.kill(running)
            await asyncio.sleep(1)
            async with home.daemon() as running:
                await until(lambda: running.phase is Phase.HOLD)  # from the log, before the watch is there
                await running.live()
                await running.over()
                assert await ids(running, "hold") == held(home)
                assert [event["outcome"] for event in await running.events("hold")] == ["done", "done"]
                (told,) = await running.events("session")
                assert (told["session"], told["end"], told["full"]) == (session, "done", True)
                cues = await ids(running, "cue")
                assert len(cues) == len(set(cues))

    story()


@in_virtual_time
async def test_killed_again_and_again_nothing_is_lost_and_nothing_is_twice(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.start()
            await home.kill(running)
        for _ in range(6):
            async with home.daemon() as running:
                await asyncio.sleep(7)
                await home.kill(running)
        async with home.daemon() as running:
            await running.live()
            await running.over()
            assert await ids(running, "hold") == held(home)
            assert len(await running.events("session")) == 1
        ends = [r.body.what.name for r in home.watch.journal() if isinstance(r.body, SessionTold)]
        assert len(ends) == 2  # started once, ended once


@in_virtual_time
async def test_asked_to_stop_in_mid_hold_it_lets_go_and_the_watch_goes_on(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.start()
            began_s = asyncio.get_running_loop().time()
            running.stop.set()
            await running.ended
            assert asyncio.get_running_loop().time() - began_s < GOODBYE_S
            assert not home.watch.view.connected
            assert home.watch.view.face is Face.HOLD
        await until(lambda: home.watch.view.face is Face.DONE)
        stops = [r.body.reason for r in home.watch.journal() if isinstance(r.body, HoldStopped)]
        assert stops == [Reason.PLANNED, Reason.PLANNED]


@in_virtual_time
async def test_watch_that_is_out_of_reach_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        await home.watch.set_in_range(False)
        began_s = asyncio.get_running_loop().time()
        running.stop.set()
        await running.ended
        assert asyncio.get_running_loop().time() - began_s < GOODBYE_S + 1


@asynccontextmanager
async def second_watch(home: Home) -> AsyncIterator[SimulatedWatch]:
    watch = SimulatedWatch(name="Sim 2", pairing=True, wearer=Diligent(Random(5)))
    await watch.power_on(home.air)
    await home.pair(name="Theirs")
    yield watch
    await watch.power_off()


@in_virtual_time
async def test_two_watches_have_sessions_of_their_own(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, second_watch(home), home.daemon() as running:
        with pytest.raises(UsageError, match=r"which watch.*Ours, Theirs"):
            running.daemon.pick(None)
        tasks = running.daemon.watches
        await until(lambda: all(task.state.live for task in tasks.values()))
        for task in tasks.values():
            assert await running.daemon.commands.give(task, Command(Verb.START), via="test") is None
        await until(lambda: all(task.state.phase is Phase.HOLD for task in tasks.values()))
        await until(lambda: all(task.state.phase is Phase.IDLE for task in tasks.values()))
        holds = await running.events("hold")
        assert len(holds) == len({hold["id"] for hold in holds}) == 4


@in_virtual_time
async def test_nobody_is_looked_for_while_another_watch_is_in_a_session(tmp_path: Path) -> None:
    """A scan takes radio time from the link that a cue has to go over."""
    async with at_home(tmp_path) as home, second_watch(home) as other:
        await other.set_in_range(False)
        async with home.daemon() as running:
            ours, theirs = running.daemon.watches["Ours"], running.daemon.watches["Theirs"]
            await until(lambda: ours.state.live)
            assert await running.daemon.commands.give(ours, Command(Verb.START), via="test") is None
            await until(lambda: ours.state.phase is Phase.HOLD)
            await asyncio.sleep(20)  # a search that was going on has ended
            await other.set_in_range(True)
            await until(lambda: ours.state.phase is not Phase.HOLD)
            assert theirs.link.state == "searching"
            await until(lambda: ours.state.phase is Phase.IDLE)
            await until(lambda: theirs.state.live)


class Narrow(NoRadio):
    """An adapter with room for one link."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self._link: asyncio.Task[str] | None = None

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        return await self._radio.find(address, timeout_s)

    async def connect(self, sighting: Sighting) -> Link:
        if self._link is not None and not self._link.done():
            raise NoSlot("no connection left")
        link = await self._radio.connect(sighting)
        self._link = asyncio.create_task(link.wait_lost())
        return link


@in_virtual_time
async def test_more_watches_than_connections_take_turns_but_not_in_a_session(tmp_path: Path) -> None:
    async with (
        at_home(tmp_path) as home,
        second_watch(home),
        home.radio() as adapter,
        home.daemon(radio=Narrow(adapter)) as running,
    ):
        ours, theirs = running.daemon.watches["Ours"], running.daemon.watches["Theirs"]
        for _ in range(3):
            await until(lambda: ours.state.live, within_s=4 * ROOM_S)
            await until(lambda: theirs.state.live, within_s=4 * ROOM_S)
        await until(lambda: ours.state.live)
        assert await running.daemon.commands.give(ours, Command(Verb.START), via="test") is None
        await until(lambda: ours.state.phase is Phase.HOLD)
        await until(lambda: ours.state.phase is Phase.IDLE or not ours.state.live)
        assert ours.state.phase is Phase.IDLE
        await until(lambda: theirs.state.live)


@in_virtual_time
async def test_visited_watch_is_fetched_for_a_start_and_let_go_after(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.config.write_text(home.config.read_text() + 'link = "visit"\n')
        async with home.daemon() as running:
            await until(lambda: running.task.link.last_heard_ms is not None)
            await until(lambda: running.task.link.state == "idle")
            assert not home.watch.view.connected
            assert await running.give(Verb.START) is None
            await until(lambda: running.phase is Phase.HOLD)
            await running.over()
            await until(lambda: running.task.link.state == "idle")
            assert not home.watch.view.connected
            assert await ids(running, "hold") == held(home)
            assert len(held(home)) == 2


@in_virtual_time
async def test_visited_watch_that_has_something_new_is_visited_soon(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.config.write_text(home.config.read_text() + 'link = "visit"\n')
        async with home.daemon() as running:
            await until(lambda: running.task.link.state == "idle")
            home.watch.press(Press.START)
            await until(lambda: home.watch.view.face is Face.DONE)
            await until(lambda: running.task.state.session is None)
            await asyncio.sleep(120)
            assert await ids(running, "hold") == held(home)
            assert [event["end"] for event in await running.events("session")] == [SessionEnd.DONE]


@in_virtual_time
async def test_without_an_adapter_everything_else_works(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(radio=NoRadio(), publisher=board) as running:
            await until(lambda: running.task.link.state == "no_adapter")
            await running.client().call(LogParams(side=Side.LEFT, seconds=30), Done)
            await until(lambda: board.of("wearer/you/hold"))
            await until(
                lambda: board.of("info")[-1]["adapters"] == [{"name": "in-process", "state": "no_adapter"}]
            )


@in_virtual_time
async def test_watch_is_not_taken_in_by_a_daemon_that_does_not_run(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            pass
        with pytest.raises(RuntimeError, match="not running"):
            running.daemon.add(WatchSettings(name="X", id="a1" * 16, address="C4:00:00:00:00:01"))


class Useless:
    """A broker whose certificates can't be used: no retry mends that."""

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        raise ConfigError("broker mqtts://nowhere: the certificates are no good")
        yield


@in_virtual_time
async def test_configuration_that_can_not_be_used_ends_it_with_that_error(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        with pytest.raises(ConfigError, match="the certificates are no good"):
            async with home.daemon(publisher=Useless()) as running:
                await asyncio.wait({running.ended})


@in_virtual_time
async def test_event_that_the_broker_refuses_is_told_by_one_that_it_takes(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Refusing()
        async with home.daemon(publisher=board) as running:
            await running.start()
            await running.over()
            await until(lambda: len(refusals(board)) == 2)
            assert "not authorized" in str(refusals(board)[0]["text"])
            assert board.of("ours/session")
            assert (await running.journal.outbox_depth()).parked == 2


def refusals(board: Blackboard) -> list[Event]:
    return [alert for alert in board.of("ours/alert") if alert["code"] == "publish_refused"]


class Unreadable(SqliteJournal):
    """A disk that can't even be read when the daemon starts."""

    is_sound = False

    async def load(self, watch_id: str) -> tuple[str | None, tuple[LoggedInput, ...]]:
        if not self.is_sound:
            raise StorageError("the journal can't be read")
        return await super().load(watch_id)


@in_virtual_time
async def test_journal_that_can_not_be_read_at_the_start_is_a_state_and_not_the_end(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(journal_kind=Unreadable, publisher=board) as running:
            assert isinstance(running.journal, Unreadable)
            await until(lambda: board.of("ours/state") and board.of("ours/state")[-1]["link"] == "no_storage")
            assert running.task.obstacle == Obstacle("no_storage", "the journal can't be read")
            await asyncio.sleep(120)
            assert not home.watch.view.connected
            running.journal.is_sound = True
            await running.live()
            assert [alert["code"] for alert in board.of("ours/alert")] == ["journal_failing"]


@in_virtual_time
async def test_watch_that_has_no_name_but_its_address_is_found_by_that(tmp_path: Path) -> None:
    watch = SimulatedInfiniTime(seed=5)

    async def types(question: Question) -> Answer:
        if not isinstance(question, PasskeyQuestion):
            return Answer(nobody=True)
        await until(lambda: watch.view.code is not None, within_s=5)
        return Answer(passkey=watch.view.code)

    async with at_home(tmp_path, paired=False) as home, home.daemon() as running:
        await watch.power_on(home.air)
        params = PairParams(name="Pine", address=watch.address)
        await running.client().call(params, PairResult, on_ask=types)
        await running.live()
        assert running.task.link.trust is Trust.BOND
        await watch.power_off()
