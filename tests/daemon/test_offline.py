"""The journal without a daemon: the dose of today, holds by hand, copies, deleting."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.daemon.home import at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import Settings, load
from wearsync.control.calls import (
    AmendParams,
    BackupParams,
    CommandParams,
    DeleteParams,
    HoldsParams,
    LogParams,
)
from wearsync.control.results import Done, HoldsResult
from wearsync.daemon import offline
from wearsync.errors import AlreadyRunning, StorageError, UsageError
from wearsync.journal import backup
from wearsync.journal.lock import instance_lock
from wearsync.journal.store import SqliteJournal
from wearsync.model import Side, Verb
from wearsync.publish.payloads import HoldPayload

TWO = """
[[watches]]
name = "A"
id = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
address = "C4:00:00:00:00:01"
wearer = "ann"
[[watches]]
name = "B"
id = "b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
address = "C4:00:00:00:00:02"
wearer = "bob"
"""
ONE = TWO.partition('[[watches]]\nname = "B"')[0]


def settings_of(directory: Path, text: str = 'wearer = "you"') -> Settings:
    config = directory / "config.toml"
    config.write_text(text)
    return load(config, state_dir=directory / "state")


async def test_before_the_first_hold_there_is_nothing_and_nothing_is_made(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    today = await offline.today(settings, None)
    assert (today.wearer, today.today.left.seconds, today.last_session) == ("you", 0, None)
    assert not settings.paths.journal.exists()


async def test_hold_is_credited_and_waits_for_the_daemon(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    done = await offline.log(settings, LogParams(side=Side.RIGHT, seconds=75))
    assert done.text == "right: 60 s credited to you"
    await offline.log(settings, LogParams(side=Side.LEFT, seconds=30, wearer="you"))
    today = await offline.today(settings, "you")
    assert (today.today.left.seconds, today.today.right.seconds) == (30, 60)
    async with await SqliteJournal.open(settings.paths.journal) as journal:
        rows = await journal.outbox(0, 10)
    assert [json.loads(row.payload)["outcome"] for row in rows] == ["over", "done"]


async def test_nothing_is_written_beside_a_daemon(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with instance_lock(settings.paths.state_dir), pytest.raises(AlreadyRunning):
        await offline.log(settings, LogParams(side=Side.LEFT, seconds=30))
    assert not settings.paths.journal.exists()


async def test_holds_are_listed_corrected_copied_and_deleted(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert await offline.holds(settings, HoldsParams()) == HoldsResult(wearer="you", holds=())
    await offline.log(settings, LogParams(side=Side.RIGHT, seconds=75))
    (listed,) = (await offline.holds(settings, HoldsParams(wearer="you"))).holds
    hold = HoldPayload.model_validate_json(listed)
    done = await offline.amend(settings, AmendParams(hold=hold.id, seconds=20))
    assert done.text == "right: 20 s credited to you"
    assert (await offline.today(settings, None)).today.right.seconds == 20
    tomorrow = hold.local_date + timedelta(days=1)
    assert (await offline.holds(settings, HoldsParams(since=tomorrow))).holds == ()
    made = await offline.back_up(settings, BackupParams())
    assert backup.newest_first(settings.paths.backups) == (Path(made.path),)
    done = await offline.delete(settings, DeleteParams())
    assert done.text.startswith("holds and sessions deleted: 1,")
    assert (await offline.today(settings, None)).today.right.holds == 0


async def test_before_there_is_a_journal_there_is_nothing_to_correct_copy_or_delete(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for asked in (
        offline.amend(settings, AmendParams(hold="x", void=True)),
        offline.back_up(settings, BackupParams()),
        offline.delete(settings, DeleteParams()),
    ):
        with pytest.raises(StorageError, match=r"there is no journal .* yet: `wearsync run` makes it"):
            await asked
    assert not settings.paths.state_dir.exists()


async def test_backup_is_put_back(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with pytest.raises(UsageError, match=r"there is no backup in .*/backups: name a file"):
        offline.restore(settings, None)
    await offline.log(settings, LogParams(side=Side.LEFT, seconds=30))
    newest = Path((await offline.back_up(settings, BackupParams())).path)
    await offline.back_up(settings, BackupParams(path=str(tmp_path / "elsewhere")))
    await offline.log(settings, LogParams(side=Side.LEFT, seconds=31))
    assert offline.restore(settings, None) == newest
    assert (await offline.today(settings, None)).today.left.seconds == 30
    (replaced,) = settings.paths.state_dir.glob("journal.sqlite.replaced-*")
    assert offline.restore(settings, replaced) == replaced
    assert (await offline.today(settings, None)).today.left.seconds == 61
    assert offline.restore(settings, tmp_path / "elsewhere") == tmp_path / "elsewhere"
    with instance_lock(settings.paths.state_dir), pytest.raises(AlreadyRunning):
        offline.restore(settings, None)


@pytest.mark.parametrize(("text", "wearer"), [(ONE, "ann"), (TWO, "me"), ("", "me")])
async def test_who_is_meant_when_nobody_is_named(tmp_path: Path, text: str, wearer: str) -> None:
    assert (await offline.today(settings_of(tmp_path, text), None)).wearer == wearer


async def test_wearer_who_is_not_known(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, TWO)
    assert (await offline.today(settings, "bob")).wearer == "bob"
    with pytest.raises(UsageError, match="no wearer is called 'eve'; there are: ann, bob"):
        await offline.today(settings, "eve")
    with pytest.raises(UsageError, match="no wearer is called 'eve'"):
        await offline.log(settings, LogParams(side=Side.LEFT, seconds=30, wearer="eve"))


def test_wearer_who_is_away_is_away_without_a_daemon_too(tmp_path: Path) -> None:
    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path) as home:
            async with home.daemon() as running:
                assert (await offline.today(home.settings, None)).away is False
                await running.client().call(CommandParams(verb=Verb.AWAY, away=True), Done)
            assert (await offline.today(home.settings, None)).away is True

    story()


async def test_what_is_damaged_or_gone_is_left_to_the_daemon(tmp_path: Path) -> None:
    """It recovers, and tells everybody; a command that went on with an older copy would tell nobody."""
    settings = settings_of(tmp_path)
    await offline.log(settings, LogParams(side=Side.LEFT, seconds=40))
    await offline.back_up(settings, BackupParams())
    journal = settings.paths.journal
    whole = journal.read_bytes()
    journal.write_bytes(b"\xff" * 8192 + whole[8192:])
    with pytest.raises(StorageError, match=r"wearsync run|not a database"):
        await offline.log(settings, LogParams(side=Side.LEFT, seconds=41))
    assert not list(journal.parent.glob("*.damaged-*"))
    journal.unlink()
    with pytest.raises(StorageError, match="is gone"):
        await offline.log(settings, LogParams(side=Side.LEFT, seconds=41))


async def test_a_wearer_who_is_not_here_deletes_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    await offline.log(settings, LogParams(side=Side.LEFT, seconds=40))
    kept = await offline.back_up(settings, BackupParams())
    with pytest.raises(UsageError, match="'mee' has no holds"):
        await offline.delete(settings, DeleteParams(wearer="mee"))
    assert settings.paths.backups.joinpath(kept.path).exists()


async def test_a_deletion_that_is_not_finished_is_finished_before_a_copy_comes_back(tmp_path: Path) -> None:
    """The copy that could not be deleted has what was."""
    settings = settings_of(tmp_path)
    await offline.log(settings, LogParams(side=Side.LEFT, seconds=40))
    await offline.back_up(settings, BackupParams())
    stubborn = settings.paths.backups / "journal-is-a-directory"
    stubborn.mkdir()
    with pytest.raises(StorageError, match="can't be deleted"):
        await offline.delete(settings, DeleteParams())
    with pytest.raises(StorageError, match="a deletion is not finished"):
        offline.restore(settings, None)
    stubborn.rmdir()
    async with await SqliteJournal.open(settings.paths.journal):
        """As `wearsync run` does it."""
    with pytest.raises(UsageError, match="there is no backup"):
        offline.restore(settings, None)
