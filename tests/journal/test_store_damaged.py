"""Whatever becomes of its bytes: a journal works (recovered, if need be), or says why it can't."""

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from tests.journal.examples import JOURNAL_ID, WATCH, WEARER, opened, record, step
from wearsync.errors import StorageError
from wearsync.journal import backup
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit

SEEDS = range(120)
PAGE_BYTES = 4096
# Found, recovered, read anew by two readers; then it has to work.
ATTEMPTS = 5


def flip_bits(content: bytearray, chance: Random) -> None:
    for _ in range(chance.choice([1, 3, 20])):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def overwrite_page(content: bytearray, chance: Random) -> None:
    start = chance.randrange(0, len(content), PAGE_BYTES)
    content[start : start + PAGE_BYTES] = chance.choice([bytes(PAGE_BYTES), chance.randbytes(PAGE_BYTES)])


def cut_off(content: bytearray, chance: Random) -> None:
    del content[chance.randrange(len(content)) :]


def overwrite_all(content: bytearray, chance: Random) -> None:
    content[:] = chance.randbytes(len(content))


DAMAGES: tuple[Callable[[bytearray, Random], None], ...] = (flip_bits, overwrite_page, cut_off, overwrite_all)


@pytest.fixture
async def source(memory: Path) -> Path:
    """A journal as a killed process leaves it, with a backup of half of it."""
    path = memory / "source" / "journal.sqlite"
    async with await SqliteJournal.open(path, inline=True, ballast_bytes=0) as journal:
        await journal.commit(opened())
        for seq in range(1, 150, 3):
            await journal.commit(step(seq))
        backup.directory_of(path).mkdir()
        await journal.backup(backup.path_of(backup.directory_of(path), date(2026, 3, 14)))
        for seq in range(151, 200, 3):
            await journal.commit(step(seq))
        shutil.copytree(path.parent, memory / "killed")
    return memory / "killed" / "journal.sqlite"


async def test_it_works_or_says_why_not(source: Path) -> None:
    ends: Counter[str] = Counter()
    for seed in SEEDS:
        chance = Random(seed)
        path = source.parent.with_name(f"damaged-{seed}") / source.name
        shutil.copytree(source.parent, path.parent)
        target = path.with_name(path.name + chance.choice(["", "", "-wal"]))
        content = bytearray(target.read_bytes())
        chance.choice(DAMAGES)(content, chance)
        target.write_bytes(content)
        ends[await use(path)] += 1
        shutil.rmtree(path.parent)
    assert ends["works"] > 20
    assert ends["journal_restored"] > 20
    assert ends["journal_older"] > 5
    assert ends["refused"] < 10


async def use(path: Path) -> str:
    """All that the daemon does with it, until it succeeds."""
    for _ in range(ATTEMPTS):
        try:
            async with await SqliteJournal.open(path, inline=True, ballast_bytes=0) as journal:
                await look_through(journal)
                for _ in range(ATTEMPTS):
                    if await goes_on(journal):
                        return journal.notices[-1].code if journal.notices else "works"
        except StorageError:
            continue
    return "refused"


async def look_through(journal: SqliteJournal) -> None:
    with suppress(StorageError):
        await journal.check()


async def goes_on(journal: SqliteJournal) -> bool:
    try:
        await journal.load(WATCH)
        await journal.host_time()
        await journal.last_clock(WATCH)
        await journal.holds(WEARER, date.min)
        await journal.sessions(WEARER, date.min)
        await journal.outbox(0, 1000)
        await journal.outbox_depth()
        position = await journal.position(WATCH, JOURNAL_ID, 1, 10_000)
        await journal.commit(Commit(WATCH, WEARER, opening=position))
        records = tuple(record(position.cursor + number, journal=position.journal) for number in range(3))
        await journal.commit(replace(step(position.cursor), journal=position.journal, records=records))
    except StorageError:
        return False
    return True
