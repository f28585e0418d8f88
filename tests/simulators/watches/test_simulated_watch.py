"""The whole watch over real Bluetooth, in virtual time: pairing, sessions, range, power."""

import asyncio
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from bleak.exc import BleakError

from tests.simulators.watches.conftest import K, Person, client, on_air, paired, talk
from tests.simulators.watches.paper_host import (
    ACK,
    BYE,
    CHALLENGE,
    CLOCK,
    CUES,
    DONE,
    PING,
    ROUTINE,
    routine_body,
)
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import AlreadyRunning, RadioUnavailable
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import Booted, CueAck, HoldStarted, HoldStopped, SessionTold
from wearsync_simulators.watches.simulated_watch import Outage, SimulatedWatch
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.watches.words import CueResult, Pattern, Reason, Reset, SessionWhat, Side
from wearsync_simulators.wearer import Diligent, Starting

PLAN_OF_A_HOLD = (
    (Pattern.START, 0),
    (Pattern.FORM, 10_000),
    (Pattern.HALFWAY, 15_000),
    (Pattern.LAST_THREE, 27_000),
    (Pattern.DONE, 30_000),
)


def diligent() -> Diligent:
    return Diligent(Random(5))


def watch(**options: object) -> SimulatedWatch:
    """In pairing mode, with a diligent wearer."""
    return SimulatedWatch(**{"name": "W", "seed": 3, "pairing": True, "wearer": diligent()} | options)  # type: ignore[arg-type]


@in_virtual_time
async def test_a_session_of_two_holds_with_its_cues() -> None:
    sim = watch(drift_ppm=150)
    faces: list[Face] = []
    sim.on_change = lambda view: faces.append(view.face) if view.face not in faces[-1:] else None
    async with on_air(sim) as central, client(central, sim) as link:
        host = await paired(link)
        ready = await host.handshake()
        await host.start(1)
        starts_at = ready.tick + 15_000
        for step in (0, 1):
            await host.step(9, step, at=starts_at)
            plan = (((step << 8) + n, p, 1, step, at, 500) for n, (p, at) in enumerate(PLAN_OF_A_HOLD))
            await host.cues(ready.boot, *plan)
            stopped = await host.record(0x11)
            assert stopped.stopped == (9, step, Reason.PLANNED, 30_000)
            starts_at = stopped.tick + 10_000
        await host.step(9, 1, DONE)
        await host.record(0x12)
        await asyncio.sleep(1)  # the last pulse
    holds = [record.body for record in sim.journal() if isinstance(record.body, HoldStarted | HoldStopped)]
    assert [hold.side for hold in holds if isinstance(hold, HoldStarted)] == [Side.LEFT, Side.RIGHT]
    acks = [record.body for record in sim.journal() if isinstance(record.body, CueAck)]
    assert {ack.result for ack in acks} == {CueResult.PLAYED}
    assert len(acks) == 2 * len(PLAN_OF_A_HOLD)
    felt_ms = sum(pulse.off_s - pulse.on_s for pulse in sim.motor_log) * 1000
    assert felt_ms == pytest.approx(sum(ack.motor_ms for ack in acks), rel=1e-3)
    assert all(before.off_s <= after.on_s for before, after in pairwise(sim.motor_log))
    gap_hold = [Face.GAP, Face.HOLD, Face.WAITING]
    assert faces == [Face.CLOCK, *gap_hold, *gap_hold, Face.DONE]


@in_virtual_time
async def test_pairing_shows_the_code_on_both_and_the_wearer_confirms() -> None:
    sim, person = watch(), Person()
    codes: list[int] = []
    sim.on_change = lambda view: codes.append(view.code) if view.code is not None else None
    async with on_air(sim, person) as central, client(central, sim) as link:
        host = await paired(link)
        assert sim.view.pairing
        assert (await host.handshake()).next_seq == 3
        assert not sim.view.pairing, "a key has been proven"
    assert set(codes) == set(person.numbers)
    assert len(person.numbers) == 1


@pytest.mark.parametrize("who", ["the wearer", "the person", "nobody"])
def test_a_code_that_is_not_confirmed_leaves_no_bond(who: str) -> None:
    @in_virtual_time
    async def story() -> None:
        sim = watch(wearer=None)
        person = Person(says_yes=who != "the person")
        async with on_air(sim, person) as central, client(central, sim) as link:
            sim.on_change = lambda view: (
                sim.confirm_code(same=who != "the wearer")
                if view.code is not None and who != "nobody"
                else None
            )
            with pytest.raises(BleakError):
                await link.pair()
            assert not central.is_bonded(sim.address)

    story()


