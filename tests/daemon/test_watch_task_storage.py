"""Disks that are full or fail: nothing is acknowledged, people are told, and it goes on by itself."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.daemon.home import Blackboard, Home, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.coordinator import log
from wearsync.coordinator.events import CommandGiven, Input
from wearsync.daemon.alerts import ALERT_EVERY_MS
from wearsync.daemon.turn import INPUTS_MAX
from wearsync.daemon.watch_task import STORAGE_RETRY_S
from wearsync.errors import StorageError
from wearsync.journal.store import SqliteJournal
from wearsync.model import Command, Phase, Verb
from wearsync.ports import Commit, LoggedInput, RecordConflict, StorageHealth


class Low(SqliteJournal):
    """A disk that has room for alerts only, or not even for these; or that fails."""

    takes_records = True
    takes_alerts = True
    state = "full"
    refused = 0

    @property
    def health(self) -> StorageHealth:
        if self.takes_records:
            return super().health
        return StorageHealth("full" if self.state == "full" else "failing", "no room")

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        if (commit.records and not self.takes_records) or not self.takes_alerts:
            self.refused += 1
            raise StorageError("no room")
        return await super().commit(commit)

    def fill(self) -> None:
        self.takes_records = self.takes_alerts = False

    def free(self) -> None:
        self.takes_records = self.takes_alerts = True


def disk(running: Running) -> Low:
    assert isinstance(running.journal, Low)
    return running.journal


async def noticed(home: Home, running: Running) -> None:
    """The watch writes something, and the host can't keep it."""
    home.watch.wear(worn=not home.watch.view.worn)
    await until(lambda: running.task.link.state == "no_storage")


@in_virtual_time
async def test_full_disk_is_told_when_there_is_room_for_it_and_the_watch_waits_for_room_for_records(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board, journal_kind=Low) as running:
            await running.live()
            await asyncio.sleep(1)
            before = home.acknowledged
            disk(running).fill()
            await noticed(home, running)
            await asyncio.sleep(60)
            assert board.of("ours/state")[-1]["link"] == "no_storage"
            assert board.of("ours/alert") == []
            assert disk(running).refused < 60 / STORAGE_RETRY_S + 3
            disk(running).takes_alerts = True
            await until(lambda: board.of("ours/alert"))
            await asyncio.sleep(120)
            assert [alert["code"] for alert in board.of("ours/alert")] == ["disk_full"]
            assert not home.watch.view.connected
            assert home.acknowledged == before
            disk(running).free()
            await running.live()
            await until(lambda: home.acknowledged == home.watch.journal()[-1].seq)
            assert [alert["code"] for alert in board.of("ours/alert")] == ["disk_full"]


@in_virtual_time
async def test_disk_that_fails_again_and_again_is_told_once_an_hour(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board, journal_kind=Low) as running:
            disk(running).state = "failing"
            for _ in range(10):
                await running.live()
                disk(running).fill()
                await noticed(home, running)
                disk(running).free()
                await asyncio.sleep(ALERT_EVERY_MS / 1000 / 8)
            codes = [alert["code"] for alert in board.of("ours/alert")]
            assert codes == ["journal_failing"] * 2


@in_virtual_time
async def test_session_that_the_disk_interrupts_is_whole_in_the_end(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Low) as running:
        await running.start()
        disk(running).fill()
        await until(lambda: running.task.link.state == "no_storage")
        await asyncio.sleep(40)
        disk(running).free()
        await running.live()
        await running.over()
        assert [hold["outcome"] for hold in await running.events("hold")] == ["done", "done"]
        assert [session["end"] for session in await running.events("session")] == ["done"]


@in_virtual_time
async def test_session_that_does_not_end_does_not_fill_the_journal(tmp_path: Path) -> None:
    """Days of a pause, and of commands that are refused; then the daemon is killed."""
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.start()
            assert await running.give(Verb.PAUSE) is None
            await until(lambda: running.phase is Phase.PAUSED)
            refused = Input(CommandGiven(Command(Verb.START), "test", "1"), running.clock.now(), 1)
            logged = LoggedInput(refused.now.host_ms, log.to_json(refused))
            days = Commit(home.watch.watch_id.hex(), "you", inputs=(logged,) * INPUTS_MAX)
            await running.journal.commit(days)
            session = home.watch.view.session
            await home.kill(running)
        async with home.daemon() as running:
            await running.live()
            _, inputs = await running.journal.load(home.watch.watch_id.hex())
            assert len(inputs) < 20
            assert running.phase is Phase.PAUSED
            assert running.task.state.session is not None
            assert running.task.state.session.id == session
            assert await running.give(Verb.RESUME) is None
            await running.over()
            assert len(await running.events("session")) == 1


class Slow(SqliteJournal):
    """A disk that fails once, after a while."""

    failures = 0

    async def commit(self, commit: Commit) -> tuple[RecordConflict, ...]:
        if commit.records and self.failures:
            await asyncio.sleep(0.5)
            self.failures -= 1
            raise StorageError("once")
        return await super().commit(commit)


@in_virtual_time
async def test_what_comes_during_a_commit_that_fails_is_not_taken_for_what_it_stored(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon(journal_kind=Slow) as running:
        journal = running.journal
        assert isinstance(journal, Slow)
        await running.live()
        journal.failures = 1
        home.watch.wear(worn=False)
        await asyncio.sleep(0.3)
        home.watch.wear(worn=True)
        await until(lambda: not journal.failures)
        await until(lambda: home.acknowledged == home.watch.next_seq - 1)
        stored = await journal.position(
            home.watch.watch_id.hex(), home.watch.journal_id, home.watch.first_seq, home.watch.next_seq
        )
        assert stored.cursor == home.watch.next_seq
        assert await running.alerts() == ["journal_failing"]
        assert {record.seq for record in home.watch.journal()} == set(seqs(home))


def seqs(home: Home) -> list[int]:
    """The records that are in the journal's file."""
    with closing(sqlite3.connect(home.state_dir / "journal.sqlite")) as connection:
        return [seq for (seq,) in connection.execute("SELECT seq FROM records ORDER BY seq")]
