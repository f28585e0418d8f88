"""A stage in one process and in virtual time: a driver's simulated watch on the virtual air, and the
daemon.

Rule: nothing is short-cut: the watch is paired by the product's own ceremony, and the radio under the tap is
the product's own, on Bumble. The broker is away: what is published is not the kit's affair.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from wearsync.config import Settings, load
from wearsync.control.calls import PairParams
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.keys import KEY_BYTES, KeyStore
from wearsync.daemon.pairing import enrol
from wearsync.drivers.base import Driver
from wearsync.errors import BrokerUnavailable
from wearsync.journal.store import SqliteJournal
from wearsync.ports import BrokerSession, Clock, Radio
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.kit.actor import Actor
from wearsync_simulators.kit.busy import busy_watch
from wearsync_simulators.kit.faults import PLAIN, Fault, struck
from wearsync_simulators.kit.stage import Inside, Stage
from wearsync_simulators.kit.tap import Tap, TappedRadio
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.families import simulated
from wearsync_simulators.watches.view import WatchView

__all__ = ["NoBroker", "Scene", "daemon_runs", "foreign_key", "on_virtual_stage"]

NAME = "Kit"
# Two holds a side, as short as they can be: what differs between the first hold and the others shows.
CONFIG = """\
site = "kit"
wearer = "you"
[routine]
rounds = 2
left_s = 30
right_s = 30
first_gap_s = 5
switch_gap_s = 5
"""
# A morning, so that no story runs over midnight.
BEGAN = datetime(2026, 6, 1, 10, tzinfo=UTC)
# With this the daemon lets go in order (SIGTERM leaves it five seconds).
STOP_S = 10.0
# A person looks from the terminal to the watch.
LOOK_UP_S = 1.0
# The longest pattern is shorter.
BUZZ_S = 2.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What a stage is to be. `busy`: the watch's console stalls now and then; `drift_ppm`: how much
    faster than the host's the watch's clock goes; `foreign_key`: the host has another key than the one that
    the watch was given.
    """

    driver: Driver
    seed: int = 1
    fault: Fault = PLAIN
    busy: bool = False
    drift_ppm: float = 0.0
    foreign_key: bool = False


class NoBroker:
    """The way to a broker that is away."""

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        """Raises `BrokerUnavailable`."""
        raise BrokerUnavailable("the kit has no broker")
        yield


@asynccontextmanager
async def on_virtual_stage(scene: Scene, directory: Path) -> AsyncIterator[Stage]:
    """The stage, the watch paired and the daemon running; in an empty directory, on a jumping loop."""
    async with AsyncExitStack() as stack:
        loop, random = asyncio.get_running_loop(), Random(scene.seed)
        began_s, rate = loop.time(), 1 / (1 + scene.drift_ppm * 1e-6)

        def host_s() -> float:
            return began_s + (loop.time() - began_s) * rate

        def wall() -> float:
            return BEGAN.timestamp() + host_s() - began_s

        driver, actor, faces = scene.driver, Actor(random), list[WatchView]()
        make = busy_watch if scene.busy else simulated
        watch = make(
            driver.name,
            wearer=actor,
            seed=scene.seed,
            state_dir=directory / "watch",
            on_change=faces.append,
        )
        air, tap = Air(), Tap()
        await watch.power_on(air)
        stack.push_async_callback(watch.power_off)
        opened = await InProcessRadio(air).open(state_dir=directory / "adapter")
        radio = TappedRadio(BleakRadio(opened), tap)
        stack.push_async_callback(radio.close)
        config = directory / "config.toml"
        config.write_text(CONFIG)
        journal = await stack.enter_async_context(
            await SqliteJournal.open(
                _settings(config).paths.journal, inline=True, wall=wall, monotonic=loop.time, ballast_bytes=0
            )
        )
        clock = HostClock(loop_time=host_s, wall=wall, zone=UTC)
        keys = KeyStore(_settings(config).paths.keys)
        await _pair(watch, driver, config, radio=radio, keys=keys, clock=clock, random=random)
        if scene.foreign_key:
            foreign_key(keys, random.randbytes(KEY_BYTES), clock)
        inside = Inside(watch, actor, faces, len(watch.motor_log))
        daemon = Daemon(
            settings=_settings(config),
            radio=radio,
            publisher=NoBroker(),
            journal=journal,
            clock=clock,
            keys=keys,
            entropy=random.randbytes,
            chance=random.random,
            driver_named=lambda _name: driver,
        )
        faces.clear()
        tap.operations.clear()
        struck(scene.fault, tap=tap, watch=watch)
        running = await stack.enter_async_context(daemon_runs(daemon))
        yield Stage(
            driver=driver,
            daemon=daemon,
            running=running,
            journal_path=_settings(config).paths.journal,
            tap=tap,
            inside=inside,
            prompt=lambda _text: None,
        )


@asynccontextmanager
async def daemon_runs(daemon: Daemon) -> AsyncIterator[asyncio.Task[None]]:
    """The daemon's task; at the end it lets go in order."""
    stop = asyncio.Event()
    running = asyncio.create_task(daemon.run(stop), name="daemon")
    await asyncio.sleep(0)  # its group is there, and so are its watches
    try:
        yield running
    finally:
        stop.set()
        # What ended it is told by the stage.
        await asyncio.wait({running}, timeout=STOP_S)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def foreign_key(keys: KeyStore, key: bytes, clock: Clock) -> None:
    """In the place of each key stands one that its watch was never given."""
    for entry in keys.entries():
        keys.forget(entry.watch_id)
        keys.add_pending(entry.watch_id, entry.name, key, clock.now().utc)
        keys.prove(entry.watch_id, key)


class _Person:
    """Who sits at the host while pairing: reads the watch's display."""

    def __init__(self, watch: AnyWatch) -> None:
        self._watch = watch

    async def confirm_number(self, number: int) -> bool:
        return True

    async def passkey(self) -> int | None:
        await asyncio.sleep(LOOK_UP_S)
        return self._watch.view.code

    async def confirm_just_works(self) -> bool:
        return True


async def _pair(
    watch: AnyWatch,
    driver: Driver,
    config: Path,
    *,
    radio: Radio,
    keys: KeyStore,
    clock: Clock,
    random: Random,
) -> None:
    """As `wearsync pair`; and until its test buzz is over."""
    watch.open_pairing()
    await enrol.pair(
        PairParams(name=NAME, address=watch.address, yes=True),
        settings=_settings(config),
        radio=radio,
        keys=keys,
        clock=clock,
        agent=_Person(watch),
        entropy=random.randbytes,
        driver=driver,
    )
    await asyncio.sleep(BUZZ_S)


def _settings(config: Path) -> Settings:
    return load(config, state_dir=config.parent / "state", radio="in-process", broker="mqtt://127.0.0.1:1")
