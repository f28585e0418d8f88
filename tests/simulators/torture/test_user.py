"""The people: a session comes about and ends, and what a killed broker has forgotten is called for."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from tests.simulators.torture.test_stage import a_stage
from wearsync.model import Verb
from wearsync_simulators.torture.user import Caller, command, status, use

SOON_S = 90.0


@pytest.mark.usefixtures("mosquitto")
async def test_a_session_a_killed_broker_and_a_call() -> None:
    async with a_stage() as stage, asyncio.timeout(SOON_S):
        caller = Caller(stage)
        tasks = [asyncio.create_task(caller.run()), asyncio.create_task(use(stage, Random(3)))]
        try:
            await until(lambda: any("cue_id" in event for event in stage.subscriber.events))
            assert not caller.owes
            caller.broker_lost()
            await stage.broker.kill()
            assert caller.owes
            await stage.broker.start()
            await until(lambda: not caller.owes)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        assert (await status(stage)) is not None
        await stage.daemon.kill()
        await command(stage, Verb.STOP)  # nobody there, and nobody minds
        assert await status(stage) is None


async def until(reached: Callable[[], bool]) -> None:
    while not reached():
        await asyncio.sleep(0.1)
