"""Where attacks are tried: a home as tests/daemon/home.py has it, paired yesterday, with a session of
yesterday that an attacker has recorded; its daemon running, its genuine watch out of the way.

    async with stage.opened() as scene:
        async with scene.attacked_by(HostileWatch(scene.guise(), …)):
            await until(…)
        await scene.nothing_happened(alerts=["auth_failed"])

Rule: what counts is what is left behind: the journal's rows, what was published, what was felt at the wrist,
keys, bonds and configuration; and that the genuine watch syncs to its last record afterwards.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.daemon.home import BEGAN, Blackboard, Home, Running, at_home, until
from wearsync.daemon.connector import REFUSED_RETRY_S
from wearsync_simulators.adversaries.hostile_watch import Guise, HostileWatch
from wearsync_simulators.adversaries.middle import Middle, Overheard, Relay
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.antenna import BumbleGround
from wearsync_simulators.watches.memory import read_memory
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent, Wearer

# The tables of the journal that must be as they were: what a watch has told, and what came of it.
KEPT = ("journals", "records", "gaps", "quarantine", "cues", "holds", "sessions", "nonces")
# Events that tell what a wearer did; alerts are looked at by their codes.
TOLD = ("hold", "session", "cue")
Row = tuple[object, ...]


@dataclass(frozen=True)
class Left:
    """What an attack would leave behind."""

    rows: dict[str, list[Row]]
    published: list[tuple[str, str]]
    keys: str
    bonds: str
    config: str
    watch_keys: list[str]
    routine: str
    pulses: int


@dataclass
class Scene:
    """One attack's surroundings."""

    home: Home
    middle: Middle
    board: Blackboard
    running: Running
    yesterday: tuple[Overheard, ...]
    before: Left = field(init=False)

    @property
    def watch(self) -> SimulatedWatch:
        return self.home.watch

    @property
    def info(self) -> bytes:
        """Info of the genuine watch, as anybody can read it."""
        return bytes([1, 1]) + self.watch.watch_id + b"\x00"

    def guise(self, *, bond: bool = True) -> Guise:
        """The genuine watch's name and address; with the key of its bond, if that counts as broken."""
        bonds = None
        if bond:
            bonds = self.home.directory / "stolen-bonds.json"
            shutil.copy(self.home.directory / "watch" / "bonds.json", bonds)
        return Guise(self.watch.address, self.info, name=self.watch.name, bonds_path=bonds)

    @property
    def reason(self) -> str:
        """What the state says of the link."""
        return self.running.task.link.reason

    @property
    def state(self) -> str:
        return self.running.task.link.state

    async def refused(self) -> None:
        """Wait until the daemon has refused who is there."""
        await until(lambda: self.state == "refused")

    async def power_on(self) -> None:
        """The genuine watch is there; the middle is in between."""
        await self.watch.power_on(self.middle.ground(BumbleGround(self.home.air)))

    @asynccontextmanager
    async def attacked_by(self, hostile: HostileWatch) -> AsyncIterator[HostileWatch]:
        """The genuine watch is away, and this one in its place."""
        self.before = self.left()
        async with hostile.on(self.home.air):
            yield hostile

    def left(self) -> Left:
        """As it is now."""
        home = self.home
        memory = read_memory(home.directory / "watch" / "memory.json")
        assert memory is not None
        return Left(
            rows=rows_of(home.state_dir / "journal.sqlite"),
            published=[(topic, text) for topic, text in self.board.published if topic.split("/")[-1] in TOLD],
            keys=(home.state_dir / "keys.json").read_text(),
            bonds=(home.directory / "adapter" / "virtual-bonds.json").read_text(),
            config=home.config.read_text(),
            watch_keys=sorted(host.key.hex() for host in memory.hosts),
            routine=repr(memory.routine),
            pulses=len(self.watch.motor_log),
        )

    def alerts(self) -> list[str]:
        """The codes of those that ask for attention."""
        return [str(each["code"]) for each in self.board.of("ours/alert") if each["severity"] != "info"]

    async def nothing_happened(self, alerts: Sequence[str] = ()) -> None:
        """All is as before the attack, but for these alerts; and the genuine watch syncs to its end."""
        await until(lambda: self.alerts() == list(alerts))
        assert self.left() == self.before
        await self.genuine_syncs()
        assert self.alerts() == list(alerts)

    async def genuine_syncs(self, *, alone: bool = True, taken: Collection[object] = ()) -> None:
        """The genuine watch is back: all that it has is here, and (`alone`) nothing else; else all but the
        numbers that another has `taken`; what was told is told once.
        """
        await self.retried()  # nobody is on the air meanwhile: cheap
        if not self.watch.is_on:
            await self.power_on()
        await self.synced()
        stored = [row[1:4] for row in rows_of(self.home.state_dir / "journal.sqlite")["records"]]
        told = [(each.seq, each.boot, each.tick) for each in self.watch.journal()]
        if alone:
            assert stored == told
        else:
            # Whoever has the key can be first with a number: the one who comes second with it is not heard.
            assert {each[0] for each in told} <= {row[0] for row in stored}
            assert {each for each in told if each[0] not in taken} <= set(stored)
        ids = [event["id"] for leaf in TOLD for event in self.board.of(f"ours/{leaf}")]
        assert len(ids) == len(set(ids))

    async def synced(self) -> None:
        """Wait until the genuine watch has told all that it has; who was refused is tried later."""
        await self.retried()
        await self.running.live()
        await until(lambda: self.home.acknowledged == self.watch.next_seq - 1)

    async def retried(self) -> None:
        """If who is there was refused, wait until it is about to be tried again."""
        if self.state == "refused":
            await asyncio.sleep(REFUSED_RETRY_S - 5)

    async def anew(self, relay: Relay) -> None:
        """The genuine watch hangs up, and on the next link that relay is in the middle."""
        self.middle.relay = relay
        self.middle.hang_up()
        await until(lambda: not self.running.task.state.live)


