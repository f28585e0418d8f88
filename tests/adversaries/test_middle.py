"""Somebody in the middle, above a broken bond: whatever is done to frames, nothing of it is believed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tests.adversaries.attacks import attack
from tests.adversaries.forged import FORGED
from tests.adversaries.stage import Scene, Stage
from tests.daemon.home import until
from wearsync_simulators.adversaries.middle import Way
from wearsync_simulators.adversaries.relays import Again, Mirror, Op, Strike, Swap, doubled, dropped, flipped
from wearsync_simulators.adversaries.strangers import forged_session
from wearsync_simulators.watches.records import CueAck

# Prime: over a few flips every bit of a byte is met, and places all over the frame.
BIT_STEP = 43
FLIPS = 5
# A bent handshake is tried again after five minutes only.
FLIPS_OF_A_HANDSHAKE = 3


def bits_of(way: str) -> range:
    flips = FLIPS_OF_A_HANDSHAKE if way in ("HELLO", "CHALLENGE", "PROVE", "READY") else FLIPS
    return range(0, flips * BIT_STEP, BIT_STEP)


def cut(frame: bytes) -> Sequence[bytes]:
    return (frame[:-1],)


def longer(frame: bytes) -> Sequence[bytes]:
    return (frame + b"\x00",)


async def whole_session(scene: Scene) -> None:
    """A session, whatever happens to its links; and no cue of it is felt twice."""
    before = len(scene.board.of("ours/hold"))
    await scene.running.start()
    await scene.running.over()
    await until(lambda: len(scene.board.of("ours/hold")) == before + 2)
    acks = Counter(each.body.cue_id for each in scene.watch.journal() if isinstance(each.body, CueAck))
    assert set(acks.values()) == {1}


def told_once(scene: Scene) -> None:
    """Alerts are of failed proofs alone, and none is told twice in its hour."""
    texts = [str(each["text"]) for each in scene.board.of("ours/alert")]
    assert set(scene.alerts()) <= {"auth_failed"}
    assert len(texts) == len(set(texts))


@attack(
    "a bit of a frame of the handshake or the stream is turned over, on its way to the host",
    then="the link is dropped, nothing of the frame is used",
    ways=("CHALLENGE", "READY", "RECORDS", "PONG"),
)
async def test_bent_frame_of_the_watch_is_not_used(stage: Stage, way: str) -> None:
    async with stage.opened(watch_on=True) as scene:
        for bit in bits_of(way):
            await scene.anew(relay := Strike(Op[way], flipped(bit)))
            scene.watch.wear(worn=bool(bit % 2))  # something to tell
            await until(lambda: not relay.left)
            await until(lambda: not scene.running.task.state.live)
            await scene.synced()
        assert scene.left().watch_keys == scene.before.watch_keys
        told_once(scene)
        await scene.genuine_syncs()


@attack(
    "… on its way to the watch",
    then="the watch hangs up, and does nothing of it",
    ways=("HELLO", "PROVE", "START", "ACK", "PING"),
)
async def test_bent_frame_of_the_host_is_not_obeyed(stage: Stage, way: str) -> None:
    async with stage.opened(watch_on=True) as scene:
        for bit in bits_of(way):
            await scene.anew(relay := Strike(Op[way], flipped(bit)))
            scene.watch.wear(worn=bool(bit % 2))
            await until(lambda: not relay.left)
            await until(lambda: not scene.running.task.state.live)
            await scene.synced()
        left = scene.left()
        assert (left.watch_keys, left.routine) == (scene.before.watch_keys, scene.before.routine)
        assert left.pulses == scene.before.pulses
        told_once(scene)
        await scene.genuine_syncs()


@attack(
    "… in a session: of a step, of cues, of a record",
    then="as above; the session goes on, each cue is felt once",
    ways=("STEP", "CUES", "RECORDS"),
)
async def test_bent_frame_in_a_session_spoils_nothing(stage: Stage, way: str) -> None:
    async with stage.opened(watch_on=True) as scene:
        scene.middle.relay = relay = Strike(Op[way], flipped(101))
        heard = len(scene.middle.heard)
        await whole_session(scene)
        assert not relay.left
        assert len({each.link for each in scene.middle.heard[heard:]}) > 1
        told_once(scene)
        await scene.genuine_syncs()


@attack(
    "a frame of a session is lost, doubled, comes later than the next one, or comes again",
    then="the link is dropped; the session goes on, nothing is taken twice",
    ways=(
        "RECORDS dropped",
        "RECORDS doubled",
        "RECORDS swapped",
        "RECORDS again",
        "CUES dropped",
        "CUES doubled",
        "CUES swapped",
        "CUES again",
        "STEP again",
        "ACK dropped",
    ),
)
async def test_frames_out_of_their_order_are_not_taken(stage: Stage, way: str) -> None:
    op, _, what = way.partition(" ")
    async with stage.opened(watch_on=True) as scene:
        relay: Strike | Swap | Again
        match what:
            case "dropped":
                relay = Strike(Op[op], dropped)
            case "doubled":
                relay = Strike(Op[op], doubled)
            case "swapped":
                relay = Swap(Op[op])
            case _:
                relay = Again(Op[op], later=4)
        scene.middle.relay = relay
        heard = len(scene.middle.heard)
        await whole_session(scene)
        assert not relay.left
        assert len({each.link for each in scene.middle.heard[heard:]}) > 1
        told_once(scene)
        await scene.genuine_syncs()


@attack(
    "a frame comes back to who has sent it, in the place of the other's with the same number",
    then="a wrong tag: the link is dropped at once",
    ways=("to the host", "to the watch"),
)
async def test_frame_that_comes_back_is_not_taken(stage: Stage, way: str) -> None:
    async with stage.opened(watch_on=True) as scene:
        await scene.anew(relay := Mirror(Way.UP if way == "to the host" else Way.DOWN))
        await until(lambda: not relay.left)
        await until(lambda: "wrong tag" in scene.reason)
        await scene.synced()
        told_once(scene)
        await scene.genuine_syncs()


@attack(
    "frames of its own are put in, to the host: empty, too short for a tag, far too long, ERROR, READY",
    then="the link is dropped, nothing of it is used",
    ways=(
        "empty",
        "one byte",
        "512 bytes",
        "ERROR without a tag",
        "ERROR with a tag out of the air",
        "READY",
    ),
)
async def test_frame_put_in_to_the_host_is_not_believed(stage: Stage, way: str) -> None:
    frame = {
        "empty": b"",
        "one byte": b"\x83",
        "512 bytes": b"\x83" * 512,
        "ERROR without a tag": b"\x8f\x06\x05",
        "ERROR with a tag out of the air": b"\x8f\x06\x05" + bytes(8),
        "READY": forged_session(tagged=False)[0],
    }[way]
    async with stage.opened(watch_on=True) as scene:
        scene.middle.say(Way.UP, frame)
        await until(lambda: not scene.running.task.state.live)
        await scene.synced()
        assert scene.left() == replace(scene.before, rows=scene.left().rows)
        told_once(scene)
        await scene.genuine_syncs()


@attack(
    "frames of its own are put in, to the watch: a session, a buzz, another clock and routine, BYE",
    then="the watch hangs up, and does nothing of it",
    ways=("empty", "STEP", "CUES", "CLOCK", "ROUTINE", "HOLD", "BYE"),
)
async def test_frame_put_in_to_the_watch_is_not_obeyed(stage: Stage, way: str) -> None:
    async with stage.opened(watch_on=True) as scene:
        heard = len(scene.middle.frames(Way.UP))
        scene.middle.say(Way.DOWN, {"empty": b"", **FORGED}[way] + bytes(8))
        await until(lambda: not scene.running.task.state.live)
        await scene.synced()
        assert scene.middle.frames(Way.UP)[heard][0] == Op.ERROR
        assert scene.left() == replace(scene.before, rows=scene.left().rows)
        told_once(scene)
        await scene.genuine_syncs()


@attack(
    "frames are cut short or made longer, both ways",
    then="the link is dropped, nothing of them is used",
    ways=(
        "RECORDS cut",
        "RECORDS longer",
        "PONG cut",
        "START cut",
        "START longer",
        "PING cut",
        "PROVE longer",
    ),
)
async def test_frame_of_another_length_is_not_used(stage: Stage, way: str) -> None:
    op, _, what = way.partition(" ")
    async with stage.opened(watch_on=True) as scene:
        await scene.anew(relay := Strike(Op[op], cut if what == "cut" else longer))
        scene.watch.wear(worn=False)
        await until(lambda: not relay.left)
        await until(lambda: not scene.running.task.state.live)
        await scene.synced()
        told_once(scene)
        await scene.genuine_syncs()
