"""Records that are missing, changed, acknowledged too early, or from nowhere."""

from dataclasses import replace
from pathlib import Path

from tests.simulators.world.evening import QUARANTINED, Evening, texts
from wearsync_simulators.watches.view import Pulse
from wearsync_simulators.watches.words import Pattern
from wearsync_simulators.world.evidence import Watched
from wearsync_simulators.world.kept import ack_before_commit, nothing_foreign, nothing_missing
from wearsync_simulators.world.wrist import Written


def missing(
    evening: Evening, path: Path, watched: Watched | None = None, *, healed: bool = True
) -> list[str]:
    books = replace(evening, path=path).books
    return texts(nothing_missing(books, watched or evening.watched, healed=healed))


def place(evening: Evening, seq: int) -> str:
    return f"I1: record {seq} of {evening.watched.watch_id[:8]}:{evening.watched.journal_id}"


class TestMissing:
    def test_below_the_cursor_it_is_lost_for_ever(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(tmp_path, "DELETE FROM records WHERE seq = 7")
        assert missing(evening, path, healed=False) == [
            f"{place(evening, 7)} is missing, and will not be asked for again"
        ]

    def test_other_bytes(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(tmp_path, "UPDATE records SET raw = x'0e' WHERE seq = 7")
        assert missing(evening, path) == [f"{place(evening, 7)} has other bytes on the host"]

    def test_a_gap_over_what_was_there(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(
            tmp_path, "DELETE FROM records WHERE seq IN (7, 8)", "INSERT INTO gaps VALUES (1, 7, 9)"
        )
        assert missing(evening, path) == [
            f"{place(evening, seq)} is told to be lost, and was there" for seq in (7, 8)
        ]
        newest = evening.watched.written[-1].seq
        assert missing(evening, path, replace(evening.watched, ring=newest - 8)) == []
        damaged = frozenset({(evening.watched.journal_id, 7), (evening.watched.journal_id, 8)})
        assert missing(evening, path, replace(evening.watched, damaged=damaged)) == []

    def test_what_has_not_come_may_come_until_all_is_healed(self, evening: Evening) -> None:
        newest = evening.watched.written[-1]
        late = Written(newest.journal_id, newest.seq + 1, b"\x0e")
        watched = replace(evening.watched, written=[*evening.watched.written, late])
        assert missing(evening, evening.path, watched, healed=False) == []
        assert missing(evening, evening.path, watched) == [f"{place(evening, late.seq)} has not come"]

    def test_what_went_with_a_journal_that_was_given_up(self, evening: Evening) -> None:
        watched = replace(
            evening.watched, journal_id=1, written=[*evening.watched.written, Written(2, 1, b"\x0e")]
        )
        assert missing(evening, evening.path, watched) == []


class TestAcknowledged:
    def test_only_what_is_committed(self, evening: Evening, tmp_path: Path) -> None:
        watch, journal = evening.watched.watch_id, evening.watched.journal_id
        newest = evening.watched.written[-1].seq
        assert ack_before_commit(evening.path, watch, journal, newest) is None
        assert ack_before_commit(evening.path, watch, 5, 0) is None
        early = ack_before_commit(evening.path, watch, journal, newest + 1)
        assert early is not None
        assert early.text.endswith(f"was acknowledged at cursor {newest + 1}")
        assert ack_before_commit(evening.path, watch, 5, 1) is not None
        assert ack_before_commit(tmp_path / "none", watch, journal, 1) is not None

    def test_of_the_latest_epoch(self, evening: Evening, tmp_path: Path) -> None:
        watch, journal = evening.watched.watch_id, evening.watched.journal_id
        path = evening.planted(
            tmp_path, f"INSERT INTO journals VALUES (9, '{watch}', {journal}, 1, '{journal}.1', 4)"
        )
        assert ack_before_commit(path, watch, journal, 3) is None
        assert ack_before_commit(path, watch, journal, 4) is not None


class TestForeign:
    def test_a_record_that_nobody_wrote(self, evening: Evening) -> None:
        watched = replace(evening.watched, written=evening.watched.written[1:])
        found = texts(nothing_foreign(evening.books, [watched]))
        assert found == [
            f"I5: record 1 of {watched.watch_id[:8]}:{watched.journal_id} was written by no watch"
        ]

    def test_a_watch_that_nobody_has(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(tmp_path, "INSERT INTO journals VALUES (9, 'stranger', 1, 0, '1', 1)")
        found = texts(nothing_foreign(replace(evening, path=path).books, [evening.watched]))
        assert found == ["I5: the unknown watch stranger has a journal"]

    def test_a_record_in_quarantine(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(
            tmp_path,
            QUARANTINED,
        )
        found = texts(nothing_foreign(replace(evening, path=path).books, [evening.watched]))
        assert [line.rpartition(" came ")[2] for line in found] == ["with two contents"]

    def test_a_cue_that_nobody_sent(self, evening: Evening) -> None:
        pulse = Pulse(1.0, 1.4, 5, Pattern.REMINDER, 12345)
        watched = replace(evening.watched, pulses=[*evening.watched.pulses, pulse])
        assert texts(nothing_foreign(evening.books, [watched])) == [
            "I5: cue 12345 was felt, and was sent by nobody"
        ]
        assert texts(nothing_foreign(evening.books, [watched], restored=True)) == []
        assert (
            texts(nothing_foreign(evening.books, [replace(watched, own_cues={*watched.own_cues, 12345})]))
            == []
        )
