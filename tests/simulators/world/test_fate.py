"""What befalls a host: everything that there is, in time; and the clock is learnt after the start."""

import asyncio
from pathlib import Path

from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.test_host import Machine, living
from wearsync_simulators.world.fate import Fate
from wearsync_simulators.world.wrist import DAY_S

BEFALLS = ("host.restart", "host.suspend", "host.stopped", "host.blocked", "host.clock_step")


@in_virtual_time
async def test_everything_befalls_a_host_in_time(tmp_path: Path):
    machine = Machine(tmp_path, *BEFALLS)
    fate = Fate(machine.host, machine.broker, note=machine.notes.append)
    async with living(machine):
        running = asyncio.create_task(fate.run())
        await asyncio.sleep(20 * DAY_S)
        running.cancel()
        await asyncio.wait({running})
    assert {name for name in BEFALLS if machine.faults.counts[name]} == set(BEFALLS)
    assert machine.host.lives > 1


@in_virtual_time
async def test_a_clock_that_is_not_set_is_learnt_after_the_start(tmp_path: Path):
    machine = Machine(tmp_path)
    fate = Fate(machine.host, machine.broker, note=machine.notes.append)
    machine.host.clock_error_s = -machine.host.wall()
    await fate.learn_the_time()
    assert machine.host.wall() < DAY_S
    await asyncio.sleep(3600)
    assert machine.host.clock_error_s == 0.0
