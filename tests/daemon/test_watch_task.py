"""One watch's life, as the wearer and the dashboards see it: every hold once, whatever breaks on the way."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from tests.daemon.home import Home, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.boots import NO_CLOCK_ERROR_MS, OWN_CLOCK_ERROR_MS
from wearsync.daemon.watch_task import WatchTask
from wearsync.errors import StorageError, TryAgain
from wearsync.journal.store import SqliteJournal
from wearsync.messages import WatchRefused
from wearsync.model import Command, Trust, Verb
from wearsync.ports import Commit, RecordConflict
from wearsync_simulators.radio.controller import DEFAULT_RSSI_DBM
from wearsync_simulators.reckoning import Reckoning, reckon
from wearsync_simulators.watches.records import ClockSet, CueAck
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import Comparison, Deed, Diligent


async def reckoned(home: Home, running: Running) -> Reckoning:
    """What was put on its way to the broker, held against the watch's own journal."""
    buzzes = [r.body.cue_id for r in home.watch.journal() if isinstance(r.body, CueAck)]
    return reckon(
        watch_id=home.watch.watch_id.hex(),
        journal_id=home.watch.journal_id,
        records=home.watch.journal(),
        events=[event for leaf in ("hold", "session", "cue") for event in await running.events(leaf)],
        own_cues=frozenset(buzzes[:1]),  # the first is the pairing's test buzz
    )


