"""Scan, find, connect on the virtual air: what is there, what is not, and what goes away meanwhile."""

import asyncio
from itertools import count
from pathlib import Path

import pytest
from bleak.exc import BleakDBusError
from bumble.device import Connection

from tests.radio.conftest import SEEN_WITHIN_S, Host, host_on, watch_on
from tests.simulators.radio.conftest import (
    OTHER_WATCH,
    SECRET,
    SERVICE,
    VALUE,
    WATCH,
    Person,
    SmallWatch,
    Wrist,
    until,
)
from wearsync.errors import LinkLost, RadioUnavailable, StaleBond, TrustError, TryAgain
from wearsync.ports import Radio, Sighting
from wearsync.radio.adapter import CONNECT_DEADLINE_S, BleakRadio
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.provider import InProcessRadio, TcpRadio, VirtualRadio
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled

BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"


async def test_scan_tells_all_that_is_advertised_best_signal_first(
    air: Air, watch: SmallWatch, host: Host
) -> None:
    told: list[Sighting] = []
    async with watch_on(air, OTHER_WATCH):
        air.set_rssi(WATCH, -80)
        seen = await host.radio.scan(0.3, told.append)
    assert [(each.address, each.rssi) for each in seen] == [(OTHER_WATCH, -60), (WATCH, -80)]
    assert seen[0].name == "Sim"
    assert seen[0].service_uuids == (BATTERY,)
    assert seen[0].service_data == {SERVICE: b"\x03"}
    assert sorted(each.address for each in told) == [WATCH, OTHER_WATCH]
    assert not host.is_scanning


async def test_scan_of_silence_is_empty(host: Host) -> None:
    radio: Radio = host.radio
    assert await radio.scan(0.05) == ()


async def test_find_ends_with_the_first_sighting(watch: SmallWatch, host: Host) -> None:
    async with asyncio.timeout(SEEN_WITHIN_S):
        sighting = await host.radio.find(WATCH.lower(), 3600)
    assert sighting is not None
    assert sighting.address == WATCH
    assert not host.is_scanning


async def test_find_gives_up(watch: SmallWatch, host: Host) -> None:
    assert await host.radio.find(OTHER_WATCH, 0.1) is None
    assert not host.is_scanning


async def test_two_who_look_share_one_scan(air: Air, watch: SmallWatch, host: Host) -> None:
    absent = asyncio.create_task(host.radio.find(OTHER_WATCH, 3600))
    assert await host.radio.find(WATCH, SEEN_WITHIN_S)
    assert host.is_scanning
    async with watch_on(air, OTHER_WATCH), asyncio.timeout(SEEN_WITHIN_S):
        assert await absent
    assert not host.is_scanning


async def test_cancelled_search_ends_its_scan(host: Host) -> None:
    search = asyncio.create_task(host.radio.find(WATCH, 3600))
    await until(lambda: host.is_scanning)
    search.cancel()
    await asyncio.wait({search})
    assert search.cancelled()
    assert not host.is_scanning


async def test_link_is_ready_for_use(watch: SmallWatch, host: Host) -> None:
    link = await host.connect()
    assert link.mtu == 517
    assert await link.read(VALUE) == b"hello"
    await link.disconnect()
    assert host.links == 0


async def test_scan_rests_while_connecting_and_goes_on_afterwards(
    air: Air, watch: SmallWatch, host: Host
) -> None:
    scanning: list[bool] = []
    watch.radio.device.on("connection", lambda _link: scanning.append(host.is_scanning))
    absent = asyncio.create_task(host.radio.find(OTHER_WATCH, 3600))
    link = await host.connect()
    assert scanning == [False]
    async with watch_on(air, OTHER_WATCH), asyncio.timeout(SEEN_WITHIN_S):
        assert await absent
    await link.disconnect()


async def test_two_watches_connect_one_after_the_other(air: Air, watch: SmallWatch, host: Host) -> None:
    async with watch_on(air, OTHER_WATCH) as other:
        one, two = await asyncio.gather(host.connect(WATCH), host.connect(OTHER_WATCH))
        watch.value[:], other.value[:] = b"one", b"two"
        assert (await one.read(VALUE), await two.read(VALUE)) == (b"one", b"two")
        await one.disconnect()
        assert await two.read(VALUE) == b"two"
        await two.disconnect()


