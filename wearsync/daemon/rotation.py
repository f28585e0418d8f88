"""A backup of the journal a day.

Rule: the day is the local date; a day that has one is not backed up again, and those of long ago go. What
fails is told once a day, and tried again within the hour.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

from wearsync.alert_codes import AlertCode
from wearsync.daemon.boots import OWN_CLOCK_EARLIEST_MS
from wearsync.errors import StorageError
from wearsync.journal import backup
from wearsync.ports import Clock, Notice

# A timer does not see that the machine slept, nor a clock that is set: the date is looked at this often.
LOOK_EVERY_S = 1800.0

log = logging.getLogger(__name__)


class Rotation:
    """`back_up`: makes today's copy in `directory`; `tell`: of what failed; `daily`, `weekly`: how many
    stay.
    """

    def __init__(
        self,
        *,
        back_up: Callable[[], Awaitable[object]],
        clock: Clock,
        directory: Path,
        tell: Callable[[Notice], None],
        daily: int = backup.DAILY_KEPT,
        weekly: int = backup.WEEKLY_KEPT,
    ) -> None:
        self._back_up = back_up
        self._clock = clock
        self._directory = directory
        self._tell = tell
        self._daily = daily
        self._weekly = weekly
        self._told: date | None = None

    def keep(self, *, daily: int, weekly: int) -> None:
        """So many stay, from the next backup on."""
        self._daily, self._weekly = daily, weekly

    async def run(self) -> None:
        """Run for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Make today's backup if there is none; a clock that was never set says nothing of the day."""
        now = self._clock.now()
        today = now.local_date
        there = backup.path_of(self._directory, today).exists()
        if there or now.unix_ms < OWN_CLOCK_EARLIEST_MS:
            return
        try:
            await self._back_up()
        except StorageError as error:
            log.error("backup.failed reason=%s", error)
            if self._told != today:
                self._told = today
                self._tell(Notice(AlertCode.BACKUP_FAILED, str(error)))
            return
        log.info("backup.made day=%s", today)
        self._remove(today)

    def _remove(self, today: date) -> None:
        """The copies that are not kept, and what was left of some; never today's, whatever others hold."""
        backup.clear(self._directory)
        there = backup.newest_first(self._directory)
        for path in backup.superfluous(there, daily=self._daily, weekly=self._weekly):
            if path != backup.path_of(self._directory, today):
                path.unlink(missing_ok=True)
