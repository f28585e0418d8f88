"""The simulated Bangle over real Bluetooth, in virtual time: pairing by passkey, sessions, its quirks, power.

What a host can see is the same whether the app itself runs (under node) or the model of it.
"""

import asyncio
import base64
import zlib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import pytest
from bleak import BleakClient
from bleak.exc import BleakError

from tests.simulators.watches.banglejs.engine_bench import APP
from tests.simulators.watches.banglejs.uart_host import RX, TX, UartHost
from tests.simulators.watches.conftest import K, Person, client, on_air
from tests.simulators.watches.paper_host import ROUTINE, PaperHost, routine_body
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import StorageError, Unavailable
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle, shipped_app
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import Booted, CueAck, HoldStopped, SessionTold
from wearsync_simulators.watches.view import Face, Press
from wearsync_simulators.watches.words import CueResult, Reason, SessionWhat
from wearsync_simulators.wearer import Diligent, Wearer

ENGINES: tuple[Literal["node", "model"], ...] = ("node", "model")
both = pytest.mark.parametrize("engine", ENGINES)


@dataclass
class Reader(Person):
    """Types what the watch shows, or something else."""

    watch: SimulatedBangle | None = None
    wrong_by: int = 0

    async def passkey(self) -> int | None:
        code = None if self.watch is None else self.watch.view.code
        return None if code is None else (code + self.wrong_by) % 1_000_000


def bangle(
    engine: Literal["node", "model"],
    quirks: Quirks | None = None,
    *,
    wearer: Wearer | None = None,
    state_dir: Path | None = None,
    app: dict[str, bytes] | None = None,
) -> SimulatedBangle:
    return SimulatedBangle(
        engine=engine, seed=3, wearer=wearer, state_dir=state_dir, app=app, quirks=quirks or Quirks()
    )


async def in_pairing_mode(sim: SimulatedBangle) -> None:
    """The wearer opens it in the app's menu, which takes a moment."""
    sim.open_pairing()
    await asyncio.sleep(2)
    assert sim.view.pairing
    assert sim.view.code is not None


async def paired(sim: SimulatedBangle, link: BleakClient) -> tuple[UartHost, PaperHost]:
    """Bond, hand the key over, and be a host on this link."""
    await link.pair()
    host = await UartHost.on(link)
    assert (await host.info())[18] == 1
    assert await host.key(K) == "ok"
    return host, host.paper(K)


@both
@in_virtual_time
async def test_paired_by_the_passkey_on_its_display_it_runs_a_session(
    engine: Literal["node", "model"],
) -> None:
    sim = bangle(engine, wearer=Diligent(Random(5)))
    async with on_air(sim, Reader(watch=sim)) as central:
        await in_pairing_mode(sim)
        async with client(central, sim) as link:
            host, paper = await paired(sim, link)
            ready = await paper.handshake()
            assert not sim.view.pairing, "a proven key ends pairing mode"
            assert sim.view.code is None
            await paper.start(1)
            await paper.step(9, 0, at=ready.tick + 15_000)
            await paper.cues(ready.boot, (1, 2, 1, 0, 0, 500), (2, 6, 1, 0, 30_000, 500))
            stopped = await paper.record(0x11)
            assert stopped.stopped == (9, 0, Reason.PLANNED, 30_000)
            await asyncio.sleep(1)
            assert host.biggest <= 128
        assert sim.watch_id == paper_watch_id(host)
        assert (sim.journal_id, sim.first_seq) == (ready.journal_id, 1)
        assert sim.next_seq == sim.journal()[-1].seq + 1
    acks = [record.body for record in sim.journal() if isinstance(record.body, CueAck)]
    assert [ack.result for ack in acks] == [CueResult.SCHEDULED] * 2
    assert [round(pulse.off_s - pulse.on_s, 3) for pulse in sim.motor_log] == [0.15, 0.15, 0.4]


def paper_watch_id(host: UartHost) -> bytes:
    """What Info said."""
    begin = host.seen.index(b'"info":"') + 8
    return base64.b64decode(host.seen[begin : host.seen.index(b'"', begin)])[2:18]


