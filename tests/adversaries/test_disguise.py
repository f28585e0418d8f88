"""A stranger whose advertisement and attributes lie: it costs time, and nothing else."""

from random import Random

from bumble.att import Opcode

from tests.adversaries.attacks import attack
from tests.adversaries.stage import Stage
from tests.daemon.home import until
from wearsync_simulators.adversaries.hostile_watch import Guise, HostileWatch
from wearsync_simulators.adversaries.outfits import Endless, advertises, endless, mute, service_data, twice
from wearsync_simulators.adversaries.strangers import Guess

ELSEWHERE = "C4:66:66:66:66:66"
# A packet takes a connection interval to the other side, as on the air: what never ends costs time.
INTERVAL_MS = 30.0
# Longer than any deadline of a link: how often it was tried again by then.
TRIED_FOR_S = 120.0


@attack(
    "a stranger at another address has the watch's name and service, and says that it has something new",
    then="nobody connects to it; the genuine watch is synced beside it",
    ways=("something new", "in pairing mode", "asks for the host"),
)
async def test_name_and_service_are_nobodys_proof(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        flags = {"in pairing mode": 1, "something new": 2, "asks for the host": 4}[way]
        stranger = HostileWatch(Guise(ELSEWHERE, scene.info, flags=flags))
        async with scene.attacked_by(stranger):
            await scene.genuine_syncs()
        assert (stranger.links, stranger.pairings, stranger.keys) == (0, 0, [])
        assert scene.alerts() == []


@attack(
    "its service data are none, too long, or say all at once; its name is made of escape codes",
    then="refused as any stranger; what is told of it can be printed",
    ways=("no service data", "eleven bytes", "all flags", "escape codes"),
)
async def test_advertisement_that_lies_changes_nothing(stage: Stage, way: str) -> None:
    scan_response = {
        "no service data": b"",
        "eleven bytes": service_data(b"\xff" * 11),
        "all flags": service_data(b"\xff"),
        "escape codes": service_data(b"\x01", b"\x1b[2J\x07\x1b]0"),
    }[way]
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(bond=False), outfitter=advertises(scan_response))
        async with scene.attacked_by(stranger):
            await scene.refused()
        assert stranger.pairings == 0
        assert scene.reason.isprintable()
        assert all(str(each["text"]).isprintable() for each in scene.board.of("ours/alert"))
        await scene.nothing_happened(alerts=["auth_failed"])


@attack(
    "it never answers one kind of request",
    then="given up in time and tried again, later each time",
    ways=(
        "ATT_EXCHANGE_MTU_REQUEST",
        "ATT_READ_BY_GROUP_TYPE_REQUEST",
        "ATT_READ_BY_TYPE_REQUEST",
        "ATT_FIND_INFORMATION_REQUEST",
        "ATT_READ_REQUEST",
        "ATT_WRITE_REQUEST",
    ),
)
async def test_who_never_answers_is_given_up_in_time(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(), outfitter=mute(Opcode[way]))
        async with scene.attacked_by(stranger):
            await until(lambda: stranger.links >= 3, within_s=3 * TRIED_FOR_S)
            assert scene.state == "searching"
        await scene.nothing_happened()


@attack(
    "its services, characteristics or descriptors never end",
    then="given up in time and tried again, later each time",
    ways=("services", "characteristics", "descriptors"),
)
async def test_attributes_without_end_are_given_up_in_time(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        scene.home.air.latency_ms = INTERVAL_MS
        stranger = HostileWatch(scene.guise(), outfitter=endless(Endless(way)))
        async with scene.attacked_by(stranger):
            await until(lambda: stranger.links >= 2, within_s=TRIED_FOR_S)
        scene.home.air.latency_ms = 0.0
        await scene.nothing_happened()


@attack(
    "it has the service twice, with the same UUIDs",
    then="refused: it is not as the profile says",
)
async def test_service_that_is_there_twice_is_refused(stage: Stage) -> None:
    async with stage.opened() as scene:
        stranger = HostileWatch(scene.guise(), Guess(scene.watch.watch_id, Random(1)), outfitter=twice)
        async with scene.attacked_by(stranger):
            await scene.refused()
            assert "more than once" in scene.reason
        assert stranger.told == []
        await scene.nothing_happened()
