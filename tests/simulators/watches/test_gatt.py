"""Section 1 over the air: services, permissions, advertising, ATT errors."""

import asyncio
from random import Random

import pytest
from bleak import BleakScanner
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble.att import ATT_Error
from bumble.pairing import PairingConfig

from tests.simulators.watches.conftest import K, client, on_air, paired, talk
from tests.simulators.watches.paper_host import DOWN, INFO, KEY, SERVICE, UP
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.radio.backend import VirtualScanner
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.gatt import NAME_MAX_BYTES, advertisement, scan_response
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent

BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
MANUFACTURER = "00002a29-0000-1000-8000-00805f9b34fb"
LEGACY_MAX_BYTES = 31


def watch(*, pairing: bool = True, open_: bool = False, display: bool = True) -> SimulatedWatch:
    """A watch that says yes to the code."""
    wearer = Diligent(Random(1))
    return SimulatedWatch(name="W", seed=3, pairing=pairing, open_=open_, display=display, wearer=wearer)


async def seen(central: Central) -> dict[str, bytes]:
    """The service data of each watch that a scan shows, by name."""
    async with BleakScanner(backend=VirtualScanner, central=central) as scanner:
        await asyncio.sleep(0.5)
        found = [advertised for _, advertised in scanner.discovered_devices_and_advertisement_data.values()]
    assert all(advertised.service_uuids == [SERVICE] for advertised in found)
    return {advertised.local_name or "": advertised.service_data[SERVICE] for advertised in found}


def test_advertisement_and_scan_response_fit() -> None:
    assert len(advertisement()) <= LEGACY_MAX_BYTES
    assert len(scan_response("x" * NAME_MAX_BYTES, 7)) == LEGACY_MAX_BYTES


@in_virtual_time
async def test_what_is_advertised_follows_the_watch() -> None:
    sim = watch(pairing=False)
    async with on_air(sim) as central:
        assert await seen(central) == {"W": b"\x02"}
        sim.open_pairing()
        assert await seen(central) == {"W": b"\x03"}
        async with client(central, sim) as link:
            assert await seen(central) == {}
            host = await paired(link)
            ready = await host.handshake()
            await host.start(1)
            for _ in range(1, ready.next_seq):
                await host.record()
        assert await seen(central) == {"W": b"\x00"}


@in_virtual_time
async def test_what_is_open_to_all() -> None:
    sim = watch()
    async with on_air(sim) as central, client(central, sim) as link:
        assert await link.read_gatt_char(INFO) == b"\x01\x01" + sim.watch_id + b"\x01"
        assert await link.read_gatt_char(BATTERY_LEVEL) == b"\x64"
        assert await link.read_gatt_char(MANUFACTURER) == b"wearsync"
        properties = {c.uuid: c.properties for s in link.services for c in s.characteristics}
        assert properties[INFO] == ["read"]
        assert properties[UP] == ["notify"]
        assert properties[DOWN] == properties[KEY] == ["write"]
        assert link.mtu_size >= 72


@in_virtual_time
async def test_a_stranger_can_neither_write_nor_subscribe() -> None:
    sim = watch()
    async with on_air(sim) as central, client(central, sim) as link:
        for uuid in (DOWN, KEY):
            with pytest.raises(BleakError):
                await link.write_gatt_char(uuid, K, response=True)
        with pytest.raises(BleakError):
            await link.start_notify(UP, lambda _, __: None)
        before = sim.journal()
    assert sim.journal() == before


@in_virtual_time
async def test_att_errors() -> None:
    sim = watch()
    async with on_air(sim) as central, client(central, sim) as link:
        await link.pair()
        for value in (K[:31], K + b"x", b""):
            with pytest.raises(BleakGATTProtocolError) as error:
                await link.write_gatt_char(KEY, value, response=True)
            assert error.value.code == 0x0D
        (bare,) = central.radio.device.connections.values()  # bleak itself does not write more than 512 bytes
        down = link.services.get_characteristic(DOWN)
        assert down is not None
        with pytest.raises(ATT_Error) as too_long:
            await bare.gatt_client.write_value(down.handle, bytes(513), with_response=True)
        assert too_long.value.error_code == 0x0D
        await link.write_gatt_char(KEY, K, response=True)
        host = await talk(link)
        await host.handshake()  # the key is proven: pairing mode ends
        with pytest.raises(BleakGATTProtocolError) as error:
            await link.write_gatt_char(KEY, K, response=True)
        assert error.value.code == 0x80


@in_virtual_time
async def test_just_works_is_not_enough_for_a_key_unless_the_watch_has_no_display() -> None:
    for display in (True, False):
        sim = watch(display=display)
        async with on_air(sim) as central, client(central, sim) as link:
            # A host without display and buttons; and one that has them, with a watch that has none.
            if display:
                central.radio.device.pairing_config_factory = lambda _: PairingConfig(mitm=False)
            assert (await link.read_gatt_char(INFO))[18] == (1 if display else 3)
            await link.pair()
            if display:
                with pytest.raises(BleakGATTProtocolError) as error:
                    await link.write_gatt_char(KEY, K, response=True)
                assert error.value.code == 0x05
            else:
                await link.write_gatt_char(KEY, K, response=True)
                await (await talk(link)).handshake()
            assert sim.view.pairing is display


@in_virtual_time
async def test_an_open_watch_needs_nothing() -> None:
    sim = watch(pairing=False, open_=True)
    async with on_air(sim) as central, client(central, sim) as link:
        assert (await link.read_gatt_char(INFO))[18] == 4
        host = await talk(link, key=None)
        await host.handshake()
        await host.start()
        assert (await host.record(0x01)).seq == 1


@in_virtual_time
async def test_the_battery_notifies() -> None:
    sim = watch(pairing=False, open_=True)
    levels: list[int] = []
    async with on_air(sim) as central, client(central, sim) as link:
        await link.start_notify(BATTERY_LEVEL, lambda _, level: levels.append(level[0]))
        await asyncio.sleep(3700)
    assert levels == [99, 98]
