"""Days as they are kept are what all holds come to: whatever was committed, in whatever order."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.conftest import MEMORY
from tests.coordinator.days import kept
from tests.journal import examples
from tests.journal.examples import WATCH, WEARER
from wearsync.coordinator.dose import KeptDay, Ledger, summarise
from wearsync.journal import reading, recovery
from wearsync.journal.migrations import migrate
from wearsync.journal.store import SqliteJournal
from wearsync.model import AwaySpan, HoldResult, Outcome, Side, Stamp
from wearsync.ports import Amendment, Commit, Erasure

T = TypeVar("T")
DAY_MS = 24 * 3600 * 1000
EVE = "eve"
FIRST = examples.stamp().local_date
EVER = (date.min, date.max)
# Some weeks, so that streaks grow and break.
DAYS = st.integers(0, 40)
WEARERS = st.sampled_from([WEARER, EVE])
SECONDS = st.sampled_from([0.0, 12.5, 29.4, 29.5, 30.125, 60.0])
OUTCOMES = st.sampled_from([Outcome.DONE, Outcome.DONE, Outcome.SHORT, Outcome.PAIN, Outcome.TOO_MUCH])


def on(day: int) -> Stamp:
    return examples.stamp(day * DAY_MS)


def hold(number: int, day: int, side: Side = Side.LEFT, seconds: float = 30.0) -> HoldResult:
    return replace(examples.hold(number, on(day)), side=side, credited_s=seconds)


def both(*days: int) -> tuple[HoldResult, ...]:
    return tuple(hold(10 * day + (side is Side.LEFT), day, side) for day in days for side in Side)


def amendment(number: int, amends: str, **changes: object) -> Amendment:
    plain = Amendment(f"host:{number}", amends, None, None, False, on(50))
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test knows which


def streaks(ledger: Ledger) -> list[int]:
    return [day.streak.days for day in ledger.days]


class JournalAgainstItsHolds(RuleBasedStateMachine):
    """Two wearers' holds, corrections, sessions, absences and deletions, with copies put back."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.directory = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.path = Path(self.directory.name) / "journal.db"
        self.copies = 0
        self.number = 0
        self.open()

    def open(self) -> None:
        self.journal = self.run(SqliteJournal.open(self.path, inline=True, ballast_bytes=0))

    def run(self, coroutine: Coroutine[None, None, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    @rule(
        wearer=WEARERS,
        found=st.lists(st.tuples(DAYS, st.sampled_from(Side), SECONDS, OUTCOMES), min_size=1, max_size=6),
    )
    def held(self, wearer: str, found: list[tuple[int, Side, float, Outcome]]) -> None:
        """Late or not: a day may be before any that is known."""
        holds = []
        for day, side, seconds, outcome in found:
            self.number += 1
            holds.append(replace(hold(self.number, day, side, seconds), outcome=outcome))
        self.run(self.journal.commit(Commit(WATCH, wearer, holds=tuple(holds))))

    @rule(wearer=WEARERS, first=DAYS, days=st.integers(1, 14))
    def kept_at_it(self, wearer: str, first: int, days: int) -> None:
        for day in range(first, first + days):
            self.number += 2
            holds = tuple(hold(self.number + (side is Side.LEFT), day, side) for side in Side)
            self.run(self.journal.commit(Commit(WATCH, wearer, holds=holds)))

    @rule(wearer=WEARERS, day=DAYS, full=st.booleans())
    def did_a_session(self, wearer: str, day: int, full: bool) -> None:
        self.number += 1
        session = replace(examples.session(self.number, on(day)), full=full)
        self.run(self.journal.commit(Commit(WATCH, wearer, sessions=(session,))))

    @rule(wearer=WEARERS, day=DAYS, days=st.none() | st.integers(0, 9))
    def was_away(self, wearer: str, day: int, days: int | None) -> None:
        first = FIRST + timedelta(days=day)
        span = AwaySpan(first, None if days is None else first + timedelta(days=days))
        self.run(self.journal.commit(Commit(WATCH, wearer, away=(span,))))

    @rule(wearer=WEARERS, day=DAYS)
    def came_back(self, wearer: str, day: int) -> None:
        self.run(self.journal.commit(Commit("ff" * 16, wearer, back=FIRST + timedelta(days=day))))

    @precondition(lambda self: self.number)
    @rule(
        data=st.data(),
        side=st.none() | st.sampled_from(Side),
        seconds=st.none() | SECONDS,
        void=st.booleans(),
    )
    def corrected(self, data: st.DataObject, side: Side | None, seconds: float | None, void: bool) -> None:
        amends = examples.hold(data.draw(st.integers(1, self.number))).event_id
        if self.run(self.journal.hold(amends)) is None:
            return
        self.number += 1
        change = amendment(self.number, amends, side=side, credited_s=seconds, void=void)
        # By whoever is at the keyboard.
        self.run(self.journal.commit(Commit("host", EVE, amendments=(change,))))

    @rule(wearer=st.none() | WEARERS, before=st.none() | DAYS)
    def deleted(self, wearer: str | None, before: int | None) -> None:
        day = None if before is None else FIRST + timedelta(days=before)
        self.run(self.journal.erase(Erasure(wearer=wearer, before=day)))

    @rule()
    def copied(self) -> None:
        self.copies += 1
        self.run(self.journal.backup(self.path.with_name(f"copy-{self.copies}")))

    @precondition(lambda self: self.copies)
    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        copy = self.path.with_name(f"copy-{data.draw(st.integers(1, self.copies))}")
        self.run(self.journal.close())
        recovery.restore(self.path, copy, unix_s=self.copies)
        self.open()

    @invariant()
    def keeps_what_the_holds_come_to(self) -> None:
        for wearer in (WEARER, EVE):
            found = self.run(self.journal.ledger(wearer, *EVER))
            assert found.days == self.reckoned(wearer, found.away)

    def reckoned(self, wearer: str, away: tuple[AwaySpan, ...]) -> tuple[KeptDay, ...]:
        holds = self.run(self.journal.holds(wearer, date.min))
        sessions = self.run(self.journal.sessions(wearer, date.min))
        return kept(holds, sessions, away)

    def teardown(self) -> None:
        self.run(self.journal.close())
        self.loop.close()
        self.directory.cleanup()


TestJournalAgainstItsHolds = JournalAgainstItsHolds.TestCase
TestJournalAgainstItsHolds.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


async def test_a_hold_that_comes_late_mends_the_streak(journal: SqliteJournal) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=both(0, 4, 5, 6)))
    assert streaks(await journal.ledger(WEARER, *EVER)) == [1, 1, 2, 3]
    await journal.commit(Commit(WATCH, WEARER, holds=both(2)))
    assert streaks(await journal.ledger(WEARER, *EVER)) == [1, 2, 3, 4, 5]


