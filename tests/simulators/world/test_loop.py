"""The world's loop: time jumps, order is kept, and what is frozen waits."""

import asyncio
import subprocess
import sys

import pytest

from wearsync_simulators.world.loop import BEGIN_S, Frost, JumpingLoop, in_frost, run_jumping

YEAR_S = 365 * 24 * 3600.0


def test_a_year_passes_at_once():
    async def year() -> float:
        await asyncio.sleep(YEAR_S)
        return asyncio.get_running_loop().time()

    assert run_jumping(year) == BEGIN_S + YEAR_S


def test_what_is_due_first_runs_first():
    async def order() -> list[int]:
        seen: list[int] = []
        loop = asyncio.get_running_loop()
        for delay_s in (3, 1, 2):
            loop.call_later(delay_s, seen.append, delay_s)
        await asyncio.sleep(5)
        return seen

    assert run_jumping(order) == [1, 2, 3]


async def _ticks(frost: Frost, log: list[float]) -> asyncio.Task[None]:
    loop = asyncio.get_running_loop()

    async def tick() -> None:
        while True:
            await asyncio.sleep(1)
            log.append(loop.time() - BEGIN_S)

    return loop.create_task(tick(), context=in_frost(frost))


def test_what_is_frozen_stands_still_and_goes_on():
    async def freeze() -> list[float]:
        frost, log = Frost(), list[float]()
        ticking = await _ticks(frost, log)
        await asyncio.sleep(2.5)
        frost.freeze()
        await asyncio.sleep(10)
        frost.thaw()
        await asyncio.sleep(1.7)
        ticking.cancel()
        await asyncio.wait({ticking})
        return log

    assert run_jumping(freeze) == [1, 2, 12.5, 13.5]


def test_others_go_on_while_one_is_frozen():
    async def freeze() -> tuple[list[float], list[float]]:
        cold, warm = list[float](), list[float]()
        frost = Frost()
        tasks = [await _ticks(frost, cold), await _ticks(Frost(), warm)]
        frost.freeze()
        await asyncio.sleep(2.5)
        frost.thaw()
        for task in tasks:
            task.cancel()
        return cold, warm

    assert run_jumping(freeze) == ([], [1, 2])


def test_a_timer_that_is_called_off_while_it_is_kept_does_not_run():
    async def cancelled() -> list[str]:
        seen: list[str] = []
        frost = Frost()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(1, seen.append, "late", context=in_frost(frost))
        soon = loop.call_soon(seen.append, "soon", context=in_frost(frost))
        frost.freeze()
        await asyncio.sleep(2)
        timer.cancel()
        soon.cancel()
        frost.thaw()
        await asyncio.sleep(1)
        return seen

    assert run_jumping(cancelled) == []


ORDER = """
import asyncio
from wearsync_simulators.world.loop import run_jumping
async def main():
    async def work(name): await asyncio.sleep(1)
    tasks = {asyncio.create_task(work(n), name=str(n)) for n in range(50)}
    print([task.get_name() for task in tasks])
    done, _ = await asyncio.wait(tasks)
    print([task.get_name() for task in done])
run_jumping(main)
"""


def test_sets_of_tasks_have_one_order_in_every_process():
    said = {
        subprocess.run(
            [sys.executable, "-c", ORDER],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=30,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(said) == 1


def test_a_failure_ends_the_run():
    async def fail() -> None:
        await asyncio.sleep(1)
        raise ValueError("so")

    with asyncio.Runner(loop_factory=JumpingLoop) as runner, pytest.raises(ValueError, match="so"):
        runner.run(fail())
