"""A host of the world: one life after the other, whatever ends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.daemon.home import BEGAN, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import load
from wearsync_simulators.world.air import FastAir
from wearsync_simulators.world.broker import WorldBroker
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.host import FAULTS, Host, Wiring
from wearsync_simulators.world.world import KNOWN


class Machine:
    """A host with nothing to do: no watch is paired."""

    def __init__(self, directory: Path, *names: str, seed: int = 1) -> None:
        self.faults = Faults(seed, KNOWN, names)
        self.broker = WorldBroker(faults=self.faults)
        self.defects: list[str] = []
        self.notes: list[str] = []
        state_dir = directory / "state"
        state_dir.mkdir(mode=0o700)
        config = directory / "config.toml"
        config.write_text('site = "home"\n', encoding="utf-8")
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        self.host = Host(
            "home",
            Wiring(
                directory=state_dir,
                settings=lambda: load(
                    config, state_dir=state_dir, radio="world", broker="mqtt://127.0.0.1:1"
                ),
                air=FastAir(faults=self.faults),
                publisher=self.broker.publisher,
                wall=lambda: BEGAN.timestamp() + loop.time() - began_s,
                zone=ZoneInfo("Europe/Berlin"),
                note=self.notes.append,
                defect=self.defects.append,
            ),
            self.faults,
        )


@asynccontextmanager
async def living(machine: Machine) -> AsyncIterator[Host]:
    """It runs until the block ends; it then ends in order, and without a defect."""
    life = asyncio.create_task(machine.host.live())
    await until(lambda: machine.host.ready)
    try:
        yield machine.host
    finally:
        machine.faults.heal()
        await until(lambda: machine.host.ready)
        await machine.host.end()
        await life
    assert machine.defects == []


@in_virtual_time
async def test_killed_or_stopped_it_starts_again(tmp_path: Path):
    machine = Machine(tmp_path)
    async with living(machine) as host:
        for end in (host.kill, host.restart, host.kill):
            lives = host.lives
            end()
            async with asyncio.timeout(1200):
                while host.lives == lives or host.ready is None:
                    await asyncio.sleep(1)
    assert machine.host.lives == 4


@in_virtual_time
async def test_switched_on_it_starts_at_once_however_long_it_would_have_been_off(tmp_path: Path):
    machine = Machine(tmp_path)
    async with living(machine) as host:
        host.kill()
        await until(lambda: host.daemon is None)
        await asyncio.sleep(0.1)
        host.switch_on()
        async with asyncio.timeout(0.4):
            while host.ready is None:
                await asyncio.sleep(0.01)


@in_virtual_time
async def test_it_dies_at_points_that_it_comes_to(tmp_path: Path):
    machine = Machine(tmp_path, "host.kill")
    async with living(machine) as host:
        async with asyncio.timeout(30 * 24 * 3600):
            while host.crashes < 3:
                await asyncio.sleep(600)
    assert machine.faults.counts["host.kill"] == machine.host.crashes
    assert all("killed at" in note for note in machine.notes)


@in_virtual_time
async def test_frozen_it_does_nothing_and_then_goes_on(tmp_path: Path):
    machine = Machine(tmp_path)
    async with living(machine) as host:
        await until(lambda: host.daemon and host.daemon.broker.connected)
        freezing = asyncio.create_task(host.freeze(3600, asleep=True))
        await asyncio.sleep(1)
        assert host.ready is None
        await freezing
        assert host.ready is not None
        assert host.lives == 1


@in_virtual_time
async def test_its_clock_may_be_wrong(tmp_path: Path):
    machine = Machine(tmp_path)
    async with living(machine) as host:
        true_s = host.wall()
        host.clock_error_s = -3600.0
        assert host.wall() == true_s - 3600.0


def test_every_fault_names_its_lines():
    assert all(fault.lines for fault in FAULTS)