async def test_an_absence_that_ended_before_the_day_that_changes_still_froze_the_streak(
    journal: SqliteJournal,
) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=both(0)))
    await journal.commit(Commit(WATCH, WEARER, away=(AwaySpan(on(1).local_date, on(6).local_date),)))
    await journal.commit(Commit(WATCH, WEARER, holds=both(8)))
    assert streaks(await journal.ledger(WEARER, *EVER)) == [1, 2]


async def test_an_absence_that_turns_out_shorter_breaks_all_streaks_after_it(
    journal: SqliteJournal,
) -> None:
    began = on(1).local_date
    await journal.commit(Commit(WATCH, WEARER, holds=both(0, 8, 20), away=(AwaySpan(began),)))
    assert streaks(await journal.ledger(WEARER, *EVER)) == [1, 2, 3]
    await journal.commit(Commit(WATCH, WEARER, away=(AwaySpan(began, on(9).local_date),)))
    assert streaks(await journal.ledger(WEARER, *EVER)) == [1, 2, 1]


async def test_who_was_away_for_longer_than_a_summary_looks_back_keeps_the_streak(
    journal: SqliteJournal,
) -> None:
    span = AwaySpan(on(1).local_date, on(35).local_date)
    await journal.commit(Commit(WATCH, WEARER, holds=both(0), away=(span,)))
    ledger = await journal.ledger(WEARER, on(36).local_date, on(63).local_date)
    assert ledger.away == (span,)
    assert summarise(ledger, on(36).local_date).streak == 1


