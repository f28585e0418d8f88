"""A week of everything going wrong, its events replayed to a real broker: who has listened there knows what
`wearsync history` tells.
"""

import asyncio
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.cli.console import wearsync
from tests.mosquitto import Mosquitto
from wearsync.daemon.history import History
from wearsync.daemon.reporter import read_summary
from wearsync.journal.store import SqliteJournal
from wearsync.publish.payloads import HoldPayload, SessionPayload, SummaryPayload
from wearsync_simulators.world.books import Books, HoldRow, SessionRow
from wearsync_simulators.world.dose import summary
from wearsync_simulators.world.plan import Plan
from wearsync_simulators.world.replay import replay_outbox
from wearsync_simulators.world.world import home_in, run_world

# Of a week in spring 2026, in which clocks are put forward.
SEED = 4
SINCE = "2026-03-01"


def test_a_subscriber_s_week_is_the_one_of_the_history(memory: Path, mosquitto: Mosquitto) -> None:
    report = run_world(Plan(seed=SEED, days=7), memory)
    assert report.violations == ()
    heard: list[str] = []
    home = home_in(memory)
    replayed = asyncio.run(replay_outbox(home / "state" / "journal.sqlite", mosquitto.url, told=heard.append))
    assert (replayed.missing, replayed.doubled) == ((), ())
    books = _books(heard)
    assert books.holds
    (wearer,) = {hold.wearer for hold in books.holds}

    done = wearsync(
        "--config", str(home / "config.toml"), "--state-dir", str(home / "state"),
        "history", "--wearer", wearer, "--since", SINCE, "--json",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    told = History.model_validate_json(done.out)
    seconds = {
        (day.date.isoformat(), side): held
        for day in told.days
        for side, held in (("left", day.left_s), ("right", day.right_s))
        if held
    }
    assert seconds == pytest.approx(_seconds(books))
    assert sum(week.left_s + week.right_s for week in told.weeks) == pytest.approx(sum(seconds.values()))
    assert _wrong(books, wearer, told.summary) == []
    days = sorted({day.date for day in told.days})
    for each in asyncio.run(_told_on(home / "state" / "journal.sqlite", wearer, days)):
        assert _wrong(books, wearer, each) == []
        # And a hold that did not arrive would be missed.
        assert _wrong(replace(books, holds=books.holds[1:]), wearer, each) != []


async def _told_on(path: Path, wearer: str, days: list[date]) -> list[SummaryPayload]:
    """What the daemon told of the wearer on those days, as `history` has it."""
    async with await SqliteJournal.open_readonly(path) as journal:
        return [await read_summary(journal, wearer, day, watches=()) for day in days]


def _wrong(books: Books, wearer: str, told: SummaryPayload) -> list[str]:
    """By the world's own reckoning."""
    return [str(wrong) for wrong in summary(books, wearer, told.json_text(), today=told.date)]


def _seconds(books: Books) -> dict[tuple[str, str], float]:
    """Credited, by day and side."""
    found: dict[tuple[str, str], float] = {}
    for hold in books.holds:
        day = (hold.local_date, hold.side)
        found[day] = found.get(day, 0.0) + hold.credited_s
    return {day: held for day, held in found.items() if held}


def _books(heard: list[str]) -> Books:
    """As one who keeps what arrives: events by their id."""
    by_id = {str(event["id"]): event for payload in heard if (event := json.loads(payload))}
    return Books(
        holds=tuple(_hold_row(event) for event in by_id.values() if "credited_s" in event),
        sessions=tuple(_session_row(event) for event in by_id.values() if "finished_at" in event),
    )


def _hold_row(event: dict[str, JsonValue]) -> HoldRow:
    hold = HoldPayload.model_validate_json(json.dumps(event))
    return HoldRow(
        hold.id, "", hold.wearer, hold.local_date.isoformat(), hold.session, hold.step, hold.side.value,
        hold.variant.value, hold.round, hold.planned_s, hold.measured_s, hold.credited_s, hold.outcome.value,
        hold.source.value, 0, _unix_ms(hold.at), 0, 0, 0,
    )  # fmt: skip


def _session_row(event: dict[str, JsonValue]) -> SessionRow:
    session = SessionPayload.model_validate_json(json.dumps(event))
    return SessionRow(
        session.id, "", session.wearer, session.local_date.isoformat(), session.session, session.end.value,
        session.source.value, session.holds, session.left_s, session.right_s, int(session.full), 0,
        _unix_ms(session.at), 0, 0, 0, _unix_ms(session.finished_at), 0, 0,
    )  # fmt: skip


def _unix_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
