"""All holds and sessions, page by page: those of one moment, whatever is written meanwhile."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.journal import examples
from tests.journal.examples import WATCH, WEARER
from wearsync.errors import StorageError
from wearsync.journal.entries import PAGE_DAYS
from wearsync.journal.store import SqliteJournal
from wearsync.model import HoldResult, SessionResult, Side, Stamp
from wearsync.ports import Amendment, Commit, Entry, Erasure, StoredHold, StoredSession

DAY_MS = 24 * 3600 * 1000
EVER = (date.min, date.max)
FIRST = examples.stamp().local_date


def on(day: int) -> Stamp:
    return examples.stamp(day * DAY_MS)


def hold(day: int) -> HoldResult:
    return examples.hold(day, on(day))


def session(day: int) -> SessionResult:
    return examples.session(day, on(day))


def as_it_was(found: HoldResult) -> StoredHold:
    return StoredHold(WEARER, found, found, None, void=False)


def amendment(number: int, day: int, *, side: Side | None = None, void: bool = False) -> Amendment:
    return Amendment(f"host:{number}", hold(day).event_id, side, 12.0, void, on(99))


async def everything(
    journal: SqliteJournal, wearer: str | None = None, since: date = date.min, until: date = date.max
) -> list[Entry]:
    return [entry async for page in journal.entries(wearer, since, until) for entry in page]


async def test_an_empty_journal_has_nobody(journal: SqliteJournal) -> None:
    assert await journal.wearers() == ()
    assert await everything(journal) == []
    assert await everything(journal, WEARER) == []


async def test_everybody_s_days_in_order(journal: SqliteJournal) -> None:
    for wearer in ("eve", WEARER):
        days = range(3) if wearer == WEARER else (1,)
        await journal.commit(
            Commit(
                WATCH,
                wearer,
                holds=tuple(replace(hold(day), event_id=f"{wearer}:{day}:hold") for day in days),
                sessions=tuple(
                    replace(session(day), event_id=f"{wearer}:{day}:session", started=on(day)) for day in days
                ),
            )
        )
    assert await journal.wearers() == (WEARER, "eve")
    told = [(entry.wearer, type(entry), _day(entry)) for entry in await everything(journal)]
    anna = [(WEARER, kind, day) for day in range(3) for kind in (StoredSession, StoredHold)]
    assert told == [*anna, ("eve", StoredSession, 1), ("eve", StoredHold, 1)]
    assert {_day(entry) for entry in await everything(journal, "eve")} == {1}
    some = await everything(journal, None, FIRST + timedelta(days=1), FIRST + timedelta(days=1))
    assert [(entry.wearer, _day(entry)) for entry in some] == [(WEARER, 1)] * 2 + [("eve", 1)] * 2


async def test_a_hold_is_given_as_it_was_and_as_it_stands(journal: SqliteJournal) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=(hold(0), hold(1), hold(2))))
    changes = (amendment(1, 0), amendment(2, 0, side=Side.RIGHT), amendment(3, 1, void=True))
    await journal.commit(Commit("host", WEARER, amendments=changes))
    first, second, third = await everything(journal)
    assert isinstance(first, StoredHold)
    assert first.recorded == hold(0)
    assert (first.stands.side, first.stands.credited_s) == (Side.RIGHT, 12.0)
    assert first.amended_at == on(99)
    assert isinstance(second, StoredHold)
    assert second.void
    assert third == as_it_was(hold(2))


async def test_what_is_written_meanwhile_is_of_another_moment(journal: SqliteJournal) -> None:
    """New holds, a late one, a session and a correction come between two pages."""
    far = 2 * PAGE_DAYS
    await journal.commit(Commit(WATCH, WEARER, holds=(hold(0), hold(far)), sessions=(session(far + 1),)))
    before = await everything(journal)
    pages = journal.entries(None, *EVER)
    found = list(await anext(pages))
    assert len(found) == 1
    await journal.commit(
        Commit(
            WATCH,
            WEARER,
            holds=(hold(far - 1), hold(far + 2)),
            sessions=(session(far - 1), session(far + 3)),
            amendments=(amendment(1, far, side=Side.RIGHT),),
        )
    )
    found += [entry async for page in pages for entry in page]
    assert found == before
    assert len(await everything(journal)) == 7


async def test_what_is_deleted_meanwhile_is_not_given_as_whole(journal: SqliteJournal) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=(hold(0), hold(PAGE_DAYS), hold(3 * PAGE_DAYS))))
    pages = journal.entries(None, *EVER)
    await anext(pages)
    await journal.erase(Erasure(before=FIRST + timedelta(days=2)))
    with pytest.raises(StorageError, match="was changed meanwhile: begin anew"):
        await anext(pages)
    assert len(await everything(journal)) == 2


async def test_the_calendar_has_two_ends(path: Path) -> None:
    """A watch's clock may have been anywhere."""
    async with await SqliteJournal.open(path, ballast_bytes=0) as journal:
        ends = [replace(on(0), unix_ms=ms) for ms in (-62_135_596_800_000, 253_402_300_799_000)]
        holds = tuple(
            replace(hold(number), started=replace(at, utc_offset_min=0)) for number, at in enumerate(ends)
        )
        await journal.commit(Commit(WATCH, WEARER, holds=holds))
        assert [_start(entry).local_date for entry in await everything(journal)] == [date.min, date.max]


def _day(entry: Entry) -> int:
    return (_start(entry).local_date - FIRST).days


def _start(entry: Entry) -> Stamp:
    match entry:
        case StoredHold():
            return entry.recorded.started
        case StoredSession():
            return entry.session.started
