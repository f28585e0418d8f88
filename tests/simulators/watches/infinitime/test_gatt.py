"""The services over real Bluetooth: what is there, and the quirks that a host meets."""

from functools import partial

import pytest
from bleak.exc import BleakError

from tests.simulators.watches.infinitime.conftest import (
    ALERT_LEVEL,
    BATTERY,
    CALL_EVENT,
    CURRENT_TIME,
    EVENT,
    NEW_ALERT,
    connected,
    on_air,
    until,
)
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.watches.infinitime.music import Field
from wearsync_simulators.watches.infinitime.notices import CallAnswer
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.view import Press

LENGTH = "00000007-78fc-48fe-8e23-433b3a1942d0"
TRACK = "00000004-78fc-48fe-8e23-433b3a1942d0"
NOW = bytes([0xEA, 0x07, 11, 23, 5, 10, 59, 1, 0, 1])


watch = partial(SimulatedInfiniTime, seed=3)


@in_virtual_time
async def test_who_it_says_it_is() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        told = {uuid: await host.read(f"0000{uuid}-0000-1000-8000-00805f9b34fb") for uuid in ("2a26", "2a29")}
        assert told == {"2a26": b"1.16.0", "2a29": b"PINE64"}
        assert await host.read("00002a00-0000-1000-8000-00805f9b34fb") == b"InfiniTime"
        assert host.link.mtu_size == 256
        assert len(host.link.services.services) == 11


@in_virtual_time
async def test_what_can_be_read_of_the_sensors() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        assert await host.read("00002a37-0000-1000-8000-00805f9b34fb") == bytes(2)
        assert await host.read("00030001-78fc-48fe-8e23-433b3a1942d0") == bytes(4)
        assert await host.read("00030002-78fc-48fe-8e23-433b3a1942d0") == bytes(6)
        for number in (1, 2, 3, 4):
            await host.write(f"0001000{number}-78fc-48fe-8e23-433b3a1942d0", b"\x2a")


@in_virtual_time
async def test_one_uuid_has_two_handles_and_both_are_the_length() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        assert len(host.handles(LENGTH)) == 2
        with pytest.raises(BleakError, match="Multiple Characteristics"):
            await host.link.write_gatt_char(LENGTH, bytes(4), response=True)
        for which, seconds in ((0, 30), (1, 45)):
            await host.show(Field.LENGTH, seconds, which=which)
            assert sim.screen.length_s == seconds


@in_virtual_time
async def test_what_was_written_to_the_music_service_is_read_as_nothing() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.show(Field.TRACK, "LEFT knee down")
        assert sim.screen.track == "LEFT knee down"
        assert await host.read(TRACK) == b""


@in_virtual_time
async def test_the_time_is_written_and_read_back() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        assert (await host.read(CURRENT_TIME))[:2] == bytes([0xB2, 0x07])
        await host.write(CURRENT_TIME, NOW)
        assert (await host.read(CURRENT_TIME))[:6] == NOW[:6]
        with pytest.raises(BleakError, match="Invalid Attribute"):
            await host.write(CURRENT_TIME, NOW[:9])


@in_virtual_time
async def test_a_firmware_that_ignores_a_short_time_in_silence() -> None:
    sim = watch(refuses_short_time=False)
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.write(CURRENT_TIME, NOW[:9])
        assert (await host.read(CURRENT_TIME))[:2] == bytes([0xB2, 0x07])


@in_virtual_time
async def test_alerts_of_both_kinds_and_a_call() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.listen(CALL_EVENT)
        await host.write(NEW_ALERT, b"\x00\x01\x00wearsync\x00start")
        await host.write(ALERT_LEVEL, b"\x00")
        await until(lambda: len(sim.notices) == 2)
        assert [notice.body for notice in sim.notices] == ["Alert : None", "start"]
        await host.write(NEW_ALERT, b"\x03\x01\x00wearsync\x00problem")
        assert sim.ringing
        sim.answer_call(CallAnswer.MUTE)
        await until(lambda: host.events == [2])


@in_virtual_time
async def test_the_battery_is_read_and_told() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.listen(BATTERY)
        assert await host.read(BATTERY) == b"\x64"
        sim.set_battery(14)
        await until(lambda: host.events == [14])
        assert await host.read(BATTERY) == b"\x0e"


@in_virtual_time
async def test_the_buttons_are_told_even_to_a_host_that_has_not_subscribed() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        (link,) = central.radio.device.connections.values()
        (handle,) = host.handles(EVENT)
        heard: list[bytes] = []
        link.gatt_client.notification_subscribers[handle] = {heard.append}
        sim.press(Press.TAP)
        await until(lambda: heard == [b"\xe0", b"\x00"])
