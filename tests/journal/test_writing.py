"""What a commit leaves: known keys are absorbed, other content is set aside, the cursor goes forward."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.journal.conftest import Look
from tests.journal.examples import (
    JOURNAL,
    JOURNAL_ID,
    NOON_MS,
    WATCH,
    WEARER,
    cue,
    event,
    hold,
    logged,
    opened,
    opening,
    record,
    session,
    stamp,
    step,
)
from wearsync.errors import StorageError, UsageError
from wearsync.journal import writing
from wearsync.journal.store import SqliteJournal
from wearsync.messages import Record, Unknown
from wearsync.model import Stamp
from wearsync.ports import Amendment, Commit, RecordConflict, StoredRecord

DAY_MS = 24 * 3600 * 1000
ORIGIN = stamp().local_date


def arrival(cursor: int, *records: StoredRecord, journal: str = JOURNAL) -> Commit:
    return Commit(WATCH, WEARER, journal=journal, cursor=cursor, records=records)


class TestOpening:
    async def test_it_is_opened_with_the_step_or_not_at_all(self, journal: SqliteJournal, look: Look) -> None:
        with pytest.raises(StorageError, match=r"journal 8 of watch 0011\w+ was not opened"):
            await journal.commit(replace(opened(), journal="8"))
        assert look("SELECT * FROM journals") == []
        await journal.commit(replace(step(1), opening=opening()))
        assert look("SELECT watch_id, journal_id, epoch, name, cursor FROM journals") == [
            (WATCH, JOURNAL_ID, 0, JOURNAL, 4)
        ]

    async def test_a_second_time_it_stays_as_it_is(self, journal: SqliteJournal, look: Look) -> None:
        await journal.commit(opened(10))
        await journal.commit(Commit(WATCH, WEARER, opening=opening()))
        await journal.commit(Commit(WATCH, WEARER, opening=replace(opening(), news="known")))
        assert look("SELECT name, cursor FROM journals") == [(JOURNAL, 10)]

    async def test_an_epoch_keeps_the_records_of_the_old_one(
        self, journal: SqliteJournal, look: Look
    ) -> None:
        await journal.commit(opened())
        await journal.commit(arrival(3, record(1), record(2)))
        await journal.commit(Commit(WATCH, WEARER, opening=opening(epoch=1)))
        other = record(1, percent=9, journal="7.1")
        assert await journal.commit(arrival(2, other, journal="7.1")) == ()
        assert look(
            "SELECT name, seq, raw FROM records JOIN journals USING (journal_row) ORDER BY name, seq"
        ) == [
            (JOURNAL, 1, record(1).record.raw),
            (JOURNAL, 2, record(2).record.raw),
            ("7.1", 1, other.record.raw),
        ]


class TestNonces:
    async def test_the_last_ones_of_each_watch_are_kept_newest_last(self, journal: SqliteJournal) -> None:
        nonces = [bytes([number]) * 16 for number in range(writing.NONCES_KEPT + 3)]
        other = "ff" * 16
        await journal.commit(Commit(other, WEARER, nonce=nonces[0]))
        for nonce in nonces:
            await journal.commit(Commit(WATCH, WEARER, nonce=nonce))
        assert await journal.nonces(WATCH) == tuple(nonces[3:])
        assert await journal.nonces(other) == (nonces[0],)
        assert await journal.nonces("ee" * 16) == ()

    async def test_one_that_comes_again_is_there_once(self, journal: SqliteJournal) -> None:
        for nonce in (b"one", b"two", b"one"):
            await journal.commit(Commit(WATCH, WEARER, nonce=nonce))
        assert await journal.nonces(WATCH) == (b"one", b"two")


class TestRecords:
    async def test_all_columns(self, journal: SqliteJournal, look: Look) -> None:
        await journal.commit(opened())
        unstamped = replace(record(2), stamp=None)
        await journal.commit(arrival(3, record(1), unstamped))
        assert look("SELECT * FROM records") == [
            (1, 1, 3, 1000, "battery", record(1).record.raw, NOON_MS + 1, NOON_MS + 1, 60, 12),
            (1, 2, 3, 2000, "battery", record(2).record.raw, None, None, None, None),
        ]

    async def test_the_same_again_is_absorbed(self, journal: SqliteJournal, look: Look) -> None:
        await journal.commit(opened())
        await journal.commit(step(1))
        later = replace(record(1), stamp=stamp(9999))
        assert await journal.commit(arrival(4, later, record(2))) == ()
        assert look("SELECT seq, host_ms FROM records") == [(seq, NOON_MS + seq) for seq in (1, 2, 3)]

    async def test_a_kind_learnt_by_an_upgrade_is_no_other_content(
        self, journal: SqliteJournal, look: Look
    ) -> None:
        await journal.commit(opened())
        unread = replace(record(1), record=replace(record(1).record, body=Unknown(0x30)))
        await journal.commit(arrival(2, unread))
        assert await journal.commit(arrival(2, record(1))) == ()
        assert look("SELECT kind FROM records") == [("unknown",)]

    @pytest.mark.parametrize(
        "other",
        [
            replace(record(2).record, raw=b"else"),
            replace(record(2).record, boot=4),
            replace(record(2).record, tick_ms=5),
        ],
        ids=["raw", "boot", "tick"],
    )
    async def test_other_content_is_quarantined_and_nothing_overwritten(
        self, journal: SqliteJournal, look: Look, other: Record
    ) -> None:
        await journal.commit(opened())
        await journal.commit(step(1))
        before = look("SELECT * FROM records")
        for _ in range(2):
            records = (replace(record(2), record=other), record(4))
            conflicts = await journal.commit(arrival(5, *records))
            assert conflicts == (RecordConflict(JOURNAL, 2),)
        assert look("SELECT * FROM records WHERE seq < 4") == before
        assert look("SELECT seq, boot, tick_ms, kind, raw FROM quarantine") == [
            (2, other.boot, other.tick_ms, "battery", other.raw)
        ]
        assert (await journal.position(WATCH, JOURNAL_ID, 1, 9)).cursor == 5

    async def test_quarantine_is_bounded(self, journal: SqliteJournal, look: Look) -> None:
        await journal.commit(opened())
        await journal.commit(step(1))
        stored = record(1).record
        others = tuple(
            replace(record(1), record=replace(stored, tick_ms=-number))
            for number in range(writing.QUARANTINE_ROWS_MAX + 5)
        )
        assert len(await journal.commit(Commit(WATCH, WEARER, records=others))) == len(others)
        assert look("SELECT count(*), min(tick_ms) FROM quarantine") == [
            (writing.QUARANTINE_ROWS_MAX, 1 - writing.QUARANTINE_ROWS_MAX)
        ]

    async def test_a_journal_that_was_not_opened_is_refused_whole(
        self, journal: SqliteJournal, look: Look
    ) -> None:
        with pytest.raises(StorageError, match=r"journal 7 of watch 0011\w+ was not opened"):
            await journal.commit(step(1))
        for table in ("records", "inputs", "holds", "outbox"):
            assert look(f"SELECT * FROM {table}") == []


class TestCursorAndGaps:
    async def test_the_cursor_never_goes_back(self, journal: SqliteJournal) -> None:
        await journal.commit(opened(10))
        await journal.commit(arrival(5))
        assert (await journal.position(WATCH, JOURNAL_ID, 1, 10)).cursor == 10

    async def test_without_a_cursor_it_stays(self, journal: SqliteJournal) -> None:
        await journal.commit(opened(10))
        await journal.commit(Commit(WATCH, WEARER, journal=JOURNAL))
        await journal.commit(Commit(WATCH, WEARER, cursor=20))
        assert (await journal.position(WATCH, JOURNAL_ID, 1, 10)).cursor == 10

    async def test_a_gap_is_there_once(self, journal: SqliteJournal, look: Look) -> None:
        await journal.commit(opened())
        for _ in range(2):
            await journal.commit(Commit(WATCH, WEARER, journal=JOURNAL, cursor=40, gaps=((1, 30), (35, 40))))
        assert look("SELECT from_seq, next_seq FROM gaps") == [(1, 30), (35, 40)]
        assert (await journal.position(WATCH, JOURNAL_ID, 30, 50)).cursor == 40


class TestLog:
    async def test_a_checkpoint_replaces_older_inputs_and_its_own(self, journal: SqliteJournal) -> None:
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(1), logged(2))))
        assert await journal.load(WATCH) == (None, (logged(1), logged(2)))
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(3),), checkpoint='{"a": 1}'))
        assert await journal.load(WATCH) == ('{"a": 1}', ())
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(4),)))
        assert await journal.load(WATCH) == ('{"a": 1}', (logged(4),))
        await journal.commit(Commit(WATCH, WEARER, checkpoint='{"a": 2}'))
        assert await journal.load(WATCH) == ('{"a": 2}', ())

    async def test_watches_have_logs_of_their_own(self, journal: SqliteJournal) -> None:
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(1),)))
        await journal.commit(Commit("ff" * 16, WEARER, inputs=(logged(2),), checkpoint="{}"))
        assert await journal.load(WATCH) == (None, (logged(1),))

    async def test_host_time_is_that_of_the_greatest_input(self, path: Path) -> None:
        """Also of one that a checkpoint has replaced; stamps of records may be a watch's guess."""
        unix_s = iter([1000.5, 2000.5, 3000.5, 4000.5])
        async with await SqliteJournal.open(path, wall=lambda: next(unix_s)) as journal:
            await journal.commit(opened())
            assert await journal.host_time() is None
            await journal.commit(Commit(WATCH, WEARER, inputs=(logged(5), logged(4)), checkpoint="{}"))
            assert await journal.host_time() == (NOON_MS + 5, 2_000_500)
            await journal.commit(
                Commit(WATCH, WEARER, journal=JOURNAL, cursor=10, records=(record(9),), inputs=(logged(3),))
            )
            assert await journal.host_time() == (NOON_MS + 5, 2_000_500)
            await journal.commit(Commit(WATCH, WEARER, inputs=(logged(6),)))
            assert await journal.host_time() == (NOON_MS + 6, 4_000_500)