async def test_an_absence_goes_with_the_days_that_are_deleted_and_no_sooner(journal: SqliteJournal) -> None:
    over = AwaySpan(on(1).local_date, on(3).local_date)
    await journal.commit(Commit(WATCH, WEARER, away=(over, AwaySpan(on(5).local_date))))
    for day, left in ((3, 2), (4, 1), (9, 1)):
        await journal.erase(Erasure(wearer=WEARER, before=on(day).local_date))
        assert len((await journal.ledger(WEARER, *EVER)).away) == left


async def test_a_void_hold_leaves_no_day(journal: SqliteJournal) -> None:
    left = hold(1, 0)
    await journal.commit(Commit(WATCH, WEARER, holds=(left,)))
    await journal.commit(Commit("host", WEARER, amendments=(amendment(2, left.event_id, void=True),)))
    assert (await journal.ledger(WEARER, *EVER)).days == ()


async def test_what_is_asked_for_is_given_with_the_day_before(journal: SqliteJournal) -> None:
    spans = (AwaySpan(FIRST, FIRST), AwaySpan(FIRST + timedelta(days=5)))
    session = examples.session(1, on(3))
    await journal.commit(Commit(WATCH, WEARER, holds=both(0, 2, 6, 9), sessions=(session,), away=spans))
    ledger = await journal.ledger(WEARER, FIRST + timedelta(days=5), FIRST + timedelta(days=8))
    assert [(day.dose.day - FIRST).days for day in ledger.days] == [6]
    assert ledger.before is not None
    assert (ledger.before.dose.day - FIRST).days == 3
    assert ledger.away == spans[1:]
    assert ledger.last_session == session
    assert await journal.ledger(EVE, *EVER) == Ledger()


async def test_who_is_back_is_back_by_the_word_of_any_watch_and_streaks_go_by_it(
    journal: SqliteJournal,
) -> None:
    began, back = on(1).local_date, on(3).local_date
    forgotten, other = "ee" * 16, "ff" * 16
    eves = AwaySpan(on(2).local_date)
    await journal.commit(Commit(forgotten, WEARER, holds=both(0, 8), away=(AwaySpan(began),)))
    await journal.commit(Commit(other, EVE, away=(eves,)))
    assert streaks(await journal.ledger(WEARER, *EVER)) == [1, 2]
    await journal.commit(Commit(WATCH, WEARER, back=back))
    ledger = await journal.ledger(WEARER, *EVER)
    assert (ledger.away, streaks(ledger)) == ((AwaySpan(began, back),), [1, 1])
    assert (await journal.ledger(EVE, *EVER)).away == (eves,)
    await journal.commit(Commit(WATCH, WEARER, back=on(9).local_date))
    assert (await journal.ledger(WEARER, *EVER)).away == (AwaySpan(began, back),)


async def test_back_and_away_again_in_one_step_is_away(journal: SqliteJournal) -> None:
    first, again = AwaySpan(on(1).local_date), AwaySpan(on(5).local_date)
    await journal.commit(Commit(WATCH, WEARER, away=(first,)))
    over = AwaySpan(first.first, on(5).local_date)
    await journal.commit(Commit(WATCH, WEARER, away=(over, again), back=on(5).local_date))
    assert (await journal.ledger(WEARER, *EVER)).away == (over, again)


