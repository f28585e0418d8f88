"""A process that commits until it is killed; it tells of each commit only when that has returned."""

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path

from tests.journal.examples import JOURNAL_ID, WATCH, opened, step
from wearsync.journal.store import SqliteJournal

RECORDS_A_STEP = 3


def commit_for_ever(path: Path, told: Connection) -> None:
    """Go on where the journal stands; send the cursor after each commit."""
    asyncio.run(_commit_for_ever(path, told))


async def _commit_for_ever(path: Path, told: Connection) -> None:
    journal = await SqliteJournal.open(path)
    await journal.commit(opened())
    cursor = (await journal.position(WATCH, JOURNAL_ID, 1, 2**31)).cursor
    while True:
        await journal.commit(step(cursor, RECORDS_A_STEP))
        cursor += RECORDS_A_STEP
        told.send(cursor)
