"""Sessions' results that are missing, doubled, or not as their records say."""

from pathlib import Path

import pytest

from tests.simulators.world.evening import Evening, texts
from wearsync_simulators.watches.records import Body, Booted, IntentTold, SessionTold, write_record
from wearsync_simulators.watches.words import Intent, Reset, SessionSource, SessionWhat
from wearsync_simulators.world.books import SessionRow, read_books
from wearsync_simulators.world.sessions import sessions_counted

STEPS = 2
# The first session's records: the wearer's yes, the stop of its first hold, the start of its second.
YES, STOPPED, STARTED_TOO = 6, 15, 17
# One more than there are.
NEXT = 47
OF_WATCH = SessionSource.WATCH
ALONE = (
    IntentTold(Intent.START, 4711, 0),
    SessionTold(4711, SessionWhat.STARTED, OF_WATCH),
    SessionTold(4711, SessionWhat.ENDED, OF_WATCH),
)
TOLD = "it is told otherwise than it is stored"


def found(evening: Evening, directory: Path, *statements: str, steps: int = STEPS) -> list[str]:
    """What is found of a copy; where it is of a session's content, that alone."""
    books = read_books(evening.planted(directory, *statements))
    lines = texts(sessions_counted(books, steps=steps))
    return [line.partition(" is not as its records say: ")[2] or line for line in lines]


def first(evening: Evening) -> SessionRow:
    return evening.books.sessions[0]


def changed(evening: Evening, what: str) -> str:
    return f"UPDATE sessions SET {what} WHERE session = {first(evening).session}"


def rests_on(evening: Evening, seq: int) -> str:
    return f"event_id = '{evening.watched.watch_id}:{evening.watched.journal_id}:{seq}:session'"


def recorded(*bodies: Body) -> list[str]:
    """Statements that put these records behind all others, a second apart."""
    return [
        f"INSERT INTO records SELECT journal_row, {seq}, boot, tick_ms, kind, x'{raw.hex()}',"
        f" host_ms + {seq}000, unix_ms + {seq}000, utc_offset_min, error_ms FROM records WHERE seq = 1"
        for seq, body in enumerate(bodies, start=NEXT)
        for raw in (write_record(seq=seq, boot=1, tick=5, body=body),)
    ]


def result(evening: Evening, **changes: object) -> str:
    """A statement that puts in the result of the session that the watch ran alone; from the first of its
    records to the last.
    """
    values: dict[str, object] = {
        "event_id": f"{evening.watched.watch_id}:{evening.watched.journal_id}:{NEXT + 2}:session",
        "ended": "ended",
        "source": "watch",
        "began_after_s": NEXT,
        "ended_after_s": NEXT + 2,
        **changes,
    }
    began_ms, ended_ms = (f"{values[key]}000" for key in ("began_after_s", "ended_after_s"))
    return (
        f"INSERT INTO sessions SELECT '{values['event_id']}', watch_id, 'you', '2026-06-01', 4711,"
        f" '{values['ended']}', '{values['source']}', 'kneeling', 0, 0.0, 0.0, 0,"
        f" host_ms + {began_ms}, unix_ms + {began_ms}, 0, error_ms,"
        f" host_ms + {ended_ms}, unix_ms + {ended_ms}, 0, error_ms, 0"
        " FROM records JOIN journals USING (journal_row) WHERE seq = 1"
    )


def test_a_good_evening(evening: Evening) -> None:
    assert texts(sessions_counted(evening.books, steps=STEPS)) == []


class TestHowMany:
    def test_an_end_without_a_result(self, evening: Evening, tmp_path: Path) -> None:
        (line,) = found(evening, tmp_path, *recorded(*ALONE))
        assert line == f"I2: session 4711 of {evening.watched.watch_id[:8]} has ended without a result"

    def test_a_session_that_still_runs_needs_none(self, evening: Evening, tmp_path: Path) -> None:
        assert found(evening, tmp_path, *recorded(*ALONE[:2])) == []

    def test_two_results(self, evening: Evening, tmp_path: Path) -> None:
        one, other = evening.books.sessions
        lines = found(evening, tmp_path, f"UPDATE sessions SET session = {one.session}")
        watch = one.watch_id[:8]
        assert f"I2: session {one.session} of {watch} has 2 results" in lines
        assert f"I2: session {other.session} of {watch} has ended without a result" in lines

    def test_a_result_without_a_record(self, evening: Evening, tmp_path: Path) -> None:
        (line,) = found(evening, tmp_path, changed(evening, rests_on(evening, 999)))
        assert line.startswith("it rests on no record, 2 holds of 0, ")


class TestContent:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("unix_ms = unix_ms + 60000", "its start's time"),
            ("host_ms = host_ms + 1", "its start's time"),
            ("finished_unix_ms = finished_unix_ms + 1", "its end's time"),
            ("finished_host_ms = host_ms - 60000", "its end's time"),
            (
                "finished_host_ms = host_ms - 60000, finished_unix_ms = unix_ms - 60000",
                "its end's time, it ended before it began",
            ),
            ("ended = 'abandoned'", "its end abandoned"),
            ("source = 'watch'", "its source watch"),
            ("holds = 3", "3 holds of 2"),
            ("left_s = 29.0", "29 s left of 30"),
            ("right_s = 60.0", "60 s right of 30"),
            ("full = 0", "not full"),
        ],
    )
    def test_another_one(self, evening: Evening, tmp_path: Path, change: str, says: str) -> None:
        (line,) = found(evening, tmp_path, changed(evening, change))
        assert line.removesuffix(f", {TOLD}") == says

    def test_full_without_all_steps(self, evening: Evening, tmp_path: Path) -> None:
        assert found(evening, tmp_path, steps=3) == ["full", "full"]

    def test_told_otherwise_than_stored(self, evening: Evening, tmp_path: Path) -> None:
        event = f"event_id = '{first(evening).event_id}'"
        swapped = f"UPDATE outbox SET payload = replace(payload, 'true', 'false') WHERE {event}"
        pruned = f"UPDATE outbox SET payload = '' WHERE {event}"
        assert found(evening, tmp_path, swapped) == [TOLD]
        assert found(evening, tmp_path, pruned) == []

    def test_learnt_late_and_not_told_so(self, evening: Evening, tmp_path: Path) -> None:
        late = f"UPDATE outbox SET host_ms = host_ms + 7200000 WHERE event_id = '{first(evening).event_id}'"
        assert found(evening, tmp_path, late) == ["it was learnt late, and is not told so"]
        assert found(evening, tmp_path, late, changed(evening, "replayed = 1")) == []


