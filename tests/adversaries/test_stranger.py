"""A stranger under the watch's name and address, without its key: refused, told once, nothing taken in."""

import asyncio
from random import Random

from tests.adversaries.attacks import attack
from tests.adversaries.stage import Stage
from wearsync_simulators.adversaries.hostile_watch import HostileWatch
from wearsync_simulators.adversaries.middle import Way
from wearsync_simulators.adversaries.strangers import Guess, Replay


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
