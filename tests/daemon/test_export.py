"""What goes out: a flat row for each hold and session."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.journal import examples
from tests.journal.examples import WATCH, WEARER
from wearsync.control.calls import ExportParams
from wearsync.daemon.export import ROWS_A_PART, export, exported
from wearsync.errors import UsageError
from wearsync.journal.store import SqliteJournal
from wearsync.model import Outcome, Side
from wearsync.ports import Commit, StoredHold, StoredSession

AT_NIGHT = examples.stamp(11 * 3600 * 1000 + 30 * 60 * 1000 + 7_000)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    async with await SqliteJournal.open(tmp_path / "journal.db", ballast_bytes=0) as journal:
        yield journal


def test_a_hold_that_hurt_is_told_as_it_was() -> None:
    """The day is the wearer's: 23:30 in UTC is tomorrow there."""
    hold = replace(examples.hold(1, AT_NIGHT), outcome=Outcome.PAIN)
    row = json.loads(exported(StoredHold(WEARER, hold, hold, None, void=False)).model_dump_json())
    assert row == {
        "kind": "hold",
        "id": hold.event_id,
        "wearer": "anna",
        "local_date": "2026-03-15",
        "local_time": "00:30:07",
        "at": "2026-03-14T23:30:07.000Z",
        "utc_offset_min": 60,
        "clock_error_ms": 12,
        "replayed": True,
        "session": 99,
        "step": 1,
        "side": "left",
        "variant": "standing",
        "round": 1,
        "planned_s": 30,
        "measured_s": 30.125,
        "credited_s": 30.0,
        "outcome": "pain",
        "source": "auto",
        "void": False,
        "amended_at": None,
        "recorded_side": "left",
        "recorded_s": 30.0,
    }


def test_a_correction_stands_beside_what_was_recorded() -> None:
    hold = examples.hold(1)
    stands = replace(hold, side=Side.RIGHT, credited_s=45.0)
    row = exported(StoredHold(WEARER, hold, stands, AT_NIGHT, void=False))
    assert row.kind == "hold"
    assert (row.side, row.credited_s, row.recorded_side, row.recorded_s) == ("right", 45, "left", 30)
    assert row.amended_at == AT_NIGHT.utc
    none = exported(StoredHold(WEARER, hold, hold, AT_NIGHT, void=True))
    assert none.kind == "hold"
    assert (none.void, none.credited_s, none.recorded_s) == (True, 0, 30)


def test_a_session() -> None:
    session = examples.session(1, AT_NIGHT)
    row = json.loads(exported(StoredSession(WEARER, session)).model_dump_json())
    assert (row["kind"], row["id"], row["local_time"]) == ("session", session.event_id, "00:30:07")
    assert (row["end"], row["left_s"], row["right_s"], row["full"]) == ("done", 60.5, 61.0, True)
    assert row["finished_at"] == "2026-03-14T12:05:00.001Z"


async def test_parts_are_small_however_much_a_day_has(journal: SqliteJournal) -> None:
    holds = tuple(examples.hold(number) for number in range(2 * ROWS_A_PART + 1))
    await journal.commit(Commit(WATCH, WEARER, holds=holds))
    parts = [part async for part in export(journal, ExportParams())]
    assert [len(part.rows) for part in parts] == [ROWS_A_PART, ROWS_A_PART, 1]
    assert [row.id for part in parts for row in part.rows] == [hold.event_id for hold in holds]
    later = [part async for part in export(journal, ExportParams(wearer=WEARER, since=date(2026, 3, 15)))]
    assert later == []


async def test_nobody_is_exported_by_mistake(journal: SqliteJournal) -> None:
    await journal.commit(Commit(WATCH, WEARER, holds=(examples.hold(1),)))
    with pytest.raises(UsageError, match="'bob' has no holds and no sessions here"):
        await anext(export(journal, ExportParams(wearer="bob")))