def test_absent_watch_can_be_tried_again() -> None:
    async def main(loop: ScaledLoop) -> None:
        air = Air()
        async with watch_on(air), host_on(air) as host:
            sighting = await host.radio.find(WATCH, SEEN_WITHIN_S)
            assert sighting is not None
            air.set_in_range(WATCH, False)
            loop.set_speed(20)
            began = loop.time()
            with pytest.raises(TryAgain, match="Sim did not answer: out of range"):
                await host.radio.connect(sighting)
            assert CONNECT_DEADLINE_S <= loop.time() - began < 2 * CONNECT_DEADLINE_S
            loop.set_speed(1)
            air.set_in_range(WATCH, True)
            link = await host.connect()
            assert await link.read(VALUE) == b"hello"
            await link.disconnect()

    run_scaled(main)


async def test_cancelled_connection_leaves_nothing_behind(air: Air, watch: SmallWatch, host: Host) -> None:
    sighting = await host.radio.find(WATCH, SEEN_WITHIN_S)
    assert sighting is not None
    before = asyncio.all_tasks()
    air.set_in_range(WATCH, False)
    connecting = asyncio.create_task(host.radio.connect(sighting))
    await until(lambda: host.adapter.central.radio.device.is_le_connecting)
    connecting.cancel()
    await asyncio.wait({connecting})
    assert connecting.cancelled()
    air.set_in_range(WATCH, True)
    link = await host.connect()
    await link.disconnect()
    assert host.links == 0
    await until(lambda: not {task for task in asyncio.all_tasks() - before if not task.done()})


async def test_connection_cancelled_at_any_moment_leaves_no_link(watch: SmallWatch, host: Host) -> None:
    sighting = await host.radio.find(WATCH, SEEN_WITHIN_S)
    assert sighting is not None
    # Somebody listens, so that the scan is switched off before and on again after the connection.
    search = asyncio.create_task(host.radio.find(OTHER_WATCH, 3600))
    await until(lambda: host.is_scanning)
    # Before a link the air's timers set the pace; from there on every turn of the loop is a step. A switch of
    # the scan takes more than three.
    for turns in count(step=3):
        connecting = asyncio.create_task(host.radio.connect(sighting))
        await until(lambda: host.links)
        for _ in range(turns):
            await asyncio.sleep(0)
        if connecting.done():
            await connecting.result().disconnect()
            break
        connecting.cancel()
        await asyncio.wait({connecting})
        assert connecting.cancelled()
        assert host.links == 0, f"cancelled {turns} turns of the loop after the link was there"
        await until(lambda: host.is_scanning)
    assert turns
    search.cancel()
    await asyncio.wait({search})
    assert not host.is_scanning


async def test_search_cancelled_at_any_moment_leaves_no_scan(host: Host) -> None:
    for turns in range(40):
        search = asyncio.create_task(host.radio.find(WATCH, 3600))
        for _ in range(turns):
            await asyncio.sleep(0)
        search.cancel()
        await asyncio.wait({search})
        assert search.cancelled()
        assert not host.is_scanning, f"cancelled after {turns} turns of the loop"


def test_watch_that_hangs_up_at_once_can_be_tried_again() -> None:
    async def hang_up(link: Connection) -> None:
        await link.disconnect()

    async def main(loop: ScaledLoop) -> None:
        loop.set_speed(20)
        air = Air()
        async with watch_on(air) as watch, host_on(air) as host:
            hanging: list[asyncio.Task[None]] = []
            watch.radio.device.on(
                "connection", lambda link: hanging.append(asyncio.create_task(hang_up(link)))
            )
            with pytest.raises(TryAgain, match="Sim"):
                await host.connect()
            assert hanging
            assert host.links == 0

    run_scaled(main)


async def test_watch_without_services_can_be_tried_again(watch: SmallWatch, host: Host) -> None:
    watch.radio.device.gatt_server.attributes.clear()
    watch.radio.device.gatt_server.attributes_by_handle.clear()
    with pytest.raises(TryAgain, match="no services"):
        await host.connect()
    assert host.links == 0


async def test_small_mtu_is_told_as_it_is(watch: SmallWatch, host: Host) -> None:
    watch.radio.device.gatt_server.max_mtu = 23
    link = await host.connect()
    assert link.mtu == 23
    await link.disconnect()


