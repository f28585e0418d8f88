"""A whole home: watch, air, daemon and a real mosquitto. A dashboard gets what the watch has in its journal.

Rule: what a session needs minutes for runs on a scaled clock, in one process; what is about the process
itself runs as one, in real time, with a wearer who does not wait.
"""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.daemon.home import Home, Running, at_home, until
from tests.mosquitto import Mosquitto
from tests.publish.listening import listening
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import load
from wearsync.control.calls import CommandParams, ResyncParams, StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.results import Done, StatusResult
from wearsync.daemon.home_assistant import heard_by
from wearsync.errors import NotRunning, TryAgain
from wearsync.model import Phase, Verb
from wearsync.publish.client import MqttPublisher
from wearsync.publish.connection import ACK_DEADLINE_S
from wearsync_simulators.demo_subscriber import Subscriber
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import ADAPTER_FILE, BONDS_FILE
from wearsync_simulators.radio.tcp import AirServer, serve_air
from wearsync_simulators.reckoning import Reckoning, reckon
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled
from wearsync_simulators.watches.records import CueAck, HoldStopped
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press
from wearsync_simulators.watches.words import Reason

# A short session is 70 s: four seconds of a test. Faster, and a stall of the machine is a time-out of the
# watch.
SPEED = 20.0
# Real seconds; far above what is waited for.
SOON_S = 20.0
# What a supervisor gives a service before it is killed is 90 s; ours promises five.
STOP_S = 5.0


def publisher(home: Home, broker: Mosquitto) -> MqttPublisher:
    address = load(home.config, state_dir=home.state_dir, broker=broker.url).broker
    # The broker lives in real time.
    return MqttPublisher(
        address,
        site=home.settings.site,
        beside=heard_by(home.settings.home_assistant),
        ack_deadline_s=ACK_DEADLINE_S * SPEED,
    )


def subscriber(home: Home, broker: Mosquitto) -> Subscriber:
    address = load(home.config, state_dir=home.state_dir, broker=broker.url).broker
    return Subscriber(address, home.settings.site, lambda topic, payload, *, retained: None)


def reckoned(home: Home, dashboard: Subscriber, own_cues: frozenset[int]) -> Reckoning:
    return reckon(
        watch_id=home.watch.watch_id.hex(),
        journal_id=home.watch.journal_id,
        records=home.watch.journal(),
        events=dashboard.events(),
        own_cues=own_cues,
    )


def cues_of(home: Home) -> frozenset[int]:
    """The cues that the watch has answered so far: the pairing's."""
    return frozenset(r.body.cue_id for r in home.watch.journal() if isinstance(r.body, CueAck))


def in_haste(story: Callable[[ScaledLoop], Coroutine[object, object, None]]) -> None:
    """On a scaled clock that is fast from the start: pairing, too, takes six seconds of looking round."""

    async def life(loop: ScaledLoop) -> None:
        loop.set_speed(SPEED)
        await story(loop)

    run_scaled(life)


