"""The UART by itself: what is advertised, packets, what nobody has subscribed to, who may not get at it."""

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from tests.simulators.watches.banglejs.engine_bench import APP
from tests.simulators.watches.banglejs.uart_host import RX, TX, UartHost
from tests.simulators.watches.conftest import client, on_air
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.backend import VirtualClient, VirtualScanner
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle
from wearsync_simulators.watches.banglejs.uart import PROFILE, UART


def bangle(*, app: dict[str, bytes] = APP, mtu: int = 131) -> SimulatedBangle:
    return SimulatedBangle(engine="model", app=app, seed=3, quirks=Quirks(mtu=mtu))


async def heard(central: Central) -> tuple[str | None, list[str], dict[str, bytes]]:
    """Name, services and service data of the only one that advertises."""
    found: list[tuple[str | None, list[str], dict[str, bytes]]] = []
    scanner = BleakScanner(
        lambda _, seen: found.append((seen.local_name, seen.service_uuids, seen.service_data)),
        backend=VirtualScanner,
        central=central,
    )
    async with scanner:
        await asyncio.sleep(1)
    return found[-1]


@in_virtual_time
async def test_what_it_advertises() -> None:
    sim = bangle(app={})
    async with on_air(sim) as central:
        assert await heard(central) == ("Bangle.js 1234", [UART], {})


@in_virtual_time
async def test_what_it_advertises_when_the_app_has_something_to_say() -> None:
    sim = bangle()
    async with on_air(sim) as central:
        for flags in (2, 3):
            assert await heard(central) == ("Bangle.js 1234", [], {PROFILE: bytes([flags])})
            sim.open_pairing()


@in_virtual_time
async def test_what_nobody_has_subscribed_to_is_lost() -> None:
    sim = bangle()
    async with on_air(sim) as central, client(central, sim) as link:
        await link.write_gatt_char(RX, b'\x10GB({"t":"wearsync","q":"info"})\n', response=True)
        await asyncio.sleep(1)
        host = await UartHost.on(link)
        await asyncio.sleep(1)
        assert host.lines == []
        assert len(await host.info()) == 19


@in_virtual_time
async def test_packets_are_no_larger_than_the_firmwares_mtu() -> None:
    for mtu in (131, 60):
        sim = bangle(mtu=mtu)
        async with on_air(sim) as central, client(central, sim) as link:
            rx = link.services.get_characteristic(RX)
            assert rx is not None
            assert rx.max_write_without_response_size == mtu - 3
            host = await UartHost.on(link)
            await host.asked('(require("Storage").erase("x"),true)')
            await host.say(b'{"t":"wearsync","q":"info"}')
            await host.told("info")
            assert host.biggest <= min(mtu - 3, 128)


@in_virtual_time
async def test_while_a_passkey_is_set_nobody_gets_at_it_without() -> None:
    sim = bangle()
    async with on_air(sim) as central:
        sim.open_pairing()
        link: BleakClient
        async with BleakClient(sim.address, backend=VirtualClient, central=central) as link:
            for attempt in (
                lambda: link.start_notify(TX, lambda *_: None),
                lambda: link.write_gatt_char(RX, b"\n", response=True),
            ):
                with pytest.raises(BleakError):
                    await attempt()
            await asyncio.sleep(60)
            await UartHost.on(link)
