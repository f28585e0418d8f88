"""Too much waits: telemetry goes, the oldest first; nothing else ever does."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journal.conftest import Look
from tests.journal.examples import WATCH, WEARER, event
from wearsync.errors import StorageError
from wearsync.journal import backlog as backlogs
from wearsync.journal import writing
from wearsync.journal.backlog import Backlog
from wearsync.journal.database import Database
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit, OutboxRow

MAX = 6


class Outbox:
    """An outbox that holds few, on a real file."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.database.backlog = Backlog(waiting_max=MAX)
        self.database.open()

    def add(self, *rows: OutboxRow) -> None:
        commit = Commit(WATCH, WEARER, outbox=rows)
        with self.database.writing() as connection:
            writing.write(connection, commit, unix_ms=0, backlog=self.database.backlog)

    def send(self, *row_ids: int) -> None:
        with self.database.writing() as connection:
            writing.mark_sent(connection, row_ids, backlog=self.database.backlog)

    def resend(self) -> None:
        with self.database.writing() as connection:
            writing.resend(connection, None, backlog=self.database.backlog)

    @property
    def waiting(self) -> list[int]:
        with self.database.reading() as connection:
            return [
                row["row_id"]
                for row in connection.execute("SELECT row_id FROM outbox WHERE state = 'waiting'")
            ]


@pytest.fixture
def outbox(path: Path):
    outbox = Outbox(path)
    yield outbox
    outbox.database.close()


def cue(number: int) -> OutboxRow:
    return replace(event(number), topic="wrist/cue")


def alert(number: int, severity: str) -> OutboxRow:
    return replace(event(number), topic="wrist/alert", payload=json.dumps({"severity": severity}))


def test_cues_go_first_then_what_is_only_information(outbox: Outbox) -> None:
    outbox.add(alert(1, "info"), cue(2), event(3), cue(4), alert(5, "warning"), alert(6, "error"))
    assert outbox.waiting == [1, 2, 3, 4, 5, 6]
    outbox.add(event(7))
    assert outbox.waiting == [1, 3, 4, 5, 6, 7]
    outbox.add(event(8), event(9))
    assert outbox.waiting == [3, 5, 6, 7, 8, 9]


def test_results_and_warnings_stay_however_many(outbox: Outbox) -> None:
    outbox.add(*(event(number) for number in range(20)), *(alert(n, "warning") for n in range(20, 30)))
    outbox.add(event(30))
    assert len(outbox.waiting) == 31
    outbox.add(cue(31))
    assert len(outbox.waiting) == 31, "a cue that comes now goes at once"


def test_an_alert_that_is_no_json_stays(outbox: Outbox) -> None:
    outbox.add(replace(event(1), topic="wrist/alert", payload="info"), *(event(n) for n in range(2, 9)))
    assert outbox.waiting == [1, 2, 3, 4, 5, 6, 7, 8]


def test_what_went_leaves_its_id_and_why(outbox: Outbox, look: Look) -> None:
    outbox.add(*(cue(number) for number in range(1, MAX + 2)))
    assert look("SELECT state, topic, payload, sent_ms, reason FROM outbox WHERE row_id = 1") == [
        ("pruned", "", "", None, "too much was waiting")
    ]
    outbox.add(cue(1))
    assert outbox.waiting == [2, 3, 4, 5, 6, 7]


def test_what_the_broker_has_makes_room(outbox: Outbox) -> None:
    outbox.add(*(cue(number) for number in range(1, MAX + 1)))
    outbox.send(1, 2, 2)
    with outbox.database.writing() as connection:
        writing.mark_parked(connection, 3, "no", backlog=outbox.database.backlog)
    outbox.add(cue(11), cue(12), cue(13))
    assert outbox.waiting == [4, 5, 6, 7, 8, 9]
    outbox.add(cue(14))
    assert outbox.waiting == [5, 6, 7, 8, 9, 10]


def test_what_is_sent_again_counts_again(outbox: Outbox) -> None:
    outbox.add(*(event(number) for number in range(3)), *(cue(number) for number in range(3, 6)))
    outbox.send(4, 5, 6)
    outbox.add(event(11), event(12), event(13), event(14))
    assert outbox.waiting == [1, 2, 3, 7, 8, 9, 10]
    outbox.resend()
    outbox.add(event(15))
    assert outbox.waiting == [1, 2, 3, 7, 8, 9, 10, 11]


def test_a_transaction_that_came_to_nothing_counts_for_nothing(outbox: Outbox) -> None:
    outbox.add(*(cue(number) for number in range(MAX)))
    fails = replace(Commit(WATCH, WEARER, outbox=(cue(11), cue(12))), journal="not opened", cursor=1)
    with pytest.raises(StorageError), outbox.database.writing() as connection:
        put_then_fail(connection, fails, outbox.database.backlog)
    assert outbox.waiting == [1, 2, 3, 4, 5, 6]
    outbox.send(1)
    outbox.add(cue(13))
    assert outbox.waiting == [2, 3, 4, 5, 6, 7]


def put_then_fail(connection: sqlite3.Connection, commit: Commit, backlog: Backlog) -> None:
    writing.write(connection, replace(commit, journal=None), unix_ms=0, backlog=backlog)
    writing.write(connection, commit, unix_ms=0, backlog=backlog)


async def test_at_the_real_limit(journal: SqliteJournal) -> None:
    """Also after a restart of the count; and a commit at the limit looks at what is new, not at all."""
    rows = tuple(event(number) for number in range(backlogs.OUTBOX_WAITING_MAX - 1))
    await journal.commit(Commit(WATCH, WEARER, outbox=(cue(-1), *rows)))
    assert (await journal.outbox_depth()).dropped == 0
    for number in range(1, 4):
        await journal.commit(Commit(WATCH, WEARER, outbox=(event(-10 * number),)))
        depth = await journal.outbox_depth()
        assert (depth.dropped, depth.waiting) == (1, backlogs.OUTBOX_WAITING_MAX + number - 1)