@in_virtual_time
async def test_pairing_is_refused_outside_of_pairing_mode_and_after_three_failures() -> None:
    sim, person = watch(pairing=False), Person(says_yes=False)
    async with on_air(sim, person) as central, client(central, sim) as link:
        with pytest.raises(BleakError):
            await link.pair()
        assert person.numbers == []
        sim.open_pairing()
        for _ in range(4):
            with pytest.raises(BleakError):
                await link.pair()
        assert len(person.numbers) == 3
        sim.open_pairing()
        assert not sim.view.pairing
        await asyncio.sleep(60)
        sim.open_pairing()
        assert sim.view.pairing


@in_virtual_time
async def test_wrong_tags_end_the_connection_and_nothing_is_played() -> None:
    sim = watch()
    async with on_air(sim) as central, client(central, sim) as link:
        host = await paired(link)
        ready = await host.handshake()
        await host.start(1)
        await host.record(0x30)
        before = len(sim.journal())
        host.down_counter += 1
        await host.cues(ready.boot, (5, Pattern.NUDGE, 0, 0, 0, 500))
        assert await host.error() == (6, CUES)
        while link.is_connected:
            await asyncio.sleep(0.01)
        await asyncio.sleep(5)
    assert len(sim.journal()) == before
    assert not sim.motor_log


@in_virtual_time
async def test_a_wrong_proof_ends_the_connection() -> None:
    sim = watch()
    async with on_air(sim) as central:
        async with client(central, sim) as link:
            await (await paired(link)).handshake()
        async with client(central, sim) as link:
            host = await talk(link)
            await host.hello()
            await host.prove(await host.next(CHALLENGE), wrong=True)
            assert await host.error() == (5, 2)
            while link.is_connected:
                await asyncio.sleep(0.01)


@in_virtual_time
async def test_out_of_range_in_mid_hold_and_back_the_hold_is_there_once() -> None:
    sim = watch(outages=(Outage(10, 20),))
    async with on_air(sim) as central:
        async with client(central, sim) as link:
            host = await paired(link)
            ready = await host.handshake()
            await host.start(1)
            await host.step(9, 0)
            await host.say(ROUTINE, routine_body(rounds=2, gap_s=60))
            begun = await host.record(0x10)
            while link.is_connected:
                await asyncio.sleep(0.1)
            assert not sim.view.in_range
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5), client(central, sim):
                pass
        await asyncio.sleep(25)
        assert sim.view.in_range
        async with client(central, sim) as link:
            host = await talk(link)
            again = await host.handshake()
            assert again.boot == ready.boot
            await host.start(begun.seq + 1)
            assert (await host.record()).stopped == (9, 0, Reason.PLANNED, 30_000)
            await host.step(9, 1, at=0)
            assert (await host.record(0x10)).seq == begun.seq + 2
    assert sum(isinstance(record.body, HoldStopped) for record in sim.journal()) == 1


@in_virtual_time
async def test_a_reboot_in_a_hold() -> None:
    sim = watch()
    async with on_air(sim) as central:
        async with client(central, sim) as link:
            host = await paired(link)
            await host.handshake()
            await host.start(1)
            await host.step(9, 0)
            begun = await host.record(0x10)
            await sim.reboot()
            while link.is_connected:
                await asyncio.sleep(0.1)
        async with client(central, sim) as link:
            host = await talk(link)
            ready = await host.handshake()
            assert (ready.boot, ready.first_seq) == (2, 1)
            await host.start(begun.seq + 1)
            told = [await host.record() for _ in range(3)]
    assert [(record.type, record.boot) for record in told] == [(0x01, 2), (0x11, 2), (0x12, 2)]
    assert told[0].body[0] == Reset.WATCHDOG
    assert told[1].stopped == (9, 0, Reason.REBOOT, 0)
    assert told[2].has(0x12, "<IBB") == (9, SessionWhat.ENDED, 1)


@in_virtual_time
async def test_two_hosts_have_a_cursor_each() -> None:
    sim = watch(pairing=False)
    other = bytes(range(32, 64))
    async with on_air(sim) as central, client(central, sim) as link:
        for key, acked in ((K, 2), (other, 1)):
            sim.open_pairing()
            await link.pair()
            await link.write_gatt_char("f69b0004-d1cb-4904-adda-db6c343c41a1", key, response=True)
            host = await talk(link, key)
            await host.handshake()
            await host.start(1)
            await host.next(0x83)
            await host.say(ACK, acked.to_bytes(4, "little"))
            await link.stop_notify("f69b0002-d1cb-4904-adda-db6c343c41a1")
        await asyncio.sleep(1)
    assert len(sim.journal()) == 2, "an ACK erases nothing"


