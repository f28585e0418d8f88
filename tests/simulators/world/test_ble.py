"""The world's air on Bumble: the product's own radio under it, crash points and faults around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.daemon.home import until
from tests.simulators.watches.conftest import K, Person
from tests.simulators.watches.paper_host import DOWN, HELLO, INFO, KEY, UP
from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.stories import (
    FIND_S,
    Given,
    Mortal,
    Product,
    a_watch,
    calm,
    connected,
    only,
    paired,
    talk,
)
from wearsync.errors import LinkLost, RadioUnavailable, TryAgain
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.world.ble import LOST_FOR_S, BleAir, BleWorldLink
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.loop import Frost, in_frost, run_jumping
from wearsync_simulators.world.process import Dead

GREETING = bytes([HELLO, 1, 1]) + bytes(20)
# Above the supervision timeout that a Bumble central asks for.
NOTICED_S = 1.0


@asynccontextmanager
async def placed(
    directory: Path, faults: Faults, given: Given | None = None
) -> AsyncIterator[tuple[BleAir, SimulatedWatch]]:
    """A watch on a Bumble air with these faults."""
    air, watch = BleAir(faults=faults, directory=directory), a_watch(given or Given(open_=True))
    await air.add(watch)
    try:
        yield air, watch
    finally:
        await watch.power_off()


@in_virtual_time
async def test_processes_come_and_go_and_the_bond_stays(tmp_path: Path) -> None:
    async with placed(tmp_path, calm(), Given()) as (air, watch):
        process = Mortal().process
        radio = await air.radio(process)
        assert [seen.name for seen in await radio.scan(1.0)] == ["W"]
        assert not await radio.is_bonded(watch.address)
        async with radio.pairing(watch.address, Person()):
            await (await paired(await connected(radio, watch))).handshake()
        assert await radio.is_bonded(watch.address)
        process.kill()
        await air.drop(process)
        await asyncio.sleep(NOTICED_S)
        assert not watch.view.connected
        radio = await air.radio(Mortal().process)
        await (await talk(await connected(radio, watch))).handshake()
        await radio.forget(watch.address)
        await radio.close()


@pytest.mark.parametrize(
    "where",
    [
        "radio.open",
        "radio.scan",
        "radio.find",
        "radio.connect",
        "radio.pair",
        "radio.write",
        "radio.read",
        "radio.subscribe",
        "radio.heard",
        "radio.disconnect",
    ],
)
@pytest.mark.parametrize("nth", [1, 2])
@in_virtual_time
async def test_a_process_dies_at_any_point_and_the_next_one_works(
    where: str, nth: int, tmp_path: Path
) -> None:
    async with placed(tmp_path, calm()) as (air, watch):
        mortal = Mortal(where, nth)

        async def life() -> None:
            radio = await air.radio(mortal.process)
            await radio.scan(1.0)
            link = await connected(radio, watch)
            await link.read(INFO)
            async with radio.pairing(watch.address, Person()):
                await link.pair(needs_code=False)
            await (await talk(link, None)).handshake()
            await link.write(DOWN, GREETING)
            await link.disconnect()
            # What dies while it hears something finds out by what it does next.
            mortal.process.check()

        with pytest.raises(Dead):
            await life()
        assert mortal.dead
        await air.drop(mortal.process)
        await asyncio.sleep(NOTICED_S)
        assert not watch.view.connected
        radio = await air.radio(Mortal().process)
        await (await talk(await connected(radio, watch), None)).handshake()
        await radio.close()


@in_virtual_time
async def test_the_dead_can_do_nothing(tmp_path: Path) -> None:
    async with placed(tmp_path, calm()) as (air, watch):
        mortal = Mortal()
        radio = await air.radio(mortal.process)
        link = await connected(radio, watch)
        waiting = asyncio.create_task(link.wait_lost())
        mortal.process.kill()
        for port in (radio.scan(1.0), radio.close(), link.read(INFO), link.pair(), link.disconnect()):
            with pytest.raises(Dead):
                await port
        assert watch.view.connected, "the watch has not noticed yet"
        await air.drop(mortal.process)
        with pytest.raises(Dead):
            await waiting


@in_virtual_time
async def test_links_are_lost_and_come_back(tmp_path: Path) -> None:
    async with placed(tmp_path, faults := only("radio.lost_at_op")) as (air, watch):
        radio = await air.radio(Mortal().process)
        for _ in range(4):
            link = await connected(radio, watch)
            with suppress(TryAgain):  # it may be lost after the answer
                await link.read(INFO)
            assert "out of range" in await link.wait_lost()
            await link.disconnect()
            await asyncio.sleep(LOST_FOR_S)
        faults.heal()
        link = await connected(radio, watch)
        air.lose(watch)
        assert "out of range" in await link.wait_lost()
        await link.disconnect()
        await (await talk(await connected(radio, watch), None)).handshake()
        await radio.close()


@in_virtual_time
async def test_a_watch_that_was_carried_away_is_not_brought_back_by_a_lost_link(tmp_path: Path) -> None:
    async with placed(tmp_path, calm()) as (air, watch):
        radio = await air.radio(Mortal().process)
        link = await connected(radio, watch)
        air.lose(watch)
        await air.set_in_range(watch, False)
        await link.wait_lost()
        await link.disconnect()
        assert await radio.find(watch.address, FIND_S) is None
        await air.set_in_range(watch, True)
        assert await radio.find(watch.address, FIND_S) is not None
        await radio.close()


@in_virtual_time
async def test_an_operation_hangs_or_is_slow(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with placed(tmp_path, faults := only("radio.hang")) as (air, watch):
        radio = await air.radio(Mortal().process)
        link = await connected(radio, watch)
        for _ in range(4):
            began_s = loop.time()
            with pytest.raises(LinkLost, match="does not answer"):
                await link.read(INFO)
            assert loop.time() - began_s >= 10.0
        faults.heal()
        await link.read(INFO)
        await radio.close()
    async with placed(tmp_path, only("radio.slow")) as (air, watch):
        radio = await air.radio(Mortal().process)
        link = await connected(radio, watch)
        began_s = loop.time()
        await link.read(INFO)
        assert loop.time() - began_s > 1.0
        await radio.close()


@in_virtual_time
async def test_an_adapter_is_missing_or_goes(tmp_path: Path) -> None:
    async with placed(tmp_path, faults := only("radio.no_adapter")) as (air, watch):
        radio = await air.radio(Mortal().process)
        with pytest.raises(RadioUnavailable):
            await radio.find(watch.address, FIND_S)
        with pytest.raises(RadioUnavailable):
            await air.radio(Mortal().process)
        faults.heal()
        radio = await air.radio(Mortal().process)
        await (await talk(await connected(radio, watch), None)).handshake()
        await radio.close()
    async with placed(tmp_path, only("radio.adapter_gone")) as (air, watch):
        link = await connected(await air.radio(Mortal().process), watch)
        with pytest.raises(TryAgain):
            await link.read(INFO)
        await asyncio.sleep(NOTICED_S)
        assert not watch.view.connected


@in_virtual_time
async def test_a_connection_fails(tmp_path: Path) -> None:
    async with placed(tmp_path, only("radio.connect_fails")) as (air, watch):
        radio = await air.radio(Mortal().process)
        with pytest.raises(TryAgain, match="could not be established"):
            await connected(radio, watch)
        await radio.close()


@in_virtual_time
async def test_the_product_drops_a_link_with_a_wrong_bit(tmp_path: Path) -> None:
    faults = only("radio.bit_flip")
    faults.heal()
    async with placed(tmp_path, faults, Given()) as (air, watch):
        radio = await air.radio(Mortal().process)
        link = await connected(radio, watch)
        async with radio.pairing(watch.address, Person()):
            await link.pair()
        await link.write(KEY, K)
        product = Product(link, watch)
        running = asyncio.create_task(product.run())
        await until(lambda: product.records)
        faults.begin()
        watch.wear(worn=False)
        assert (await running).fault in ("link", "trust")
        assert faults.counts["radio.bit_flip"] >= 1
        assert set(product.records) <= {(record.seq, record.tick) for record in watch.journal()}
        await radio.close()


@in_virtual_time
async def test_a_callback_that_fails_ends_its_link(tmp_path: Path) -> None:
    def fail(_frame: bytes) -> None:
        raise ValueError("planted")

    async with placed(tmp_path, calm()) as (air, watch):
        radio = await air.radio(Mortal().process)
        link = await connected(radio, watch)
        await link.subscribe(UP, fail)
        await link.write(DOWN, GREETING)
        assert await link.wait_lost() == "a notification could not be taken"
        await link.disconnect()
        await radio.close()


def test_a_frozen_process_hears_when_it_goes_on(tmp_path: Path) -> None:
    async def life() -> None:
        loop, frost = asyncio.get_running_loop(), Frost()
        async with placed(tmp_path, calm(), Given(pairing=False, open_=True)) as (air, watch):
            process = Mortal().process
            heard: list[bytes] = []

            async def run() -> BleWorldLink:
                link = await connected(await air.radio(process), watch)
                assert isinstance(link, BleWorldLink)
                await link.subscribe(UP, heard.append)
                await link.write(DOWN, GREETING)
                return link

            link = await loop.create_task(run(), context=in_frost(frost))
            await asyncio.sleep(1.0)
            spoken = len(heard)
            assert spoken
            frost.freeze()
            await link.write(DOWN, GREETING)
            await asyncio.sleep(1.0)
            watch.open_pairing()
            await asyncio.sleep(100.0)
            assert len(heard) == spoken
            assert not watch.view.pairing, "the watch is not frozen with it"
            frost.thaw()
            await asyncio.sleep(0.1)
            assert len(heard) > spoken
            await air.drop(process)

    run_jumping(life)
