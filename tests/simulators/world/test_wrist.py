"""A wearer's watch in the world: what it writes is noted, what befalls it befalls it, and it calms down."""

import asyncio
from random import Random

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.model import Verb
from wearsync_simulators.watches.memory import Memory
from wearsync_simulators.watches.records import Booted, read_record
from wearsync_simulators.watches.view import Face, WatchView
from wearsync_simulators.world.air import FastAir
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.radio_faults import FAULTS as RADIO_FAULTS
from wearsync_simulators.world.wrist import FAULTS, Changing, Wrist


class Life:
    """A wrist on an air, without any host."""

    def __init__(self, *names: str, seed: int = 1) -> None:
        self.faults = Faults(seed, (*FAULTS, *RADIO_FAULTS), names)
        self.air = FastAir(faults=self.faults)
        self.asked: list[tuple[str, Verb, str]] = []
        self.notes: list[str] = []
        self.wrist = Wrist(
            name="Ours",
            number=1,
            seed=seed,
            faults=self.faults,
            wall=asyncio.get_running_loop().time,
            remembers=self._remembers,
            command=self._command,
            move=self.air.set_in_range,
            power_on=self.air.add,
            note=self.notes.append,
        )

    async def _command(self, name: str, verb: Verb, how: str) -> None:
        self.asked.append((name, verb, how))

    def _remembers(self, _wrist: Wrist, _memory: Memory) -> None:
        """No host, so nothing to remember."""

    @property
    def boots(self) -> int:
        bodies = [read_record(each.raw).body for each in self.wrist.written]
        return sum(isinstance(body, Booted) for body in bodies)


@in_virtual_time
async def test_a_quiet_day_has_sessions_and_commands_and_all_records_in_order():
    life = Life()
    began_ms = asyncio.get_running_loop().time() * 1000
    await life.air.add(life.wrist.watch)
    await life.wrist.live(1)
    seqs = [written.seq for written in life.wrist.written]
    assert seqs == list(range(1, len(seqs) + 1))
    happened_ms = [written.unix_ms or 0 for written in life.wrist.written]
    assert happened_ms[0] == began_ms < max(happened_ms) <= asyncio.get_running_loop().time() * 1000
    assert any(verb is Verb.START for _, verb, _ in life.asked) or len(seqs) > 20
    assert life.boots == 1
    await life.wrist.watch.power_off()


@in_virtual_time
async def test_what_is_switched_on_befalls_it_and_it_calms_down():
    names = tuple(fault.name for fault in FAULTS)
    life = Life(*names)
    await life.air.add(life.wrist.watch)
    await life.wrist.live(20)
    assert {name for name in names if life.faults.counts[name]} == set(names)
    assert life.boots > 1
    assert len({written.journal_id for written in life.wrist.written}) > 1
    assert life.wrist.damaged
    life.faults.heal()
    await life.wrist.calm()
    assert life.wrist.watch.is_on
    assert life.wrist.watch.view.worn
    assert life.wrist.watch.view.in_range
    await life.wrist.watch.power_off()


def test_who_has_laid_it_down_does_nothing():
    wearer = Changing(Random(1))
    wearer.away = True
    assert not wearer.sees(WatchView(face=Face.CONFIRM))
