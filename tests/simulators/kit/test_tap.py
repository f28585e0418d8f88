"""The tap notes what passes, in order, and lets a fault strike; the link below is the product's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from tests.daemon.home import Person
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import LinkLost, TryAgain, UnfitWatch
from wearsync.protocol.gatt import DOWN_UUID, INFO_UUID, UP_UUID
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.kit.actor import Actor
from wearsync_simulators.kit.tap import Tap, TappedLink, TappedRadio
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.provider import InProcessRadio
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

HELLO = bytes((1, 1, 1)) + bytes(20)
FIND_S = 5.0


class Noted:
    """A fault that strikes at nothing but notes the numbers; notifications as told."""

    def __init__(self, late_s: list[float | None]) -> None:
        self.numbers: list[int] = []
        self._late_s = late_s

    async def operation(self, number: int) -> None:
        self.numbers.append(number)

    def hears_after_s(self) -> float | None:
        return self._late_s.pop(0)


@asynccontextmanager
async def tapped(directory: Path) -> AsyncIterator[tuple[Tap, TappedRadio, TappedLink, SimulatedWatch]]:
    air, tap = Air(), Tap()
    watch = SimulatedWatch(name="W", open_=True, seed=1, wearer=Actor(Random(1)))
    await watch.power_on(air)
    radio = TappedRadio(BleakRadio(await InProcessRadio(air).open(state_dir=directory)), tap)
    try:
        assert [seen.name for seen in await radio.scan(1.0)] == ["W"]
        sighting = await radio.find(watch.address, FIND_S)
        assert sighting is not None
        yield tap, radio, await radio.connect(sighting), watch
    finally:
        await radio.close()
        await watch.power_off()


@in_virtual_time
async def test_what_passes_is_noted_in_order(tmp_path: Path) -> None:
    async with tapped(tmp_path) as (tap, radio, link, watch):
        heard: list[bytes] = []
        assert link.mtu > 23
        info = await link.read(INFO_UUID)
        handle = next(each.handle for each in link.characteristics if each.uuid == UP_UUID)
        await link.subscribe(handle, heard.append)
        assert not await radio.is_bonded(watch.address)
        async with radio.pairing(watch.address, Person()):
            await link.pair(needs_code=False)
        assert await radio.is_bonded(watch.address)
        await link.write(DOWN_UUID, HELLO)
        await asyncio.sleep(1.0)
        await link.disconnect()
        assert "disconnected" in await link.wait_lost()
        told = [(each.kind, each.uuid, each.data) for each in tap.operations]
        assert told[:4] == [
            ("connect", "", b""),
            ("read", INFO_UUID, info),
            ("subscribe", UP_UUID, b""),
            ("bond", "", b""),
        ]
        assert ("write", DOWN_UUID, HELLO) in told
        assert [data for kind, uuid, data in told if kind == "heard"] == heard != []
        assert told.index(("write", DOWN_UUID, HELLO)) < told.index(("heard", UP_UUID, heard[0]))
        assert told[-1][0] == "lost"
        assert tap.count == 4
        await radio.forget(watch.address)


@in_virtual_time
async def test_what_fails_is_noted_with_the_reason(tmp_path: Path) -> None:
    async with tapped(tmp_path) as (tap, radio, link, watch):
        with pytest.raises(UnfitWatch):
            await link.read("0000ffff-0000-1000-8000-00805f9b34fb")
        with pytest.raises(UnfitWatch):
            await link.subscribe(INFO_UUID, lambda _data: None)
        sighting = await radio.find(watch.address, 0.0)
        await watch.power_off()
        await link.wait_lost()
        with pytest.raises(LinkLost):
            await link.write(DOWN_UUID, HELLO)
        with pytest.raises(TryAgain):
            await link.pair()
        assert sighting is None, "a connected watch does not advertise"
        failed = [each.kind for each in tap.operations if each.error]
        assert failed == ["read", "subscribe", "lost", "write", "bond"]


@in_virtual_time
async def test_a_connection_that_fails_is_noted(tmp_path: Path) -> None:
    async with tapped(tmp_path) as (tap, radio, link, watch):
        await link.disconnect()
        sighting = await radio.find(watch.address, FIND_S)
        assert sighting is not None
        await watch.set_in_range(False)
        with pytest.raises(TryAgain):
            await radio.connect(sighting)
        assert [each.kind for each in tap.operations if each.error][-1] == "connect"


@in_virtual_time
async def test_a_fault_counts_operations_and_notifications_keep_their_order(tmp_path: Path) -> None:
    async with tapped(tmp_path) as (tap, _radio, link, _watch):
        loop = asyncio.get_running_loop()
        heard: list[tuple[float, bytes]] = []
        await link.subscribe(UP_UUID, lambda data: heard.append((loop.time(), data)))
        tap.mischief = noted = Noted([2.0, 0.0, None])
        for _ in range(3):
            await link.write(DOWN_UUID, HELLO)
        began_s = loop.time()
        await asyncio.sleep(5.0)
        assert noted.numbers == [2, 3, 4]
        # The first is late, the second waits for it, the third is lost.
        assert len(heard) == 2
        assert all(at_s - began_s > 1.5 for at_s, _ in heard)
