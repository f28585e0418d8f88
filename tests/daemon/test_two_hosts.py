"""Two hosts, one watch, one key that was exported: both end with the whole journal."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.daemon.home import SHORT, Home, Person, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import ImportParams
from wearsync.control.results import PairResult
from wearsync.daemon import borrow
from wearsync.daemon.pairing import enrol
from wearsync.daemon.pairing.exported_watch import read_exported
from wearsync.daemon.pairing.owner import Owner
from wearsync.errors import TrustError, TryAgain, UsageError, WearsyncError
from wearsync.model import Phase, Trust, Verb


def journal_of(home: Home) -> list[tuple[int, bytes]]:
    """The watch's records that this host has on its disk, in order."""
    with closing(sqlite3.connect(home.state_dir / "journal.sqlite")) as opened:
        rows = opened.execute("SELECT seq, raw FROM records ORDER BY seq").fetchall()
    return [(seq, bytes(raw)) for seq, raw in rows]


def journal_on_the_wrist(home: Home) -> list[int]:
    return [record.seq for record in home.watch.journal()]


def second_host(home: Home, *, config: str = SHORT) -> Home:
    """Another computer in the same air, that has never seen the watch."""
    directory = home.directory / "b"
    directory.mkdir()
    other = Home(directory, home.air, home.watch, home.clock().now().utc)
    other.config.write_text(f'site = "away"\nwearer = "you"\n{config}')
    other.state_dir.mkdir(mode=0o700)
    return other


async def handed_over(
    home: Home, other: Home, *, person: Person | None = None, line: str | None = None
) -> PairResult:
    """`wearsync watches export` here, `wearsync watches import` there; of that `line`, if it is given."""
    async with other.radio() as radio:
        return await enrol.pair(
            ImportParams(exported=line or borrow.export(home.settings, "Ours")),
            settings=other.settings,
            radio=radio,
            keys=other.keys,
            clock=other.clock(),
            agent=person or Person(),
            entropy=other.entropy,
            owner=Owner(say=other.said.append),
        )


@asynccontextmanager
async def synced(home: Home) -> AsyncIterator[None]:
    """This host has the link, and all that there was."""
    async with home.daemon() as running:
        await running.live()
        yield
        await until(lambda: running.task.state.live)


@in_virtual_time
async def test_both_have_the_whole_journal_whoever_has_the_link(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.start()
            await running.over()
        other = second_host(home)
        home.watch.open_pairing()
        result = await handed_over(home, other)
        assert (result.name, result.trust, result.buzz) == ("Ours", Trust.KEY, "played")
        assert other.keys.keys(proven=True) == home.keys.keys(proven=True)
        assert other.said[-4:] == [
            "bonded; proving the key",
            "the watch's clock is set: it was right; read back, it is right",
            "the routine is stored on the watch: it can run it alone",
            "test buzz",
        ]
        for host in (other, home, other):
            async with host.daemon() as running:
                await running.start()
                await running.over()
        async with synced(home):
            pass
        wrist = journal_on_the_wrist(home)
        assert [seq for seq, _ in journal_of(home)] == wrist
        assert journal_of(other) == journal_of(home)
        assert len([record for record in home.watch.journal() if "STOPPED" in str(record.told())]) == 8


@in_virtual_time
async def test_both_visit_it_and_both_have_the_whole_journal(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        other = second_host(home)
        home.watch.open_pairing()
        await handed_over(home, other)
        for host in (home, other):
            host.config.write_text(host.config.read_text() + 'link = "visit"\n')
        async with home.daemon() as here, other.daemon() as there:
            for running in (here, there):
                await asyncio.sleep(120)
                assert running.task.link.last_heard_ms is not None
                assert await running.give(Verb.START) is None
                await asyncio.sleep(60)
                assert running.phase is not Phase.IDLE
                await running.over()
                await asyncio.sleep(45 * 60)
            await until(lambda: not here.task.state.live and not there.task.state.live)
        assert [seq for seq, _ in journal_of(home)] == journal_on_the_wrist(home)
        assert journal_of(other) == journal_of(home)


@in_virtual_time
async def test_import_that_fails_leaves_nothing_and_may_be_done_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        other = second_host(home)
        with pytest.raises(TryAgain, match="not in pairing mode"):
            await handed_over(home, other)
        assert other.left_here == []
        home.watch.open_pairing()
        with pytest.raises(TrustError):
            await handed_over(home, other, person=Person(says_yes=False))
        assert other.left_here == []
        await handed_over(home, other)
        with pytest.raises(UsageError, match="paired here already, as Ours"):
            await handed_over(home, other)
        async with home.daemon() as running:
            await running.live()


@in_virtual_time
async def test_key_that_the_watch_does_not_know_is_not_taken_over(tmp_path: Path) -> None:
    """It was exported, and the watch has been reset since, or was paired anew a dozen times."""
    async with at_home(tmp_path) as home:
        other = second_host(home)
        watch_id = home.watch.watch_id.hex()
        home.keys.forget(watch_id)
        home.keys.add_pending(watch_id, "Ours", bytes(32), home.clock().now().utc)
        home.keys.prove(watch_id, bytes(32))
        home.watch.open_pairing()
        with pytest.raises(WearsyncError):
            await handed_over(home, other)
        assert other.left_here == []
        assert other.keys.entries() == ()


@in_virtual_time
async def test_key_of_another_watch_is_not_shown_to_the_one_that_has_its_address(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        other = second_host(home)
        line = borrow.export(home.settings, "Ours")
        elsewhere = read_exported(line).model_copy(update={"id": "ab" * 16})
        whole = elsewhere.model_copy(update={"check": elsewhere.sum}).model_dump_json()
        home.watch.open_pairing()
        with pytest.raises(UsageError, match="another watch than the one whose key was exported"):
            await handed_over(home, other, line=whole)
        assert (other.left_here, other.keys.entries()) == ([], ())


@in_virtual_time
async def test_name_that_is_taken_there_is_told_before_anything_is_done(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        other = second_host(home)
        other.config.write_text(
            f'[[watches]]\nname = "W"\nid = "{"ab" * 16}"\naddress = "C4:00:00:00:00:01"\n'
        )
        async with other.radio() as radio:
            with pytest.raises(UsageError, match="another watch is called 'w' already"):
                await enrol.pair(
                    ImportParams(exported=borrow.export(home.settings, "Ours"), name="w"),
                    settings=other.settings,
                    radio=radio,
                    keys=other.keys,
                    clock=other.clock(),
                    agent=Person(),
                    entropy=other.entropy,
                )
