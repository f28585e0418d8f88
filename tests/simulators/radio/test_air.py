"""Distance and time: what the air does to links, and never does."""

import asyncio

import pytest
from bleak import BleakScanner
from bleak.exc import BleakError
from bumble.hci import HCI_CONNECTION_TIMEOUT_ERROR

from tests.simulators.radio.conftest import (
    HOST,
    OTHER_HOST,
    OTHER_WATCH,
    SLOW,
    SOON_S,
    TICKS,
    VALUE,
    WATCH,
    SmallWatch,
    client,
    find,
    until,
)
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualScanner
from wearsync_simulators.radio.central import SUPERVISION_TIMEOUT_MS, Central
from wearsync_simulators.radio.peripheral import open_device


async def test_out_of_range_both_ends_time_out_and_back_all_is_well(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    device = await find(central)
    link = client(central, device)
    await link.connect()
    ours: list[int] = []
    (connection,) = central.radio.device.connections.values()
    connection.on("disconnection", ours.append)
    left_at_s = asyncio.get_running_loop().time()
    await watch.radio.set_in_range(False)
    await until(lambda: ours and watch.reasons)
    assert asyncio.get_running_loop().time() - left_at_s >= SUPERVISION_TIMEOUT_MS / 1000
    assert ours == watch.reasons == [HCI_CONNECTION_TIMEOUT_ERROR]
    assert await BleakScanner.discover(0.1, backend=VirtualScanner, central=central) == []  # type: ignore[call-overload]
    with pytest.raises(TimeoutError):
        await client(central, device, timeout=0.1).connect()
    await watch.radio.set_in_range(True)
    async with client(central, device) as again:
        assert await again.read_gatt_char(VALUE) == b"hello"


async def test_a_read_that_waits_when_the_watch_leaves_is_a_bleak_error(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    link = client(central, WATCH)
    await link.connect()
    air.set_in_range(WATCH, False)
    with pytest.raises(BleakError, match="the link was lost"):
        await link.read_gatt_char(SLOW)
    assert not link.is_connected


async def test_a_short_absence_delays_and_loses_nothing(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    async with client(central, WATCH) as link:
        # Long enough for the slowest machine: the absence is to be short.
        await watch.link.update_parameters(30, 30, 0, supervision_timeout=32_000)
        got: list[bytes] = []
        await link.start_notify(TICKS, lambda _, value: got.append(bytes(value)))
        sent = [bytes([number]) * 100 for number in range(20)]
        for number, value in enumerate(sent):
            if number == 5:
                air.set_in_range(WATCH, False)
            await watch.radio.device.notify_subscribers(watch.ticks, value)
        await asyncio.sleep(0.05)
        assert len(got) <= 5
        air.set_in_range(WATCH, True)
        await until(lambda: len(got) == len(sent))
        assert got == sent


async def test_the_host_can_be_the_one_who_leaves(air: Air, watch: SmallWatch, central: Central) -> None:
    link = client(central, WATCH)
    await link.connect()
    air.set_in_range(HOST, False)
    await until(lambda: not link.is_connected and watch.reasons == [HCI_CONNECTION_TIMEOUT_ERROR])
    with pytest.raises(LookupError):
        air.set_in_range(OTHER_HOST, False)


async def test_disconnecting_out_of_range_is_not_heard(air: Air, watch: SmallWatch, central: Central) -> None:
    link = client(central, WATCH)
    await link.connect()
    air.set_in_range(WATCH, False)
    await link.disconnect()
    assert watch.reasons == []
    await until(lambda: watch.reasons == [HCI_CONNECTION_TIMEOUT_ERROR])


async def test_a_watch_that_loses_power_times_out(watch: SmallWatch, central: Central) -> None:
    link = client(central, WATCH)
    await link.connect()
    await watch.radio.close()
    assert link.is_connected
    await until(lambda: not link.is_connected)
    assert watch.radio.lost.done()


async def test_latency_delays_both_ways_and_keeps_the_order(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    async with client(central, WATCH) as link:
        loop = asyncio.get_running_loop()
        got: list[bytes] = []
        await link.start_notify(TICKS, lambda _, value: got.append(bytes(value)))
        air.latency_ms = 50.0
        await watch.radio.device.notify_subscribers(watch.ticks, b"late")
        air.latency_ms = 20.0  # the next ones would be faster, and must not overtake
        before_s = loop.time()
        sent = [bytes([number]) for number in range(50)]
        for value in sent:
            await watch.radio.device.notify_subscribers(watch.ticks, value)
        await until(lambda: len(got) == len(sent) + 1)
        assert got == [b"late", *sent]
        before_s = loop.time()
        await link.read_gatt_char(VALUE)
        assert loop.time() - before_s >= 0.04


async def test_two_centrals_and_two_watches(air: Air, watch: SmallWatch, central: Central) -> None:
    second_radio = await open_device(air, name="Sim 2", address=OTHER_WATCH)
    second = SmallWatch(second_radio, value=bytearray(b"second"))
    await second.start()
    other = await Central.open(air, address=OTHER_HOST)
    async with client(central, WATCH) as one, client(other, OTHER_WATCH) as two:
        assert await one.read_gatt_char(VALUE) == b"hello"
        assert await two.read_gatt_char(VALUE) == b"second"
        # A watch takes one host; who else wants it waits for it to advertise again.
        waiting = asyncio.create_task(client(central, OTHER_WATCH, timeout=SOON_S).connect())
        await until(lambda: central.radio.device.is_le_connecting)
        assert not waiting.done()
        await two.disconnect()
        await waiting
        assert await one.read_gatt_char(VALUE) == b"hello"
    await other.close()
    await second_radio.close()


async def test_who_comes_second_for_one_watch_goes_on_waiting(
    air: Air, watch: SmallWatch, central: Central
) -> None:
    other = await Central.open(air, address=OTHER_HOST)
    first, second = client(central, WATCH, timeout=SOON_S), client(other, WATCH, timeout=SOON_S)
    attempts = {asyncio.create_task(first.connect()), asyncio.create_task(second.connect())}
    done, pending = await asyncio.wait(attempts, return_when=asyncio.FIRST_COMPLETED)
    assert (len(done), len(pending), len(watch.radio.device.connections)) == (1, 1, 1)
    await (first if first.is_connected else second).disconnect()
    async with asyncio.timeout(SOON_S):
        await asyncio.gather(*pending)
    await other.close()
