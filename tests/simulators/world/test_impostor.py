"""Strangers under the watch's name: the product refuses them, and keeps nothing of theirs."""

import asyncio
from random import Random

import pytest

from tests.daemon.home import until
from tests.simulators.watches.conftest import K, Person
from tests.simulators.watches.paper_host import INFO, KEY
from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.stories import Mortal, Product, a_watch, connected, only
from wearsync.ports import Link
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.world.air import FastAir
from wearsync_simulators.world.fast_radio import FastRadio
from wearsync_simulators.world.impostor import Impostor


async def a_session(link: Link, watch: SimulatedWatch) -> Product:
    product = Product(link, watch)
    running = asyncio.create_task(product.run())
    await until(lambda: product.records)
    await link.disconnect()
    await running
    return product


@pytest.mark.parametrize("fault", ["radio.impostor", "radio.session_replayed"])
@in_virtual_time
async def test_a_stranger_is_refused(fault: str) -> None:
    faults = only(fault)
    faults.heal()
    air, watch = FastAir(faults=faults), a_watch()
    await air.add(watch)
    radio = FastRadio(air, process=Mortal().process)
    radio.set_agent(Person())
    link = await connected(radio, watch)
    await link.pair()
    await link.write(KEY, K)
    await a_session(link, watch)
    faults.begin()
    link = await connected(radio, watch)
    assert faults.counts[fault] == 1
    assert (await link.read(INFO))[2:18] == watch.watch_id, "it looks like the watch"
    assert not watch.view.connected, "it is not"
    product = Product(link, watch)
    assert (await product.run()).fault == "trust"
    assert not product.ready
    assert product.records == []
    faults.heal()
    assert (await a_session(await connected(radio, watch), watch)).ready
    await watch.power_off()


@in_virtual_time
async def test_it_takes_whatever_it_is_given_and_agrees_to_anything() -> None:
    air, watch = FastAir(faults=only("radio.impostor")), a_watch()
    await air.add(watch)
    antenna = air.at(watch.address)
    assert antenna is not None
    stranger = Impostor(model=antenna.ears, overheard=(), random=Random(1))
    assert stranger.key(K) is None
    assert stranger.pairing_asked()
    assert await stranger.compare(123456)
    assert stranger.advertised() == antenna.ears.advertised()
    assert stranger.battery_percent() == 100
    stranger.down(b"\x01")
    await watch.power_off()
