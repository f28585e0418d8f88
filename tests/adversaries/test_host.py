"""A hostile host: without the key it changes nothing, and the watch's own host is served after it."""

import asyncio
import struct
from collections import Counter
from dataclasses import replace

from tests.adversaries.attacks import attack
from tests.adversaries.forged import FORGED
from tests.adversaries.stage import Stage
from tests.adversaries.wrist import SOON_S, STRANGER, wrist_of
from tests.daemon.home import Blackboard, until
from wearsync_simulators.adversaries.hostile_host import DOWN, INFO, KEY, UP, hello
from wearsync_simulators.adversaries.middle import Way
from wearsync_simulators.radio.central import Central
from wearsync_simulators.watches.cues import CUE_SLOTS
from wearsync_simulators.watches.records import CueAck
from wearsync_simulators.watches.words import CueResult

TAG = bytes(8)
WRONG_KEY = bytes(32)
ENCRYPT_FIRST = 0x0F
CLIENT_FEATURES = "00002b29-0000-1000-8000-00805f9b34fb"
WRONG_LENGTH, QUEUE_FULL = 0x0D, 0x09


def error(code: int, opcode: int) -> bytes:
    """An ERROR without a tag."""
    return bytes([0x8F, code, opcode])


@attack(
    "it writes in clear text, without a bond: to Down, to Key, to switch Up on",
    then="refused by the attribute: encrypt first",
    ways=("Down", "Key", "Up"),
)
async def test_without_encryption_nothing_is_taken(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host(bond=False) as host:
            match way:
                case "Down":
                    assert await host.write(DOWN, hello(wrist.key)) == ENCRYPT_FIRST
                    await host.command(DOWN, hello(wrist.key))
                case "Key":
                    wrist.watch.open_pairing()
                    assert await host.write(KEY, WRONG_KEY) == ENCRYPT_FIRST
                case _:
                    assert await host.write(host.handles[UP] + 1, b"\x01\x00") == ENCRYPT_FIRST
            await asyncio.sleep(SOON_S)
            assert host.up == []
        await wrist.served()


@attack(
    "it has broken the bond, and commands without a proof",
    then="ERROR, and the watch hangs up; no buzz, no session, no other clock or routine",
    ways=("PROVE", "START", "ACK", "CUES", "CANCEL", "STEP", "HOLD", "CLOCK", "PING", "ROUTINE", "BYE", "7f"),
)
async def test_without_a_proof_nothing_is_obeyed(stage: Stage, way: str) -> None:
    frame = {"PROVE": b"\x02" + bytes(16), "7f": b"\x7f" + TAG}.get(way) or FORGED[way] + TAG
    async with wrist_of(stage) as wrist:
        for before in (b"", hello(wrist.key)):
            async with wrist.host() as host:
                if before:
                    await host.write(DOWN, before)
                await host.write(DOWN, frame)
                await asyncio.sleep(SOON_S)
                wrong = 5 if way == "PROVE" and before else 7
                assert host.up[-1] == error(wrong, frame[0])
                assert host.lost is not None
        await wrist.served()


@attack(
    "it proves the key, then writes frames with no tag, with another's, or with one of a bit less",
    then="ERROR, and the watch hangs up; nothing of the frame is done",
    ways=("no tag", "tag out of the air", "tag of another frame", "PROVE again", "START twice"),
)
async def test_without_its_tag_a_frame_is_not_obeyed(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host() as host:
            await host.prove(wrist.key)
            await host.say(b"\x03" + struct.pack("<I", wrist.watch.next_seq))
            match way:
                case "no tag":
                    await host.write(DOWN, FORGED["STEP"])
                case "tag out of the air":
                    await host.write(DOWN, FORGED["STEP"] + TAG)
                case "tag of another frame":
                    await host.write(DOWN, FORGED["STEP"] + host.seal(b"\x0c")[-8:])
                case "PROVE again":
                    await host.write(DOWN, b"\x02" + bytes(16))
                case _:
                    await host.say(b"\x03" + bytes(4))
            await asyncio.sleep(SOON_S)
            # A proven host that says START twice is told so, and no more.
            assert (host.lost is None) is (way == "START twice")
        await wrist.served()


@attack(
    "it says HELLO with an unknown key, with versions that there are not, cut off, or five hundred times",
    then="ERROR, and the watch hangs up; the flood is answered and forgotten",
    ways=("unknown key", "versions 0–0", "versions 2–9", "cut off", "too long", "empty", "500 times"),
)
async def test_greetings_change_nothing(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host() as host:
            frame, code = {
                "unknown key": (hello(WRONG_KEY), 4),
                "versions 0–0": (hello(wrist.key, version_min=0, version_max=0), 3),
                "versions 2–9": (hello(wrist.key, version_min=2, version_max=9), 3),
                "cut off": (hello(wrist.key)[:-1], 2),
                "too long": (hello(wrist.key) + b"\x00", 2),
                "empty": (b"", 2),
                "500 times": (hello(wrist.key), 0),
            }[way]
            for _ in range(500 if way == "500 times" else 1):
                await host.write(DOWN, frame)
            await asyncio.sleep(SOON_S)
            if code:
                assert host.up[-1] == error(code, frame[0] if frame else 0)
                assert host.lost is not None
            else:
                assert len({up[18:34] for up in host.up}) == 500  # never a nonce twice
        await wrist.served()


@attack(
    "it guesses proofs",
    then="after five wrong ones the watch listens to nobody for 60 s; then to who has the key",
)
async def test_five_wrong_proofs_lock_the_watch(stage: Stage) -> None:
    async with wrist_of(stage) as wrist:
        for _ in range(5):
            async with wrist.host() as host:
                await host.write(DOWN, hello(wrist.key))
                await host.write(DOWN, b"\x02" + bytes(16))
                await asyncio.sleep(SOON_S)
                assert host.up[-1] == error(5, 2)
        async with wrist.host() as host:
            await host.prove(wrist.key)
            await asyncio.sleep(SOON_S)
            assert host.up == [error(8, 1)]
        await asyncio.sleep(60)
        await wrist.served()


@attack(
    "it plays a recorded session's frames to the watch again",
    then="refused at PROVE: the nonce is another one",
)
async def test_session_played_to_the_watch_again_is_refused(stage: Stage) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host() as host:
            for each in stage.heard:
                if each.way is Way.DOWN:
                    await host.write(DOWN, each.frame)
            await asyncio.sleep(SOON_S)
            assert [up[0] for up in host.up] == [0x81, 0x8F]
            assert host.up[-1] == error(5, 2)
        await wrist.served()


@attack(
    "it writes frames of absurd lengths: 0, 1, 512 bytes, 64 KiB in parts",
    then="refused, and hung up on; no room is taken for more than a frame",
    ways=("0 bytes", "1 byte", "512 bytes", "513 bytes", "64 KiB"),
)
async def test_absurd_lengths_are_refused(stage: Stage, way: str) -> None:
    length = {"0 bytes": 0, "1 byte": 1, "512 bytes": 512, "513 bytes": 513, "64 KiB": 65535}[way]
    async with wrist_of(stage) as wrist:
        async with wrist.host() as host:
            await host.write(DOWN, hello(wrist.key))
            refused = await host.write(DOWN, b"\x07" * length)
            await asyncio.sleep(SOON_S)
            assert refused in ((WRONG_LENGTH, QUEUE_FULL) if length > 512 else (None,))
            assert (host.lost is None) is (length > 512)
        await wrist.served()


@attack(
    "it reads and writes every attribute, bonded or not",
    then="what is open says who the watch is, and no more; nothing is written over",
    ways=("without a bond", "bonded"),
)
async def test_every_attribute_read_and_written_changes_nothing(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host(bond=way == "bonded") as host:
            last = max(host.handles.values()) + 2
            was = [await host.read(handle) for handle in range(1, last)]
            for handle in range(1, last):
                for value in (b"", b"\xff\xff", bytes(512)):
                    if handle != host.handles[DOWN]:
                        await host.write(handle, value)
            now = [await host.read(handle) for handle in range(1, last)]
            states = {1 + at for at, (one, other) in enumerate(zip(was, now, strict=True)) if one != other}
            # Which notifications this host wants, and what it can do, is its own affair.
            assert states <= {handle + 1 for handle in host.handles.values()} | {
                host.handles[CLIENT_FEATURES]
            }
            assert wrist.key not in b"".join(each or b"" for each in now)
            assert await host.read(host.handles[INFO]) == bytes([1, 1]) + wrist.watch.watch_id + b"\x00"
            assert await host.read(host.handles[UP]) is None
        await wrist.served()


@attack(
    "it connects and says nothing, to keep the watch from its host",
    then="hung up on after 30 s; the state says that the watch is not seen, then all is synced",
)
async def test_silent_connection_is_hung_up_on(stage: Stage) -> None:
    async with (
        wrist_of(stage) as wrist,
        wrist.host(bond=False) as host,
        wrist.home.daemon(publisher=Blackboard()) as running,
    ):
        await until(lambda: running.task.link.reason == "not seen", within_s=25)
        assert host.lost is None
        await until(lambda: host.lost is not None, within_s=30)
        await running.live()
        await until(lambda: wrist.home.acknowledged == wrist.watch.next_seq - 1)


@attack(
    "it connects and goes, fifty times",
    then="the watch is there for its own host as ever",
)
async def test_storm_of_connections_to_the_watch_leaves_nothing(stage: Stage) -> None:
    async with wrist_of(stage) as wrist:
        for _ in range(50):
            central = await Central.open(wrist.home.air, address=STRANGER)
            await central.disconnect(await central.connect(wrist.watch.address, timeout_s=10))
            await central.close()
        await wrist.served()


@attack(
    "a host that has the key sends cues: of another boot, long expired, or more than there is room for",
    then="refused, expired, or refused for want of room: none of them is felt",
    ways=("another boot", "expired", "too many"),
)
async def test_cues_that_are_not_to_be_played_are_not(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host() as host:
            await host.prove(wrist.key)
            boot = int.from_bytes(host.up[-1][5:9], "little")
            await host.say(b"\x03" + struct.pack("<I", wrist.watch.next_seq))
            anchor, boot = int(way == "too many"), boot + (way == "another boot")
            for frame in range(4):
                cues = (struct.pack("<IBBBIH", 100 * frame + n, 1, anchor, 0, 1, 1) for n in range(30))
                await host.say(b"\x05" + struct.pack("<I", boot) + b"".join(cues))
            await asyncio.sleep(SOON_S)
            assert host.lost is None
        acks = [each.body for each in wrist.watch.journal() if isinstance(each.body, CueAck)]
        fates = Counter(ack.result for ack in acks if ack.cue_id < 400)
        match way:
            case "another boot":
                assert not fates
            case "expired":
                assert set(fates) <= {CueResult.EXPIRED, CueResult.REFUSED}
                assert fates.total() == 120
            case _:
                assert fates == {CueResult.REFUSED: 120 - CUE_SLOTS}
        # What was written is the watch's own word; that it was not felt is looked at.
        wrist.before = replace(wrist.before, records=wrist.left().records)
        await wrist.served()
