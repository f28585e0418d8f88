"""The stage of the figures that want a whole home: mosquitto, watches in a process of their own, daemons as
processes, and what was heard at the broker, with the instant.

    async with on_stage(place, {"home": 3}) as stage:      # site "home" has the watches 0, 1, 2
        async with stage.daemon("home") as process: …

Rule: what is measured runs as users run it (`wearsync run`, real files, real sockets); only the pairing is
written down instead of done, by the files that it leaves.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal, TypeVar

import aiomqtt
from pydantic import BaseModel, JsonValue

from tests.bench.wrists import Order, Plan, Report, Worn
from tests.mosquitto import Mosquitto, mosquitto_executable
from wearsync.drivers.infinitime.session import watch_id_of
from wearsync_simulators.radio.bonds import write_private
from wearsync_simulators.radio.provider import ADAPTER_FILE, BONDS_FILE
from wearsync_simulators.watches.memory import MEMORY, Memory, write_memory
from wearsync_simulators.watches.trust import HostKey

__all__ = ["Heard", "Household", "Stage", "cpu_s", "on_stage", "opened", "until"]

# The routine of all households: the shortest gaps, and no end before twenty holds.
CONFIGURATION = """\
site = "{site}"
wearer = "you"
[routine]
rounds = 10
left_s = 30
right_s = 30
first_gap_s = 3
switch_gap_s = 3
"""
WATCH = '[[watches]]\nname = "{name}"\nid = "{id}"\naddress = "{address}"\ndriver = "{driver}"\n'
# A process starts within a second or two; on a busy machine not in less than ten times that.
SOON_S = 60.0
LOOK_EVERY_S = 0.02
LINE_BYTES_MAX = 1 << 24

T = TypeVar("T")


async def until(condition: Callable[[], object], within_s: float = SOON_S) -> None:
    """Look until `condition()` holds. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not condition():  # what is looked at is of another process
            await asyncio.sleep(LOOK_EVERY_S)


