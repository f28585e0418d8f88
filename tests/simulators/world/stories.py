"""A watch, and hosts around it, on either air: the same stories are told on both.

Rule: what is asked of a place is what `ports.Radio` and `ports.Link` have; the airs differ in speed only.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from random import Random
from typing import Protocol

from tests.simulators.watches.conftest import K
from tests.simulators.watches.paper_host import DOWN, KEY, UP, PaperHost
from wearsync.daemon.clock import HostClock
from wearsync.daemon.link_runner import LinkRunner
from wearsync.drivers.base import Disconnect, SessionOptions
from wearsync.families import named
from wearsync.messages import Begin, RecordsArrived, Up, WatchReady
from wearsync.ports import Link, PairingAgent, Radio
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent
from wearsync_simulators.world.air import FAULTS, FastAir
from wearsync_simulators.world.fast_radio import FastRadio
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.process import Process

FIND_S = 10.0


class Place(Protocol):
    """An air with one watch on it."""

    watch: SimulatedWatch

    async def radio(self, host: str = "host", agent: PairingAgent | None = None) -> Radio:
        """That host's adapter."""

    def forget_at_watch(self) -> None:
        """The watch loses its bonds."""


@dataclass
class FastPlace:
    watch: SimulatedWatch
    air: FastAir

    async def radio(self, host: str = "host", agent: PairingAgent | None = None) -> FastRadio:
        radio = await self.air.radio(immortal(host), host=host)
        radio.set_agent(agent)
        return radio

    def forget_at_watch(self) -> None:
        self.air.forget_at_watch(self.watch.address)


@dataclass
class BumblePlace:
    watch: SimulatedWatch
    air: Air
    directory: Path

    async def radio(self, host: str = "host", agent: PairingAgent | None = None) -> BleakRadio:
        return BleakRadio(await InProcessRadio(self.air).open(state_dir=self.directory / host, agent=agent))

    def forget_at_watch(self) -> None:
        self.watch._bonds._bonds.clear()  # type: ignore[union-attr]


@dataclass
class Mortal:
    """A process that dies at the `nth` point called `where`."""

    where: str = ""
    nth: int = 1
    dead: bool = False
    passed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.process = Process("mortal", crashes=self._crashes, died=self._died)

    def _crashes(self, where: str) -> bool:
        self.passed.append(where)
        return where == self.where and self.passed.count(where) == self.nth

    def _died(self) -> None:
        self.dead = True


@dataclass
class Given:
    """How the watch is: as `SimulatedWatch` has it."""

    pairing: bool = True
    open_: bool = False
    display: bool = True


Story = Callable[[Place], object]


@asynccontextmanager
async def fast(directory: Path, given: Given) -> AsyncIterator[Place]:
    watch = a_watch(given)
    place = FastPlace(watch, FastAir(faults=calm()))
    await place.air.add(watch)
    try:
        yield place
    finally:
        await watch.power_off()


@asynccontextmanager
async def bumble(directory: Path, given: Given) -> AsyncIterator[Place]:
    watch = a_watch(given)
    place = BumblePlace(watch, Air(), directory)
    await watch.power_on(place.air)
    try:
        yield place
    finally:
        await watch.power_off()


PLACES = (fast, bumble)


def a_watch(given: Given | None = None, *, seed: int = 1) -> SimulatedWatch:
    given = given or Given()
    return SimulatedWatch(
        name="W",
        pairing=given.pairing,
        open_=given.open_,
        display=given.display,
        wearer=Diligent(Random(seed)),
        seed=seed,
    )


def calm() -> Faults:
    return Faults(1, FAULTS, ())


def only(name: str, rate: float = 1.0) -> Faults:
    """That fault alone, at that rate."""
    known = tuple(replace(fault, rate=rate) if fault.name == name else fault for fault in FAULTS)
    return Faults(1, known, (name,))


def immortal(name: str) -> Process:
    return Process(name, crashes=lambda _where: False, died=lambda: None)


async def connected(radio: Radio, watch: SimulatedWatch) -> Link:
    sighting = await radio.find(watch.address, FIND_S)
    assert sighting is not None
    return await radio.connect(sighting)


async def talk(link: Link, key: bytes | None = K) -> PaperHost:
    """Subscribe, and be a host on this link."""
    host = PaperHost(key, lambda raw: link.write(DOWN, raw))
    await link.subscribe(UP, host.heard)
    return host


async def paired(link: Link, *, needs_code: bool = True) -> PaperHost:
    await link.pair(needs_code=needs_code)
    await link.write(KEY, K)
    return await talk(link)


class Product:
    """The product's own driver on a link, with the key K; `records`: (seq, tick) of what it took for true."""

    def __init__(self, link: Link, watch: SimulatedWatch) -> None:
        watch_id, loop = watch.watch_id.hex(), asyncio.get_running_loop()
        self.ready = False
        self.records: list[tuple[int, int]] = []
        self._runner = LinkRunner(
            link=link,
            session=named("wearsync").session(SessionOptions(keys={watch_id: K}, watch_id=watch_id)),
            clock=HostClock(loop_time=loop.time, wall=lambda: 1.8e9 + loop.time(), zone=UTC),
            entropy=Random(loop.time()).randbytes(32),
            on_message=self._heard,
        )

    async def run(self) -> Disconnect:
        """To the end of the link."""
        return await self._runner.run()

    def _heard(self, message: Up) -> None:
        match message:
            case WatchReady():
                self.ready = True
                self._runner.send(Begin(cursor=1))
            case RecordsArrived(records):
                self.records += [(record.seq, record.tick_ms) for record in records]
            case _:
                pass
