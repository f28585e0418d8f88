"""Where a hostile host is tried: the watch of tests/adversaries/stage.py, alone in its air.

    async with wrist_of(stage) as wrist, wrist.host() as host:
        await host.write(DOWN, b"…")
    …
    await wrist.served()

Rule: what counts is what is left behind: records, keys, routine, what was felt; and that the watch's own host
is served afterwards.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.adversaries.stage import Stage
from tests.daemon.home import BEGAN, Blackboard, Home, Person, until
from wearsync_simulators.adversaries.hostile_host import HostileHost
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.memory import read_memory
from wearsync_simulators.watches.records import Battery, Record
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face
from wearsync_simulators.wearer import Diligent

STRANGER = "C4:66:66:66:66:66"
# Virtual seconds: what is on its way has come.
SOON_S = 0.5


@dataclass(frozen=True)
class Worn:
    """What an attack would leave behind on the watch."""

    records: tuple[Record, ...]
    keys: list[str]
    routine: str
    pulses: int
    bonds: set[str]


@dataclass
class Wrist:
    """The watch, and what was stolen of its host."""

    home: Home
    key: bytes
    before: Worn

    @property
    def watch(self) -> SimulatedWatch:
        return self.home.watch

    def host(
        self, *, bond: bool = True, person: Person | None = None, subscribe: bool = True
    ) -> AbstractAsyncContextManager[HostileHost]:
        """A link to the watch. `bond`: with the address of the watch's own host and the key of its bond,
        which count as stolen.
        """
        adapter = self.home.directory / "adapter"
        own = json.loads((adapter / "virtual-adapter.json").read_text())["address"] if bond else STRANGER
        bonds = None
        if bond:
            bonds = self.home.directory / "stolen-bonds.json"
            shutil.copy(adapter / "virtual-bonds.json", bonds)
        return HostileHost.at(
            self.home.air,
            own,
            self.watch.address,
            keystore_path=bonds,
            agent=person,
            subscribe=subscribe and bond,
        )

    async def power_on(self) -> None:
        """Back on the air: BOOTED is told, and no more than that."""
        await self.watch.power_on(self.home.air)
        self.before = replace(self.before, records=self.left().records)

    def left(self) -> Worn:
        """As it is now; that its battery goes down is nobody's doing."""
        memory = read_memory(self.home.directory / "watch" / "memory.json")
        assert memory is not None
        bonds: Path = self.home.directory / "watch" / "bonds.json"
        return Worn(
            records=tuple(each for each in self.watch.journal() if not isinstance(each.body, Battery)),
            keys=sorted(host.key.hex() for host in memory.hosts),
            routine=repr(memory.routine),
            pulses=len(self.watch.motor_log),
            bonds=set(json.loads(bonds.read_text())["bonds"]),
        )

    async def served(self) -> None:
        """Nothing has changed, and the watch's own host gets all that it has."""
        await asyncio.sleep(SOON_S)
        assert self.left() == self.before
        assert self.watch.view.face is Face.CLOCK
        async with self.home.daemon(publisher=Blackboard()) as running:
            await running.live()
            await until(lambda: self.home.acknowledged == self.watch.next_seq - 1)


@asynccontextmanager
async def wrist_of(stage: Stage) -> AsyncIterator[Wrist]:
    """The watch of yesterday, on the air."""
    shutil.copytree(stage.made, stage.directory, dirs_exist_ok=True)
    watch = SimulatedWatch(
        name="Sim", state_dir=stage.directory / "watch", wearer=Diligent(Random(3)), seed=12
    )
    home = Home(stage.directory, Air(), watch, BEGAN + timedelta(days=1))
    home.entropy = Random(9).randbytes
    await watch.power_on(home.air)
    try:
        wrist = Wrist(home, home.keys.keys()[watch.watch_id.hex()], Worn((), [], "", 0, set()))
        wrist.before = wrist.left()
        yield wrist
    finally:
        await watch.power_off()