def cpu_s(pid: int) -> float:
    """The CPU time that a process has used, all its threads."""
    # clock_getcpuclockid(3): the clock of a process is its number, turned round.
    return time.clock_gettime((~pid << 3) | 2)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message at the broker, and when it was there."""

    at_s: float
    topic: str
    payload: bytes

    @property
    def event(self) -> Mapping[str, JsonValue]:
        """What it says."""
        said: Mapping[str, JsonValue] = json.loads(self.payload)
        return said


@dataclass(frozen=True, slots=True)
class Household:
    """A site: its directory, and its watches by number."""

    site: str
    directory: Path
    watches: tuple[int, ...]

    @property
    def state_dir(self) -> Path:
        """Of its daemon."""
        return self.directory / "state"

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.directory / "config.toml"


@dataclass
class Stage:
    """Everything that runs. `reports`: what the watches' process has said; `heard`: what the broker had."""

    broker: Mosquitto
    households: Mapping[str, Household]
    air: str
    wrists: asyncio.subprocess.Process
    reports: list[Report] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    def order(self, order: Order) -> None:
        """Tell the watches' process something."""
        assert self.wrists.stdin is not None
        self.wrists.stdin.write(order.model_dump_json().encode() + b"\n")

    def said(self, what: str) -> list[Report]:
        """Its reports of that kind."""
        return [report for report in self.reports if report.what == what]

    def of(self, topic: str) -> list[Heard]:
        """What was heard on that topic."""
        return [heard for heard in self.heard if heard.topic == topic]

    @asynccontextmanager
    async def process(
        self, *arguments: str, log: Path, under: Sequence[str] = ()
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """One of ours, of Python, until the block ends. `log`: for its output; `under`: what begins it."""
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *under, sys.executable, *arguments, stdout=output, stderr=output
            )
        try:
            yield process
        finally:
            await _ended(process)

    @asynccontextmanager
    async def daemon(
        self, site: str, *, program: Sequence[str] = ("-m", "wearsync"), under: Sequence[str] = ()
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """`wearsync run`, all of its watches live. `program`: as Python begins it; `under`: see `process`."""
        home = self.households[site]
        places = ("--config", str(home.config), "--state-dir", str(home.state_dir))
        ways = ("--radio", f"tcp:{self.air}", "--broker", self.broker.url)
        log = home.directory / "daemon.log"
        async with self.process(*program, *places, "run", *ways, log=log, under=under) as process:
            await until(lambda: self._live(site) == len(home.watches))
            yield process

    def _live(self, site: str) -> int:
        online = f"wearsync/{site}/"
        states = {
            heard.topic: heard.payload
            for heard in self.heard
            if heard.topic.startswith(online) and heard.topic.endswith("/availability")
        }
        return sum(payload == b"online" for payload in states.values())


class _Bonds(BaseModel):
    """The bonds' file, of either side."""

    bonds: dict[str, dict[str, int | dict[str, str | bool]]]


@contextmanager
def opened(context: AbstractAsyncContextManager[T]) -> Iterator[tuple[T, asyncio.Runner]]:
    """The context, open on the loop of the runner, which stands still while it is not asked to run."""
    over = asyncio.Event()
    with asyncio.Runner() as runner:
        found: asyncio.Future[T] = runner.get_loop().create_future()

        async def host() -> None:
            async with context as inside:
                found.set_result(inside)
                await over.wait()

        # One task opens and closes it, as task groups want it.
        hosting = runner.get_loop().create_task(host(), name="stage")
        hosting.add_done_callback(lambda task: _pass_on(task, found))
        try:
            yield runner.run(_outcome(found)), runner
        finally:
            over.set()
            runner.run(_outcome(hosting))


async def _outcome(awaited: Awaitable[T]) -> T:
    return await awaited


def _pass_on(task: asyncio.Task[None], found: asyncio.Future[T]) -> None:
    if not found.done():
        found.set_exception(task.exception() or RuntimeError("the stage has ended"))


@asynccontextmanager
async def on_stage(
    place: Path,
    sites: Mapping[str, int],
    *,
    topics: tuple[str, ...],
    infinitime: int = 0,
    drift_ppm: float = 0.0,
    interval_ms: float | None = None,
) -> AsyncIterator[Stage]:
    """The stage; `sites`: how many watches each has; `topics`: what is listened to, beside who is online;
    `infinitime`: so many of the first watches are of that family.
    The daemons are not started yet.
    """
    executable = mosquitto_executable()
    if executable is None:
        raise SystemExit("mosquitto is not installed (Debian: apt install mosquitto)")
    random, worn, households = Random(1), list[Worn](), dict[str, Household]()
    for site, count in sites.items():
        numbers = tuple(range(len(worn), len(worn) + count))
        households[site] = home = Household(site, place / site, numbers)
        worn += _paired(home, random, infinitime, drift_ppm)
    plan = place / "plan.json"
    plan.write_text(Plan(watches=tuple(worn), interval_ms=interval_ms).model_dump_json())
    (place / "broker").mkdir()
    broker = Mosquitto(executable=executable, directory=place / "broker")
    broker.start()
    try:
        async with _wrists(plan) as wrists, asyncio.TaskGroup() as group:
            stage = Stage(broker, households, "", wrists)
            jobs = (group.create_task(_read(stage)), group.create_task(_listen(stage, topics)))
            await until(lambda: stage.said("air"))
            stage.air = stage.said("air")[0].address
            yield stage
            for job in jobs:
                job.cancel()
    finally:
        broker.kill()


def _paired(home: Household, random: Random, infinitime: int, drift_ppm: float) -> list[Worn]:
    """The files that pairing leaves, on the host and on each watch."""
    home.state_dir.mkdir(parents=True, mode=0o700)
    adapter, configuration = _address(random), CONFIGURATION.format(site=home.site)
    keys, bonds, worn = (
        dict[str, JsonValue](),
        dict[str, dict[str, int | dict[str, str | bool]]](),
        list[Worn](),
    )
    for number in home.watches:
        watch_id, address, key = random.randbytes(16), _address(random), random.randbytes(32)
        driver: Literal["wearsync", "infinitime"] = "infinitime" if number < infinitime else "wearsync"
        name, directory = f"W{number}", home.directory / f"watch-{number}"
        bond: dict[str, int | dict[str, str | bool]] = {
            "address_type": 1,
            "ltk": {"value": random.randbytes(16).hex(), "authenticated": True},
        }
        directory.mkdir()
        write_memory(directory / MEMORY, Memory(watch_id, address, hosts=(HostKey(key),)))
        write_private(directory / "bonds.json", _Bonds(bonds={adapter: bond}).model_dump_json())
        bonds[address] = bond
        if driver == "infinitime":
            watch = watch_id_of(address)
        else:
            watch = watch_id.hex()
            keys[watch] = {"name": name, "created": "2026-06-01T10:00:00Z", "key": key.hex()}
        configuration += WATCH.format(name=name, id=watch, address=address, driver=driver)
        worn.append(Worn(state_dir=directory, name=name, driver=driver, drift_ppm=drift_ppm))
    home.config.write_text(configuration)
    write_private(home.state_dir / BONDS_FILE, _Bonds(bonds=bonds).model_dump_json())
    write_private(home.state_dir / ADAPTER_FILE, json.dumps({"address": adapter}))
    write_private(home.state_dir / "keys.json", json.dumps({"version": 1, "watches": keys}))
    return worn


def _address(random: Random) -> str:
    """A random static one."""
    return bytes([0xC0 | random.randrange(0x3F), *random.randbytes(5)]).hex(":").upper()


@asynccontextmanager
async def _wrists(plan: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    with plan.with_name("wrists.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.wrists", str(plan)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=LINE_BYTES_MAX,
            env=os.environ,
        )
    try:
        yield process
    finally:
        await _ended(process)


async def _read(stage: Stage) -> None:
    assert stage.wrists.stdout is not None
    async for line in stage.wrists.stdout:
        stage.reports.append(Report.model_validate_json(line))


async def _listen(stage: Stage, topics: tuple[str, ...]) -> None:
    loop = asyncio.get_running_loop()
    client = aiomqtt.Client("127.0.0.1", stage.broker.port, protocol=aiomqtt.ProtocolVersion.V5)
    client.pending_calls_threshold = 100_000
    async with client:
        for topic in ("wearsync/+/+/availability", *topics):
            await client.subscribe(topic, qos=1)
        async for message in client.messages:
            stage.heard.append(Heard(loop.time(), message.topic.value, bytes(message.payload)))


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
