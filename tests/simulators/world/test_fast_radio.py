"""The fast radio's own: what goes wrong with an adapter and with connecting; processes that die."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.daemon.home import until
from tests.simulators.watches.paper_host import INFO
from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.stories import FIND_S, Given, Mortal, a_watch, connected, only, talk
from wearsync.errors import RadioUnavailable, TryAgain, UnfitWatch
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.world.air import FastAir
from wearsync_simulators.world.fast_radio import CONNECT_DEADLINE_S, MTU, SMALL_MTUS, FastRadio
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.process import Dead
from wearsync_simulators.world.wire import SUPERVISION_S


@asynccontextmanager
async def placed(faults: Faults) -> AsyncIterator[tuple[FastAir, SimulatedWatch]]:
    """An open watch on a fast air with these faults."""
    air, watch = FastAir(faults=faults), a_watch(Given(open_=True))
    await air.add(watch)
    try:
        yield air, watch
    finally:
        await watch.power_off()


@in_virtual_time
async def test_a_connection_fails_and_another_works() -> None:
    faults = only("radio.connect_fails")
    async with placed(faults) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        with pytest.raises(TryAgain, match="could not be established"):
            await connected(radio, watch)
        faults.heal()
        assert (await connected(radio, watch)).mtu == MTU


@in_virtual_time
async def test_a_connection_hangs_as_long_as_a_real_one() -> None:
    async with placed(only("radio.connect_hangs")) as (air, watch):
        radio, loop = FastRadio(air, process=Mortal().process), asyncio.get_running_loop()
        seen = await radio.find(watch.address, FIND_S)
        assert seen is not None
        began_s = loop.time()
        with pytest.raises(TryAgain, match="did not answer"):
            await radio.connect(seen)
        assert loop.time() - began_s == pytest.approx(CONNECT_DEADLINE_S)


@in_virtual_time
async def test_without_an_adapter_nothing_works_until_it_is_back() -> None:
    faults = only("radio.no_adapter")
    async with placed(faults) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        for refused in (radio.scan(1.0), radio.find(watch.address, 1.0), radio.forget(watch.address)):
            with pytest.raises(RadioUnavailable):
                await refused
        with pytest.raises(RadioUnavailable):
            await air.radio(Mortal().process)
        faults.heal()
        await connected(await air.radio(Mortal().process), watch)
        await connected_again(radio, watch, air)


async def connected_again(radio: FastRadio, watch: SimulatedWatch, air: FastAir) -> None:
    """The radio that has lost its adapter works on with it."""
    air.lose(watch)
    assert (await (await connected(radio, watch)).read(INFO))[2:18] == watch.watch_id


@in_virtual_time
async def test_an_adapter_goes_in_mid_link() -> None:
    faults = only("radio.adapter_gone")
    async with placed(faults) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        link = await connected(radio, watch)
        scanning = asyncio.create_task(radio.scan(100.0))
        await asyncio.sleep(0)
        with pytest.raises(TryAgain, match="adapter is gone"):
            await link.read(INFO)
        assert "adapter is gone" in await link.wait_lost()
        with pytest.raises(RadioUnavailable):
            await scanning
        with pytest.raises(RadioUnavailable):
            await radio.find(watch.address, FIND_S)
        assert watch.view.connected
        await asyncio.sleep(SUPERVISION_S)
        assert not watch.view.connected


@in_virtual_time
async def test_a_link_shows_no_services_or_stale_ones() -> None:
    faults, said = only("radio.no_services"), set()
    async with placed(faults) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        for _ in range(20):
            try:
                link = await connected(radio, watch)
            except TryAgain as error:
                said.add(str(error))
                continue
            with pytest.raises(UnfitWatch, match="has no characteristic"):
                await link.read(INFO)
            said.add("stale")
            await link.disconnect()
    assert said == {"W shows no services: its cache is cleared", "stale"}


@in_virtual_time
async def test_a_link_has_a_small_mtu() -> None:
    sizes = set()
    async with placed(only("radio.mtu_small")) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        for _ in range(20):
            link = await connected(radio, watch)
            sizes.add(link.mtu)
            await link.disconnect()
    assert sizes == set(SMALL_MTUS)


@in_virtual_time
async def test_a_watch_is_taken_by_another_host_for_a_while() -> None:
    faults = only("radio.taken")
    async with placed(faults) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        seen = await radio.find(watch.address, 60.0)
        assert seen is not None
        assert faults.counts["radio.taken"] == 1
        faults.heal()
        link = await radio.connect(seen)
        assert len(await link.read(INFO)) == 19


@pytest.mark.parametrize("where", ["radio.open", "radio.scan", "radio.find", "radio.connect", "radio.forget"])
@pytest.mark.parametrize("nth", [1, 2])
@in_virtual_time
async def test_a_process_dies_at_any_point_and_is_dead(where: str, nth: int) -> None:
    async with placed(only("radio.slow", 0.0)) as (air, watch):
        mortal = Mortal(where, nth)

        async def life() -> None:
            radio = await air.radio(mortal.process)
            await radio.scan(1.0)
            await connected(radio, watch)
            await radio.forget(watch.address)
            await air.radio(mortal.process)

        with pytest.raises(Dead):
            await life()
        assert mortal.dead
        await air.drop(mortal.process)
        await asyncio.sleep(SUPERVISION_S)
        assert not watch.view.connected
        assert air.adapter("host").gone == []
        await (await talk(await connected(await air.radio(Mortal().process), watch), None)).handshake()


@in_virtual_time
async def test_a_dead_process_can_do_nothing() -> None:
    async with placed(only("radio.slow", 0.0)) as (air, watch):
        mortal = Mortal()
        radio = await air.radio(mortal.process)
        link = await connected(radio, watch)
        seen = await radio.scan(1.0)
        assert seen == ()
        mortal.process.kill()
        for port in (
            radio.scan(1.0),
            radio.find(watch.address, 1.0),
            radio.forget(watch.address),
            radio.close(),
            link.read(INFO),
            link.write(INFO, b""),
            link.subscribe(INFO, lambda _frame: None),
            link.pair(),
            link.disconnect(),
        ):
            with pytest.raises(Dead):
                await port
        assert watch.view.connected, "the watch has not noticed yet"
        await air.drop(mortal.process)
        await asyncio.sleep(SUPERVISION_S)
        assert not watch.view.connected


@in_virtual_time
async def test_a_computer_that_sleeps_loses_its_links_and_says_so() -> None:
    async with placed(only("radio.slow", 0.0)) as (air, watch):
        process = Mortal().process
        radio = await air.radio(process)
        link = await connected(radio, watch)
        await air.drop(process)
        assert "adapter is gone" in await link.wait_lost()
        with pytest.raises(RadioUnavailable):
            await radio.find(watch.address, FIND_S)
        await asyncio.sleep(SUPERVISION_S)
        await connected(await air.radio(process), watch)


@in_virtual_time
async def test_a_watch_that_hangs_up_while_connecting() -> None:
    async with placed(only("radio.slow", 0.0)) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        seen = await radio.find(watch.address, FIND_S)
        assert seen is not None
        connecting = asyncio.create_task(radio.connect(seen))
        await until(lambda: watch.view.connected)
        air.lose(watch)
        with pytest.raises(TryAgain, match="hung up while connecting"):
            await connecting
        link = await connected(radio, watch)
        assert len(await link.read(INFO)) == 19


@in_virtual_time
async def test_of_two_hosts_one_is_faster() -> None:
    async with placed(only("radio.slow", 0.0)) as (air, watch):
        radios = [FastRadio(air, process=Mortal().process, host=name) for name in ("ours", "theirs")]
        seen = [await radio.find(watch.address, FIND_S) for radio in radios]
        outcomes = await asyncio.gather(
            *(radio.connect(each) for radio, each in zip(radios, seen, strict=True) if each is not None),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["FastLink", "TryAgain"]


@in_virtual_time
async def test_a_scan_rests_while_connecting_and_goes_on() -> None:
    async with placed(only("radio.slow", 0.0)) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        seen = await radio.find(watch.address, FIND_S)
        assert seen is not None
        connecting = asyncio.create_task(radio.connect(seen))
        await asyncio.sleep(0)
        finding = asyncio.create_task(radio.find("C0:00:00:00:00:02", 60.0))
        other = a_watch(Given(open_=True), seed=2)
        await air.add(other)
        heard = asyncio.create_task(radio.find(other.address, 60.0))
        await (await connecting).disconnect()
        assert await heard is not None
        assert await finding is None
        await other.power_off()


@in_virtual_time
async def test_a_connection_that_is_given_up_leaves_no_link() -> None:
    async with placed(only("radio.slow", 0.0)) as (air, watch):
        radio = FastRadio(air, process=Mortal().process)
        seen = await radio.find(watch.address, FIND_S)
        assert seen is not None
        connecting = asyncio.create_task(radio.connect(seen))
        await until(lambda: watch.view.connected)
        connecting.cancel()
        with suppress(asyncio.CancelledError):
            await connecting
        await until(lambda: not watch.view.connected, 1.0)
