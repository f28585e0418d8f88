"""The air over TCP, with Bumble's own client transport on the other side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from bleak.exc import BleakError

from tests.simulators.radio.conftest import (
    HOST,
    OTHER_HOST,
    OTHER_WATCH,
    SOON_S,
    TICKS,
    VALUE,
    VOUCHED,
    WATCH,
    Person,
    SmallWatch,
    Wrist,
    client,
    find,
    until,
)
from wearsync.errors import RadioUnavailable, UsageError
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import open_device
from wearsync_simulators.radio.tcp import UNREAD_BYTES_MAX, AirServer, parse_host_port, serve_air


@pytest.fixture
async def server() -> AsyncIterator[AirServer]:
    serving = await serve_air("127.0.0.1", 0)
    yield serving
    await serving.close()


async def small_watch(server: AirServer, address: str, value: bytes) -> SmallWatch:
    radio = await open_device(f"tcp-client:{server.address}", name="Sim", address=address)
    watch = SmallWatch(radio, value=bytearray(value))
    await watch.start()
    return watch


async def test_two_centrals_and_two_watches(server: AirServer) -> None:
    where = f"tcp-client:{server.address}"
    watches = [await small_watch(server, WATCH, b"one"), await small_watch(server, OTHER_WATCH, b"two")]
    centrals = [await Central.open(where, address=HOST), await Central.open(where, address=OTHER_HOST)]
    for central, address, value in zip(centrals, (WATCH, OTHER_WATCH), (b"one", b"two"), strict=True):
        async with client(central, await find(central, address)) as link:
            assert await link.read_gatt_char(VALUE) == value
    async with client(centrals[0], WATCH) as one, client(centrals[0], OTHER_WATCH) as two:
        got: list[bytes] = []
        await one.start_notify(TICKS, lambda _, data: got.append(bytes(data)))
        sent = [bytes([number]) * 244 for number in range(100)]
        for data in sent:
            await watches[0].radio.device.notify_subscribers(watches[0].ticks, data)
        await two.write_gatt_char(VALUE, bytes(400), response=True)
        await until(lambda: len(got) == len(sent))
        assert got == sent
        assert watches[1].value == bytes(400)
    for watch, central in zip(watches, centrals, strict=True):
        await watch.radio.close()
        await central.close()


async def test_pairing_and_out_of_range_by_the_watch_itself(server: AirServer) -> None:
    watch = await small_watch(server, WATCH, b"one")
    watch.pair_by(Wrist())
    central = await Central.open(f"tcp-client:{server.address}", address=HOST, agent=Person())
    link = client(central, WATCH)
    await link.connect()
    await link.pair()
    assert await link.read_gatt_char(VOUCHED) == b"vouched"
    await watch.radio.set_in_range(False)
    await until(lambda: not link.is_connected and watch.reasons)
    await watch.radio.set_in_range(True)
    await link.connect()
    assert await link.read_gatt_char(VOUCHED) == b"vouched"
    await watch.radio.close()
    await central.close()


async def test_a_process_that_ends_takes_its_device_off_the_air(server: AirServer) -> None:
    watch = await small_watch(server, WATCH, b"one")
    central = await Central.open(f"tcp-client:{server.address}", address=HOST)
    link = client(central, WATCH)
    await link.connect()
    await watch.radio.transport.close()  # as when the process is killed
    await until(lambda: not link.is_connected)
    again = await small_watch(server, WATCH, b"again")
    await link.connect()
    assert await link.read_gatt_char(VALUE) == b"again"
    await again.radio.close()
    await central.close()


async def test_an_air_that_ends_is_noticed(server: AirServer) -> None:
    central = await Central.open(f"tcp-client:{server.address}", address=HOST)
    watch = await small_watch(server, WATCH, b"one")
    link = client(central, WATCH)
    await link.connect()
    waiting = asyncio.create_task(client(central, OTHER_WATCH).connect())
    await until(lambda: central.radio.device.is_le_connecting)
    await server.close()
    await asyncio.wait({central.radio.lost, watch.radio.lost})
    await until(lambda: not link.is_connected)
    with pytest.raises(BleakError):
        await waiting
    with pytest.raises(BleakError, match="air is gone"):
        await link.connect()
    await watch.radio.close()
    await central.close()


async def test_what_does_not_speak_hci_is_dropped(server: AirServer) -> None:
    reader, writer = await asyncio.open_connection(*server.address.split(":"))
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    with suppress(ConnectionResetError):
        async with asyncio.timeout(SOON_S):
            assert await reader.read() == b""
    writer.close()
    await until(lambda: not server.hosts)


async def test_what_does_not_read_is_dropped(server: AirServer) -> None:
    _reader, writer = await asyncio.open_connection(*server.address.split(":"), limit=1)
    await until(lambda: server.hosts)
    (host,) = server.hosts
    for _ in range(64):
        host.on_packet(bytes(UNREAD_BYTES_MAX // 4))
    await until(lambda: not server.hosts)
    writer.close()


async def test_nobody_serves_there(server: AirServer, tmp_path: Path) -> None:
    await server.close()
    with pytest.raises(RadioUnavailable, match=r"can't open the transport tcp-client:127\.0\.0\.1"):
        await open_device(f"tcp-client:{server.address}", name="Sim", address=WATCH)
    for spec in ("nonsense", "tcp-client:nonsense", "usb:", "usb:99", "file:"):
        with pytest.raises(RadioUnavailable, match="can't open the transport"):
            await open_device(spec, name="Sim", address=WATCH)


async def test_an_address_that_is_taken(server: AirServer) -> None:
    with pytest.raises(RadioUnavailable, match="can't serve a virtual air at"):
        await serve_air(*parse_host_port(server.address))


@pytest.mark.parametrize(
    "spec", ["", "tcp:", "9747", "tcp:9747", ":9747", "host:", "host:x", "host:70000", "host:-1"]
)
def test_a_wrong_address_is_told_with_the_right_form(spec: str) -> None:
    with pytest.raises(UsageError, match=r"write it as tcp:127\.0\.0\.1:9747"):
        parse_host_port(spec)


def test_an_address_with_or_without_its_scheme() -> None:
    assert parse_host_port("tcp:127.0.0.1:9747") == parse_host_port("127.0.0.1:9747") == ("127.0.0.1", 9747)
    assert parse_host_port("[::1]:1") == ("::1", 1)
