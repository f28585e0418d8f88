"""The link's loop: how it takes each fault, how long it waits, and that it never ends by itself."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from tests.daemon.home import Home, NoRadio, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.clock import HostClock
from wearsync.daemon.connector import (
    FIND_WINDOW_S,
    OBSTACLE_LOOK_S,
    QUIET_PAUSES_MAX,
    REFUSED_RETRY_S,
    VISIT_LOOK_EVERY_S,
    VISIT_SYNC_EVERY_MS,
    Connector,
    Obstacle,
)
from wearsync.drivers.base import Attribute, SessionOptions
from wearsync.errors import NoSlot, RadioUnavailable, TrustError, TryAgain, UnfitWatch, WearsyncError
from wearsync.families import named
from wearsync.messages import Goodbye, Up
from wearsync.model import LinkMode, Phase
from wearsync.ports import Link, Radio, Sighting
from wearsync.protocol.gatt import SERVICE_UUID

ADDRESS = "C4:00:00:00:00:01"
SIGHTING = Sighting(ADDRESS, "Sim", -50, (), {}, None)


class Faulty(NoRadio):
    """Sees the watch, and fails to connect to it."""

    def __init__(self, fault: Exception | None, *, service_data: bytes = b"") -> None:
        self.tried_s: list[float] = []
        self.looked = 0
        self._fault = fault
        self._sighting = Sighting(ADDRESS, "Sim", -50, (), {SERVICE_UUID: service_data}, None)

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        assert address == ADDRESS
        self.looked += 1
        if self._fault is None:
            await asyncio.sleep(timeout_s)
            return None
        return self._sighting

    async def connect(self, sighting: Sighting) -> Link:
        assert self._fault is not None
        self.tried_s.append(asyncio.get_running_loop().time())
        raise self._fault


class Noisy(NoRadio):
    """An adapter that flips a bit of one frame from the watch, or hears none, when it is told to."""

    def __init__(self, radio: Radio) -> None:
        self.flips = False
        self.deaf = False
        self._radio = radio

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        return await self._radio.find(address, timeout_s)

    async def connect(self, sighting: Sighting) -> Link:
        return cast("Link", NoisyLink(await self._radio.connect(sighting), self.noise))

    def noise(self, data: bytes) -> tuple[bytes, ...]:
        if self.flips:
            self.flips = False
            return (data[:-1] + bytes([data[-1] ^ 1]),)
        return () if self.deaf else (data,)


class NoisyLink:
    """One of its links."""

    def __init__(self, link: Link, noise: Callable[[bytes], tuple[bytes, ...]]) -> None:
        self._link = link
        self._noise = noise

    def __getattr__(self, name: str) -> object:
        return getattr(self._link, name)

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        def heard(data: bytes) -> None:
            for each in self._noise(data):
                received(each)

        await self._link.subscribe(attribute, heard)


class Told:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.states: list[tuple[str, str]] = []
        self.refusals: list[str] = []

    def heard(self, message: Up) -> None:
        raise AssertionError(f"no watch is there to say {message}")

    def link_changed(self, state: str, reason: str) -> None:
        self.states.append((state, reason))

    def refused(self, reason: str) -> None:
        self.refusals.append(reason)


def connector_of(
    radio: Radio,
    told: Told,
    *,
    mode: LinkMode = LinkMode.ALWAYS,
    quiet: Callable[[], bool] = lambda: False,
    obstacle: Callable[[], Obstacle | None] = lambda: None,
    crowded: Callable[[], None] = lambda: None,
) -> Connector:
    loop_time = asyncio.get_running_loop().time

    async def options() -> SessionOptions:
        return SessionOptions(keys={}, watch_id=None)

    return Connector(
        name="Ours",
        address=ADDRESS,
        link_mode=mode,
        radio=radio,
        driver=named("wearsync"),
        options=options,
        clock=HostClock(loop_time=loop_time, wall=loop_time, zone=UTC),
        chance=lambda: 0.5,
        entropy=bytes,
        listener=told,
        quiet=quiet,
        obstacle=obstacle,
        crowded=crowded,
    )


async def ran(connector: Connector, seconds: float) -> None:
    """Let it run so long."""
    running = asyncio.create_task(connector.run())
    await asyncio.sleep(seconds)
    assert not running.done()
    running.cancel()
    await asyncio.wait({running})


def gaps(times: Sequence[float]) -> list[float]:
    return [round(later - earlier, 2) for earlier, later in pairwise(times)]


@in_virtual_time
async def test_defect_of_a_driver_is_told_and_stops_nobody_else() -> None:
    told = Told()
    await ran(connector_of(Faulty(ZeroDivisionError("a defect")), told), 0.1)
    assert [state for state, _ in told.states] == ["searching", "refused"]
    assert "a defect in the driver 'wearsync'" in told.states[1][1]


@in_virtual_time
async def test_wrong_tag_of_a_watch_that_has_proven_itself_is_a_broken_link(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.radio() as adapter:
        radio = Noisy(adapter)
        async with home.daemon(radio=radio) as running:
            await running.start()
            await asyncio.sleep(15)
            radio.flips = True
            await until(lambda: not running.task.state.live, within_s=30)
            await until(lambda: running.task.state.live, within_s=10)
            await running.over()
            holds = await running.events("hold")
            assert [hold["outcome"] for hold in holds] == ["done", "done"]


@in_virtual_time
async def test_silence_is_found_out_within_seconds_also_on_a_link_that_came_back_in_mid_hold(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home, home.radio() as adapter:
        radio = Noisy(adapter)
        async with home.daemon(radio=radio) as running:
            await running.start()
            radio.flips = True
            await until(lambda: not running.task.state.live, within_s=30)
            await until(lambda: running.task.state.live, within_s=10)
            assert running.phase is Phase.HOLD
            radio.deaf = True
            await until(lambda: not running.task.state.live, within_s=30)
            radio.deaf = False
            await until(lambda: running.task.state.live, within_s=30)
            await running.over()
            holds = await running.events("hold")
            assert [hold["outcome"] for hold in holds] == ["done", "done"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (TryAgain("did not answer"), "searching"),
        (RadioUnavailable("no adapter"), "no_adapter"),
        (TrustError("no bond"), "refused"),
        (UnfitWatch("another version"), "refused"),
    ],
)
def test_each_fault_is_told_with_its_reason(fault: WearsyncError, state: str) -> None:
    @in_virtual_time
    async def story() -> None:
        told = Told()
        await ran(connector_of(Faulty(fault), told), 0.1)
        assert told.states == [("searching", ""), (state, str(fault))]
        assert told.refusals == ([str(fault)] if isinstance(fault, TrustError) else [])

    story()


@in_virtual_time
async def test_it_waits_longer_each_time_up_to_a_minute() -> None:
    radio = Faulty(TryAgain("did not answer"))
    await ran(connector_of(radio, Told()), 300)
    assert gaps(radio.tried_s)[:8] == [0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0]


@in_virtual_time
async def test_nothing_is_looked_for_while_there_is_an_obstacle_and_soon_after_it_is_gone() -> None:
    radio, told = Faulty(TryAgain("did not answer")), Told()
    obstacles: list[Obstacle | None] = [Obstacle("no_clock", "set the clock")]
    running = asyncio.create_task(connector_of(radio, told, obstacle=lambda: obstacles[-1]).run())
    await asyncio.sleep(600)
    assert (radio.looked, told.states) == (0, [("no_clock", "set the clock")])
    obstacles.append(Obstacle("no_storage", "the disk is full"))
    await asyncio.sleep(OBSTACLE_LOOK_S)
    assert told.states[1:] == [("no_storage", "the disk is full")]
    obstacles.append(None)
    await asyncio.sleep(OBSTACLE_LOOK_S)
    assert radio.looked >= 1
    running.cancel()
    await asyncio.wait({running})


@in_virtual_time
async def test_adapter_without_a_connection_left_says_so() -> None:
    crowded: list[str] = []
    connector = connector_of(Faulty(NoSlot("full")), Told(), crowded=lambda: crowded.append("now"))
    await ran(connector, 5)
    assert len(crowded) == 3
    assert connector.connected_ms == 0


@pytest.mark.parametrize("mode", LinkMode)
@pytest.mark.parametrize("fault", [TrustError("no bond"), UnfitWatch("another version")])
def test_what_does_not_mend_by_itself_is_tried_seldom(fault: WearsyncError, mode: LinkMode) -> None:
    @in_virtual_time
    async def story() -> None:
        radio = Faulty(fault)
        connector = connector_of(radio, Told(), mode=mode)
        connector.want(True)
        await ran(connector, 1000)
        assert gaps(radio.tried_s) == [REFUSED_RETRY_S] * 3

    story()


@in_virtual_time
async def test_watch_that_is_not_seen_is_looked_for_again() -> None:
    told = Told()
    await ran(connector_of(Faulty(None), told), FIND_WINDOW_S + 5)
    assert told.states[:2] == [("searching", ""), ("searching", "not seen")]


@in_virtual_time
async def test_nothing_is_looked_for_while_it_must_be_quiet() -> None:
    radio = Faulty(None)
    is_quiet = [True]
    running = asyncio.create_task(connector_of(radio, Told(), quiet=lambda: is_quiet[0]).run())
    await asyncio.sleep(QUIET_PAUSES_MAX * FIND_WINDOW_S - 5)
    assert radio.looked == 0
    is_quiet[0] = False
    await asyncio.sleep(FIND_WINDOW_S)
    assert radio.looked == 1
    running.cancel()
    await asyncio.wait({running})


@in_virtual_time
async def test_quiet_that_does_not_end_is_broken_by_one_window_a_minute() -> None:
    radio = Faulty(None)
    running = asyncio.create_task(connector_of(radio, Told(), quiet=lambda: True).run())
    await asyncio.sleep(10 * (QUIET_PAUSES_MAX + 1) * FIND_WINDOW_S)
    assert 4 <= radio.looked <= 10
    running.cancel()
    await asyncio.wait({running})


@pytest.mark.parametrize("mode", [LinkMode.VISIT, LinkMode.ALWAYS])
@in_virtual_time
async def test_who_asks_for_a_session_does_not_wait_for_the_quiet_of_another(mode: LinkMode) -> None:
    radio = Faulty(None)
    connector = connector_of(radio, Told(), mode=mode, quiet=lambda: True)
    running = asyncio.create_task(connector.run())
    await asyncio.sleep(1)
    connector.want(True)
    await asyncio.sleep(FIND_WINDOW_S)
    assert radio.looked == 1
    connector.want(True)
    await asyncio.sleep(QUIET_PAUSES_MAX * FIND_WINDOW_S - 5)
    assert radio.looked == 1, "once: then it is quiet again"
    running.cancel()
    await asyncio.wait({running})


@in_virtual_time
async def test_visited_watch_is_looked_for_once_a_minute_and_at_once_when_it_is_wanted() -> None:
    radio = Faulty(TryAgain("did not answer"))
    connector = connector_of(radio, Told(), mode=LinkMode.VISIT)
    running = asyncio.create_task(connector.run())
    await asyncio.sleep(3 * VISIT_LOOK_EVERY_S + 1)
    assert gaps(radio.tried_s) == [VISIT_LOOK_EVERY_S] * 3
    connector.want(True)
    await asyncio.sleep(3)
    assert len(radio.tried_s) > 5
    await asyncio.sleep(600)
    assert len(radio.tried_s) < 25, "wanted, and still no storm"
    connector.want(False)
    tried = len(radio.tried_s)
    await asyncio.sleep(VISIT_LOOK_EVERY_S - 5)
    assert len(radio.tried_s) <= tried + 1
    running.cancel()
    await asyncio.wait({running})


@in_virtual_time
async def test_without_a_link_there_is_nothing_to_say_drop_or_wait_for() -> None:
    connector = connector_of(Faulty(None), Told())
    connector.send(Goodbye())
    connector.drop("no reason")
    connector.let_go()
    connector.close()
    await connector.wait_closed()
    await connector.run()


@in_virtual_time
async def test_visited_watch_is_synced_every_half_hour_without_being_asked(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.config.write_text(home.config.read_text() + 'link = "visit"\n')
        async with home.daemon() as running:
            await until(lambda: running.task.link.state == "idle")
            first_ms = running.task.link.last_heard_ms
            assert first_ms is not None
            await asyncio.sleep(VISIT_SYNC_EVERY_MS / 1000 - 120)
            assert running.task.link.last_heard_ms == first_ms
            await asyncio.sleep(300)
            assert running.task.link.last_heard_ms > first_ms


@in_virtual_time
async def test_watch_with_another_key_is_refused_and_says_so(tmp_path: Path) -> None:
    """Reset to the factory's state, but for its address: it does not know this host any more."""
    async with at_home(tmp_path) as home:
        home.keys.forget(home.watch.watch_id.hex())
        home.keys.add_pending(home.watch.watch_id.hex(), "Ours", bytes(32), home.clock().now().utc)
        async with home.daemon() as running:
            await until(lambda: running.task.link.state == "refused")
            assert running.task.link.reason
            assert not running.task.state.live


async def lost_soon(home: Home) -> None:
    await home.watch.set_in_range(False)
    await asyncio.sleep(2)
    await home.watch.set_in_range(True)


@in_virtual_time
async def test_link_that_worked_is_built_anew_at_once(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        await asyncio.sleep(20)
        await lost_soon(home)
        began_s = asyncio.get_running_loop().time()
        await running.live()
        assert asyncio.get_running_loop().time() - began_s < 3
