"""The ether by itself: who hears whom, and what is nobody's."""

import asyncio

import pytest

from tests.simulators.watches.paper_host import DOWN, INFO, KEY
from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.stories import Given, Mortal, a_watch, calm, connected, only
from wearsync.errors import TrustError, UnfitWatch
from wearsync.ports import Sighting
from wearsync_simulators.watches.gatt import SERVICE
from wearsync_simulators.world.air import FastAir
from wearsync_simulators.world.ether import BATTERY, RSSI_DBM, WEAKER_DB, Adapter
from wearsync_simulators.world.fast_link import FastLink
from wearsync_simulators.world.fast_radio import FastRadio


@in_virtual_time
async def test_two_watches_of_the_same_name_are_two() -> None:
    air, watches = FastAir(faults=calm()), (a_watch(seed=1), a_watch(seed=2))
    for watch in watches:
        await air.add(watch)
    radio = FastRadio(air, process=Mortal().process)
    seen = await radio.scan(1.0)
    assert {each.address for each in seen} == {watch.address for watch in watches}
    assert [each.name for each in seen] == ["W", "W"]
    for watch in watches:
        assert air.at(watch.address) is not None
        await watch.power_off()
        assert air.at(watch.address) is None
    assert await radio.scan(1.0) == ()


@in_virtual_time
async def test_new_flags_are_heard_in_the_same_scan() -> None:
    air, watch = FastAir(faults=calm()), a_watch(Given(pairing=False))
    await air.add(watch)
    radio = FastRadio(air, process=Mortal().process)
    found: list[Sighting] = []
    scanning = asyncio.create_task(radio.scan(5.0, found.append))
    await asyncio.sleep(1.0)
    watch.open_pairing()
    (last,) = await scanning
    assert [each.service_data[SERVICE][0] & 1 for each in found] == [0, 1]
    assert found[-1] == last
    await watch.power_off()


@in_virtual_time
async def test_an_advertisement_is_heard_twice() -> None:
    faults = only("radio.duplicate_advert")
    air, watch = FastAir(faults=faults), a_watch()
    await air.add(watch)
    radio = FastRadio(air, process=Mortal().process)
    found: list[Sighting] = []
    (last,) = await radio.scan(1.0, found.append)
    assert faults.counts["radio.duplicate_advert"] == 1
    assert [each.rssi for each in found] == [RSSI_DBM - WEAKER_DB], "told once"
    assert last.rssi == RSSI_DBM
    link = await connected(radio, watch)
    assert watch.view.connected
    await link.disconnect()
    await watch.power_off()


@in_virtual_time
async def test_a_stranger_is_in_no_list() -> None:
    air, watch = FastAir(faults=calm()), a_watch()
    await air.add(watch)
    antenna = air.at(watch.address)
    assert antenna is not None
    stranger = air.stranger(antenna.identity, antenna.ears)
    assert air.at(watch.address) is antenna
    stranger.advertise()
    assert len(await FastRadio(air, process=Mortal().process).scan(1.0)) == 1
    await watch.power_off()


@in_virtual_time
async def test_somebody_else_takes_a_watch_and_leaves() -> None:
    air, watch = FastAir(faults=calm()), a_watch()
    await air.add(watch)
    antenna = air.at(watch.address)
    assert antenna is not None
    air.take(antenna, 20.0)
    await asyncio.sleep(1.0)
    assert watch.view.connected
    await asyncio.sleep(20.0)
    assert not watch.view.connected
    await watch.power_off()


@in_virtual_time
async def test_an_adapter_is_back_when_its_time_or_all_trouble_is_over() -> None:
    faults = only("radio.no_adapter")
    air, adapter = FastAir(faults=faults), Adapter("host")
    told: list[str] = []
    adapter.gone.append(lambda: told.append("gone"))
    air.take_away(adapter, 10.0)
    assert told == ["gone"]
    assert air.is_absent(adapter)
    await asyncio.sleep(10.0)
    assert not air.is_absent(adapter)
    air.take_away(adapter, 10.0)
    faults.heal()
    assert not air.is_absent(adapter)


@in_virtual_time
async def test_the_battery_is_read_and_told() -> None:
    air, watch = FastAir(faults=calm()), a_watch(Given(pairing=False))
    await air.add(watch)
    link = await connected(FastRadio(air, process=Mortal().process), watch)
    told: list[bytes] = []
    await link.subscribe(BATTERY, told.append)
    assert await link.read(BATTERY) == bytes([100])
    antenna = air.at(watch.address)
    assert antenna is not None
    antenna.tell_battery()
    await asyncio.sleep(1.0)
    assert told == [bytes([100])]
    await watch.power_off()


@in_virtual_time
async def test_what_is_not_permitted_is_refused() -> None:
    air, watch = FastAir(faults=calm()), a_watch()
    await air.add(watch)
    link = await connected(FastRadio(air, process=Mortal().process), watch)
    with pytest.raises(UnfitWatch, match="0x02"):
        await link.read(DOWN)
    with pytest.raises(UnfitWatch, match="0x03"):
        await link.write(INFO, b"?")
    assert isinstance(link, FastLink)
    link.wire.encrypted = True  # by a key that nobody vouched for
    with pytest.raises(TrustError, match="0x05"):
        await link.write(KEY, bytes(32))
    await watch.power_off()