class TestRests:
    """On what the host has: part of a session may be lost, or come after its end."""

    def test_ended_by_the_host_with_half_of_it_heard(self, evening: Evening, tmp_path: Path) -> None:
        heard = rests_on(evening, STARTED_TOO)
        whole = changed(evening, f"{heard}, ended = 'ended'")
        half = changed(evening, f"{heard}, ended = 'ended', holds = 1, right_s = 0.0, full = 0")
        assert found(evening, tmp_path, whole) == ["2 holds of 1, 30 s right of 0, full"]
        assert found(evening, tmp_path, half) == []

    @pytest.mark.parametrize(("rows_later", "expected"), [(1000, []), (0, ["1 holds of 2"])])
    def test_a_hold_that_was_closed_without_a_stop_after_the_host_had_ended_the_session(
        self, evening: Evening, tmp_path: Path, rows_later: int, expected: list[str]
    ) -> None:
        (hold,) = (
            hold for hold in evening.books.holds if hold.session == first(evening).session and hold.step == 1
        )
        opened = f"{evening.watched.watch_id}:{evening.watched.journal_id}:{STARTED_TOO}:hold"
        ended = changed(
            evening,
            f"{rests_on(evening, STARTED_TOO)}, ended = 'ended', holds = 1, right_s = 0.0, full = 0",
        )
        of_session = f"event_id = '{first(evening).event_id}'"
        told = f"UPDATE outbox SET {rests_on(evening, STARTED_TOO)} WHERE {of_session}"
        closed = (
            f"UPDATE holds SET event_id = '{opened}', outcome = 'incomplete', measured_s = NULL,"
            f" credited_s = 0.0 WHERE event_id = '{hold.event_id}'"
        )
        closed_late = (
            f"UPDATE outbox SET event_id = '{opened}', row_id = row_id + {rows_later}"
            f" WHERE event_id = '{hold.event_id}'"
        )
        lines = found(evening, tmp_path, told, ended, closed, closed_late)
        assert [line.removesuffix(f", {TOLD}") for line in lines if line != TOLD] == expected

    def test_the_yes_that_is_lost(self, evening: Evening, tmp_path: Path) -> None:
        assert found(evening, tmp_path, f"DELETE FROM records WHERE seq = {YES}") == []

    def test_the_start_that_is_lost(self, evening: Evening, tmp_path: Path) -> None:
        lost = f"DELETE FROM records WHERE seq BETWEEN {YES} AND {STOPPED - 1}"
        (line,) = found(evening, tmp_path, lost)
        assert line == "its start's time, its source host, 2 holds of 1, 30 s left of 0, full"

    def test_a_question_that_nobody_answered(self, evening: Evening, tmp_path: Path) -> None:
        asked = result(evening, event_id="host:1", ended="abandoned", source="host")
        assert found(evening, tmp_path, asked) == []


class TestAlone:
    def test_from_the_wearers_start_to_the_end(self, evening: Evening, tmp_path: Path) -> None:
        assert found(evening, tmp_path, *recorded(*ALONE), result(evening)) == []

    def test_given_up_by_the_host(self, evening: Evening, tmp_path: Path) -> None:
        assert found(evening, tmp_path, *recorded(*ALONE), result(evening, ended="abandoned")) == []

    @pytest.mark.parametrize(
        ("change", "value", "says"),
        [
            ("began_after_s", NEXT + 1, "its start's time"),
            ("ended_after_s", NEXT + 1, "its end's time"),
            ("ended", "done", "its end done"),
            ("source", "host", "its source host"),
        ],
    )
    def test_another_content(
        self, evening: Evening, tmp_path: Path, change: str, value: object, says: str
    ) -> None:
        assert found(evening, tmp_path, *recorded(*ALONE), result(evening, **{change: value})) == [says]

    def test_ended_by_a_reboot(self, evening: Evening, tmp_path: Path) -> None:
        rebooted = recorded(*ALONE[:2], Booted(Reset.WATCHDOG, 0))
        assert found(evening, tmp_path, *rebooted, result(evening)) == []
        later = result(evening, ended_after_s=NEXT + 3)
        assert found(evening, tmp_path, *rebooted, later) == ["its end's time"]

    def test_a_yes_that_a_restored_host_does_not_remember(self, evening: Evening, tmp_path: Path) -> None:
        yes = IntentTold(Intent.YES, 4711, 0)
        led = SessionTold(4711, SessionWhat.STARTED, SessionSource.HOST)
        rows = recorded(yes, led, ALONE[2])
        for began_after_s, says in ((NEXT, []), (NEXT + 1, []), (NEXT + 2, ["its start's time"])):
            told = result(evening, source="host", began_after_s=began_after_s)
            assert found(evening, tmp_path, *rows, told) == says
