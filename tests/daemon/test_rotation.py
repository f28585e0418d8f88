"""A backup a day, whatever the machine and its clock do; what fails is told, and not too often."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon.home import at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.alert_codes import AlertCode
from wearsync.daemon.clock import HostClock
from wearsync.daemon.rotation import LOOK_EVERY_S, Rotation
from wearsync.errors import StorageError
from wearsync.journal import backup
from wearsync.ports import Notice

NIGHT = datetime(2026, 3, 14, 23, 45, tzinfo=UTC)


class Bench:
    """A rotation whose copies are empty files; `full`: no room for any."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = NIGHT
        self.full = False
        self.tries = 0
        self.told: list[Notice] = []
        self.clock = HostClock(loop_time=lambda: 0.0, wall=self.wall, zone=UTC)
        self.restart()

    def wall(self) -> float:
        return self.now.timestamp()

    def restart(self) -> None:
        self.rotation = Rotation(
            back_up=self.back_up, clock=self.clock, directory=self.directory, tell=self.told.append
        )

    async def back_up(self) -> None:
        self.tries += 1
        if self.full:
            raise StorageError("no room")
        backup.path_of(self.directory, self.clock.now().local_date).touch()

    async def pass_by(self, how_long: timedelta) -> None:
        """The machine is on all the time."""
        until = self.now + how_long
        while self.now < until:
            self.now += timedelta(seconds=LOOK_EVERY_S)
            await self.rotation.look()

    @property
    def days(self) -> list[str]:
        found = backup.newest_first(self.directory)
        return sorted(path.stem.removeprefix("journal-") for path in found)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_one_at_the_start_and_one_each_day(bench: Bench) -> None:
    await bench.rotation.look()
    assert bench.days == ["2026-03-14"]
    await bench.pass_by(timedelta(minutes=30))
    assert bench.days == ["2026-03-14", "2026-03-15"]
    await bench.pass_by(timedelta(days=5))
    assert (len(bench.days), bench.tries) == (7, 7)
    bench.restart()
    await bench.rotation.look()
    assert bench.tries == 7


async def test_only_as_many_as_are_needed_are_kept(bench: Bench) -> None:
    await bench.pass_by(timedelta(days=60))
    assert len(bench.days) == 7 + 4
    assert bench.days[-1] == bench.now.date().isoformat()


async def test_what_fails_is_told_once_a_day_and_tried_again(bench: Bench) -> None:
    bench.full, bench.now = True, NIGHT.replace(hour=1)
    await bench.pass_by(timedelta(hours=3))
    assert bench.told == [Notice(AlertCode.BACKUP_FAILED, "no room")]
    assert bench.tries == 6
    await bench.pass_by(timedelta(days=1))
    assert len(bench.told) == 2
    bench.full = False
    await bench.rotation.look()
    assert bench.days == ["2026-03-15"]


async def test_clock_that_was_never_set_says_nothing_of_the_day(bench: Bench) -> None:
    bench.now = datetime(1970, 1, 1, tzinfo=UTC)
    await bench.pass_by(timedelta(days=2))
    assert (bench.days, bench.tries) == ([], 0)
    bench.now = NIGHT
    await bench.rotation.look()
    assert bench.days == ["2026-03-14"]


async def test_clock_that_goes_back_loses_no_copy_of_today(bench: Bench) -> None:
    """Those of the days that it showed before may be good ones, too."""
    await bench.pass_by(timedelta(days=40))
    before, tries = bench.days, bench.tries
    bench.now -= timedelta(days=400)
    await bench.rotation.look()
    await bench.rotation.look()
    assert bench.days == [bench.now.date().isoformat(), *before]
    assert bench.tries == tries + 1


@in_virtual_time
async def test_running_daemon_makes_one_and_looks_again(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon():
        directory = home.settings.paths.backups
        await until(lambda: backup.newest_first(directory))
        (made,) = backup.newest_first(directory)
        backup.verify(made)
        made.unlink()
        await asyncio.sleep(LOOK_EVERY_S + 1)
        assert backup.newest_first(directory) == (made,)


async def test_as_many_stay_as_are_wanted(bench: Bench) -> None:
    bench.rotation = Rotation(
        back_up=bench.back_up,
        clock=bench.clock,
        directory=bench.directory,
        tell=bench.told.append,
        daily=2,
        weekly=0,
    )
    await bench.pass_by(timedelta(days=5))
    assert bench.days == ["2026-03-18", "2026-03-19"]


async def test_fewer_copies_stay_from_the_next_one_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.pass_by(timedelta(days=20))
    bench.rotation.keep(daily=2, weekly=0)
    await bench.pass_by(timedelta(days=1))
    assert len(bench.days) == 2