@in_virtual_time
async def test_the_watch_alone_from_the_wearers_start() -> None:
    sim = watch(wearer=Starting(diligent(), after_s=100))
    async with on_air(sim) as central:
        async with client(central, sim) as link:
            host = await paired(link)
            await host.handshake()
            await host.start(1)
            await host.say(ROUTINE, routine_body(rounds=1, hold_s=30))
            await host.say(PING, bytes(4))
            await host.next(0x84)
            await host.say(BYE)
        await asyncio.sleep(200)
    kinds = [type(record.body) for record in sim.journal()][3:]
    assert kinds == [SessionTold, HoldStarted, HoldStopped, HoldStarted, HoldStopped, SessionTold]


@in_virtual_time
async def test_identity_keys_bonds_and_flash_persist(tmp_path: Path) -> None:
    sim = watch(state_dir=tmp_path / "w")
    air = Air()
    async with on_air(sim) as central:
        async with client(central, sim) as link:
            await (await paired(link)).handshake()
        bonds = central.radio.bonds
    again = SimulatedWatch(name="W", state_dir=tmp_path / "w")
    assert (again.address, again.watch_id) == (sim.address, sim.watch_id)
    async with on_air(again) as central:
        central.radio.device.keystore = bonds
        (keys,) = (keys for _, keys in await bonds.get_all())
        await central.radio.bonds.update(again.address, keys)
        async with client(central, again) as link:
            host = await talk(link)
            ready = await host.handshake()
    assert (ready.journal_id, ready.boot, ready.next_seq) == (sim.journal_id, 2, 5)
    assert all(path.stat().st_mode & 0o77 == 0 for path in (tmp_path / "w").iterdir())
    await again.power_on(air)
    with pytest.raises(AlreadyRunning):
        await SimulatedWatch(name="W", state_dir=tmp_path / "w").power_on(air)
    await again.power_off()


@in_virtual_time
async def test_quiet_mode_is_told() -> None:
    sim = watch(pairing=False, open_=True)
    async with on_air(sim) as central, client(central, sim) as link:
        host = await talk(link, key=None)
        await host.handshake()
        await host.start(1)
        sim.motor(MotorState.QUIET)
        await host.cues(1, (5, Pattern.NUDGE, 0, 0, 0, 500))
        assert (await host.record(0x20)).acked == (5, CueResult.SUPPRESSED, 0, 0)
    assert not sim.motor_log


@in_virtual_time
async def test_two_runs_of_one_seed_are_the_same() -> None:
    async def run() -> tuple[object, ...]:
        sim = watch(pairing=False, open_=True)
        views: list[WatchView] = []
        sim.on_change = views.append
        began_s = asyncio.get_running_loop().time()
        async with on_air(sim) as central, client(central, sim) as link:
            host = await talk(link, key=None)
            await host.handshake()
            await host.start(1)
            await host.step(9, 0, at=5000)
            await host.record(0x11)
            sim.press(Press.START)
        return sim.address, sim.journal(), [view.face for view in views], began_s

    first, second = await run(), await run()
    assert first[:3] == second[:3]


@in_virtual_time
async def test_no_radio() -> None:
    sim = watch()
    with pytest.raises(RadioUnavailable):
        await sim.power_on("nonsense")
    assert not sim.is_on
    assert not sim.view.radio
    air = Air()
    await sim.power_on(air)
    await sim.power_off()
    await sim.power_off()


@in_virtual_time
async def test_it_stays_out_of_range_through_a_reboot_and_through_no_power() -> None:
    sim = watch()
    async with on_air(sim) as central:
        await sim.set_in_range(False)
        await sim.reboot()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5), client(central, sim):
                pass
        await sim.set_in_range(True)
        async with client(central, sim):
            assert sim.view.connected


@in_virtual_time
async def test_the_time_of_day_survives_a_reboot_and_not_a_power_cycle() -> None:
    sim = watch(pairing=False, open_=True)
    air = Air()
    async with on_air(sim) as central, client(central, sim) as link:
        host = await talk(link, key=None)
        await host.handshake()
        await host.start(1)
        await host.say(CLOCK, (1_700_000_000_000_000).to_bytes(8, "little") + bytes(2))
        await host.record(0x40)
        await sim.reboot()
    await sim.power_on(air)
    await sim.power_off()
    booted = [record.body.unix_us for record in sim.journal() if isinstance(record.body, Booted)]
    assert booted[0] == booted[2] == 0
    assert 1_700_000_001_000_000 <= booted[1] < 1_700_000_003_000_000
