"""Results that are missing, doubled, or not as the watch's records say."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.simulators.world.evening import Evening, texts
from wearsync_simulators.watches.records import Body, HoldStarted, HoldStopped, write_record
from wearsync_simulators.watches.words import (
    CueResult,
    Reason,
    Side,
    Source,
    Variant,
)
from wearsync_simulators.world.books import read_books
from wearsync_simulators.world.results import cues_settled, days, holds_counted


def started(session: int = 7, step: int = 0) -> HoldStarted:
    return HoldStarted(session, step, Side.LEFT, Variant.KNEELING, 1, 30, Source.AUTO, 1)


def stopped(reason: Reason = Reason.PLANNED, held_ms: int = 30_010, session: int = 7) -> HoldStopped:
    return HoldStopped(session, 0, reason, held_ms)


def recorded(evening: Evening, *bodies: Body) -> list[str]:
    """Statements that put these records behind all others."""
    last = evening.watched.written[-1].seq
    return [
        f"INSERT INTO records SELECT journal_row, {seq}, boot, tick_ms, kind, x'{raw.hex()}',"
        " host_ms, unix_ms, utc_offset_min, error_ms FROM records WHERE seq = 1"
        for seq, body in enumerate(bodies, start=last + 1)
        for raw in (write_record(seq=seq, boot=1, tick=5, body=body),)
    ]


def result(evening: Evening, after: int, **changes: object) -> str:
    """A statement that puts a result in, resting on that one of the new records."""
    record = evening.watched.written[0]
    event_id = (
        f"{evening.watched.watch_id}:{record.journal_id}:{evening.watched.written[-1].seq + after}:hold"
    )
    values: dict[str, object] = {
        "event_id": event_id,
        "watch_id": evening.watched.watch_id,
        "wearer": "somebody",
        "session": 7,
        "step": 0,
        "side": "left",
        "variant": "kneeling",
        "round": 1,
        "planned_s": 30,
        "measured_s": 30.01,
        "credited_s": 30.01,
        "outcome": "done",
        "source": "auto",
        "replayed": 0,
        **changes,
    }
    columns = ", ".join(values)
    literals = ", ".join("NULL" if value is None else repr(value) for value in values.values())
    return (
        f"INSERT INTO holds ({columns}, local_date, host_ms, unix_ms, utc_offset_min, error_ms)"
        f" SELECT {literals}, '2026-06-01', host_ms, unix_ms, utc_offset_min, error_ms"
        " FROM records WHERE seq = 1"
    )


def holds(evening: Evening, directory: Path, *statements: str) -> list[str]:
    return texts(holds_counted(read_books(evening.planted(directory, *statements))))


class TestHolds:
    def test_a_good_evening(self, evening: Evening) -> None:
        assert texts(holds_counted(evening.books)) == []

    def test_a_stop_without_a_result(self, evening: Evening, tmp_path: Path) -> None:
        event_id = evening.books.holds[1].event_id
        assert holds(evening, tmp_path, f"DELETE FROM holds WHERE event_id = '{event_id}'") == [
            f"I2: hold {event_id} has no result"
        ]

    def test_a_result_without_a_stop(self, evening: Evening, tmp_path: Path) -> None:
        invented = result(evening, 99)
        (line,) = holds(evening, tmp_path, invented)
        assert line.endswith(":hold rests on no record")

    def test_one_that_was_written_down_by_hand_rests_on_none(self, evening: Evening, tmp_path: Path) -> None:
        assert holds(evening, tmp_path, result(evening, 99, event_id="host:1", source="log")) == []

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("measured_s = 29.0", "measured_s"),
            ("credited_s = 60.0", "credited_s"),
            ("outcome = 'over'", "outcome over"),
            ("step = 5", "its place, its start"),
            ("side = CASE side WHEN 'left' THEN 'right' ELSE 'left' END", "its start"),
            ("round = 9", "its start"),
            ("unix_ms = unix_ms + 1", "its time"),
        ],
    )
    def test_another_content(self, evening: Evening, tmp_path: Path, change: str, says: str) -> None:
        lines = holds(evening, tmp_path, f"UPDATE holds SET {change} WHERE rowid = 1")
        event_id = evening.books.holds[0].event_id
        assert lines[0] == f"I2: hold {event_id} is not as its records say: {says}"

    def test_told_otherwise_than_stored(self, evening: Evening, tmp_path: Path) -> None:
        event_id = evening.books.holds[0].event_id
        assert holds(
            evening,
            tmp_path,
            f"UPDATE outbox SET payload = replace(payload, 'left', 'right') WHERE event_id = '{event_id}'",
        ) == [f"I2: hold {event_id} is told otherwise than it is stored"]

    def test_learnt_late_and_not_told_so(self, evening: Evening, tmp_path: Path) -> None:
        event_id = evening.books.holds[0].event_id
        late = f"UPDATE outbox SET host_ms = host_ms + 7200000 WHERE event_id = '{event_id}'"
        told = f"UPDATE holds SET replayed = 1 WHERE event_id = '{event_id}'"
        assert holds(evening, tmp_path, late) == [f"I2: hold {event_id} was learnt late, and is not told so"]
        assert holds(evening, tmp_path, late, told) == []

    @pytest.mark.parametrize(
        ("stop", "measured_s", "credited_s", "outcome"),
        [
            (stopped(), 30.01, 30.01, "done"),
            (stopped(held_ms=29_400), 29.4, 29.4, "short"),
            (stopped(held_ms=75_000), 75.0, 60.0, "over"),
            (stopped(held_ms=0), 0.0, 0.0, "incomplete"),
            (stopped(held_ms=97_200_000), 97_200.0, 0.0, "incomplete"),
            (stopped(Reason.PAIN, 12_000), 12.0, 12.0, "pain"),
            (stopped(Reason.PAIN, 0), 0.0, 0.0, "pain"),
            (stopped(Reason.TOO_MUCH, 31_000), 31.0, 31.0, "too_much"),
            (stopped(Reason.REBOOT, 0), None, 0.0, "incomplete"),
        ],
    )
    def test_what_a_stop_comes_to(
        self,
        evening: Evening,
        tmp_path: Path,
        stop: HoldStopped,
        measured_s: float | None,
        credited_s: float,
        outcome: str,
    ) -> None:
        pair = recorded(evening, started(), stop)
        right = result(evening, 2, measured_s=measured_s, credited_s=credited_s, outcome=outcome)
        wrong = result(evening, 2, measured_s=measured_s, credited_s=credited_s + 1, outcome=outcome)
        assert holds(evening, tmp_path, *pair, right) == []
        assert len(holds(evening, tmp_path, *pair, wrong)) == 1

    def test_a_stop_whose_start_is_lost_counts_nothing(self, evening: Evening, tmp_path: Path) -> None:
        alone = recorded(evening, stopped())
        nothing = result(evening, 1, credited_s=0.0, outcome="incomplete")
        assert holds(evening, tmp_path, *alone, nothing) == []
        assert len(holds(evening, tmp_path, *alone, result(evening, 1))) == 1

    def test_a_start_whose_stop_is_lost_may_have_a_result_that_counts_nothing(
        self, evening: Evening, tmp_path: Path
    ) -> None:
        rows = recorded(evening, started(), started(step=1))
        nothing = result(evening, 1, measured_s=None, credited_s=0.0, outcome="incomplete")
        assert holds(evening, tmp_path, *rows) == []
        assert holds(evening, tmp_path, *rows, nothing) == []
        assert len(holds(evening, tmp_path, *rows, result(evening, 1))) == 1

    def test_a_start_and_its_stop_have_one_result_not_two(self, evening: Evening, tmp_path: Path) -> None:
        rows = recorded(evening, started(), stopped())
        twice = result(evening, 1, measured_s=None, credited_s=0.0, outcome="incomplete")
        (line,) = holds(evening, tmp_path, *rows, result(evening, 2), twice)
        assert line.endswith("rests on no record")


class TestCues:
    def found(self, evening: Evening, directory: Path, *statements: str) -> list[str]:
        return texts(cues_settled(read_books(evening.planted(directory, *statements))))

    def test_a_good_evening(self, evening: Evening) -> None:
        assert texts(cues_settled(evening.books)) == []

    def test_an_answer_without_a_fate(self, evening: Evening, tmp_path: Path) -> None:
        fate = next(event for event in evening.books.events if event.topic.endswith("/cue"))
        (line,) = self.found(evening, tmp_path, f"DELETE FROM outbox WHERE event_id = '{fate.event_id}'")
        assert line.endswith("was answered, and has no fate")

    def test_two_fates(self, evening: Evening, tmp_path: Path) -> None:
        fate = next(event for event in evening.books.events if event.topic.endswith("/cue"))
        again = (
            "INSERT INTO outbox (event_id, topic, payload, host_ms)"
            f" SELECT 'host:{{}}', topic, {{}}, host_ms FROM outbox WHERE event_id = '{fate.event_id}'"
        )
        unknown = """replace(payload, '"result":"played"', '"result":"unknown"')"""
        assert self.found(evening, tmp_path, again.format(1, unknown)) == []
        assert len(self.found(evening, tmp_path, again.format(1, unknown), again.format(2, unknown))) == 1
        assert len(self.found(evening, tmp_path, again.format(1, "payload"))) == 1

    def test_another_word_than_the_watchs(self, evening: Evening, tmp_path: Path) -> None:
        fate = next(event for event in evening.books.events if event.topic.endswith("/cue"))
        (line,) = self.found(
            evening,
            tmp_path,
            f"""UPDATE outbox SET payload = replace(payload, '"played"', '"failed"')
            WHERE event_id = '{fate.event_id}'""",
        )
        assert line.endswith(f"the watch said {CueResult.PLAYED.name.lower()}")


class TestDays:
    def test_a_good_evening(self, evening: Evening) -> None:
        assert texts(days(evening.books, UTC)) == []

    def test_a_day_by_utc_is_found_by_the_wearers_zone(self, evening: Evening) -> None:
        records_too = texts(days(evening.books, ZoneInfo("Pacific/Kiritimati")))
        lines = records_too[: -len(evening.books.records)]
        assert len(lines) == len(evening.books.holds) + len(evening.books.sessions)
        assert all(line.endswith("stands on 2026-06-01, 0 min: 2026-06-02") for line in lines)

    def test_a_record_with_another_offset(self, evening: Evening, tmp_path: Path) -> None:
        books = read_books(evening.planted(tmp_path, "UPDATE records SET utc_offset_min = 60 WHERE seq = 3"))
        (line,) = texts(days(books, UTC))
        assert line.startswith("I2: record 3 of ")
        assert line.endswith(" has the offset 60 min: 0")

    def test_another_day(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(tmp_path, "UPDATE holds SET local_date = '2026-05-31' WHERE rowid = 1")
        assert len(texts(days(read_books(path), UTC))) == 1

    def test_beyond_the_calendar_nothing_can_be_said(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(tmp_path, "UPDATE holds SET unix_ms = 9223372036854775807 WHERE rowid = 1")
        assert texts(days(read_books(path), UTC)) == []
