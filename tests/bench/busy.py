"""A daemon with all hands full, in this process, so that what it is held against shares its loop and links:
the real journal, broker and radio, a flood of commands, and a watch that sends records without end.

Rule: nothing of the daemon is replaced; what it writes is noted where bleak is asked to write it.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic

from tests.bench.stage import Stage, on_stage, until
from tests.bench.wrists import Scribble, Slow, Wear
from wearsync.config import load
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.home_assistant import heard_by
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.watch_task import WatchTask
from wearsync.journal.store import SqliteJournal
from wearsync.publish.client import MqttPublisher
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.provider import TcpRadio

__all__ = ["DRIFT_PPM", "Scene", "Written", "busy"]

SITE = "home"
# Connection intervals as they are usual. While everything connects, it is as short as Bluetooth allows: forty
# discoveries of services, one after the other, would take a minute.
INTERVALS_MS = (15.0, 50.0)
SHORT_INTERVAL_MS = 7.5
DRIFT_PPM = 100.0
SCRIBBLE_EVERY_S = 0.01
SPREAD_S = 2.0
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Written:
    """A GATT write, at the instant at which bleak was asked for it."""

    at_s: float
    address: str
    uuid: str


@dataclass(slots=True)
class Scene:
    """`watches`: how many are in session, W0 on; `links`: the open ones by address; `seconds(host_ms)`: that
    instant of the daemon's on the loop's clock.
    """

    stage: Stage
    daemon: Daemon
    watches: int
    seconds: Callable[[int], float]
    links: dict[str, VirtualClient] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)

    def task(self, number: int) -> WatchTask:
        """A watch, as the daemon has it."""
        return self.daemon.pick(f"W{number}")

    def address(self, number: int) -> str:
        """Where it is."""
        return self.daemon.settings.watches[number].address

    async def begin(self) -> None:
        """Their sessions, one after the other, so that their cues do not all fall into one instant."""
        for number in range(self.watches):
            self.stage.order(Wear(watches=(number,)))
            await asyncio.sleep(SPREAD_S / self.watches)


@asynccontextmanager
async def busy(place: Path, *, watches: int, infinitime: bool) -> AsyncIterator[Scene]:
    """The scene, all watches live, the flood begun; `infinitime`: those in session are of that family."""
    async with (
        on_stage(
            place,
            {SITE: watches + 1},
            topics=(),
            infinitime=watches if infinitime else 0,
            drift_ppm=DRIFT_PPM,
            interval_ms=SHORT_INTERVAL_MS,
        ) as stage,
        _daemon(stage, watches) as scene,
    ):
        await until(lambda: all(scene.task(number).state.live for number in range(watches + 1)))
        stage.order(Slow(least_ms=INTERVALS_MS[0], most_ms=INTERVALS_MS[1]))
        stage.order(Scribble(watch=watches, every_s=SCRIBBLE_EVERY_S))
        flood = ("-m", "tests.bench.flood", str(stage.broker.port), f"wearsync/{SITE}/w0/command")
        async with stage.process(*flood, log=place / "flood.log"):
            yield scene


@asynccontextmanager
async def _daemon(stage: Stage, watches: int) -> AsyncIterator[Scene]:
    home = stage.households[SITE]
    spec = f"tcp:{stage.air}"
    settings = load(home.config, state_dir=home.state_dir, broker=stage.broker.url, radio=spec)
    links, written = dict[str, VirtualClient](), list[Written]()
    opened = await TcpRadio().open(spec, state_dir=home.state_dir, agent=None)
    radio = BleakRadio(replace(opened, client_backend=_noting(links, written)))
    async with await SqliteJournal.open(settings.paths.journal) as journal:
        clock = HostClock(loop_time=time.monotonic, wall=time.time)
        began_s, began_ms = time.monotonic(), clock.now().host_ms
        daemon = Daemon(
            settings=settings,
            radio=radio,
            publisher=MqttPublisher(
                address=settings.broker, site=settings.site, beside=heard_by(settings.home_assistant)
            ),
            journal=journal,
            clock=clock,
            keys=KeyStore(settings.paths.keys),
            entropy=secrets.token_bytes,
            chance=Random(1).random,
        )
        stop = asyncio.Event()
        running = asyncio.create_task(daemon.run(stop), name="daemon")
        await asyncio.sleep(0)  # its group is there, and so are its watches
        try:
            yield Scene(stage, daemon, watches, lambda ms: began_s + (ms - began_ms) / 1000, links, written)
        finally:
            stop.set()
            await asyncio.wait({running}, timeout=STOP_S)
            await radio.close()


def _noting(links: dict[str, VirtualClient], written: list[Written]) -> type[VirtualClient]:
    """bleak's backend, which notes who is connected and what is written."""

    class Noting(VirtualClient):
        async def connect(self, pair: bool, **kwargs: object) -> None:
            await super().connect(pair, **kwargs)
            links[self.address] = self

        async def write_gatt_char(
            self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
        ) -> None:
            written.append(Written(time.monotonic(), self.address, characteristic.uuid))
            await super().write_gatt_char(characteristic, data, response)

    return Noting