@in_virtual_time
async def test_whole_session_is_in_the_journal_and_on_its_way_to_the_broker(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        assert running.task.in_session
        await running.over()
        found = await reckoned(home, running)
        assert found.agrees, found
        assert [(hold["side"], hold["outcome"]) for hold in found.holds] == [
            ("left", "done"),
            ("right", "done"),
        ]
        assert [(session["end"], session["full"]) for session in found.sessions] == [("done", True)]
        assert set(found.cues) == {"played"}
        assert not any(hold["replayed"] for hold in found.holds)
        stored = await running.journal.holds("you", running.clock.now().local_date)
        assert [(hold.credited_s, hold.event_id) for hold in stored] == [
            (30.0, hold["id"]) for hold in found.holds
        ]
        assert running.task.link.trust is Trust.KEY
        assert running.task.link.rssi == DEFAULT_RSSI_DBM
        assert not running.task.in_session
        assert await running.alerts() == []


@in_virtual_time
async def test_link_lost_in_mid_hold_and_back_the_hold_is_there_once(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        await asyncio.sleep(5)
        await home.watch.set_in_range(False)
        await until(lambda: running.task.link.state == "searching")
        assert running.task.state.link is None
        await until(lambda: home.watch.view.alone)
        await home.watch.set_in_range(True)
        await running.live()
        await running.over()
        found = await reckoned(home, running)
        assert found.agrees, found
        assert [hold["outcome"] for hold in found.holds] == ["done", "done"]
        assert found.holds[0]["replayed"] is True


@in_virtual_time
async def test_session_that_the_watch_did_alone_is_told_when_it_is_back(tmp_path: Path) -> None:
    """Started on the watch, out of everybody's reach, and over before the host hears of it."""
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.live()
        await home.watch.set_in_range(False)
        home.watch.press(Press.START)
        await until(lambda: home.watch.view.face is Face.DONE)
        await home.watch.set_in_range(True)
        async with home.daemon() as running:
            await running.live()
            found = await reckoned(home, running)
            assert found.agrees, found
            assert [(event["end"], event["source"], event["replayed"]) for event in found.sessions] == [
                ("done", "watch", True)
            ]


@in_virtual_time
async def test_watch_that_reboots_in_mid_hold_ends_the_session(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        await asyncio.sleep(5)
        await home.watch.reboot()
        await running.over()
        await running.live()
        found = await reckoned(home, running)
        assert [hold["outcome"] for hold in found.holds] == ["incomplete"]
        assert not found.duplicates
        assert await running.give(Verb.START) is None


def flood(task: WatchTask) -> None:
    """Commands, as many as it takes in."""
    while task.command(Command(Verb.SNOOZE), via="test", request_id="flood"):
        pass


class Stumbling(SqliteJournal):
    """A journal on a disk that fails when it is told to."""

    faults = 0
    failed = 0

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        if self.faults and commit.records:
            self.faults -= 1
            self.failed += 1
            raise StorageError("the disk is full")
        if self.faults and self.failed:  # still full when it is tried again
            self.faults -= 1
            raise StorageError("the disk is full")
        return await super().commit(commit)


@in_virtual_time
async def test_journal_that_fails_acknowledges_nothing_and_all_comes_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Stumbling) as running:
        assert isinstance(running.journal, Stumbling)
        await running.start()
        running.journal.faults = 2
        await until(lambda: not home.watch.view.connected)
        assert running.journal.failed == 1
        assert await running.events("hold") == []
        await running.live()
        await running.over()
        found = await reckoned(home, running)
        assert found.agrees, found
        assert [hold["outcome"] for hold in found.holds] == ["done", "done"]


class Stuck(SqliteJournal):
    """A disk that answers, but not yet."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.free = asyncio.Event()
        self.free.set()

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        await self.free.wait()
        return await super().commit(commit)


@in_virtual_time
async def test_record_is_acknowledged_when_it_is_durable_and_not_before(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Stuck) as running:
        assert isinstance(running.journal, Stuck)
        await running.live()
        await asyncio.sleep(1)
        before = home.acknowledged
        running.journal.free.clear()
        home.watch.wear(worn=False)
        await asyncio.sleep(3)
        assert home.acknowledged == before
        running.journal.free.set()
        await until(lambda: home.acknowledged == home.watch.journal()[-1].seq)
        assert home.acknowledged > before


@in_virtual_time
async def test_command_that_the_disk_holds_up_is_answered_in_time(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Stuck) as running:
        assert isinstance(running.journal, Stuck)
        await running.live()
        running.journal.free.clear()
        began_s = asyncio.get_running_loop().time()
        with pytest.raises(TryAgain, match="did not get to it in time"):
            await running.give(Verb.BUZZ)
        assert asyncio.get_running_loop().time() - began_s == pytest.approx(10, abs=0.1)
        running.journal.free.set()
        assert await running.give(Verb.BUZZ) is None


@in_virtual_time
async def test_flood_behind_a_stuck_disk_drops_the_link_and_loses_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Stuck) as running:
        assert isinstance(running.journal, Stuck)
        await running.live()
        running.journal.free.clear()
        flood(running.task)
        await asyncio.sleep(0.1)  # the first of it has been taken out, and stands before the disk
        flood(running.task)
        with pytest.raises(TryAgain, match="busy"):
            await running.give(Verb.BUZZ)
        home.watch.press(Press.START)
        await until(lambda: home.watch.view.connected is False)  # what the watch said could not be taken in
        running.journal.free.set()
        await running.live()
        await running.over()
        assert (await reckoned(home, running)).agrees


@pytest.mark.parametrize("stuck_s", [0.0, 1.0, 15.0])
def test_answers_that_the_disk_held_up_do_not_reach_the_next_link(tmp_path: Path, stuck_s: float) -> None:
    """The hold's end stands before the disk while the link goes, and comes back."""

    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path) as home, home.daemon(journal_kind=Stuck) as running:
            assert isinstance(running.journal, Stuck)
            await running.start()
            await asyncio.sleep(20)
            running.journal.free.clear()
            await asyncio.sleep(12)
            await home.watch.set_in_range(False)
            await asyncio.sleep(0.5)
            await home.watch.set_in_range(True)
            await until(lambda: home.watch.view.connected)
            await asyncio.sleep(stuck_s)
            running.journal.free.set()
            await running.live()
            await running.over()
            assert (await reckoned(home, running)).agrees

    story()


class Disputing(SqliteJournal):
    """A journal that has kept another content of the records that it is given next."""

    dispute = False

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        conflicts = await super().commit(commit)
        if self.dispute and commit.records:
            self.dispute = False
            return (RecordConflict(commit.records[0].journal, commit.records[0].record.seq),)
        return conflicts


@in_virtual_time
async def test_record_that_comes_again_with_other_content_is_told(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Disputing) as running:
        assert isinstance(running.journal, Disputing)
        await running.live()
        running.journal.dispute = True
        home.watch.wear(worn=False)
        await until(lambda: isinstance(running.journal, Disputing) and not running.journal.dispute)
        await asyncio.sleep(1)
        assert await running.alerts() == ["quarantine"]


@in_virtual_time
async def test_records_that_the_watch_overwrote_are_told_as_lost(tmp_path: Path) -> None:
    async with at_home(tmp_path, flash_records=16) as home:
        for worn in (False, True) * 12:
            home.watch.wear(worn=worn)
        first = home.watch.first_seq
        async with home.daemon() as running:
            await running.live()
            (alert,) = [event for event in await running.events("alert") if event["code"] == "data_lost"]
            assert f"records 1 to {first - 1} were overwritten" in str(alert["text"])
            await running.start()
            await running.over()
            assert len(await running.events("hold")) == 2


@in_virtual_time
async def test_watch_whose_journal_went_back_gets_a_new_local_journal(tmp_path: Path) -> None:
    """All its memory was restored from an older copy: same journal, smaller numbers."""
    async with at_home(tmp_path) as home:
        memory, older = tmp_path / "watch", tmp_path / "older"
        shutil.copytree(memory, older)
        async with home.daemon() as running:
            await running.start()
            await running.over()
            before = await running.events("hold")
            await home.watch.power_off()
            await until(lambda: running.task.link.state == "searching")
            shutil.copytree(older, memory, dirs_exist_ok=True)
            home.watch = SimulatedWatch(state_dir=memory, wearer=Diligent(Random(3)))
            await home.watch.power_on(home.air)
            await running.live()
            assert await running.alerts() == ["continuity"]
            await running.start()
            await running.over()
            holds = await running.events("hold")
            assert len(before) == 2
            assert len(holds) == len({hold["id"] for hold in holds}) == 4
            assert f":{home.watch.journal_id}.1:" in str(holds[-1]["id"])


@pytest.mark.parametrize(
    ("knows_the_time", "error_ms"), [(True, OWN_CLOCK_ERROR_MS), (False, NO_CLOCK_ERROR_MS)]
)
def test_holds_of_a_boot_that_no_host_has_met_are_dated_as_well_as_can_be(
    tmp_path: Path, knows_the_time: bool, error_ms: int
) -> None:
    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path) as home:
            await home.watch.set_in_range(False)
            if knows_the_time:
                await home.watch.reboot()
            else:
                await home.watch.power_off()
                await home.watch.power_on(home.air)
            await home.watch.set_in_range(False)
            home.watch.press(Press.START)
            await until(lambda: home.watch.view.face is Face.DONE)
            began_ms = home.wall() * 1000 - 66_000
            await home.watch.reboot()
            await home.watch.set_in_range(True)
            async with home.daemon() as running:
                await running.live()
                holds = await running.events("hold")
                assert all(error_ms <= int(str(hold["clock_error_ms"])) < error_ms + 60 for hold in holds)
                at_ms = datetime.fromisoformat(str(holds[0]["at"])).timestamp() * 1000
                assert abs(at_ms - began_ms) < min(error_ms, 3600_000)

    story()


