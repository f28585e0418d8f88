"""A home for the daemon's tests: an air, a watch on somebody's wrist, a radio, a state directory; all real.

    @in_virtual_time
    async def test_something(tmp_path: Path) -> None:
        async with at_home(tmp_path) as home, home.daemon() as running:
            await until(lambda: running.task.state.live)

Rule: one event loop, whose clock jumps (tests/simulators/watches/virtual_time.py): minutes take milliseconds,
nothing is left to luck. Only the broker is another process; where none is given, it is away.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from random import Random

from pydantic import JsonValue

from wearsync.config import Settings, load
from wearsync.control.calls import PairParams
from wearsync.control.client import ControlClient
from wearsync.control.results import PairResult
from wearsync.control.server import ControlServer
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.control_desk import ControlDesk
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing import enrol
from wearsync.daemon.pairing.owner import Owner
from wearsync.daemon.reload import Reloader
from wearsync.daemon.watch_task import WatchTask
from wearsync.errors import BrokerUnavailable, RadioUnavailable
from wearsync.journal.store import SqliteJournal
from wearsync.model import Command, Phase, Verb
from wearsync.ports import BrokerSession, Clock, Incoming, Link, PairingAgent, Publisher, Radio, Sighting
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import BONDS_FILE, InProcessRadio
from wearsync_simulators.watches.memory import read_memory
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent, Wearer

NAME = "Ours"
WEARER = "you"
# The shortest session that there is: a hold of 30 s a side.
SHORT = "[routine]\nrounds = 1\nleft_s = 30\nright_s = 30\nfirst_gap_s = 3\nswitch_gap_s = 3\n"
# A morning, so that no test runs over midnight but those that want to.
BEGAN = datetime(2026, 6, 1, 10, tzinfo=UTC)
# Beyond every deadline of the product, in virtual seconds.
WITHIN_S = 600.0
LOOK_EVERY_S = 0.05

Event = dict[str, JsonValue]


async def until(condition: Callable[[], object], within_s: float = WITHIN_S) -> None:
    """Look until it holds."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(LOOK_EVERY_S)


class NoBroker:
    """The way to a broker that is away."""

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        raise BrokerUnavailable("broker mqtt://nowhere is away")
        yield


class Blackboard:
    """A broker that is there at once and takes everything, for what needs no other process: what was
    published, in order; and what somebody sends.
    """

    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []
        self.retained: dict[str, str] = {}
        self._sent: asyncio.Queue[Incoming] = asyncio.Queue()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        yield self

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        self.published.append((topic, payload))
        if retain:
            self.retained[topic] = payload
        return None

    async def incoming(self) -> AsyncIterator[Incoming]:
        while True:
            yield await self._sent.get()

    def send(self, topic: str, payload: str | bytes, *, retained: bool = False) -> None:
        data = payload.encode() if isinstance(payload, str) else payload
        self._sent.put_nowait(Incoming(topic, data, retained))

    def of(self, topic: str) -> list[Event]:
        """What was published on that topic, in order."""
        return [json.loads(payload) for where, payload in self.published if where == topic]


class NoRadio:
    """A host without an adapter."""

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        raise RadioUnavailable("no Bluetooth adapter")

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        raise RadioUnavailable("no Bluetooth adapter")

    async def connect(self, sighting: Sighting) -> Link:
        raise RadioUnavailable("no Bluetooth adapter")

    async def forget(self, address: str) -> None:
        raise RadioUnavailable("no Bluetooth adapter")

    def pairing(self, address: str, agent: PairingAgent) -> AbstractAsyncContextManager[None]:
        raise RadioUnavailable("no Bluetooth adapter")

    async def is_bonded(self, address: str) -> bool:
        raise RadioUnavailable("no Bluetooth adapter")

    async def close(self) -> None:
        """Nothing to let go."""


@dataclass
class Person:
    """Who sits at the host: answers as told, and notes the questions."""

    says_yes: bool = True
    numbers: list[int] = field(default_factory=list)

    async def confirm_number(self, number: int) -> bool:
        self.numbers.append(number)
        return self.says_yes

    async def passkey(self) -> int | None:
        return None

    async def confirm_just_works(self) -> bool:
        return self.says_yes


