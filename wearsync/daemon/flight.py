"""What of the outbox is under way to the broker: sent and not answered yet, or answered and not marked yet.

Rule: a row is in here from its sending until it is settled, so nobody sends it twice; nothing is settled that
the broker has not answered.
"""

import asyncio
from collections.abc import Callable, Coroutine

from wearsync.ports import OutboxRow

__all__ = ["IN_FLIGHT", "MARKED_ROWS", "Answer", "Flight"]

# Measured: 20 in flight carry three times what one by one does; 1000 are slower.
IN_FLIGHT = 20
# Marking is one fsync for all: while many come, so many are worth one; when the last is answered, any number.
MARKED_ROWS = 100

# The broker's refusal; None: it has the row.
Answer = str | None


class Flight:
    """Of one session. `publish`: sends a row, gives the broker's answer, raises when the session is over."""

    def __init__(self, publish: Callable[[OutboxRow], Coroutine[None, None, Answer]]) -> None:
        self._publish = publish
        # Some were settled: whoever reads sees beyond them now.
        self.room = asyncio.Event()
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._under_way: dict[int, tuple[OutboxRow, asyncio.Task[Answer]]] = {}
        self._unanswered = 0
        self._failed = False
        self._news = asyncio.Event()

    @property
    def rows(self) -> frozenset[int]:
        """The numbers of all that is under way."""
        return frozenset(self._under_way)

    async def send(self, row: OutboxRow) -> None:
        """Send it as soon as there is room; its answer comes later."""
        await self._slots.acquire()
        task = asyncio.create_task(self._publish(row))
        self._under_way[row.row_id] = (row, task)
        self._unanswered += 1
        task.add_done_callback(self._ended)

    async def until_due(self) -> None:
        """Return when it is time to settle what was answered. Raises what ended a row."""
        while True:
            if self._failed:
                self.check()
            answered = len(self._under_way) - self._unanswered
            if answered >= MARKED_ROWS or (answered and not self._unanswered):
                return
            self._news.clear()
            await self._news.wait()

    def answered(self) -> list[tuple[OutboxRow, Answer]]:
        """What can be settled, in the order of sending."""
        return [(row, task.result()) for row, task in self._under_way.values() if _is_answered(task)]

    def settled(self, rows: list[tuple[OutboxRow, Answer]]) -> None:
        """These are marked: they are under way no more."""
        for row, _ in rows:
            del self._under_way[row.row_id]
        self.room.set()

    async def land(self, within_s: float) -> None:
        """Nothing more is sent: wait so long for the answers that are on their way."""
        # Nothing is awaited when all is done: a link that is lost cancels us a turn of the loop later.
        if late := [task for _, task in self._under_way.values() if not task.done()]:
            await asyncio.wait(late, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.wait(late)

    def lost(self) -> OutboxRow | None:
        """The first that was sent and not answered."""
        return next((row for row, task in self._under_way.values() if not _is_answered(task)), None)

    def check(self) -> None:
        """Raise what ended a row, the first one's."""
        for _, task in self._under_way.values():
            if task.done():
                task.result()

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        self._slots.release()
        self._unanswered -= 1
        self._failed = self._failed or not _is_answered(task)
        self._news.set()


def _is_answered(task: asyncio.Task[Answer]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
