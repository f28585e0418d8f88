"""A stranger under the watch's name and address, without its key: refused, told once, nothing taken in."""

import asyncio
from dataclasses import replace
from random import Random

from tests.adversaries.attacks import attack
from tests.adversaries.stage import Stage
from wearsync.daemon.alerts import ALERT_EVERY_MS
from wearsync_simulators.adversaries.hostile_watch import HostileWatch
from wearsync_simulators.adversaries.middle import Way
from wearsync_simulators.adversaries.outfits import advertises, service_data
from wearsync_simulators.adversaries.strangers import (
    Answers,
    Guess,
    Reflect,
    Replay,
    forged_session,
)
from wearsync_simulators.watches.frames import ErrorTold, write_up
from wearsync_simulators.watches.words import ErrorCode


@attack(
    "a stranger has the watch's name and address, and asks for no encryption (BLESA)",
    then="refused before a word is said, told once",
)
async def test_stranger_without_the_bond_is_refused(stage: Stage) -> None:
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(bond=False), Guess(scene.watch.watch_id, Random(1)))
        async with scene.attacked_by(stranger):
            await scene.refused()
        assert stranger.told == []
        await scene.nothing_happened(alerts=["auth_failed"])


@attack(
    "… and has broken the bond: it guesses proofs",
    then="refused at the challenge; the key is kept, nothing is paired anew",
    ways=("one guess", "a thousand guesses"),
)
async def test_stranger_that_guesses_proofs_is_refused(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        guesses = 1 if way == "one guess" else 1000
        stranger = HostileWatch(scene.guise(), Guess(scene.watch.watch_id, Random(1), guesses=guesses))
        async with scene.attacked_by(stranger):
            await scene.refused()
        assert len(stranger.told) == 1
        await scene.nothing_happened(alerts=["auth_failed"])


@attack(
    "a session of yesterday is played again, whole",
    then="refused: the nonces are not of today",
    ways=("as answers", "all at once", "to a host that draws the same nonce again"),
)
async def test_session_of_yesterday_played_again_is_refused(stage: Stage, way: str) -> None:
    async with stage.opened(same_nonces=way.startswith("to a host")) as scene:
        recorded = [each.frame for each in scene.yesterday if each.way is Way.UP]
        assert [frame[0] for frame in recorded[:2]] == [0x81, 0x82]
        stranger = HostileWatch(scene.guise(), Replay(recorded, all_at_once=way == "all at once"))
        async with scene.attacked_by(stranger):
            await scene.refused()
            await asyncio.sleep(60)
        await scene.nothing_happened(alerts=["auth_failed"])


@attack(
    "it stays for an hour and more, under another name each time",
    then="one alert an hour, in which the name is ours",
)
async def test_stranger_that_stays_is_told_once_an_hour(stage: Stage) -> None:
    names = [service_data(b"\x00", f"Pay {number}".encode()) for number in range(60)]
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(bond=False), outfitter=advertises(*names))
        async with scene.attacked_by(stranger):
            await asyncio.sleep(ALERT_EVERY_MS / 1000 + 60)
        assert stranger.links > 10
        assert all("Pay" not in str(each["text"]) for each in scene.board.of("ours/alert"))
        await scene.nothing_happened(alerts=["auth_failed"] * 2)


@attack(
    "it offers less: another version, another identity, no key, a key that needs no person",
    then="refused; nothing less is agreed on, nothing is paired",
    ways=(
        "versions 0–0",
        "versions 2–9",
        "versions 1–9, 9 chosen",
        "versions the wrong way around",
        "another watch id",
        "an open watch",
        "an open watch, in a laboratory",
        "Key needs only encryption",
        "pairing mode",
        "no Info",
        "512 bytes of Info",
    ),
)
async def test_less_than_before_is_refused(stage: Stage, way: str) -> None:
    async with stage.opened(lab="laboratory" in way) as scene:
        own = scene.watch.watch_id
        info = {
            "versions 0–0": bytes([0, 0]) + own + bytes(1),
            "versions 2–9": bytes([2, 9]) + own + bytes(1),
            "versions 1–9, 9 chosen": bytes([1, 9]) + own + bytes(1),
            "versions the wrong way around": bytes([1, 0]) + own + bytes(1),
            "another watch id": bytes([1, 1]) + bytes(16) + bytes(1),
            "an open watch": bytes([1, 1]) + own + bytes([4]),
            "an open watch, in a laboratory": bytes([1, 1]) + own + bytes([4]),
            "Key needs only encryption": bytes([1, 1]) + own + bytes([2]),
            "pairing mode": bytes([1, 1]) + own + bytes([1]),
            "no Info": b"",
            "512 bytes of Info": bytes(512),
        }[way]
        version = 9 if "chosen" in way else 1
        # To an open watch READY would be the whole handshake.
        script = (
            Answers(*forged_session(tagged=False))
            if "open" in way
            else Guess(own, Random(1), version=version)
        )
        stranger = HostileWatch(replace(scene.guise(), info=info), script)
        async with scene.attacked_by(stranger):
            await scene.refused()
            await asyncio.sleep(60)
        assert (stranger.pairings, stranger.keys) == (0, [])
        unfit = ("versions 0", "versions 2", "versions the", "another", "no Info", "512")
        await scene.nothing_happened(alerts=[] if way.startswith(unfit) else ["auth_failed"])


@attack(
    "it sends our own frames back to us, as they are or as answers",
    then="not taken for a watch's; refused",
    ways=("as they are", "as answers"),
)
async def test_our_own_frames_are_no_answer(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(), Reflect(as_up=way == "as answers"))
        async with scene.attacked_by(stranger):
            await asyncio.sleep(60)
            assert not scene.running.task.state.live
        assert {frame[0] for frame in stranger.told} == {1}
        await scene.nothing_happened()


@attack(
    "it leaves the handshake out: READY, records, a gap, a clock, an ERROR",
    then="dropped unread",
    ways=("without tags", "with tags out of the air"),
)
async def test_session_without_a_handshake_is_not_heard(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        frames = forged_session(tagged=way != "without tags")
        # Its ERROR apart, which ends a connection: the other frames are to be waited on.
        stranger = HostileWatch(scene.guise(), Answers(*frames[:-1]))
        async with scene.attacked_by(stranger):
            await asyncio.sleep(60)
            assert not scene.running.task.state.live
        assert {frame[0] for frame in stranger.told} == {1}
        await scene.nothing_happened()


@attack(
    "it answers HELLO with an ERROR, of each code",
    then="the connection ends; the key is kept, nothing is paired anew",
    ways=(
        "UNKNOWN_OPCODE",
        "NO_COMMON_VERSION",
        "UNKNOWN_KEY",
        "WRONG_PROOF",
        "WRONG_TAG",
        "LOCKED_OUT",
    ),
)
async def test_error_before_ready_only_ends_the_connection(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(), Answers(write_up(ErrorTold(ErrorCode[way], 1))))
        async with scene.attacked_by(stranger):
            await asyncio.sleep(60)
            assert not scene.running.task.state.live
        assert stranger.pairings == 0
        trust = ("UNKNOWN_KEY", "WRONG_PROOF", "LOCKED_OUT")
        await scene.nothing_happened(alerts=["auth_failed"] if way in trust else [])