class TestResults:
    async def test_cues_stand_as_they_stood_last(self, journal: SqliteJournal, look: Look) -> None:
        await journal.commit(Commit(WATCH, WEARER, cues=(cue(1), cue(2))))
        again = replace(cue(1), due_ms=8, attempts=2)
        await journal.commit(Commit(WATCH, WEARER, cues=(again,)))
        settled = tuple(replace(cue(cue_id, result="played"), boot=None, attempts=2) for cue_id in (1, 3))
        await journal.commit(Commit(WATCH, WEARER, cues=settled))
        assert look("SELECT * FROM cues ORDER BY cue_id") == [
            (WATCH, 1, 99, "start", 3, 8, 2, "played"),
            (WATCH, 2, 99, "start", 3, None, 1, None),
            (WATCH, 3, 99, "start", None, None, 2, "played"),
        ]

    async def test_holds_and_sessions_with_a_known_id_are_absorbed(self, journal: SqliteJournal) -> None:
        await journal.commit(Commit(WATCH, WEARER, holds=(hold(1),), sessions=(session(1),)))
        longer = replace(hold(1), credited_s=60.0)
        later = replace(session(1), holds=9)
        await journal.commit(Commit(WATCH, WEARER, holds=(longer, hold(2)), sessions=(later,)))
        assert await journal.holds(WEARER, ORIGIN) == (hold(1), hold(2))
        assert await journal.sessions(WEARER, ORIGIN) == (session(1),)


