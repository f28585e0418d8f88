"""The fast link's own: crash points of its operations, frozen processes, faults of its frames."""

import asyncio
from contextlib import suppress

import pytest

from tests.daemon.home import until
from tests.simulators.watches.conftest import K, Person
from tests.simulators.watches.paper_host import DOWN, HELLO, KEY, UP
from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.stories import Given, Mortal, Product, a_watch, calm, connected, only, paired
from wearsync.errors import LinkLost, WearsyncError
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Absent
from wearsync_simulators.world.air import FastAir
from wearsync_simulators.world.fast_link import FastLink
from wearsync_simulators.world.fast_radio import FastRadio
from wearsync_simulators.world.loop import Frost, in_frost, run_jumping
from wearsync_simulators.world.process import Dead
from wearsync_simulators.world.wire import OPERATION_DEADLINE_S

GREETING = bytes([HELLO, 1, 1]) + bytes(20)


@pytest.mark.parametrize(("nth", "effects"), [(1, 0), (2, 1)])
@in_virtual_time
async def test_a_process_dies_before_or_after_the_effect_of_a_write(nth: int, effects: int) -> None:
    trace: list[str] = []
    air, watch = FastAir(faults=calm()), a_watch(Given(open_=True))
    watch.on_trace = trace.append
    await air.add(watch)
    radio = await air.radio(Mortal("radio.write", nth).process)
    link = await connected(radio, watch)
    heard: list[bytes] = []
    await link.subscribe(UP, heard.append)
    with pytest.raises(Dead):
        await link.write(DOWN, GREETING)
    await asyncio.sleep(1.0)
    assert len([line for line in trace if line.startswith("↓")]) == effects
    assert heard == [], "the dead hear nothing"
    await watch.power_off()


@pytest.mark.parametrize("nth", [1, 2])
@in_virtual_time
async def test_a_process_dies_while_pairing_and_the_next_one_begins_anew(nth: int) -> None:
    air, watch = FastAir(faults=calm()), a_watch()
    await air.add(watch)
    mortal = Mortal("radio.pair", nth)
    radio = await air.radio(mortal.process)
    radio.set_agent(Person())
    link = await connected(radio, watch)
    with pytest.raises(Dead):
        await link.pair()
    await air.drop(mortal.process)
    await asyncio.sleep(3.0)
    radio = await air.radio(Mortal().process)
    radio.set_agent(Person())
    await (await paired(await connected(radio, watch))).handshake()
    await watch.power_off()


@in_virtual_time
async def test_a_process_dies_as_a_notification_comes() -> None:
    air, watch = FastAir(faults=calm()), a_watch(Given(open_=True))
    await air.add(watch)
    mortal = Mortal("radio.heard")
    link = await connected(await air.radio(mortal.process), watch)
    heard: list[bytes] = []
    await link.subscribe(UP, heard.append)
    with suppress(Dead):  # its notification may be faster than the answer
        await link.write(DOWN, GREETING)
    await asyncio.sleep(1.0)
    assert mortal.dead
    assert heard == []
    await watch.power_off()


def test_a_frozen_process_hears_when_it_goes_on() -> None:
    async def life() -> None:
        loop, frost = asyncio.get_running_loop(), Frost()
        air, watch = FastAir(faults=calm()), a_watch(Given(pairing=False, open_=True))
        await air.add(watch)
        heard: list[tuple[float, int]] = []

        async def process() -> FastLink:
            link = await connected(await air.radio(Mortal().process), watch)
            assert isinstance(link, FastLink)
            await link.subscribe(UP, lambda frame: heard.append((loop.time(), frame[0])))
            await link.write(DOWN, GREETING)
            return link

        link = await loop.create_task(process(), context=in_frost(frost))
        await asyncio.sleep(1.0)
        spoken = len(heard)
        assert spoken
        frost.freeze()
        await link.write(DOWN, GREETING)
        await asyncio.sleep(10.0)
        assert len(heard) == spoken
        watch.open_pairing()
        assert watch.view.pairing, "the watch is not frozen with it"
        await asyncio.sleep(100.0)
        assert not watch.view.pairing
        thawed_s = loop.time()
        frost.thaw()
        await asyncio.sleep(0.1)
        assert [at_s for at_s, _ in heard[spoken:]] == [thawed_s] * spoken
        await watch.power_off()

    run_jumping(life)


@in_virtual_time
async def test_pairing_that_nobody_finishes_ends_in_time() -> None:
    air = FastAir(faults=calm())
    watch = SimulatedWatch(name="W", pairing=True, wearer=Absent(), seed=1)
    await air.add(watch)
    loop = asyncio.get_running_loop()

    class Slow(Person):
        async def confirm_number(self, number: int) -> bool:
            await asyncio.sleep(1000.0)
            return True

    radio = FastRadio(air, process=Mortal().process)
    radio.set_agent(Slow())
    link = await connected(radio, watch)
    began_s = loop.time()
    with pytest.raises(WearsyncError):
        await link.pair()
    assert loop.time() - began_s <= 61.0
    assert watch.view.code is None
    await watch.power_off()


@in_virtual_time
async def test_pairing_ends_with_its_link() -> None:
    air, watch = FastAir(faults=calm()), a_watch()
    await air.add(watch)
    radio = FastRadio(air, process=Mortal().process)

    class Leaving(Person):
        async def confirm_number(self, number: int) -> bool:
            air.lose(watch)
            await asyncio.sleep(1000.0)
            return True

    radio.set_agent(Leaving())
    link = await connected(radio, watch)
    with pytest.raises(LinkLost):
        await link.pair()
    assert watch.view.code is None
    await watch.power_off()


@in_virtual_time
async def test_a_silent_watch_is_given_up() -> None:
    air, watch = FastAir(faults=only("radio.hang")), a_watch(Given(open_=True))
    await air.add(watch)
    loop = asyncio.get_running_loop()
    link = await connected(FastRadio(air, process=Mortal().process), watch)
    began_s = loop.time()
    with pytest.raises(LinkLost, match="does not answer"):
        await link.write(DOWN, GREETING)
    assert loop.time() - began_s == pytest.approx(OPERATION_DEADLINE_S)
    await watch.power_off()


@pytest.mark.parametrize("fault", ["radio.bit_flip", "radio.truncated", "radio.replayed", "radio.reordered"])
@in_virtual_time
async def test_the_product_drops_a_link_on_which_frames_are_not_what_was_sent(fault: str) -> None:
    faults = only(fault)
    faults.heal()
    air, watch = FastAir(faults=faults), a_watch()
    await air.add(watch)
    radio = FastRadio(air, process=Mortal().process)
    radio.set_agent(Person())
    link = await connected(radio, watch)
    await link.pair()
    await link.write(KEY, K)
    product = Product(link, watch)
    running = asyncio.create_task(product.run())
    await until(lambda: product.records)
    faults.begin()
    watch.wear(worn=False)
    watch.wear(worn=True)
    end = await running
    assert faults.counts[fault] >= 1
    assert end.fault in ("link", "trust"), end
    assert set(product.records) <= {(record.seq, record.tick) for record in watch.journal()}
    await watch.power_off()
