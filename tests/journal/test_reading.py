"""What is asked of the journal, and in which order it comes."""

from dataclasses import replace
from datetime import date, timedelta

from tests.journal.conftest import Look
from tests.journal.examples import (
    JOURNAL,
    JOURNAL_ID,
    NOON_MS,
    WATCH,
    WEARER,
    event,
    hold,
    opened,
    opening,
    record,
    session,
    stamp,
    step,
)
from wearsync.journal.store import SqliteJournal
from wearsync.messages import ClockSampled
from wearsync.model import Outcome, Side, Stamp
from wearsync.ports import Amendment, Commit, OutboxDepth, Position

HOUR_MS = 3600 * 1000
DAY = date(2026, 3, 14)


class TestPosition:
    async def test_a_journal_never_seen_starts_at_1_however_much_is_overwritten(
        self, journal: SqliteJournal
    ) -> None:
        assert await journal.position(WATCH, JOURNAL_ID, 500, 900) == opening()

    async def test_asking_opens_nothing(self, journal: SqliteJournal, look: Look) -> None:
        for _ in range(2):
            assert (await journal.position(WATCH, JOURNAL_ID, 1, 4)).news == "first"
        assert look("SELECT * FROM journals") == []

    async def test_it_goes_on_at_the_committed_cursor(self, journal: SqliteJournal) -> None:
        await journal.commit(opened())
        await journal.commit(step(1))
        known = Position(JOURNAL, 4, JOURNAL_ID, 0, "known")
        assert await journal.position(WATCH, JOURNAL_ID, 1, 4) == known
        assert await journal.position(WATCH, JOURNAL_ID, 1, 400) == known

    async def test_a_watch_that_went_back_gets_a_local_epoch(self, journal: SqliteJournal) -> None:
        await journal.commit(opened(10))
        assert await journal.position(WATCH, JOURNAL_ID, 3, 9) == opening(1, 3)
        await journal.commit(Commit(WATCH, WEARER, opening=opening(1, 3)))
        assert await journal.position(WATCH, JOURNAL_ID, 3, 9) == replace(opening(1, 3), news="known")
        await journal.commit(Commit(WATCH, WEARER, journal="7.1", cursor=9))
        assert await journal.position(WATCH, JOURNAL_ID, 1, 2) == opening(2, 1)

    async def test_watches_and_journal_ids_are_told_apart(self, journal: SqliteJournal) -> None:
        await journal.commit(opened(10))
        assert await journal.position("ff" * 16, JOURNAL_ID, 1, 5) == opening()
        assert await journal.position(WATCH, 8, 1, 5) == Position("8", 1, 8, 0, "another")
        assert (await journal.position(WATCH, JOURNAL_ID, 1, 12)).cursor == 10


class TestAmendedHolds:
    async def test_the_latest_correction_stands_wholly(self, journal: SqliteJournal) -> None:
        await journal.commit(Commit(WATCH, WEARER, holds=(hold(1), hold(2))))
        await amend(journal, Amendment("host:a", hold(1).event_id, Side.RIGHT, None, False, stamp(9)))
        moved = replace(hold(1), side=Side.RIGHT)
        assert await journal.holds(WEARER, DAY) == (moved, hold(2))
        assert await journal.hold(hold(1).event_id) == (WEARER, moved)
        await amend(journal, Amendment("host:b", hold(1).event_id, None, 20.5, False, stamp(8)))
        shorter = replace(hold(1), credited_s=20.5, outcome=Outcome.SHORT)
        assert await journal.holds(WEARER, DAY) == (shorter, hold(2))
        assert await journal.hold(hold(1).event_id) == (WEARER, shorter)

    async def test_a_hold_that_was_none_is_left_out_and_may_come_back(self, journal: SqliteJournal) -> None:
        await journal.commit(Commit(WATCH, WEARER, holds=(hold(1), hold(2))))
        await amend(journal, Amendment("host:a", hold(1).event_id, None, None, True, stamp()))
        assert await journal.holds(WEARER, DAY) == (hold(2),)
        assert await journal.hold(hold(1).event_id) is None
        await amend(journal, Amendment("host:b", hold(1).event_id, None, None, False, stamp()))
        assert await journal.holds(WEARER, DAY) == (hold(1), hold(2))

    async def test_one_that_is_not_there(self, journal: SqliteJournal) -> None:
        assert await journal.hold("nobody's") is None


async def amend(journal: SqliteJournal, amendment: Amendment) -> None:
    await journal.commit(Commit(WATCH, WEARER, amendments=(amendment,)))