def test_session_reaches_the_dashboard_as_the_watch_has_it(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, subscriber(home, mosquitto) as dashboard:
            buzz = cues_of(home)
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await running.start()
                await home.watch.set_in_range(False)
                await asyncio.sleep(8)
                await home.watch.set_in_range(True)
                await running.live()
                await running.over()
                await until(lambda: reckoned(home, dashboard, buzz).agrees)
            assert [(hold["side"], hold["outcome"]) for hold in reckoned(home, dashboard, buzz).holds] == [
                ("left", "done"),
                ("right", "done"),
            ]

    in_haste(story)


def test_broker_that_comes_late_and_dies_in_the_middle_gets_everything(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async def story(loop: ScaledLoop) -> None:
        mosquitto.kill()
        async with at_home(tmp_path) as home:
            buzz = cues_of(home)
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await running.start()
                assert not running.daemon.broker.connected
                mosquitto.start()
                await until(lambda: running.daemon.broker.connected)
                mosquitto.kill()
                await until(lambda: not running.daemon.broker.connected)
                await running.over()
                mosquitto.start()
                async with subscriber(home, mosquitto) as dashboard:
                    await until(lambda: running.daemon.broker.connected)
                    await until_empty(running)
                    # What the broker had before this dashboard was there.
                    await ControlClient(home.state_dir / "control.sock").call(ResyncParams(), Done)
                    await until(lambda: not reckoned(home, dashboard, buzz).lost)
                    assert not reckoned(home, dashboard, buzz).differing

    in_haste(story)


async def until_empty(running: Running) -> None:
    """The outbox is."""
    async with asyncio.timeout(600):
        while (await running.journal.outbox_depth()).waiting:
            await asyncio.sleep(0.5)


def test_daemon_that_is_killed_in_the_middle_tells_the_dashboard_everything_once(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """By id: the one event that was on its way when the process died may come twice."""

    async def story(loop: ScaledLoop) -> None:
        async with at_home(tmp_path) as home, subscriber(home, mosquitto) as dashboard:
            buzz = cues_of(home)
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await running.start()
                await asyncio.sleep(10)
                await home.kill(running)
            async with home.daemon(publisher=publisher(home, mosquitto)) as running:
                await running.live()
                await running.over()
                await until(lambda: not reckoned(home, dashboard, buzz).lost)
                found = reckoned(home, dashboard, buzz)
                assert not found.differing
                assert not found.unexpected
                assert len(found.holds) == 2
                assert len(found.sessions) == 1

    in_haste(story)


# --- as a process -------------------------------------------------------------------------------------------


def paired_home(directory: Path) -> None:
    """Paired already, in no time; the adapter's address and bonds stand where the process looks for them."""

    @in_virtual_time
    async def story() -> None:
        async with at_home(directory) as home:
            for name in (ADAPTER_FILE, BONDS_FILE):
                shutil.copy(directory / "adapter" / name, home.state_dir / name)

    story()


class Process:
    """`wearsync run` in a process of its own."""

    def __init__(self, directory: Path, broker: Mosquitto, air: str) -> None:
        self.arguments = [
            *(sys.executable, "-m", "wearsync"),
            *("--config", str(directory / "config.toml"), "--state-dir", str(directory / "state")),
            *("run", "--broker", broker.url, "--radio", f"tcp:{air}"),
        ]
        self._client = ControlClient(directory / "state" / "control.sock")
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            *self.arguments, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        await self.until(lambda status: True)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def live(self) -> None:
        await self.until(lambda status: status.watches[0].link == "connected")

    async def hold(self, watch: SimulatedWatch) -> None:
        """A session, up to its first hold: the wearer answers at once, and waits for no gap to end."""
        async with asyncio.timeout(SOON_S):
            while watch.view.face is not Face.CONFIRM:
                try:
                    await self._client.call(CommandParams(verb=Verb.START, watch="ours"), Done)
                except TryAgain:
                    await asyncio.sleep(0.05)
            while watch.view.face is Face.CONFIRM:
                watch.press(Press.TAP)
                await asyncio.sleep(0.02)
        await until(lambda: watch.view.face is Face.GAP, SOON_S)
        watch.press(Press.TAP)
        await self.until(lambda status: status.watches[0].phase == Phase.HOLD)

    async def end(self, how: signal.Signals) -> tuple[int, float, str]:
        """Exit code, seconds that it took, what it said."""
        began_s = asyncio.get_running_loop().time()
        self._process.send_signal(how)
        async with asyncio.timeout(SOON_S):
            _, said = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, asyncio.get_running_loop().time() - began_s, said.decode()

    async def until(self, reached: Callable[[StatusResult], bool]) -> None:
        async with asyncio.timeout(SOON_S):
            while True:
                try:
                    if reached(await self._client.call(StatusParams(), StatusResult)):
                        return
                except NotRunning:
                    pass
                await asyncio.sleep(0.02)


@asynccontextmanager
async def on_the_wrist(directory: Path) -> AsyncIterator[tuple[SimulatedWatch, AirServer]]:
    watch = SimulatedWatch(state_dir=directory / "watch")
    air = Air()
    await watch.power_on(air)
    server = await serve_air("127.0.0.1", 0, air=air)
    yield watch, server
    await watch.power_off()
    await server.close()


@pytest.mark.parametrize("in_hold", [False, True], ids=["idle", "in mid-hold"])
async def test_sigterm_ends_it_in_order_and_the_watch_goes_on(
    tmp_path: Path, mosquitto: Mosquitto, in_hold: bool
) -> None:
    await asyncio.to_thread(paired_home, tmp_path)
    async with on_the_wrist(tmp_path) as (watch, air), listening(mosquitto.port) as dashboard:
        process = Process(tmp_path, mosquitto, air.address)
        await process.start()
        await process.live()
        if in_hold:
            await process.hold(watch)
        await dashboard.until_last("wearsync/home/status", "online")
        code, took_s, said = await process.end(signal.SIGTERM)
        assert (code, took_s < STOP_S) == (0, True), said
        assert "Traceback" not in said
        await dashboard.until_last("wearsync/home/status", "offline")
        await until(lambda: not watch.view.connected, SOON_S)
        assert watch.view.face is (Face.HOLD if in_hold else Face.CLOCK)


async def test_killed_process_finds_its_session_again(tmp_path: Path, mosquitto: Mosquitto) -> None:
    await asyncio.to_thread(paired_home, tmp_path)
    async with on_the_wrist(tmp_path) as (watch, air), listening(mosquitto.port) as dashboard:
        process = Process(tmp_path, mosquitto, air.address)
        await process.start()
        await process.live()
        await process.hold(watch)
        code, _, _ = await process.end(signal.SIGKILL)
        assert code == -signal.SIGKILL
        await dashboard.until_last("wearsync/home/status", "offline")
        await process.start()
        await process.until(lambda status: status.watches[0].phase == Phase.HOLD)
        await process.live()
        watch.press(Press.DOUBLE_PRESS)
        watch.press(Press.ANSWER_DONE)
        await dashboard.until(lambda: len(dashboard.of("wearsync/home/ours/hold")) == 1)
        assert [r.body.reason for r in watch.journal() if isinstance(r.body, HoldStopped)] == [Reason.WEARER]
        code, _, said = await process.end(signal.SIGTERM)
        assert code == 0, said


async def test_second_process_on_one_state_directory_is_refused(tmp_path: Path, mosquitto: Mosquitto) -> None:
    await asyncio.to_thread(paired_home, tmp_path)
    async with on_the_wrist(tmp_path) as (_, air):
        process = Process(tmp_path, mosquitto, air.address)
        await process.start()
        second = await asyncio.create_subprocess_exec(
            *process.arguments, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, said = await second.communicate()
        assert second.returncode == 73
        assert "already running" in said.decode()
        assert (await process.end(signal.SIGTERM))[0] == 0