@both
@in_virtual_time
async def test_without_pairing_mode_or_without_the_passkey_there_is_no_key(
    engine: Literal["node", "model"],
) -> None:
    sim, person = bangle(engine), Reader()
    async with on_air(sim, person) as central:
        async with client(central, sim) as link:
            host = await UartHost.on(link)
            assert (await host.info())[18] == 0
            assert await host.key(K) == "refused"
        await in_pairing_mode(sim)
        person.watch, person.wrong_by = sim, 1
        async with client(central, sim) as link:
            with pytest.raises(BleakError):
                await link.start_notify(TX, lambda *_: None)
            with pytest.raises(BleakError):
                await link.write_gatt_char(RX, b"\n", response=True)
            with pytest.raises(BleakError, match="passkey"):
                await link.pair()
            assert not central.is_bonded(sim.address)


@both
@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(xoff_after_bytes=100, xoff_ms=300),
        Quirks(noise=True, other_apps=True, half_line=True),
        Quirks(mtu=53, xoff_after_bytes=33),
        Quirks(programmable=False, half_line=True, noise=True),
    ],
    ids=["xoff", "noise", "small packets", "not programmable"],
)
def test_a_session_through_every_quirk(engine: Literal["node", "model"], quirks: Quirks) -> None:
    @in_virtual_time
    async def story() -> None:
        sim = bangle(engine, quirks)
        async with on_air(sim, Reader(watch=sim)) as central:
            await in_pairing_mode(sim)
            async with client(central, sim) as link:
                host, paper = await paired(sim, link)
                ready = await paper.handshake()
                await paper.start(1)
                await paper.step(9, 0, at=ready.tick)
                assert (await paper.record(0x11)).stopped == (9, 0, Reason.PLANNED, 30_000)
                assert host.biggest <= quirks.mtu - 3
                assert (host.stops > 0) is (quirks.xoff_after_bytes is not None)

    story()


@both
@in_virtual_time
async def test_who_does_not_obey_xoff_is_not_understood(engine: Literal["node", "model"]) -> None:
    sim = bangle(engine, Quirks(xoff_after_bytes=20, xoff_ms=60_000))
    async with on_air(sim) as central, client(central, sim) as link:
        host = await UartHost.on(link, obeys=False)
        for _ in range(60):
            await host.say(b'{"t":"wearsync","d":"' + b"A" * 200 + b'"}')
        await host.say(b'{"t":"wearsync","q":"info"}')
        await asyncio.sleep(120)
        assert not any("info" in line for line in host.lines), "the buffer was full"


@both
@in_virtual_time
async def test_quiet_mode_is_told_and_a_broken_motor_is_not_known(engine: Literal["node", "model"]) -> None:
    sim = bangle(engine)
    async with on_air(sim, Reader(watch=sim)) as central:
        await in_pairing_mode(sim)
        async with client(central, sim) as link:
            _, paper = await paired(sim, link)
            ready = await paper.handshake()
            await paper.start(1)
            for cue_id, state, result in (
                (1, MotorState.QUIET, CueResult.SUPPRESSED),
                (2, MotorState.BROKEN, CueResult.SCHEDULED),
                (3, MotorState.WORKS, CueResult.SCHEDULED),
            ):
                sim.motor(state)
                await paper.cues(ready.boot, (cue_id, 1, 0, 0, 0, 500))
                assert (await paper.record(0x20)).acked[:2] == (cue_id, result)
                await asyncio.sleep(1)  # whether it runs or not, the app gives the motor its time
    assert len(sim.motor_log) == 1


@both
@in_virtual_time
async def test_a_hold_alone_is_in_the_journal_after_a_reboot(engine: Literal["node", "model"]) -> None:
    sim = bangle(engine, wearer=Diligent(Random(2)))
    async with on_air(sim, Reader(watch=sim)) as central:
        await in_pairing_mode(sim)
        async with client(central, sim) as link:
            _, paper = await paired(sim, link)
            await paper.handshake()
            await paper.start(1)
            await paper.say(ROUTINE, routine_body(plan=0x7E))
            await asyncio.sleep(1)
        sim.press(Press.START)
        while Face.HOLD is not sim.view.face:
            await asyncio.sleep(1)
        await asyncio.sleep(120)
        before = sim.journal()
        await sim.reboot()
        async with client(central, sim) as link:
            paper = (await UartHost.on(link)).paper(K)
            ready = await paper.handshake()
            assert ready.boot == 2
    bodies = [record.body for record in sim.journal()]
    assert [body.held_ms for body in bodies if isinstance(body, HoldStopped)] == [30_000, 30_000]
    assert [body.what for body in bodies if isinstance(body, SessionTold)][-1] is SessionWhat.DONE
    assert sum(isinstance(body, Booted) for body in bodies) == 2
    assert sim.journal()[: len(before)] == before


