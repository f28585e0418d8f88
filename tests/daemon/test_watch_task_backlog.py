"""A watch that has much to tell, on a slow disk: in order, a piece at a time, and nobody else waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from tests.daemon.home import Home, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.inbox import BATCH_MAX
from wearsync.journal.store import SqliteJournal
from wearsync.model import Command, Phase, Verb
from wearsync.ports import Commit, RecordConflict
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent

# More than the watch's window, and some transactions.
BACKLOG_RECORDS = 1500
COMMIT_S = 0.2
TWO_ROUNDS = "[routine]\nrounds = 2\nleft_s = 30\nright_s = 30\nfirst_gap_s = 3\nswitch_gap_s = 3\n"


class Slow(SqliteJournal):
    """A worn-out card: one transaction at a time, and each takes its time. Notes what is written."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.busy = asyncio.Lock()
        self.written: dict[str, list[int]] = {}
        self.sizes: list[int] = []

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        async with self.busy:
            await asyncio.sleep(COMMIT_S)
            conflicts = await super().commit(commit)
        self.written.setdefault(commit.watch_id, []).extend(stored.record.seq for stored in commit.records)
        self.sizes.append(len(commit.records))
        return conflicts


def card(running: Running) -> Slow:
    assert isinstance(running.journal, Slow)
    return running.journal


def write_much(watch: SimulatedWatch) -> None:
    """The wearer takes it off and puts it on again and again."""
    for number in range(BACKLOG_RECORDS):
        watch.wear(worn=number % 2 == 1)


def in_order(home: Home, running: Running) -> bool:
    """Whether all that the watch has is written, each record once, oldest first."""
    written = card(running).written[home.watch.watch_id.hex()]
    return written == [record.seq for record in home.watch.journal()]


@in_virtual_time
async def test_backlog_is_written_in_order_and_in_pieces_and_the_session_after_it_is_like_any_other(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home:
        write_much(home.watch)
        async with home.daemon(journal_kind=Slow) as running:
            await running.live()
            assert max(card(running).sizes) < 2 * BATCH_MAX
            assert len(card(running).sizes) > BACKLOG_RECORDS / BATCH_MAX
            await running.start()
            await running.over()
            assert in_order(home, running)
            assert {cue["result"] for cue in await running.events("cue")} == {"played"}
            assert await running.alerts() == []


@in_virtual_time
async def test_acks_behind_a_backlog_are_not_called_missing(tmp_path: Path) -> None:
    """The link goes in mid-hold; what the watch played alone stands behind all that it has to tell first."""
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Slow) as running:
        await running.start()
        await asyncio.sleep(3)
        await home.watch.set_in_range(False)
        await until(lambda: not running.task.state.live)
        write_much(home.watch)
        await asyncio.sleep(40)
        write_much(home.watch)
        await home.watch.set_in_range(True)
        await running.live()
        await running.over()
        assert in_order(home, running)
        assert [hold["outcome"] for hold in await running.events("hold")] == ["done", "done"]
        results = [cue["result"] for cue in await running.events("cue")]
        assert set(results) <= {"played", "cancelled"}
        assert await running.alerts() == []


@asynccontextmanager
async def second_watch(home: Home) -> AsyncIterator[SimulatedWatch]:
    watch = SimulatedWatch(name="Sim 2", pairing=True, wearer=Diligent(Random(5)))
    await watch.power_on(home.air)
    await home.pair(name="Theirs")
    yield watch
    await watch.power_off()


@in_virtual_time
async def test_cues_of_one_watch_are_on_time_while_another_tells_much(tmp_path: Path) -> None:
    async with at_home(tmp_path, config=TWO_ROUNDS) as home, second_watch(home) as other:
        await other.set_in_range(False)
        write_much(other)
        async with home.daemon(journal_kind=Slow) as running:
            ours, theirs = running.daemon.watches["Ours"], running.daemon.watches["Theirs"]
            await until(lambda: ours.state.live)
            assert await running.daemon.commands.give(ours, Command(Verb.START), via="test") is None
            await until(lambda: ours.state.phase is Phase.HOLD)
            await other.set_in_range(True)
            await until(lambda: theirs.state.link is not None)
            assert not theirs.state.live
            assert ours.state.phase is not Phase.IDLE
            await until(lambda: theirs.state.live)
            await until(lambda: ours.state.phase is Phase.IDLE)
            assert card(running).written[other.watch_id.hex()] == [each.seq for each in other.journal()]
            cues = await running.events("cue")
            assert {cue["result"] for cue in cues} == {"played"}
            assert all(isinstance(late_ms := cue["latency_ms"], int) and late_ms < 1000 for cue in cues)
            assert await running.alerts() == []
