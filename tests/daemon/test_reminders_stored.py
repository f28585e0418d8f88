"""Reminders and what is stored: what was dealt with before a restart, and a disk that can't be read."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.daemon.home import WEARER, at_home, until
from tests.daemon.test_reminders import EIGHT, HOUR_S, IDLE, PLAN, Listening, idle_home, painful
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.coordinator.dose import Ledger
from wearsync.coordinator.events import ReminderDue
from wearsync.coordinator.reminders import PAIN_WITHIN_DAYS
from wearsync.coordinator.state import Reminders as Known
from wearsync.daemon.reminders import Reminders
from wearsync.errors import StorageError
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit


@in_virtual_time
@pytest.mark.parametrize("first", [0, 1])
async def test_after_a_restart_what_one_watch_dealt_with_is_not_asked_on_another(
    tmp_path: Path, first: int
) -> None:
    async with at_home(tmp_path, began=EIGHT) as home, await home.journal() as journal:
        began_ms = int(EIGHT.timestamp() * 1000)
        known = (began_ms - 3 * 86_400_000, began_ms + 3_600_000)
        tasks = [
            Listening(str(at_ms), journal, home, replace(IDLE, reminders=Known(PLAN, handled_ms=(at_ms,))))
            for at_ms in (known[first], known[1 - first])
        ]
        await asyncio.sleep(HOUR_S + 60)
        reminders = Reminders(
            tasks=lambda: tasks, journal=journal, clock=home.clock(), changed=lambda _wearer: None
        )
        await reminders.look()
        assert not [news for task in tasks for news in task.told if isinstance(news, ReminderDue)]


@in_virtual_time
async def test_who_is_away_by_one_watch_is_not_asked_on_another(tmp_path: Path) -> None:
    async with at_home(tmp_path, began=EIGHT) as home, await home.journal() as journal:
        gone = Listening("gone", journal, home, replace(IDLE, away_since=EIGHT.date()))
        here = Listening("here", journal, home, replace(IDLE, live=True, worn=True))
        reminders = Reminders(
            tasks=lambda: (gone, here), journal=journal, clock=home.clock(), changed=lambda _wearer: None
        )
        await reminders.look()
        assert reminders.next_of(WEARER) is None
        await asyncio.sleep(HOUR_S)
        await reminders.look()
        due = ReminderDue(int((EIGHT.timestamp() + HOUR_S) * 1000), done=False, away=True)
        assert [news for news in here.told if isinstance(news, ReminderDue)] == [due]


class Failing(SqliteJournal):
    """A disk that can't be read once, by who looks for days of pain."""

    fails = False

    async def ledger(self, wearer: str, since: date, until: date) -> Ledger:
        if self.fails and (until - since).days < PAIN_WITHIN_DAYS:
            self.fails = False
            raise StorageError("the disk is not there")
        return await super().ledger(wearer, since, until)


@in_virtual_time
async def test_what_could_not_be_read_is_read_again(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home, home.daemon(journal_kind=Failing) as running:
        await running.live()
        await asyncio.sleep(60)
        assert isinstance(running.journal, Failing)
        running.journal.fails = True
        holds = tuple(painful(running.clock.now(), back) for back in (0, 2, 5))
        await running.journal.commit(Commit(home.watch.watch_id.hex(), WEARER, holds=holds))
        running.daemon.hold_logged(WEARER)
        await until(lambda: not running.task.state.reminders.switch.on, 60)
