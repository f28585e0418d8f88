"""The whole watch over real Bluetooth, in virtual time: pairing, sessions, range, power."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from bleak.exc import BleakError

from tests.simulators.watches.infinitime.conftest import (
    HOST,
    NEW_ALERT,
    Host,
    Typist,
    connected,
    on_air,
    until,
)
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import RadioUnavailable
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.tcp import parse_host_port, serve_air
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.infinitime.firmware import App
from wearsync_simulators.watches.infinitime.music import Field, MusicEvent
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.view import Face, Press, WatchView

ALERT = b"\x00\x01\x00wearsync\x00start"


watch = partial(SimulatedInfiniTime, seed=3)


def test_it_is_a_watch_like_any_other() -> None:
    sim: AnyWatch = watch()
    assert sim.journal() == ()
    assert not sim.is_on
    assert sim.address == watch().address


@in_virtual_time
async def test_the_passkey_is_typed_at_the_host() -> None:
    sim = watch()
    codes: list[int | None] = []
    sim.on_change = lambda view: codes.append(view.code) if view.code not in codes else None
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.link.pair()
        assert central.paired_securely(sim.address)
        await until(lambda: sim.view.code is None)
    assert len(codes) == 2, "none, and one"


@pytest.mark.parametrize(
    ("off_by", "why"), [(1, "passkey was wrong"), (None, "no passkey was typed")], ids=["wrong", "none"]
)
def test_a_wrong_passkey_or_none_leaves_no_bond_and_can_be_tried_again(off_by: int | None, why: str) -> None:
    @in_virtual_time
    async def story() -> None:
        sim = watch()
        async with on_air(sim, off_by=off_by) as central, connected(central, sim) as host:
            with pytest.raises(BleakError, match=why):
                await host.link.pair()
            assert not central.is_bonded(sim.address)
            await until(lambda: sim.view.code is None)
            central.set_agent(None)
            with pytest.raises(BleakError, match="no passkey was typed"):
                await host.link.pair()

    story()


@in_virtual_time
async def test_without_a_bond_everything_is_open() -> None:
    sim = watch()
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.show(Field.ARTIST, "wearsync")
        await host.write(NEW_ALERT, ALERT)
        assert not central.is_bonded(sim.address)
        assert len(sim.notices) == 1


@in_virtual_time
async def test_a_bond_outlives_a_reset_and_the_screen_does_not() -> None:
    sim = watch()
    async with on_air(sim) as central:
        async with connected(central, sim) as host:
            await host.link.pair()
            await host.show(Field.ARTIST, "Hold · LEFT 1/2")
            await host.write(
                "00002a2b-0000-1000-8000-00805f9b34fb", bytes([0xEA, 7, 11, 23, 5, 0, 0, 1, 0, 1])
            )
            sim.press(Press.TAP)
            await sim.reboot()
            assert (sim.screen.artist, sim.notices, sim.app) == ("Not Playing", (), App.CLOCK)
            assert sim.view.face is Face.CLOCK
            assert sim.clock.local.year == 2026, "it survives a reset"
            await until(lambda: not host.link.is_connected)
        async with connected(central, sim) as host:
            assert central.is_bonded(sim.address)
            await host.listen()
            sim.press(Press.TAP)
            await until(lambda: host.events == [MusicEvent.OPENED, MusicEvent.PLAY])


@in_virtual_time
async def test_bonds_that_the_watch_has_lost() -> None:
    sim = watch()
    async with on_air(sim) as central:
        async with connected(central, sim) as host:
            await host.link.pair()
        await sim.forget_bonds()
        with pytest.raises(BleakError, match="the watch has forgotten this host"):
            async with connected(central, sim):
                pass


@in_virtual_time
async def test_a_bond_that_the_host_has_lost_is_made_anew() -> None:
    sim = watch()
    async with on_air(sim) as central:
        for _ in range(2):
            await central.forget(sim.address)
            async with connected(central, sim) as host:
                await host.link.pair()
                assert central.paired_securely(sim.address)


@in_virtual_time
async def test_out_of_range_and_back() -> None:
    sim = watch()
    async with on_air(sim) as central:
        async with connected(central, sim) as host:
            await host.show(Field.ARTIST, "Hold · LEFT 1/2")
            await sim.set_in_range(False)
            await until(lambda: not host.link.is_connected and not sim.view.connected)
            assert not sim.view.in_range
            assert sim.view.face is Face.HOLD, "what was written stays on the display"
            await sim.reboot()
            assert not sim.view.in_range
            await sim.set_in_range(True)
        async with connected(central, sim):
            assert sim.view.connected


@in_virtual_time
async def test_off_and_on_again() -> None:
    sim = watch()
    air = Air()
    central = await Central.open(air, address=HOST)
    await sim.power_off()
    for _ in range(2):
        await sim.power_on(air)
        assert sim.is_on
        async with connected(central, sim) as host:
            await sim.power_off()
            await until(partial(_is_gone, host))
        assert not sim.is_on
    await central.close()


@in_virtual_time
async def test_without_a_radio_there_is_no_watch() -> None:
    sim = watch()
    with pytest.raises(RadioUnavailable):
        await sim.power_on("file:/nowhere")
    assert not sim.is_on


async def test_an_air_that_ends_and_comes_again() -> None:
    sim = watch()
    server = await serve_air("127.0.0.1", 0)
    host, port = parse_host_port(f"tcp:{server.address}")
    await sim.power_on(f"tcp-client:{server.address}")
    assert sim.view.radio
    await server.close()
    await until(lambda: not sim.view.radio)
    server = await serve_air(host, port)
    await until(lambda: sim.view.radio)
    await sim.power_off()
    await server.close()


@in_virtual_time
async def test_notifications_off_is_a_setting_that_lasts() -> None:
    sim = watch()
    sim.motor(MotorState.QUIET)
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.write(NEW_ALERT, ALERT)
        sim.motor(MotorState.WORKS)
        await host.write(NEW_ALERT, ALERT)
        assert len(sim.notices) == 2
        assert len(sim.motor_log) == 1


@in_virtual_time
async def test_an_alert_is_felt_when_it_has_come() -> None:
    sim = watch()
    views: list[WatchView] = []
    async with on_air(sim) as central, connected(central, sim) as host:
        sim.on_change = views.append
        await host.write(NEW_ALERT, ALERT)
        (notice,) = sim.notices
        await until(lambda: len(views) == 2)
        assert [view.motor for view in views] == [True, False]
        (pulse,) = sim.motor_log
        assert pulse.on_s == notice.at_s
        assert pulse.off_s - pulse.on_s == pytest.approx(0.035)


@in_virtual_time
async def test_it_is_who_it_was_after_its_process_has_ended(tmp_path: Path) -> None:
    first = watch(state_dir=tmp_path, seed=None)
    air = Air()
    await first.power_on(air)
    central = await Central.open(air, address=HOST, agent=None)
    async with connected(central, first) as host:
        central.set_agent(Typist(first))
        await host.link.pair()
    await first.power_off()
    second = watch(state_dir=tmp_path, seed=None)
    assert second.address == first.address
    await second.power_on(air)
    async with connected(central, second) as host:
        assert host.link.is_connected, "the stored bond has encrypted the link"
    await second.power_off()
    await central.close()


@in_virtual_time
async def test_hands_that_find_nothing_to_do() -> None:
    sim = watch()
    async with on_air(sim):
        before = sim.view
        sim.confirm_code(same=False)
        sim.open_pairing()
        sim.press(Press.SNOOZE)
        await asyncio.sleep(5)
        assert sim.view == before


def _is_gone(host: Host) -> bool:
    return not host.link.is_connected