@in_virtual_time
async def test_watch_that_does_not_know_the_time_is_told_once_a_link(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.watch.power_off()
        await home.watch.power_on(home.air)
        async with home.daemon() as running:
            await running.live()
            await asyncio.sleep(60)
            after = [
                record.body.after_us for record in home.watch.journal() if isinstance(record.body, ClockSet)
            ]
            assert len(after) == 2  # the other was the pairing's
            offset_ms = running.task.link.clock_offset_ms
            assert offset_ms is not None
            assert abs(offset_ms) <= 1000


@in_virtual_time
async def test_frame_that_the_watch_refuses_is_for_the_log_only(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        running.task.heard(WatchRefused(code=7, text="not now"))
        await running.over()
        assert len(await running.events("hold")) == 2


@in_virtual_time
async def test_nobody_answers_and_the_session_is_given_up(tmp_path: Path) -> None:
    async with at_home(tmp_path, wearer=Busy()) as home, home.daemon() as running:
        await running.live()
        assert await running.give(Verb.START) is None
        await until(lambda: home.watch.view.face is Face.CONFIRM)
        await running.over()
        (session,) = await running.events("session")
        assert (session["end"], session["holds"]) == ("abandoned", 0)


class Busy:
    """Compares the code at the pairing, and has no time for anything after that."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        return [Deed(1.0, Comparison(same=True))] if view.code is not None else []
