"""The outbox pump: what was committed goes to the broker, in order, and is marked when the broker has it.

Rule: the outbox is the only queue. Nothing is dropped: a row is sent, or parked because the broker refuses
it, or it waits.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from wearsync.ports import BrokerSession, Clock, Journal, OutboxRow
from wearsync.publish.events import mark_replayed
from wearsync.publish.topics import Leaf

# Measured: 20 in flight carry three times what one by one does; 1000 are slower.
IN_FLIGHT = 20
# Marking is one fsync a batch: 200 rows make it cheap, and are sent again at most once when the process dies.
BATCH_ROWS = 200
# A row that is sent later than this was not seen live by anybody: half a minute is beyond any broker's
# restart.
REPLAYED_AFTER_MS = 30_000
# When the link is gone, or the daemon stops: answers that are on their way take milliseconds.
LAST_ANSWERS_S = 0.3
# A row that ends the connection again and again (mosquitto's message_size_limit does that) must not hold up
# the rest. After two losses at the same row it is sent alone, so that it is known to be the one; after two
# more it is parked.
ALONE_AFTER_LOSSES = 2
PARK_AFTER_LOSSES = 4
LOST_WITH_IT = f"the broker ended the connection {PARK_AFTER_LOSSES} times at this message"


log = logging.getLogger(__name__)


class OutboxPump:
    """Sends the outbox over one broker session after another. `refused(row, reason)` is told of each parked
    row, alerts apart: an alert that is refused would bring the next one.
    """

    def __init__(self, *, journal: Journal, clock: Clock, refused: Callable[[OutboxRow, str], None]) -> None:
        self._journal = journal
        self._clock = clock
        self._refused = refused
        self._rows_added = asyncio.Event()
        self._suspect: int | None = None
        self._losses = 0

    def wake(self) -> None:
        """A commit has added rows."""
        self._rows_added.set()

    async def run(self, session: BrokerSession) -> None:
        """Send until the session ends. Raises `BrokerUnavailable` then, `StorageError` from the journal."""
        while True:
            self._rows_added.clear()
            rows = await self._journal.outbox(0, 1 if self._losses >= ALONE_AFTER_LOSSES else BATCH_ROWS)
            if not rows:
                await self._rows_added.wait()
            elif self._losses >= PARK_AFTER_LOSSES and rows[0].row_id == self._suspect:
                await self._settle([(rows[0], LOST_WITH_IT)])
                self._losses = 0
            else:
                await self._send(session, rows)

    async def _send(self, session: BrokerSession, rows: tuple[OutboxRow, ...]) -> None:
        """Send a batch, ~20 at a time; what was answered is settled, however this ends."""
        window = asyncio.Semaphore(IN_FLIGHT)

        async def send(row: OutboxRow) -> str | None:
            async with window:
                return await session.publish(row.topic, self._payload(row), retain=False, qos=1)

        sending = [asyncio.create_task(send(row)) for row in rows]
        try:
            await asyncio.wait(sending)
        finally:
            # Nothing is awaited when all is done: a link that is lost cancels us a turn of the loop later.
            if late := [task for task in sending if not task.done()]:
                await asyncio.wait(late, timeout=LAST_ANSWERS_S)
                for task in late:
                    task.cancel()
                await asyncio.wait(late)
            pairs = [(row, _answer(task)) for row, task in zip(rows, sending, strict=True)]
            await _to_its_end(self._settle_batch(pairs))
        for task in sending:
            task.result()

    async def _settle_batch(self, pairs: list[tuple[OutboxRow, str | BaseException | None]]) -> None:
        await self._settle([(row, answer) for row, answer in pairs if not isinstance(answer, BaseException)])
        lost = next((row for row, answer in pairs if isinstance(answer, BaseException)), None)
        if lost is None:
            self._losses = 0
        else:
            self._lost_at(lost.row_id)

    def _lost_at(self, row_id: int) -> None:
        self._losses = self._losses + 1 if row_id == self._suspect else 1
        self._suspect = row_id

    async def _settle(self, answers: list[tuple[OutboxRow, str | None]]) -> None:
        sent = tuple(row.row_id for row, refusal in answers if refusal is None)
        if sent:
            await self._journal.outbox_sent(sent)
        for row, refusal in answers:
            if refusal is not None:
                await self._journal.outbox_parked(row.row_id, refusal)
                if not row.topic.endswith(f"/{Leaf.ALERT}"):
                    self._refused(row, refusal)

    def _payload(self, row: OutboxRow) -> str:
        late = self._clock.now().host_ms - row.host_ms > REPLAYED_AFTER_MS
        return mark_replayed(row.payload) if late else row.payload


def _answer(sent: asyncio.Task[str | None]) -> str | BaseException | None:
    """The broker's refusal, None if it has the row, or why there is no answer."""
    if sent.cancelled():
        return asyncio.CancelledError()
    return sent.exception() or sent.result()


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """What the broker has answered is written down, also when we are called off in the middle of it."""
    task = asyncio.create_task(work, name="outbox answers")
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.warning(
                "outbox.not_marked reason=%s", fault
            )  # what was sent is sent again, under the same id
        raise