@dataclass
class Running:
    """A daemon, and what it runs on."""

    daemon: Daemon
    journal: SqliteJournal
    clock: Clock
    stop: asyncio.Event
    ended: asyncio.Task[None]
    state_dir: Path
    reloader: Reloader

    @property
    def task(self) -> WatchTask:
        """Its only watch."""
        return self.daemon.pick(None)

    @property
    def phase(self) -> Phase:
        return self.task.state.phase

    async def live(self) -> None:
        """Wait until the watch is connected and has told all."""
        await until(lambda: self.daemon.watches and self.task.state.live)

    async def give(self, verb: Verb) -> str | None:
        return await self.daemon.commands.give(self.task, Command(verb), via="test")

    async def start(self) -> None:
        """A session, up to its first hold."""
        await self.live()
        assert await self.give(Verb.START) is None
        await until(lambda: self.phase is Phase.HOLD)

    async def over(self) -> None:
        """Wait until the session is over, and its last cue answered."""
        await until(lambda: self.phase is Phase.IDLE and all(cue.given_up for cue in self.task.state.cues))

    async def events(self, leaf: str) -> list[Event]:
        """What waits for the broker on topics of that last level, in order."""
        rows = await self.journal.outbox(0, 10_000)
        return [json.loads(row.payload) for row in rows if row.topic.endswith(f"/{leaf}")]

    async def alerts(self) -> list[JsonValue]:
        """The codes of those that ask for attention."""
        return [event["code"] for event in await self.events("alert") if event["severity"] != "info"]

    def client(self) -> ControlClient:
        return ControlClient(self.state_dir / "control.sock")


