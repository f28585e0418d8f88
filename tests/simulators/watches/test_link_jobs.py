"""The queue of an antenna by itself: order, links that go, radios that go."""

import asyncio
from collections.abc import Callable

import pytest
from bleak import BleakClient
from bumble.core import BaseBumbleError
from bumble.device import Connection, Device

from tests.simulators.watches.conftest import HOST
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import open_device
from wearsync_simulators.watches.link_jobs import JOB_DEADLINE_S, LinkJobs

ADDRESS = "C4:00:00:00:00:01"
SOON_S = 60.0


class Done:
    """What was done, in order."""

    def __init__(self) -> None:
        self.what: list[str] = []

    async def alone(self) -> None:
        self.what.append("alone")

    def over(self, what: str) -> Callable[[Connection], "asyncio.Future[None]"]:
        async def do(_link: Connection) -> None:
            await asyncio.sleep(0)
            self.what.append(what)

        return lambda link: asyncio.ensure_future(do(link))


@in_virtual_time
async def test_a_job_waits_for_its_turn_and_is_forgotten_with_its_link() -> None:
    air, done = Air(), Done()
    radio = await open_device(air, name="W", address=ADDRESS)
    jobs = LinkJobs("jobs", lost=radio.lost)
    radio.device.on(Device.EVENT_CONNECTION, lambda link: setattr(jobs, "link", link))
    central = await Central.open(air, address=HOST)
    await radio.device.start_advertising()
    jobs.over_link(done.over("nobody is there"))
    jobs.without_link(done.alone)
    async with BleakClient(ADDRESS, backend=VirtualClient, central=central):
        link = jobs.link
        assert link is not None
        for n in range(9):
            jobs.over_link(done.over(str(n)))
        jobs.without_link(done.alone)
        jobs.over_link(lambda each: each.disconnect())
        async with asyncio.timeout(SOON_S):
            while link in radio.device.connections.values():
                await asyncio.sleep(0.01)
        jobs.over_link(done.over("too late"))
        jobs.link = None
        jobs.without_link(done.alone)
        await asyncio.sleep(SOON_S)
    assert done.what == ["alone", *map(str, range(9)), "alone"]
    await jobs.close()
    await radio.close()
    await central.close()


@pytest.mark.parametrize("error", [BaseBumbleError("gone"), ConnectionResetError()])
def test_a_link_that_goes_in_mid_job_is_not_the_end(error: Exception) -> None:
    @in_virtual_time
    async def life() -> None:
        done = Done()
        jobs = LinkJobs("jobs", lost=asyncio.get_running_loop().create_future())

        async def fails() -> None:
            raise error

        jobs.without_link(fails)
        jobs.without_link(done.alone)
        async with asyncio.timeout(SOON_S):
            while not done.what:
                await asyncio.sleep(0.01)
        await jobs.close()

    life()


@pytest.mark.parametrize(("is_lost", "waits_s"), [(False, JOB_DEADLINE_S), (True, 0.0)])
def test_closing_waits_for_a_job_as_long_as_there_is_a_radio(is_lost: bool, waits_s: float) -> None:
    @in_virtual_time
    async def life() -> None:
        loop, done = asyncio.get_running_loop(), Done()
        lost: asyncio.Future[None] = loop.create_future()
        jobs = LinkJobs("jobs", lost=lost)
        begun = asyncio.Event()

        async def no_answer() -> None:
            begun.set()
            await asyncio.Event().wait()

        jobs.without_link(no_answer)
        jobs.without_link(done.alone)
        await begun.wait()
        if is_lost:
            lost.set_result(None)
        before_s = loop.time()
        await jobs.close()
        assert loop.time() - before_s == pytest.approx(waits_s, abs=0.01)
        assert jobs.is_closed
        assert done.what == []

    life()
