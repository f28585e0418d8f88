"""A watch with the key that lies (hostile firmware, a stolen key): it spoils no more than its own records."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from tests.adversaries.attacks import attack
from tests.adversaries.stage import Left, Scene, Stage, rows_of
from tests.daemon.home import BEGAN, until
from wearsync_simulators.adversaries.hostile_watch import HostileWatch
from wearsync_simulators.adversaries.liar import Liar
from wearsync_simulators.watches.frames import Lost, Pong, Ready, write_up
from wearsync_simulators.watches.records import (
    Body,
    ClockSet,
    CueAck,
    HoldStarted,
    HoldStopped,
    Worn,
    write_record,
)
from wearsync_simulators.watches.words import CueResult, Reason, Side, Source, Variant

LAST = 2**32 - 1
BOOT = 9
# The link is given up and built anew a few times by then, and each state has been told.
A_WHILE_S = 60.0
# What a PING and its PONG in one process leave of doubt.
CLOCK_ERROR_MS = 10


@dataclass(frozen=True)
class Lie:
    """What it says: of its journal, and of the stream. `of(next_seq)`: with what the host has in mind."""

    ready: Callable[[Ready], Ready] = lambda ready: ready
    at_start: Callable[[int], Sequence[bytes]] = lambda _next: ()
    at_prove: Sequence[bytes] = ()
    pong: Callable[[int], Pong] | None = None


def liar(scene: Scene, lie: Lie) -> Liar:
    """It has the key, and knows the journal as the genuine watch has told it."""
    ((_, watch_id, journal_id, _, _, cursor),) = rows_of(scene.home.state_dir / "journal.sqlite")["journals"]
    assert isinstance(watch_id, str)
    assert isinstance(journal_id, int)
    assert isinstance(cursor, int)
    truth = Ready(journal_id, BOOT, 1000, 1, cursor, 32, 16, 0, 0)
    return Liar(
        key=scene.home.keys.keys()[watch_id],
        watch_id=bytes.fromhex(watch_id),
        random=Random(4),
        ready=lie.ready(truth),
        at_start=lie.at_start(cursor),
        at_prove=lie.at_prove,
        pong=lie.pong,
    )


def records(first: int, *bodies: Body, tick: int = 1) -> bytes:
    """RECORDS, from that sequence number on."""
    raws = (write_record(seq=first + at, boot=BOOT, tick=tick, body=body) for at, body in enumerate(bodies))
    return b"\x83" + b"".join(raws)


async def believed(scene: Scene, lie: Lie) -> Left:
    """It has been heard for a while; what the journal had before is there as it was."""
    script = liar(scene, lie)
    async with scene.attacked_by(HostileWatch(scene.guise(), script)):
        await until(lambda: script.sessions)
        await asyncio.sleep(A_WHILE_S)
        left = scene.left()
    for table in ("records", "holds", "sessions"):
        assert set(scene.before.rows[table]) <= set(left.rows[table])
    assert (left.keys, left.config, left.bonds) == (
        scene.before.keys,
        scene.before.config,
        scene.before.bonds,
    )
    assert not scene.running.ended.done()
    return left


def taken(scene: Scene, left: Left) -> set[object]:
    """The sequence numbers that it was first with."""
    return {row[1] for row in set(left.rows["records"]) - set(scene.before.rows["records"])}


@attack(
    "it breaks the stream: skips records, goes back in it, says READY again, has no window, is another boot",
    then="the link is dropped, later each time; nothing is stored",
    ways=(
        "record skipped",
        "record 2³² − 1",
        "LOST behind the stream",
        "LOST of nothing",
        "READY again",
        "no window",
        "first above next",
        "PONG of another boot",
        "record too long",
        "record cut off",
    ),
)
async def test_broken_stream_is_dropped(stage: Stage, way: str) -> None:
    ready = write_up(Ready(1, BOOT, 1, 1, 1, 32, 16, 0, 0))
    lie = {
        "record skipped": Lie(at_start=lambda at: [records(at + 1, Worn(True))]),
        "record 2³² − 1": Lie(at_start=lambda _: [records(LAST, Worn(True))]),
        "LOST behind the stream": Lie(at_start=lambda at: [write_up(Lost(at - 1, at + 9))]),
        "LOST of nothing": Lie(at_start=lambda at: [write_up(Lost(at, at))]),
        "READY again": Lie(at_prove=[ready]),
        "no window": Lie(ready=lambda truth: replace(truth, window=0)),
        "first above next": Lie(ready=lambda truth: replace(truth, first_seq=truth.next_seq + 1)),
        "PONG of another boot": Lie(pong=lambda token: Pong(token, BOOT - 1, 1, 1)),
        "record too long": Lie(at_start=lambda at: [b"\x83\xff" + records(at, Worn(True))[2:]]),
        "record cut off": Lie(at_start=lambda at: [records(at, Worn(True))[:-1]]),
    }[way]
    async with stage.opened() as scene:
        left = await believed(scene, lie)
        assert scene.state == "searching"
        tables = {table: rows for table, rows in left.rows.items() if table != "nonces"}
        assert tables == {table: rows for table, rows in scene.before.rows.items() if table != "nonces"}
        assert left.published == scene.before.published
        assert scene.alerts() == []
        await scene.genuine_syncs()


@attack(
    "it lies about its journal: it went back, is another one, lost all up to 2³² − 1; old records are others",
    then="told by an alert, and kept apart; what was there stays",
    ways=(
        "went back",
        "another one",
        "all is lost",
        "the last record there can be",
        "old records are others",
    ),
)
async def test_journal_that_lies_is_kept_apart(stage: Stage, way: str) -> None:
    lie, alerts = {
        "went back": (Lie(ready=lambda truth: replace(truth, next_seq=1)), ["continuity"]),
        "another one": (
            Lie(ready=lambda truth: replace(truth, journal_id=truth.journal_id ^ 1, next_seq=1)),
            ["journal_replaced"],
        ),
        "all is lost": (
            Lie(
                ready=lambda truth: replace(truth, next_seq=LAST),
                at_start=lambda at: [write_up(Lost(at, LAST))],
            ),
            ["data_lost"],
        ),
        "the last record there can be": (
            Lie(
                ready=lambda truth: replace(truth, next_seq=LAST),
                at_start=lambda at: [write_up(Lost(at, LAST)), records(LAST, Worn(True))],
            ),
            ["data_lost"],
        ),
        "old records are others": (Lie(at_start=lambda _: [records(1, Worn(True), Worn(False))]), []),
    }[way]
    async with stage.opened() as scene:
        left = await believed(scene, lie)
        assert left.published == scene.before.published
        assert scene.alerts() == alerts
        await scene.genuine_syncs(alone=False)


@attack(
    "its clock lies: ticks and times at both ends of what there is",
    then="the state stays readable, no record is later than now; the genuine watch is dated as ever",
    ways=("the latest", "the earliest", "set to both ends"),
)
async def test_clock_that_lies_spoils_nothing_after_it(stage: Stage, way: str) -> None:
    earliest, latest = -(2**63), 2**63 - 1
    lie = {
        "the latest": Lie(
            pong=lambda token: Pong(token, BOOT, LAST, latest),
            at_start=lambda at: [records(at, Worn(True), tick=0)],
        ),
        "the earliest": Lie(
            pong=lambda token: Pong(token, BOOT, 0, earliest),
            at_start=lambda at: [records(at, Worn(True), tick=LAST)],
        ),
        "set to both ends": Lie(
            at_start=lambda at: [records(at, ClockSet(earliest, latest), ClockSet(latest, earliest))]
        ),
    }[way]
    async with stage.opened() as scene:
        left = await believed(scene, lie)
        now_ms = scene.home.wall() * 1000
        dated = [row[7] for row in left.rows["records"]]
        assert all(isinstance(unix_ms, int) and unix_ms <= now_ms for unix_ms in dated)
        assert scene.running.task.link.state == "connected"
        await scene.genuine_syncs(alone=False, taken=taken(scene, left))
        before = len(scene.board.of("ours/hold"))
        began = datetime.fromtimestamp(scene.home.wall(), BEGAN.tzinfo)
        await scene.running.start()
        await scene.running.over()
        await until(lambda: len(scene.board.of("ours/hold")) == before + 2)
        for hold in scene.board.of("ours/hold")[before:]:
            assert began <= datetime.fromisoformat(str(hold["at"]))
            assert int(str(hold["clock_error_ms"])) <= CLOCK_ERROR_MS


@attack(
    "it acknowledges cues that nobody sent, or yesterday's a second time",
    then="the records are kept; no cue is told of",
    ways=("never sent", "yesterday's"),
)
async def test_acks_of_no_cue_are_told_to_nobody(stage: Stage, way: str) -> None:
    async with stage.opened() as scene:
        cues = rows_of(scene.home.state_dir / "journal.sqlite")["cues"]
        ids = [1, 2, LAST] if way == "never sent" else [row[1] for row in cues]
        assert ids
        acks = [CueAck(int(str(cue_id)), CueResult.FAILED, LAST, 65535) for cue_id in ids]
        left = await believed(scene, Lie(at_start=lambda at: [records(at, *acks)]))
        assert len(left.rows["records"]) == len(scene.before.rows["records"]) + len(acks)
        assert (left.rows["cues"], left.published) == (scene.before.rows["cues"], scene.before.published)
        assert scene.alerts() == []
        await scene.genuine_syncs(alone=False, taken=taken(scene, left))


@attack(
    "it tells of a hold of 49 days, in round 255",
    then="credited by the clock of the routine, 60 s at most",
)
async def test_absurd_hold_is_not_credited(stage: Stage) -> None:
    started = HoldStarted(7, 255, Side.LEFT, Variant.KNEELING, 255, 255, Source.AUTO, LAST)
    stopped = HoldStopped(7, 255, Reason.PLANNED, LAST)
    async with stage.opened() as scene:
        left = await believed(scene, Lie(at_start=lambda at: [records(at, started, stopped)]))
        assert len(left.rows["holds"]) == len(scene.before.rows["holds"]) + 1
        *_, hold = scene.board.of("ours/hold")
        assert hold["credited_s"] in (0.0, 60.0)
        await scene.genuine_syncs(alone=False, taken=taken(scene, left))


@attack(
    "it floods the stream with frames of tomorrow, and with ERRORs",
    then="counted and passed over; the state stays what it is",
    ways=("unknown frames", "ERRORs"),
)
async def test_frames_that_mean_nothing_are_passed_over(stage: Stage, way: str) -> None:
    frame = b"\x90" + bytes(200) if way == "unknown frames" else b"\x8f\x07\x05"
    async with stage.opened() as scene:
        left = await believed(scene, Lie(at_start=lambda _: [frame] * 300))
        assert left.published == scene.before.published
        assert scene.state == "connected"
        await scene.genuine_syncs()