async def test_bonded_watch_is_encrypted_at_once_also_after_a_restart(
    air: Air, watch: SmallWatch, tmp_path: Path
) -> None:
    watch.pair_by(Wrist())
    async with host_on(air, state_dir=tmp_path, agent=Person()) as host:
        link = await host.connect()
        await link.pair()
        await link.disconnect()
    async with host_on(air, state_dir=tmp_path) as host:
        link = await host.connect()
        assert watch.link.is_encrypted
        assert await link.read(SECRET) == b"secret"
        await link.disconnect()


async def test_watch_that_has_lost_its_bond_has_to_be_paired_again(
    air: Air, watch: SmallWatch, host: Host
) -> None:
    watch.pair_by(Wrist())
    host.adapter.set_agent(Person())
    link = await host.connect()
    await link.pair()
    await link.disconnect()
    await watch.radio.bonds.delete(host.adapter.central.address)
    with pytest.raises(TrustError, match=r"has forgotten this computer: .*`wearsync pair` again"):
        await host.connect()
    assert host.links == 0
    await host.radio.forget(WATCH.lower())
    link = await host.connect()
    await link.pair()
    assert await link.read(SECRET) == b"secret"
    await link.disconnect()


async def test_bonded_watch_that_breaks_off_three_times_in_a_row_has_forgotten_its_bond(
    air: Air, watch: SmallWatch, tmp_path: Path
) -> None:
    class BrokenOff(VirtualClient):
        async def connect(self, pair: bool, **kwargs: object) -> None:
            raise BleakDBusError("org.bluez.Error.Failed", ["br-connection-canceled"])

    watch.pair_by(Wrist())
    opened = await InProcessRadio(air).open(state_dir=tmp_path, agent=Person())
    async with host_on(air, adapter=VirtualRadio(opened.central, client_backend=BrokenOff)) as host:
        for _times in range(4):
            with pytest.raises(TryAgain, match="broke off the connection; if it goes on"):
                await host.connect()
        host_again = Host(BleakRadio(opened), opened)
        link = await host_again.connect()
        await link.pair()
        await link.disconnect()
        for _times in range(2):
            with pytest.raises(TryAgain):
                await host.connect()
        with pytest.raises(StaleBond, match="has forgotten this computer"):
            await host.connect()


async def test_adapter_that_goes_away_is_told_to_everybody(tmp_path: Path) -> None:
    air = await serve_air("127.0.0.1", 0)
    adapter = await TcpRadio().open(f"tcp:{air.address}", state_dir=tmp_path, agent=None)
    radio = BleakRadio(adapter)
    async with watch_on(air.air), asyncio.timeout(SEEN_WITHIN_S):
        sighting = await radio.find(WATCH, SEEN_WITHIN_S)
        assert sighting is not None
        link = await radio.connect(sighting)
        search = asyncio.create_task(radio.find(OTHER_WATCH, 3600))
        await until(lambda: adapter.central.radio.device.is_scanning)
        await air.close()
        with pytest.raises(RadioUnavailable, match="the Bluetooth adapter is gone"):
            await search
        await link.wait_lost()
        with pytest.raises(LinkLost):
            await link.read(VALUE)
        await link.disconnect()
        for attempt in (radio.connect(sighting), radio.find(WATCH, 1), radio.scan(1)):
            with pytest.raises(RadioUnavailable, match="the Bluetooth adapter is gone"):
                await attempt
    await radio.close()


async def test_adapter_that_goes_away_ends_a_connection_attempt(tmp_path: Path) -> None:
    air = await serve_air("127.0.0.1", 0)
    adapter = await TcpRadio().open(f"tcp:{air.address}", state_dir=tmp_path, agent=None)
    radio = BleakRadio(adapter)
    async with watch_on(air.air), asyncio.timeout(SEEN_WITHIN_S):
        sighting = await radio.find(WATCH, SEEN_WITHIN_S)
        assert sighting is not None
        air.air.set_in_range(WATCH, False)
        connecting = asyncio.create_task(radio.connect(sighting))
        await until(lambda: adapter.central.radio.device.is_le_connecting)
        await air.close()
        with pytest.raises(RadioUnavailable, match="the Bluetooth adapter is gone"):
            await connecting
    await radio.close()