async def send_many(journal: SqliteJournal) -> None:
    """As many as are kept in any case, after two others: numbers are row ids here."""
    many = range(3, 3 + writing.SENT_KEEP_ROWS)
    await journal.commit(Commit(WATCH, WEARER, outbox=tuple(event(number) for number in many)))
    await journal.outbox_sent(tuple(many))


class TestAmendments:
    async def test_a_correction_is_appended_once_and_the_hold_stays(
        self, journal: SqliteJournal, look: Look
    ) -> None:
        amendment = Amendment("host:1", hold(1).event_id, None, 20.0, void=False, at=stamp(5))
        await journal.commit(Commit(WATCH, WEARER, holds=(hold(1),), amendments=(amendment,)))
        again = replace(amendment, credited_s=50.0)
        await journal.commit(Commit(WATCH, WEARER, amendments=(again,)))
        assert look("SELECT event_id, credited_s, void, host_ms FROM amendments") == [
            ("host:1", 20.0, 0, NOON_MS + 5)
        ]
        assert look("SELECT credited_s FROM holds") == [(30.0,)]

    async def test_of_a_hold_that_is_not_there_it_is_refused(
        self, journal: SqliteJournal, look: Look
    ) -> None:
        amendment = Amendment("host:1", "nobody's", None, 20.0, void=False, at=stamp(5))
        with pytest.raises(StorageError, match="FOREIGN KEY"):
            await journal.commit(Commit(WATCH, WEARER, amendments=(amendment,), outbox=(event(1),)))
        assert look("SELECT * FROM outbox") == []


class TestAbsurdStamps:
    @pytest.mark.parametrize(
        ("unix_ms", "utc_offset_min", "day"),
        [
            (253_402_300_799_999, 14 * 60, "9999-12-31"),
            (2**62, 0, "9999-12-31"),
            (-(2**62), -14 * 60, "0001-01-01"),
            (-1, 0, "1969-12-31"),
        ],
    )
    async def test_they_are_stored_and_read(
        self, journal: SqliteJournal, look: Look, unix_ms: int, utc_offset_min: int, day: str
    ) -> None:
        far = Stamp(NOON_MS, unix_ms, utc_offset_min)
        commit = replace(opened(), records=(replace(record(1), stamp=far),))
        await journal.commit(replace(commit, holds=(hold(1, far),), sessions=(session(1, far),)))
        assert look("SELECT local_date FROM holds UNION ALL SELECT local_date FROM sessions") == [(day,)] * 2
        assert await journal.holds(WEARER, date.min) == (hold(1, far),)
        assert await journal.sessions(WEARER, date.min) == (session(1, far),)