class Home:
    """An air, a watch, a host's adapter; `settings` as they are in the file."""

    def __init__(self, directory: Path, air: Air, watch: SimulatedWatch, began: datetime) -> None:
        self.directory = directory
        self.state_dir = directory / "state"
        self.config = directory / "config.toml"
        self.air = air
        self.watch = watch
        self.entropy = Random(7).randbytes
        self.zone: tzinfo = UTC
        self._began = began
        self._began_s = asyncio.get_running_loop().time()
        self._asleep = timedelta()
        self.said: list[str] = []
        # The way to the broker that the configuration names after a reload.
        self.elsewhere: Callable[[Settings], Publisher] = lambda _settings: NoBroker()

    @property
    def settings(self) -> Settings:
        return load(self.config, state_dir=self.state_dir, radio="in-process", broker="mqtt://127.0.0.1:1")

    @property
    def keys(self) -> KeyStore:
        return KeyStore(self.state_dir / "keys.json")

    @property
    def left_here(self) -> list[str]:
        """What this host has of any watch: key, line in the configuration, bond."""
        bonds = self.directory / "adapter" / BONDS_FILE
        bonded = bonds.exists() and self.watch.address in bonds.read_text()
        return [
            *(f"key of {entry.name}" for entry in self.keys.entries()),
            *(f"configuration of {watch.name}" for watch in self.settings.watches),
            *([f"bond with {self.watch.address}"] if bonded else []),
        ]

    @property
    def acknowledged(self) -> int:
        """The last record that the watch knows this host to have."""
        memory = read_memory(self.directory / "watch" / "memory.json")
        assert memory is not None
        return memory.hosts[0].cursor

    async def reread(self) -> Settings:
        """What the daemon reads anew."""
        return self.settings

    def wall(self) -> float:
        """The clock on the wall, Unix seconds."""
        return self._began.timestamp() + asyncio.get_running_loop().time() - self._began_s

    def suspend(self, asleep: timedelta) -> None:
        """The machine sleeps: all clocks go on but the loop's, and so its timers come late."""
        self._began += asleep
        self._asleep += asleep

    def set_clock(self, forward: timedelta) -> None:
        """Somebody sets the clock on the wall."""
        self._began += forward

    def boot_time(self) -> float:
        """Seconds since the machine was started, asleep or not."""
        return asyncio.get_running_loop().time() + self._asleep.total_seconds()

    def clock(self, resume: tuple[int, int] | None = None) -> HostClock:
        return HostClock(loop_time=self.boot_time, wall=self.wall, zone=self.zone, resume=resume)

    @asynccontextmanager
    async def radio(self) -> AsyncIterator[BleakRadio]:
        """The host's adapter: the same one each time."""
        radio = BleakRadio(await InProcessRadio(self.air).open(state_dir=self.directory / "adapter"))
        try:
            yield radio
        finally:
            await radio.close()

    async def pair(
        self,
        person: Person | None = None,
        *,
        name: str | None = NAME,
        address: str | None = None,
        settings: Settings | None = None,
        owner: Owner | None = None,
        learn: bool = False,
    ) -> PairResult:
        """As `wearsync pair` without a daemon does it."""
        async with self.radio() as radio:
            return await enrol.pair(
                PairParams(name=name, address=address, yes=True, learn=learn),
                settings=settings or self.settings,
                radio=radio,
                keys=self.keys,
                clock=self.clock(),
                agent=person or Person(),
                entropy=self.entropy,
                owner=owner or Owner(say=self.said.append),
            )

    @asynccontextmanager
    async def daemon(
        self,
        *,
        publisher: Publisher | None = None,
        journal_kind: type[SqliteJournal] = SqliteJournal,
        radio: Radio | None = None,
        lab: bool = False,
    ) -> AsyncIterator[Running]:
        """A daemon with its control socket, until the block ends; then it lets go in order."""
        async with AsyncExitStack() as stack:
            adapter: Radio
            if radio is None:
                adapter = await stack.enter_async_context(self.radio())
            else:
                adapter = radio
            journal = await stack.enter_async_context(await self.journal(journal_kind))
            clock = self.clock(await journal.host_time())
            daemon = Daemon(
                settings=self.settings,
                radio=adapter,
                publisher=publisher or NoBroker(),
                journal=journal,
                clock=clock,
                keys=self.keys,
                entropy=self.entropy,
                chance=Random(7).random,
                lab=lab,
            )
            reloader = Reloader(daemon=daemon, reread=self.reread, publisher=self.elsewhere)
            await stack.enter_async_context(
                ControlServer(self.state_dir / "control.sock", ControlDesk(daemon, reloader=reloader).handle)
            )
            stop = asyncio.Event()
            ended = asyncio.create_task(daemon.run(stop), name="daemon")
            await asyncio.sleep(0)  # its group is there, and so are its watches
            try:
                yield Running(daemon, journal, clock, stop, ended, self.state_dir, reloader)
            finally:
                stop.set()
                with suppress(asyncio.CancelledError):
                    await ended

    async def kill(self, running: Running) -> None:
        """End a daemon as the kernel does: what it has on disk at this instant is all that is left of it.

        The block of `daemon` must end next; the following one begins from what was on disk.
        """
        image = self.directory / "image"
        shutil.copytree(self.state_dir, image, ignore=shutil.ignore_patterns("*.sock"))
        await running.daemon.radio.close()
        running.ended.cancel()
        await asyncio.wait({running.ended})
        self.state_dir = image.rename(self.directory / f"state-{len(list(self.directory.iterdir()))}")

    async def journal(self, kind: type[SqliteJournal] = SqliteJournal) -> SqliteJournal:
        """The journal in the state directory."""
        self.state_dir.mkdir(mode=0o700, exist_ok=True)
        return await kind.open(self.state_dir / "journal.sqlite", inline=True, wall=self.wall)


@asynccontextmanager
async def at_home(
    directory: Path,
    *,
    wearer: Wearer | None = None,
    paired: bool = True,
    config: str = SHORT,
    flash_records: int = 4096,
    began: datetime = BEGAN,
) -> AsyncIterator[Home]:
    """A home with a watch on the air; with the key of this host unless told otherwise.

    `wearer` None: somebody diligent. `config`: of the file, below site and wearer. `began`: what
    the clock on the wall says at first.
    """
    air = Air()
    watch = SimulatedWatch(
        name="Sim",
        state_dir=directory / "watch",
        pairing=True,
        wearer=wearer or Diligent(Random(3)),
        seed=11,
        flash_records=flash_records,
    )
    home = Home(directory, air, watch, began)
    home.config.write_text(f'site = "home"\nwearer = "{WEARER}"\n{config}')
    await watch.power_on(air)
    try:
        if paired:
            await home.pair()
        yield home
    finally:
        await home.watch.power_off()