@both
@in_virtual_time
async def test_an_installers_way_and_back(engine: Literal["node", "model"]) -> None:
    """The statements of docs/watches/banglejs.md: chunks, CRC, load, version; and out again."""
    sim = bangle(engine, Quirks(xoff_after_bytes=700), app={})
    app = shipped_app()
    async with on_air(sim) as central, client(central, sim) as link:
        host = await UartHost.on(link)
        version = 'process.env.HWVERSION==2?(require("Storage").readJSON("wearsync.info",1)||{}).version:0'
        assert await host.asked(version) is None
        for name, content in app.items():
            for at in range(0, len(content), 1024):
                data = base64.b64encode(content[at : at + 1024]).decode()
                write = f'require("Storage").write("{name}",atob("{data}"),{at},{len(content)})'
                assert await host.asked(write, at + 2) is True
            crc = await host.asked(f'E.CRC32(require("Storage").read("{name}")||"")')
            assert crc == zlib.crc32(content)
        await host.write(b"\x10load()\n")
        assert await host.asked(version, 9) == "1.0"
        assert (await host.info())[:2] == b"\x01\x01"
        assert host.stops > 10
        assert app.items() <= sim.files().items()
        for name in app:
            assert await host.asked(f'(require("Storage").erase("{name}"),true)', 11) is True
        await host.write(b"\x10load()\n")
        assert await host.asked(version, 12) is None
        assert not app.keys() & sim.files().keys()


@both
@in_virtual_time
async def test_with_programmable_off_nothing_is_evaluated(engine: Literal["node", "model"]) -> None:
    sim = bangle(engine, Quirks(programmable=False))
    async with on_air(sim) as central, client(central, sim) as link:
        host = await UartHost.on(link)
        await host.write(b'\x10Bluetooth.println(JSON.stringify({t:"wearsync-app",n:1,v:1}))\n')
        assert (await host.info())[:2] == b"\x01\x01"
        assert b"wearsync-app" not in host.seen


@both
def test_the_same_watch_the_next_time(tmp_path: Path, engine: Literal["node", "model"]) -> None:
    @in_virtual_time
    async def story() -> None:
        identities = []
        for boots in (1, 2):
            sim = bangle(engine, state_dir=tmp_path)
            async with on_air(sim, Reader(watch=sim)) as central:
                if boots == 1:
                    await in_pairing_mode(sim)
                async with client(central, sim) as link:
                    if boots == 1:
                        _, paper = await paired(sim, link)
                    else:
                        paper = (await UartHost.on(link)).paper(K)
                    ready = await paper.handshake()
                    assert ready.boot == boots
            identities.append((sim.address, sim.watch_id, sim.journal_id))
            assert [record.boot for record in sim.journal()][-1] == boots
        assert identities[0] == identities[1]

    story()


@in_virtual_time
async def test_a_storage_that_is_none_is_told(tmp_path: Path) -> None:
    for content in ('["a"]', "7", '{"a": 7}', '{"a": "not base64!"}', "{"):
        (tmp_path / "storage.json").write_text(content)
        with pytest.raises(StorageError, match="not a simulated Bangle's storage"):
            bangle("model", state_dir=tmp_path)


def test_without_node_the_model_is_taken_or_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="install nodejs"):
        SimulatedBangle(engine="node")
    assert SimulatedBangle(app=APP).files() == APP


@in_virtual_time
async def test_in_pairing_mode_until_a_key_is_proven() -> None:
    for engine in ENGINES:
        sim = SimulatedBangle(engine=engine, pairing=True, seed=3)
        async with on_air(sim, Reader(watch=sim)) as central:
            await asyncio.sleep(200)
            assert sim.view.pairing or engine == "node", "the app closes it for a minute now and then"
            while not sim.view.pairing:
                await asyncio.sleep(1)
            async with client(central, sim) as link:
                _, paper = await paired(sim, link)
                await paper.handshake()
            await asyncio.sleep(200)
            assert not sim.view.pairing