@dataclass(frozen=True)
class Stage:
    """What `prepared` has made, and where this attack has its own copy of it."""

    made: Path
    heard: tuple[Overheard, ...]
    directory: Path

    @asynccontextmanager
    async def opened(
        self,
        *,
        relay: Relay | None = None,
        wearer: Wearer | None = None,
        watch_on: bool = False,
        same_nonces: bool = False,
        lab: bool = False,
    ) -> AsyncIterator[Scene]:
        """The daemon runs. `watch_on`: the genuine watch is there, live, with `relay` in the middle;
        `same_nonces`: the host draws the random numbers of yesterday again.
        """
        shutil.copytree(self.made, self.directory, dirs_exist_ok=True)
        watch = SimulatedWatch(
            name="Sim", state_dir=self.directory / "watch", wearer=wearer or Diligent(Random(3)), seed=12
        )
        home = Home(self.directory, Air(), watch, BEGAN + timedelta(days=1))
        home.entropy = Random(8 if same_nonces else 9).randbytes
        board, middle = Blackboard(), Middle(relay)
        try:
            async with home.daemon(publisher=board, lab=lab) as running:
                scene = Scene(home, middle, board, running, self.heard)
                if watch_on:
                    await scene.power_on()
                    await scene.synced()
                scene.before = scene.left()
                yield scene
        finally:
            await watch.power_off()


async def prepare(directory: Path) -> tuple[Overheard, ...]:
    """Pair, and live through a short session, with somebody listening; gives what was overheard."""
    middle = Middle()
    async with at_home(directory) as home:
        await home.watch.power_off()
        home.entropy = Random(8).randbytes
        await home.watch.power_on(middle.ground(BumbleGround(home.air)))
        async with home.daemon(publisher=Blackboard()) as running:
            await running.start()
            await running.over()
            await until(lambda: home.acknowledged == home.watch.next_seq - 1)
    return tuple(middle.heard)


def rows_of(path: Path) -> dict[str, list[Row]]:
    """The rows of what is kept, read beside the running daemon."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
        return {table: journal.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in KEPT}
