"""The outbox pump: what was committed goes to the broker, in order, and is marked when the broker has it.

Rule: the outbox is the only queue. Nothing is dropped: a row is sent, or parked because the broker refuses
it, or it waits.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from wearsync.daemon.flight import Answer, Flight
from wearsync.ports import BrokerSession, Clock, Journal, OutboxRow
from wearsync.publish.events import mark_replayed
from wearsync.publish.topics import Leaf

# Read at once, and under way at most: what is not marked yet is sent again, once, when the process dies.
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

        async def publish(row: OutboxRow) -> Answer:
            return await session.publish(row.topic, self._payload(row), retain=False, qos=1)

        while self._losses >= ALONE_AFTER_LOSSES:
            await self._send_one(Flight(publish))
        await self._send_all(Flight(publish))

    async def _send_one(self, flight: Flight) -> None:
        """The first row alone; or park it, if it was lost once too often."""
        rows = await self._journal.outbox(0, 1)
        if rows and rows[0].row_id == self._suspect and self._losses >= PARK_AFTER_LOSSES:
            await self._settle([(rows[0], LOST_WITH_IT)])
        elif rows:
            await flight.send(rows[0])
            try:
                await flight.until_due()
            finally:
                await _to_its_end(self._land(flight))
        self._losses = 0

    async def _send_all(self, flight: Flight) -> None:
        """Read and send, and mark beside it what was answered: neither waits for the other."""
        tasks = (asyncio.create_task(self._read(flight)), asyncio.create_task(self._mark(flight)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _to_its_end(self._land(flight, *tasks))
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _read(self, flight: Flight) -> None:
        while True:
            self._rows_added.clear()
            flight.room.clear()
            # Of before the reading: what is settled during it was still waiting when it was read, perhaps.
            known = flight.rows
            rows = await self._journal.outbox(0, BATCH_ROWS, on=bool(known))
            new = [row for row in rows if row.row_id not in known]
            for row in new:
                await flight.send(row)
            if len(rows) < BATCH_ROWS:
                await self._rows_added.wait()
            elif not new:
                await flight.room.wait()

    async def _mark(self, flight: Flight) -> None:
        while True:
            await flight.until_due()
            await _to_its_end(self._settle_answered(flight))

    async def _land(self, flight: Flight, *tasks: asyncio.Task[None]) -> None:
        """Nothing more is sent; what was answered is settled, however this ends."""
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await flight.land(LAST_ANSWERS_S)
        await self._settle_answered(flight)
        if (row := flight.lost()) is not None:
            self._lost_at(row.row_id)

    async def _settle_answered(self, flight: Flight) -> None:
        answers = flight.answered()
        await self._settle(answers)
        flight.settled(answers)
        if any(row.row_id == self._suspect for row, _ in answers):
            self._losses = 0

    def _lost_at(self, row_id: int) -> None:
        self._losses = self._losses + 1 if row_id == self._suspect else 1
        self._suspect = row_id

    async def _settle(self, answers: list[tuple[OutboxRow, Answer]]) -> None:
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
