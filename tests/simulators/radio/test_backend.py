"""bleak's own client and scanner against a real Bumble peripheral, over the virtual air."""

import asyncio
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak_retry_connector import establish_connection
from bumble.hci import HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR as BY_PEER

from tests.simulators.radio.conftest import (
    OTHER_WATCH,
    SECRET,
    SERVICE,
    SLOW,
    SOON_S,
    TICKS,
    VALUE,
    VOUCHED,
    WATCH,
    SmallWatch,
    client,
    find,
    until,
)
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient, VirtualScanner
from wearsync_simulators.radio.central import Central


async def seen(central: Central, **options: Any) -> AdvertisementData:
    heard: asyncio.Queue[AdvertisementData] = asyncio.Queue()
    scanner = BleakScanner(
        lambda _, data: heard.put_nowait(data), backend=VirtualScanner, central=central, **options
    )
    async with scanner, asyncio.timeout(SOON_S):
        return await heard.get()


async def test_an_active_scan_tells_all_that_is_advertised(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    air.set_rssi(WATCH, -77)
    data = await seen(central)
    assert data.local_name == "Sim"
    assert data.rssi == -77
    assert data.service_uuids == ["0000180f-0000-1000-8000-00805f9b34fb"]
    assert data.service_data == {SERVICE: b"\x03"}
    assert data.manufacturer_data == {0xFFFF: b"abc"}


async def test_a_passive_scan_gets_no_scan_response(watch: SmallWatch, central: Central) -> None:
    data = await seen(central, scanning_mode="passive")
    assert data.local_name is None
    assert data.service_data == {SERVICE: b"\x03"}


async def test_a_scan_can_be_narrowed_to_services(watch: SmallWatch, central: Central) -> None:
    assert (await seen(central, service_uuids=["0000180f-0000-1000-8000-00805f9b34fb"])).local_name == "Sim"
    options: Any = {"backend": VirtualScanner, "central": central, "service_uuids": [SERVICE]}
    assert await BleakScanner.discover(0.1, **options) == []


async def test_two_scans_at_once_do_not_stop_each_other(watch: SmallWatch, central: Central) -> None:
    async with BleakScanner(backend=VirtualScanner, central=central):
        await seen(central)
        await find(central)
        assert central.radio.device.is_scanning
    assert not central.radio.device.is_scanning


async def test_services_with_handles_properties_and_descriptors(watch: SmallWatch, central: Central) -> None:
    async with client(central, await find(central)) as link:
        assert link.mtu_size == 517
        assert link.name == "Sim"
        ticks = link.services.get_characteristic(TICKS)
        assert ticks is not None
        assert ticks.properties == ["notify"]
        assert ticks.service_uuid == SERVICE
        assert ticks.handle == watch.ticks.handle
        assert [each.uuid for each in ticks.descriptors] == ["00002902-0000-1000-8000-00805f9b34fb"]
        value = link.services.get_characteristic(VALUE)
        assert value is not None
        assert value.max_write_without_response_size == 514
        assert set(value.properties) == {"read", "write", "write-without-response"}
        assert await link.read_gatt_descriptor(ticks.descriptors[0]) == b"\x00\x00"


async def test_read_write_and_long_write(watch: SmallWatch, central: Central) -> None:
    watch.radio.device.gatt_server.max_mtu = 72
    async with client(central, WATCH) as link:
        assert link.mtu_size == 72
        assert await link.read_gatt_char(VALUE) == b"hello"
        for value in (b"short", bytes(range(200)), bytes(512)):
            await link.write_gatt_char(VALUE, value, response=True)
            assert watch.value == value
            assert await link.read_gatt_char(VALUE) == value
        with pytest.raises(BleakError, match="512 is the most"):
            await link.write_gatt_char(VALUE, bytes(513), response=True)
        with pytest.raises(BleakError, match="69 is the most"):
            await link.write_gatt_char(VALUE, bytes(70), response=False)


async def test_writes_without_response_arrive_in_order_and_do_not_pile_up(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    async with client(central, WATCH) as link:
        air.latency_ms = 20
        sent = [number.to_bytes(2, "big") + bytes(300) for number in range(300)]
        most = 0
        for value in sent:
            await link.write_gatt_char(VALUE, value, response=False)
            queue = central.radio.device.host.le_acl_packet_queue
            assert queue is not None
            most = max(most, queue.pending)
        await until(lambda: len(watch.commands) == len(sent))
        assert watch.commands == sent
        assert 60 < most <= 64 + 2


async def test_notifications_start_arrive_in_order_and_stop(watch: SmallWatch, central: Central) -> None:
    async with client(central, WATCH) as link:
        got: list[bytes] = []
        await link.start_notify(TICKS, lambda _, value: got.append(bytes(value)))
        with pytest.raises(BleakError, match="on already"):
            await link.start_notify(TICKS, lambda _, value: None)
        sent = [number.to_bytes(2, "big") + bytes(240) for number in range(200)]
        for value in sent:
            await watch.radio.device.notify_subscribers(watch.ticks, value)
        await until(lambda: len(got) == len(sent))
        assert got == sent
        await link.stop_notify(TICKS)
        await watch.radio.device.notify_subscribers(watch.ticks, b"unheard")
        await link.read_gatt_char(VALUE)
        assert len(got) == len(sent)


async def test_subscribing_to_what_does_not_notify(watch: SmallWatch, central: Central) -> None:
    async with client(central, WATCH) as link:
        with pytest.raises(BleakError, match="does not notify"):
            await link.start_notify(VALUE, lambda _, value: None)


async def test_subscribing_as_the_link_goes_leaves_nothing_behind(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    link = client(central, WATCH)
    await link.connect()
    air.set_in_range(WATCH, False)
    with pytest.raises(BleakError, match="the link was lost"):
        await link.start_notify(TICKS, lambda _, value: None)
    air.set_in_range(WATCH, True)
    await link.connect()
    got: list[bytes] = []
    await link.start_notify(TICKS, lambda _, value: got.append(bytes(value)))
    await watch.radio.device.notify_subscribers(watch.ticks, b"tick")
    await until(lambda: got == [b"tick"])
    await link.disconnect()


async def test_errors_of_the_peer_have_their_code(watch: SmallWatch, central: Central) -> None:
    async with client(central, WATCH) as link:
        with pytest.raises(BleakGATTProtocolError) as refused:
            await link.read_gatt_char(SECRET)
        assert refused.value.code == 0x0F
        with pytest.raises(BleakGATTProtocolError) as refused:
            await link.read_gatt_char(VOUCHED)
        assert refused.value.code in (0x05, 0x0F)


async def test_our_side_disconnects(watch: SmallWatch, central: Central) -> None:
    ended: list[BleakClient] = []
    link = client(central, WATCH, disconnected_callback=ended.append)
    await link.connect()
    await link.disconnect()
    assert ended == [link]
    assert not link.is_connected
    await until(lambda: watch.reasons == [BY_PEER])
    with pytest.raises(BleakError):
        await link.read_gatt_char(VALUE)
    await link.connect()  # the same object goes on
    assert await link.read_gatt_char(VALUE) == b"hello"
    await link.disconnect()
    await link.disconnect()
    assert ended == [link, link]


async def test_connecting_twice(watch: SmallWatch, central: Central) -> None:
    async with client(central, WATCH) as link:
        with pytest.raises(BleakError, match="already connected"):
            await link.connect()


async def test_a_watch_that_hangs_up_at_once(watch: SmallWatch, central: Central) -> None:
    ended: list[BleakClient] = []
    watch.radio.device.once("connection", lambda link: asyncio.ensure_future(link.disconnect()))
    link = client(central, WATCH, disconnected_callback=ended.append)
    with pytest.raises(BleakError, match="lost"):
        await link.connect()
    assert ended == []  # there never was a link to speak of
    await link.connect()
    await link.disconnect()


async def test_the_watch_disconnects(watch: SmallWatch, central: Central) -> None:
    ended = asyncio.Event()
    link = client(central, WATCH, disconnected_callback=lambda _: ended.set())
    await link.connect()
    await watch.link.disconnect(BY_PEER)
    async with asyncio.timeout(SOON_S):
        await ended.wait()
    assert not link.is_connected


async def test_a_connect_that_times_out_leaves_nothing_behind(watch: SmallWatch, central: Central) -> None:
    device = await find(central)
    await watch.radio.device.stop_advertising()
    with pytest.raises(TimeoutError):
        await client(central, device, timeout=0.05).connect()
    with pytest.raises(BleakDeviceNotFoundError):
        await client(central, OTHER_WATCH, timeout=0.05).connect()
    await watch.radio.device.start_advertising(auto_restart=True)
    async with client(central, device) as link:
        assert await link.read_gatt_char(VALUE) == b"hello"


async def test_a_connect_that_is_cancelled_leaves_nothing_behind(watch: SmallWatch, central: Central) -> None:
    attempt = asyncio.create_task(client(central, OTHER_WATCH).connect())
    await until(lambda: central.radio.device.is_le_connecting)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    async with client(central, WATCH) as link:
        assert link.is_connected


@pytest.mark.parametrize("turns", [*range(10), *range(10, 200, 19)])
async def test_a_connect_may_be_cancelled_at_any_moment(
    air: Air, watch: SmallWatch, central: Central, turns: int
) -> None:
    controller = air.find_le_controller(central.radio.device.random_address)
    assert controller is not None
    link = client(central, WATCH)
    attempt = asyncio.create_task(link.connect())
    while not controller.le_connections:
        await asyncio.sleep(0)
    for _ in range(turns):
        await asyncio.sleep(0)
    attempt.cancel()
    await asyncio.wait({attempt})
    await link.disconnect()
    await until(lambda: not watch.radio.device.connections and not central.radio.device.connections)
    async with client(central, WATCH) as again:
        assert await again.read_gatt_char(VALUE) == b"hello"


async def test_connects_at_once_wait_for_each_other(watch: SmallWatch, central: Central) -> None:
    missing = asyncio.create_task(client(central, OTHER_WATCH, timeout=0.1).connect())
    await until(lambda: central.radio.device.is_le_connecting)
    async with client(central, WATCH, timeout=SOON_S) as link:
        assert link.is_connected
    with pytest.raises(BleakDeviceNotFoundError):
        await missing


async def test_a_read_that_waits_when_the_link_goes_is_a_bleak_error(
    watch: SmallWatch, central: Central
) -> None:
    link = client(central, WATCH)
    await link.connect()
    pending = asyncio.create_task(link.read_gatt_char(SLOW))
    await watch.asked.wait()
    await watch.link.disconnect()
    with pytest.raises(BleakError, match="the link was lost"):
        await pending


async def test_all_that_waits_fails_when_the_link_goes(watch: SmallWatch, central: Central) -> None:
    link = client(central, WATCH)
    await link.connect()
    pending = [asyncio.create_task(link.read_gatt_char(each)) for each in (SLOW, VALUE, VALUE)]
    await watch.asked.wait()
    await watch.link.disconnect()
    async with asyncio.timeout(SOON_S):
        results = await asyncio.gather(*pending, return_exceptions=True)
    assert [type(result) for result in results] == [BleakError] * 3


async def test_a_read_that_is_cancelled_is_cancelled_and_its_answer_is_not_the_next_ones(
    watch: SmallWatch, central: Central
) -> None:
    async with client(central, WATCH) as link:
        pending = asyncio.create_task(link.read_gatt_char(SLOW))
        await watch.asked.wait()
        pending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pending
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await link.read_gatt_char(VALUE)
        watch.may_answer.set()
        assert await link.read_gatt_char(VALUE) == b"hello"


async def test_bleak_retry_connector_connects_and_gives_up(watch: SmallWatch, central: Central) -> None:
    device = await find(central)
    options: Any = {"backend": VirtualClient, "central": central}
    link = await establish_connection(BleakClient, device, "Sim", max_attempts=2, **options)
    assert await link.read_gatt_char(VALUE) == b"hello"
    await link.disconnect()
