"""What the journal has to say about itself, told to people: what was found when it was opened, or is found
later, and events that had to go because too many waited.

Rule: told as alerts of every watch, for there is nobody else to tell; each thing once.
"""

import asyncio
import logging
from collections.abc import Callable

from wearsync.alert_codes import AlertCode
from wearsync.ports import Clock, Journal, Notice

# What is told here is of no hurry, and looking costs one row.
LOOK_EVERY_S = 60.0
# Telemetry goes for as long as the broker is away: once a day is enough to know that it still is.
OUTBOX_FULL_EVERY_MS = 24 * 3600 * 1000

log = logging.getLogger(__name__)


class JournalCare:
    """Looks after `journal`; `tell`: an alert to everybody."""

    def __init__(self, *, journal: Journal, clock: Clock, tell: Callable[[Notice], None]) -> None:
        self._journal = journal
        self._clock = clock
        self._tell = tell
        self._notices_told = 0
        self._is_checked = False
        self._dropped: int | None = None
        self._dropped_told_ms: int | None = None

    async def run(self) -> None:
        """Run for ever. Raises `StorageError` from the journal; to be run again then."""
        while True:
            for notice in self._journal.notices[self._notices_told :]:
                self._notices_told += 1
                self._told(notice)
            await self._check()
            await self._look_at_outbox()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _check(self) -> None:
        """Once a life, in the background: a disk may spoil what was closed in order, too."""
        if self._is_checked:
            return
        found = await self._journal.check()
        self._is_checked = True
        if found is not None:
            self._told(found)

    async def _look_at_outbox(self) -> None:
        dropped, before = (await self._journal.outbox_depth()).dropped, self._dropped
        if before is None:
            self._dropped = dropped
            return
        now_ms, told_ms = self._clock.now().host_ms, self._dropped_told_ms
        if dropped <= before or (told_ms is not None and now_ms - told_ms < OUTBOX_FULL_EVERY_MS):
            return
        self._dropped, self._dropped_told_ms = dropped, now_ms
        text = f"too many events wait for the broker: {dropped - before} of little weight were dropped"
        self._told(Notice(AlertCode.OUTBOX_FULL, text))

    def _told(self, notice: Notice) -> None:
        log.warning("journal.notice code=%s text=%s", notice.code, notice.text)
        self._tell(notice)
