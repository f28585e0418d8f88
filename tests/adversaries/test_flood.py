"""Floods and storms: they cost a bounded share of the processor, leave nothing, keep no other watch."""

import asyncio
import gc
import time
import tracemalloc
from random import Random

from tests.adversaries.attacks import attack
from tests.adversaries.stage import Stage
from tests.adversaries.wrist import wrist_of
from tests.daemon.home import Blackboard, until
from wearsync.model import Command, Verb
from wearsync_simulators.adversaries.crowd import crowd
from wearsync_simulators.adversaries.hostile_watch import Guise, HostileWatch
from wearsync_simulators.adversaries.strangers import Flood, forged_records
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent

FRAMES = 1500
# Both ends, and the radio between them, run in this process; it takes a fifth of this on two shared cores.
CPU_A_FRAME_S = 0.002
# What Python keeps in its caches after any work; the flood itself is above half a MiB.
KEPT_BYTES = 256 * 1024
HEADS, CROWD_S = 1000, 20.0
# A cue is timed by the watch: what others do on the air does not shift it.
CUE_LATENCY_MS = 20
STORM_S = 600.0
# Back-off doubles from a second to a minute, and half of that is jitter: twenty attempts, of two links each.
LINKS_OF_A_STORM = 40


@attack(
    "it notifies as fast as the radio takes it, before the proof",
    then="dropped unread, at a bounded price; nothing of it is kept",
    ways=("empty frames", "forged records", "frames of tomorrow", "CHALLENGEs"),
)
async def test_flood_before_the_proof_leaves_nothing(stage: Stage, way: str) -> None:
    draw = Random(1)
    frame = {
        "empty frames": b"",
        "forged records": forged_records(*range(1, 9)),
        "frames of tomorrow": b"\x90" + draw.randbytes(240),
        "CHALLENGEs": b"\x81\x01" + draw.randbytes(48),
    }[way]
    async with stage.opened() as scene:
        flood = Flood(lambda _number: frame, FRAMES)
        async with scene.attacked_by(HostileWatch(scene.guise(), flood)):
            await until(lambda: flood.sent)
            gc.collect()
            tracemalloc.start()
            before, _ = tracemalloc.get_traced_memory()
            began_s = time.process_time()
            await until(lambda: scene.reason)
            spent_s = time.process_time() - began_s
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert spent_s < FRAMES * CPU_A_FRAME_S
        assert after - before < KEPT_BYTES
        await scene.nothing_happened(alerts=["auth_failed"] if way == "CHALLENGEs" else [])


@attack(
    "it takes each connection, and hangs up at once, for ten minutes",
    then="tried again, later each time: a minute at last",
)
async def test_storm_of_connections_dies_down(stage: Stage) -> None:
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(), hangs_up=True)
        async with scene.attacked_by(stranger):
            await asyncio.sleep(STORM_S)
        assert 5 < stranger.links <= LINKS_OF_A_STORM
        await scene.nothing_happened()


@attack(
    "it floods one watch's link while another watch is in a session",
    then="the other session is as ever: its holds to the second, every cue played",
)
async def test_flood_of_one_watch_leaves_the_other_its_session(stage: Stage) -> None:
    async with wrist_of(stage) as wrist:
        home, ours = wrist.home, wrist.watch
        await ours.power_off()
        other = SimulatedWatch(
            name="Two", state_dir=stage.directory / "two", pairing=True, wearer=Diligent(Random(5)), seed=13
        )
        await other.power_on(home.air)
        await home.pair(name="Second", address=other.address)
        info = bytes([1, 1]) + ours.watch_id + b"\x00"
        flood = Flood(lambda _number: forged_records(1), FRAMES)
        bonds = home.directory / "watch" / "bonds.json"
        stranger = HostileWatch(Guise(ours.address, info, bonds_path=bonds), flood)
        board = Blackboard()
        async with stranger.on(home.air), home.daemon(publisher=board) as running:
            second = running.daemon.pick("Second")
            await until(lambda: second.state.live)
            assert await running.daemon.commands.give(second, Command(Verb.START), via="test") is None
            await until(lambda: len(board.of("second/session")) == 1)
            assert flood.sent
            holds = board.of("second/hold")
            assert [hold["measured_s"] for hold in holds] == [30.0, 30.0]
            cues = board.of("second/cue")
            assert {cue["result"] for cue in cues} == {"played"}
            # Those that may have to wait for the one before them are left out.
            alone = [cue for cue in cues if cue["cue"] in ("start", "halfway")]
            assert len(alone) == 4
            assert all(int(str(cue["latency_ms"])) <= CUE_LATENCY_MS for cue in alone)
            assert board.of("ours/hold") == []
        await other.power_off()


@attack(
    "a thousand other addresses advertise the watch's name and service",
    then="the watch is found by its own address, and synced",
)
async def test_thousand_of_its_name_hide_nobody(stage: Stage) -> None:
    async with stage.opened() as scene:
        shouting = asyncio.create_task(
            crowd(scene.home.air, Random(1), name="Sim", heads=HEADS, within_s=CROWD_S), name="crowd"
        )
        await asyncio.sleep(CROWD_S / 2)
        await scene.genuine_syncs()
        await shouting
        assert scene.alerts() == []