async def test_holds_are_of_a_wearer_whatever_the_watch(journal: SqliteJournal) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=(hold(1),)))
    await journal.commit(Commit("ff" * 16, WEARER, holds=(hold(2),)))
    await journal.commit(Commit(WATCH, "ben", holds=(hold(3),)))
    assert await journal.holds(WEARER, DAY) == (hold(1), hold(2))
    assert await journal.holds("ben", DAY) == (hold(3),)
    assert await journal.holds("carl", DAY) == ()


async def test_holds_come_in_order_of_their_start_not_of_arrival(journal: SqliteJournal) -> None:
    replayed_late = hold(2, stamp(-HOUR_MS))
    await journal.commit(Commit(WATCH, WEARER, holds=(hold(1),), sessions=(session(1),)))
    await journal.commit(
        Commit(WATCH, WEARER, holds=(replayed_late,), sessions=(session(2, stamp(-HOUR_MS)),))
    )
    assert await journal.holds(WEARER, DAY) == (replayed_late, hold(1))
    assert [found.session for found in await journal.sessions(WEARER, DAY)] == [2, 1]


async def test_a_day_is_the_local_date_of_the_start(journal: SqliteJournal) -> None:
    """23:30 UTC is the next day one hour to the east, and the same day in Greenwich."""
    late = 11 * HOUR_MS + HOUR_MS // 2
    east, greenwich = hold(1, stamp(late, 60)), hold(2, stamp(late, 0))
    sessions = session(1, stamp(late, 60)), session(2, stamp(late, 0))
    await journal.commit(Commit(WATCH, WEARER, holds=(east, greenwich), sessions=sessions))
    tomorrow = DAY + timedelta(days=1)
    assert await journal.holds(WEARER, DAY) == (east, greenwich)
    assert await journal.holds(WEARER, tomorrow) == (east,)
    assert await journal.sessions(WEARER, tomorrow) == (sessions[0],)
    assert await journal.holds(WEARER, tomorrow + timedelta(days=1)) == ()


async def test_days_of_a_watch_that_knew_no_time_are_in_order_too(journal: SqliteJournal) -> None:
    of_1970 = hold(1, Stamp(NOON_MS, 0, 0, 86_400_000))
    await journal.commit(Commit(WATCH, WEARER, holds=(of_1970, hold(2))))
    assert await journal.holds(WEARER, date(1970, 1, 1)) == (of_1970, hold(2))
    assert await journal.holds(WEARER, date(1970, 1, 2)) == (hold(2),)


async def test_outbox_is_paged_in_order(journal: SqliteJournal) -> None:
    events = tuple(event(number) for number in range(5))
    for one in events:
        await journal.commit(Commit(WATCH, WEARER, outbox=(one,)))
    await journal.outbox_sent((2,))
    first = await journal.outbox(0, 2)
    assert [(row.row_id, row.event_id, row.payload) for row in first] == [
        (1, events[0].event_id, events[0].payload),
        (3, events[2].event_id, events[2].payload),
    ]
    rest = await journal.outbox(first[-1].row_id, 9)
    assert [row.event_id for row in rest] == [events[3].event_id, events[4].event_id]
    assert await journal.outbox(rest[-1].row_id, 9) == ()


async def test_depth_counts_what_waits_and_what_was_refused(journal: SqliteJournal) -> None:
    assert await journal.outbox_depth() == OutboxDepth(0, None, 0)
    events = (event(1, host_ms=70), event(2, host_ms=50), event(3, host_ms=60))
    await journal.commit(Commit(WATCH, WEARER, outbox=events))
    assert await journal.outbox_depth() == OutboxDepth(3, NOON_MS + 50, 0)
    await journal.outbox_parked(2, "not authorized")
    await journal.outbox_sent((1,))
    assert await journal.outbox_depth() == OutboxDepth(1, NOON_MS + 60, 1)


async def test_a_new_journal_knows_nothing(journal: SqliteJournal) -> None:
    assert await journal.load(WATCH) == (None, ())
    assert await journal.host_time() is None
    assert await journal.outbox(0, 9) == ()
    assert await journal.sessions(WEARER, DAY) == ()


async def test_last_clock_is_that_of_the_newest_record_of_the_watch(journal: SqliteJournal) -> None:
    assert await journal.last_clock(WATCH) is None
    await journal.commit(opened())
    assert await journal.last_clock(WATCH) is None
    await journal.commit(step(1))
    sample = ClockSampled(3, NOON_MS + 3 - 3000, 12, None, NOON_MS + 3)
    assert await journal.last_clock(WATCH) == (sample, NOON_MS + 3)
    assert await journal.last_clock("ff" * 16) is None
    await journal.commit(replace(step(4, 0), records=(replace(record(4), stamp=None),)))
    assert await journal.last_clock(WATCH) is None
