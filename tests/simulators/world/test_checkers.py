"""The checkers as one: silent about a good evening; and what is not about journals."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulators.world.evening import Evening, texts
from wearsync.errors import StorageError
from wearsync_simulators.world.checkers import Figure, bounded, check, drained, ended_well, no_secrets
from wearsync_simulators.world.process import Dead


class TestAllTogether:
    def test_say_nothing_of_a_good_evening(self, evening: Evening) -> None:
        assert len(evening.books.holds) == 4
        assert len(evening.books.sessions) == 2
        assert texts(check(evening.scene())) == []

    def test_see_that_the_file_is_empty(self, evening: Evening) -> None:
        books = replace(evening.books, records=(), holds=(), sessions=(), events=(), parts=())
        assert {violation.invariant for violation in check(evening.scene(books))} == {"I1", "I4", "I8", "I11"}

    def test_before_the_healing_much_may_still_come(self, evening: Evening, tmp_path: Path) -> None:
        path = evening.planted(
            tmp_path,
            "UPDATE journals SET cursor = cursor - 1",
            "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)",
            "UPDATE outbox SET state = 'waiting' WHERE row_id = 3",
        )
        scene = evening.scene(replace(evening, path=path).books, healed=False)
        assert texts(check(scene)) == []
        assert {violation.invariant for violation in check(replace(scene, healed=True))} == {"I1", "I4", "I8"}


class TestEnds:
    @pytest.mark.parametrize("error", [None, Dead("p"), StorageError("disk full")])
    def test_that_are_expected(self, error: BaseException | None) -> None:
        assert ended_well("home-1", error) is None

    def test_that_are_a_defect(self) -> None:
        assert str(ended_well("home-1", KeyError("x"))) == "I6: home-1 ended by KeyError: 'x'"


def test_bounded_names_what_has_grown() -> None:
    figures = [Figure("inbox", 2048, 2048), Figure("connects a minute", 9, 8)]
    assert texts(bounded(figures)) == ["I7: connects a minute: 9 is more than 8"]


def test_drained_tells_what_is_under_way(evening: Evening, tmp_path: Path) -> None:
    path = evening.planted(
        tmp_path,
        "UPDATE journals SET cursor = 5",
        "UPDATE outbox SET state = 'waiting' WHERE row_id <= 2",
        "UPDATE outbox SET state = 'parked' WHERE row_id = 3",
    )
    newest = evening.watched.written[-1].seq
    assert texts(drained(replace(evening, path=path).books, [evening.watched])) == [
        f"I8: {evening.watched.watch_id[:8]} has written {newest}, the host wants 5",
        "I8: 2 events are waiting",
        "I8: 1 events are parked",
    ]


@pytest.mark.parametrize("too_few", [1, -1])
def test_drained_asks_what_the_watch_believes(evening: Evening, too_few: int) -> None:
    newest = evening.watched.written[-1].seq
    watched = replace(evening.watched, acknowledged=newest - too_few)
    assert texts(drained(evening.books, [watched])) == [
        f"I8: {watched.watch_id[:8]}: the host has {newest}, and the watch knows of {newest - too_few}"
    ]


class TestSecrets:
    KEY = bytes(range(100, 132))

    @pytest.mark.parametrize(
        "form",
        [
            KEY.hex(),
            KEY.hex().upper(),
            KEY.hex(":"),
            str(KEY),
            base64.b64encode(KEY).decode(),
        ],
    )
    def test_are_found_in_any_form(self, form: str) -> None:
        found = texts(no_secrets(["link.ready watch=Ours", f"session key={form}"], [self.KEY]))
        assert found == ["I9: a log line has a key or a nonce in it"]

    @pytest.mark.parametrize(
        "line",
        ["hold.stopped held_ms=30012", 'sent {"measured_s": 30.01}', "hold side=left", "alert code=pain"],
    )
    def test_health_is_one(self, line: str) -> None:
        assert texts(no_secrets(["daemon.ready", line], [])) == [f"I9: a log line tells of health: {line}"]

    def test_a_column_that_is_damaged_is_none(self) -> None:
        line = "journal.failed reason=journal j is damaged (NULL value in holds.outcome)"
        assert texts(no_secrets([line, "non-REAL value in holds.credited_s"], [])) == []
        assert texts(no_secrets([f"{line} outcome=pain"], [])) != []

    def test_what_a_daemon_says_is_none(self) -> None:
        lines = [
            "watch.folded watch=Ours phase=idle",
            "link.ended watch=Ours fault=link reason=out of range, switched off, or the watch hung up",
            "outbox.parked id=5fcb:1:57:hold topic=ours/hold reason=the broker's access list forbids it",
        ]
        assert texts(no_secrets(lines, [self.KEY, b"\x00"])) == []
