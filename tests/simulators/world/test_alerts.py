"""Gaps and new journals that nobody was told of."""

import json
from pathlib import Path

import pytest

from tests.simulators.world.evening import Evening, texts
from wearsync_simulators.world.alerts import alerted
from wearsync_simulators.world.books import read_books
from wearsync_simulators.world.subscriber import Subscriber

LOST = "records 500 to 509 were overwritten on the watch"
GAP = "INSERT INTO gaps VALUES (1, 500, 510)"


def payload(code: str, text: str = "", event_id: str = "host:1") -> str:
    return json.dumps({"id": event_id, "code": code, "text": text})


def stored(code: str, text: str = "") -> str:
    """A statement that puts in an alert's event."""
    alert = payload(code, text)
    return f"INSERT INTO outbox (event_id, topic, payload, host_ms) VALUES ('a', 'w/alert', '{alert}', 0)"


def journal(evening: Evening, journal_id: int, epoch: int) -> str:
    return f"INSERT INTO journals VALUES (9, '{evening.watched.watch_id}', {journal_id}, {epoch}, 'x', 1)"


def found(evening: Evening, directory: Path, *statements: str, heard: str = "") -> list[str]:
    subscriber = Subscriber()
    subscriber.hears("w/hold", '{"id": "h"}', 0.0)
    if heard:
        subscriber.hears("w/alert", heard, 0.0)
    return texts(alerted(read_books(evening.planted(directory, *statements)), subscriber))


def test_a_good_evening(evening: Evening, tmp_path: Path) -> None:
    assert found(evening, tmp_path) == []


def test_a_gap(evening: Evening, tmp_path: Path) -> None:
    (line,) = found(evening, tmp_path, GAP)
    assert line == (
        f"I1: {LOST} {evening.watched.watch_id[:8]}:{evening.watched.journal_id}, and nobody was told"
    )
    said = f"{LOST} before they were synced"
    assert found(evening, tmp_path, GAP, stored("data_lost", said)) == []
    assert found(evening, tmp_path, GAP, heard=payload("data_lost", said)) == []
    assert len(found(evening, tmp_path, GAP, heard=payload("data_lost", said.replace("509", "508")))) == 1
    assert len(found(evening, tmp_path, GAP, heard=payload("quarantine", said))) == 1


@pytest.mark.parametrize(("journal_id", "epoch", "code"), [(7, 0, "journal_replaced"), (-1, 1, "continuity")])
def test_another_journal(evening: Evening, tmp_path: Path, journal_id: int, epoch: int, code: str) -> None:
    number = journal_id if journal_id > 0 else evening.watched.journal_id
    opened = journal(evening, number, epoch)
    assert found(evening, tmp_path, opened) == [f"I1: 1 journals are news, and 0 times {code} was told"]
    assert found(evening, tmp_path, opened, stored(code)) == []