class TestOutbox:
    async def test_an_event_goes_in_once_whatever_became_of_it(self, journal: SqliteJournal) -> None:
        events = tuple(event(number) for number in range(3))
        await journal.commit(Commit(WATCH, WEARER, outbox=events))
        await journal.outbox_sent((1,))
        await journal.outbox_parked(2, "not authorized")
        await journal.commit(Commit(WATCH, WEARER, outbox=(*events, events[0])))
        assert [row.event_id for row in await journal.outbox(0, 9)] == [events[2].event_id]

    async def test_sent_rows_stay_for_a_month_and_their_ids_for_ever(
        self, journal: SqliteJournal, look: Look
    ) -> None:
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(0),), outbox=(event(1), event(2))))
        await journal.outbox_sent((1,))
        month_ms = writing.SENT_KEEP_DAYS * DAY_MS
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(month_ms),)))
        await journal.outbox_sent((2,))
        await send_many(journal)
        states = "SELECT state, payload <> '' FROM outbox WHERE row_id <= 2"
        assert look(states) == [("sent", 1), ("sent", 1)]
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(month_ms + 1),)))
        await journal.outbox_sent(())
        assert look(states) == [("pruned", 0), ("sent", 1)]
        await journal.commit(Commit(WATCH, WEARER, outbox=(event(1),)))
        assert await journal.outbox(0, 9) == ()

    async def test_a_leap_of_time_takes_none_of_the_latest(self, journal: SqliteJournal, look: Look) -> None:
        """A clock that is set from 1970 to today between two starts makes all rows 50 years old."""
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(0),), outbox=(event(1), event(2))))
        await journal.outbox_sent((1, 2))
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(50 * 365 * DAY_MS),)))
        await journal.outbox_sent(())
        assert look("SELECT state FROM outbox") == [("sent",)] * 2
        assert await journal.outbox_resend(None) == 2

    async def test_parking_keeps_the_reason(self, journal: SqliteJournal, look: Look) -> None:
        await journal.commit(Commit(WATCH, WEARER, outbox=(event(1),)))
        await journal.outbox_parked(1, "payload too large")
        assert look("SELECT state, reason FROM outbox") == [("parked", "payload too large")]

    async def test_what_was_sent_is_not_parked_nor_the_other_way(
        self, journal: SqliteJournal, look: Look
    ) -> None:
        await journal.commit(Commit(WATCH, WEARER, outbox=(event(1), event(2))))
        await journal.outbox_sent((1, 77))
        await journal.outbox_parked(1, "late")
        await journal.outbox_parked(2, "refused")
        await journal.outbox_sent((2,))
        assert look("SELECT state FROM outbox") == [("sent",), ("parked",)]


class TestResend:
    async def test_what_was_sent_or_refused_after_that_one_waits_again(self, journal: SqliteJournal) -> None:
        events = tuple(event(number) for number in range(5))
        await journal.commit(Commit(WATCH, WEARER, outbox=events))
        await journal.outbox_sent((1, 2, 4))
        await journal.outbox_parked(3, "refused")
        assert await journal.outbox_resend(events[2].event_id) == 1
        assert [row.row_id for row in await journal.outbox(0, 9)] == [4, 5]
        assert await journal.outbox_resend(None) == 3
        assert [row.row_id for row in await journal.outbox(0, 9)] == [1, 2, 3, 4, 5]
        assert await journal.outbox_resend(events[4].event_id) == 0

    async def test_what_was_pruned_stays_away(self, journal: SqliteJournal) -> None:
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(0),), outbox=(event(1), event(2))))
        await journal.outbox_sent((1,))
        await journal.commit(Commit(WATCH, WEARER, inputs=(logged(31 * DAY_MS),)))
        await send_many(journal)
        await journal.outbox_sent((2,))
        assert await journal.outbox_resend(None) == writing.SENT_KEEP_ROWS + 1
        assert (await journal.outbox(0, 1))[0].row_id == 2

    async def test_an_unknown_id_is_the_users_mistake(self, journal: SqliteJournal) -> None:
        with pytest.raises(UsageError, match="event gone is not known here"):
            await journal.outbox_resend("gone")