async def test_an_absence_ends_for_whoever_wore_the_watch_when_it_began(journal: SqliteJournal) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=both(0, 1)))
    await journal.commit(Commit(WATCH, WEARER, away=(AwaySpan(on(2).local_date),)))
    over = AwaySpan(on(2).local_date, on(3).local_date)
    await journal.commit(Commit(WATCH, EVE, away=(over,)))
    for wearer in (WEARER, EVE):
        assert (await journal.ledger(wearer, *EVER)).away == (over,)


async def test_a_journal_without_days_is_given_them(path: Path) -> None:
    path.parent.mkdir()
    async with await SqliteJournal.open(path) as journal:
        holds = both(0, 1, 2, 5)
        await journal.commit(Commit(WATCH, WEARER, holds=holds, sessions=(examples.session(1, on(7)),)))
        change = amendment(2, holds[0].event_id, credited_s=12.0)
        await journal.commit(Commit("host", WEARER, amendments=(change,)))
        expected = await journal.ledger(WEARER, *EVER)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        _go_back_to_schema_2(connection)
        migrate(connection, path)
    async with await SqliteJournal.open(path) as journal:
        assert await journal.ledger(WEARER, *EVER) == expected
    assert len(expected.days) == 5


@pytest.mark.parametrize("spans", [(), ((0, 3),), ((0, 3), (9, 9), (9, None)), ((4, None),)])
async def test_absences_move_from_the_state_into_the_journal(
    path: Path, spans: tuple[tuple[int, int | None], ...]
) -> None:
    def told(day: int | None) -> str:
        return "null" if day is None else f'"{FIRST + timedelta(days=day)}"'

    listed = ", ".join(f'{{"first": {told(first)}, "last": {told(last)}}}' for first, last in spans)
    path.parent.mkdir()
    async with await SqliteJournal.open(path) as journal:
        await journal.commit(Commit(WATCH, EVE, holds=both(0)))
        await journal.commit(Commit(WATCH, WEARER, holds=both(1)))
        await journal.commit(Commit(WATCH, WEARER, checkpoint=f'{{"away_spans": [{listed}]}}'))
        await journal.commit(Commit("ff" * 16, WEARER, checkpoint="damaged"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        _go_back_to_schema_2(connection)
        migrate(connection, path)
    since = next((told(first) for first, last in spans if last is None), "null")
    async with await SqliteJournal.open(path) as journal:
        checkpoint, _ = await journal.load(WATCH)
        assert checkpoint == f'{{"away_since":{since}}}'
        assert (await journal.load("ff" * 16))[0] == "damaged"
        away = (await journal.ledger(WEARER, *EVER)).away
        assert (await journal.ledger(EVE, *EVER)).away == ()
    days = dict(spans)
    assert away == tuple(
        AwaySpan(FIRST + timedelta(days=first), None if last is None else FIRST + timedelta(days=last))
        for first, last in days.items()
    )


@pytest.mark.parametrize("years", [1, 10])
async def test_a_summary_reads_as_many_rows_after_years(path: Path, years: int) -> None:
    """Counted in steps of SQLite's machine."""
    async with await SqliteJournal.open(path, ballast_bytes=0) as journal:
        for first in range(0, 365 * years, 73):
            holds = both(*range(first, first + 73))
            sessions = tuple(examples.session(day, on(day)) for day in range(first, first + 73))
            await journal.commit(Commit(WATCH, WEARER, holds=holds, sessions=sessions))
        until = on(365 * years - 1).local_date
    steps = _steps(path, until)
    assert steps < 3000


def _steps(path: Path, until: date) -> int:
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.set_progress_handler(tick, 1)
        ledger = reading.ledger(connection, WEARER, until - timedelta(days=27), until)
    assert len(ledger.days) == 28
    return count


def _go_back_to_schema_2(connection: sqlite3.Connection) -> None:
    """As an older wearsync left it."""
    for statement in ("DROP TABLE days", "DROP TABLE away", "DROP INDEX sessions_by_end"):
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 2")
