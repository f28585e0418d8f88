"""What people ask of the journal: corrections, copies, deleting; on a real one."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date
from pathlib import Path
from random import Random

import pytest

from tests.journal.examples import logged
from wearsync.control.calls import AmendParams, DeleteParams, LogParams
from wearsync.daemon.clock import HostClock
from wearsync.daemon.journal_desk import JournalDesk, holds
from wearsync.errors import StorageError, UsageError
from wearsync.journal import backup
from wearsync.journal.store import SqliteJournal
from wearsync.model import Side
from wearsync.ports import Commit

CLOCK = HostClock(loop_time=lambda: 0.0, wall=lambda: 1_780_000_000.0, zone=UTC)
TODAY = CLOCK.now().local_date


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    async with await SqliteJournal.open(tmp_path / "s" / "journal.sqlite", inline=True) as journal:
        yield journal


@pytest.fixture
def desk(journal: SqliteJournal, tmp_path: Path) -> JournalDesk:
    return JournalDesk(
        journal=journal,
        clock=CLOCK,
        entropy=Random(3).randbytes,
        directory=tmp_path / "s" / "backups",
        publish_pain=False,
    )


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def held(journal: SqliteJournal, wearer: str = "anna") -> list[tuple[str, str, float]]:
    """Id, side and seconds of today's holds."""
    found = await holds(journal, wearer, TODAY)
    return [(hold["id"], hold["side"], hold["credited_s"]) for hold in map(json.loads, found.holds)]


async def test_corrections_add_up(desk: JournalDesk, journal: SqliteJournal) -> None:
    await desk.log(LogParams(side=Side.LEFT, seconds=45), "anna")
    ((hold, _, _),) = await held(journal)
    wearer, done = await desk.amend(AmendParams(hold=hold, seconds=20))
    assert (wearer, done.text) == ("anna", "left: 20 s credited to anna")
    _, done = await desk.amend(AmendParams(hold=hold, side=Side.RIGHT))
    assert done.text == "right: 20 s credited to anna"
    assert await held(journal) == [(hold, "right", 20)]
    first, *events = [json.loads(row.payload) for row in await journal.outbox(0, 10)]
    assert (first["id"], first["credited_s"], first["amends"]) == (hold, 45, None)
    assert [(event["amends"], event["side"], event["credited_s"]) for event in events] == [
        (hold, "left", 20),
        (hold, "right", 20),
    ]


async def test_correction_may_be_named_by_the_correction_before(
    desk: JournalDesk, journal: SqliteJournal
) -> None:
    """Who reads MQTT sees the id of the event that came last."""
    await desk.log(LogParams(side=Side.LEFT, seconds=45), "anna")
    ((hold, _, _),) = await held(journal)
    await desk.amend(AmendParams(hold=hold, seconds=20))
    amendment = (await journal.outbox(0, 10))[-1].event_id
    await desk.amend(AmendParams(hold=amendment, seconds=30))
    assert await held(journal) == [(hold, "left", 30)]
    assert json.loads((await journal.outbox(0, 10))[-1].payload)["amends"] == hold


async def test_hold_that_was_none(desk: JournalDesk, journal: SqliteJournal) -> None:
    await desk.log(LogParams(side=Side.LEFT, seconds=45), "anna")
    ((hold, _, _),) = await held(journal)
    _, done = await desk.amend(AmendParams(hold=hold, void=True))
    assert done.text == "that hold of anna counts for nothing any more"
    assert await held(journal) == []
    for unknown in (hold, "host:77"):
        with pytest.raises(UsageError, match=f"there is no hold {unknown}, or it was taken back"):
            await desk.amend(AmendParams(hold=unknown, seconds=3))


async def test_backup_of_today_and_elsewhere(desk: JournalDesk, tmp_path: Path) -> None:
    made = await desk.back_up()
    assert Path(made.path) == backup.path_of(tmp_path / "s" / "backups", TODAY)
    assert made.bytes > 0
    assert mode(tmp_path / "s" / "backups") == 0o700
    await desk.log(LogParams(side=Side.LEFT, seconds=45), "anna")
    assert await desk.back_up() == made  # in its place
    elsewhere = await desk.back_up(str(tmp_path / "copy"))
    backup.verify(Path(elsewhere.path))
    with pytest.raises(UsageError, match="is there already: name another file"):
        await desk.back_up(str(tmp_path / "copy"))


async def test_backups_that_cant_be_kept(desk: JournalDesk, tmp_path: Path) -> None:
    (tmp_path / "s" / "backups").write_text("a file")
    with pytest.raises(StorageError, match=r"backups can't be kept in .*/backups \(File exists\): check"):
        await desk.back_up()


async def test_deleting_leaves_a_backup_of_what_is_left(
    desk: JournalDesk, journal: SqliteJournal, tmp_path: Path
) -> None:
    for wearer in ("anna", "bob"):
        await desk.log(LogParams(side=Side.LEFT, seconds=45), wearer)
    old = backup.path_of(tmp_path / "s" / "backups", date(2026, 1, 1))
    await desk.back_up()
    await journal.backup(old)
    done = await desk.delete(DeleteParams(wearer="anna"))
    assert done.text == "holds and sessions of anna deleted: 1, with their records and all copies of them"
    assert (len(await held(journal)), len(await held(journal, "bob"))) == (0, 1)
    (left,) = backup.newest_first(tmp_path / "s" / "backups")
    assert b"anna" not in left.read_bytes()
    assert (await desk.delete(DeleteParams(before=TODAY))).text.startswith("holds and sessions deleted: 0")


async def test_session_that_goes_on_is_not_deleted(desk: JournalDesk, journal: SqliteJournal) -> None:
    await journal.commit(Commit("00" * 16, "anna", inputs=(logged(1),)))
    with pytest.raises(UsageError, match="stop it first"):
        await desk.delete(DeleteParams())
