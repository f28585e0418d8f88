"""The summary reckoned by another hand: it agrees with the product's, and sees what was changed."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.coordinator.days import ledger_of
from tests.daemon.home import WEARER
from tests.simulators.world.evening import Evening, texts
from wearsync.coordinator.amend import as_amended
from wearsync.coordinator.dose import KeptDay
from wearsync.daemon.states import summary_payload
from wearsync.journal.rows import day_columns
from wearsync.model import (
    AwaySpan,
    HoldResult,
    HoldSource,
    Outcome,
    SessionEnd,
    SessionResult,
    SessionSource,
    Side,
    Stamp,
    Variant,
)
from wearsync_simulators.world.books import AmendmentRow, AwayRow, Books, DayRow, HoldRow, SessionRow
from wearsync_simulators.world.dose import days_kept, summary

TODAY = date(2026, 6, 17)


def found(evening: Evening, told: str | None, *, today: date | None = None) -> list[str]:
    return texts(summary(evening.books, WEARER, told, today=today or evening.today))


def test_a_good_evening(evening: Evening) -> None:
    assert found(evening, evening.summary) == []


def test_nothing_was_told(evening: Evening) -> None:
    assert found(evening, None) == [f"I11: no summary of {WEARER} was told"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("streak", 2),
        ("grace_left", 0),
        ("counts", False),
        ("full", False),
        ("away", True),
        ("symmetry", None),
        ("symmetry", 0.4),
        ("last_session", None),
        ("week", {"left_s": 0.0, "right_s": 60.0, "target_s": 600}),
        ("week", {}),
        ("days", []),
        ("today", {"left": {"seconds": 60.0, "holds": 1, "short": 0}}),
        ("wearer", "nobody"),
    ],
)
def test_another_figure(evening: Evening, key: str, value: object) -> None:
    told = json.dumps(json.loads(evening.summary) | {key: value})
    (line,) = found(evening, told)
    assert line.startswith(f"I11: summary of {WEARER}: {key} is told as ")


def test_one_of_yesterday(evening: Evening) -> None:
    lines = found(evening, evening.summary, today=evening.today + timedelta(days=1))
    assert any(": date is told as 2026-06-01, and is 2026-06-02" in line for line in lines)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE days SET left_s = left_s + 1",
        "UPDATE days SET right_short = right_short + 1",
        "UPDATE days SET right_counts = 0",
        "UPDATE days SET full = 0",
        "UPDATE days SET streak = 2",
        "DELETE FROM days",
        f"INSERT INTO days SELECT wearer, '2026-05-31' {', 0' * 17} FROM days",
        f"INSERT INTO days SELECT 'eve', local_date {', 0' * 17} FROM days",
    ],
)
def test_a_day_that_is_kept_otherwise(evening: Evening, tmp_path: Path, statement: str) -> None:
    assert texts(days_kept(evening.books)) == []
    (line,) = texts(days_kept(replace(evening, path=evening.planted(tmp_path, statement)).books))
    assert line.startswith("I11: ")
    assert " is kept as " in line


def test_a_hold_too_many(evening: Evening, tmp_path: Path) -> None:
    path = evening.planted(tmp_path, "DELETE FROM holds WHERE rowid = 1")
    assert len(found(replace(evening, path=path), evening.summary)) == 4


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_the_product_about_any_history(seed: int) -> None:
    draw = Random(seed)
    holds, sessions = _history(draw)
    amendments = [
        AmendmentRow(
            hold.event_id,
            draw.choice((None, "left", "right")),
            draw.choice((None, 0.0, 12.0, 29.5, 45.0)),
            draw.random() < 0.2,
        )
        for hold in draw.choices(holds, k=min(len(holds), 9))
    ]
    away = [_away(draw) for _ in range(draw.choice((0, 1, 3)))]
    ledger = ledger_of(_amended(holds, amendments), sessions, away)
    told = summary_payload(WEARER, ledger, TODAY)
    books = Books(
        parts=(),
        records=(),
        quarantine=(),
        gaps=(),
        cues=(),
        holds=tuple(_hold_row(hold) for hold in holds),
        sessions=tuple(_session_row(session) for session in sessions),
        amendments=tuple(amendments),
        days=tuple(_day_row(kept) for kept in ledger.days),
        away=tuple(_away_row(span) for span in away),
        events=(),
        nonces=(),
    )
    assert texts(summary(books, WEARER, told.json_text(), today=TODAY)) == []
    assert texts(days_kept(books)) == []


def _history(draw: Random) -> tuple[list[HoldResult], list[SessionResult]]:
    """Some weeks of holds, with days left out, some of them in pain."""
    holds, sessions = list[HoldResult](), list[SessionResult]()
    for back in range(draw.choice((0, 5, 40, 100))):
        if draw.random() < draw.choice((0.05, 0.4)):
            continue
        at = _stamp(TODAY - timedelta(days=back))
        for _ in range(draw.randrange(5)):
            credited_s = draw.choice((5.0, 29.4, 29.5, 30.01, 60.0))
            outcome = (
                Outcome.PAIN if draw.random() < 0.05 else Outcome.DONE if credited_s > 29.4 else Outcome.SHORT
            )
            holds.append(_hold(f"h{len(holds)}", draw.choice(tuple(Side)), credited_s, outcome, at))
        sessions.append(_session(f"s{len(sessions)}", at, full=draw.random() < 0.5))
    return holds, sessions


def _amended(holds: list[HoldResult], amendments: list[AmendmentRow]) -> list[HoldResult]:
    latest = {row.amends: row for row in amendments}
    return [
        hold
        if (row := latest.get(hold.event_id)) is None
        else as_amended(hold, side=Side(row.side) if row.side else None, credited_s=row.credited_s)
        for hold in holds
        if not ((row := latest.get(hold.event_id)) and row.void)
    ]


def _away(draw: Random) -> AwaySpan:
    first = TODAY - timedelta(days=draw.randrange(60))
    return AwaySpan(first, draw.choice((None, first, first + timedelta(days=draw.randrange(9)))))


def _day_row(kept: KeptDay) -> DayRow:
    columns = {"wearer": WEARER, **day_columns(kept)}
    return DayRow(**{name: columns[name] for name in DayRow.__annotations__})  # type: ignore[arg-type]  # as stored


def _away_row(span: AwaySpan) -> AwayRow:
    return AwayRow(WEARER, span.first.isoformat(), None if span.last is None else span.last.isoformat())


def _stamp(day: date) -> Stamp:
    unix_ms = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)
    return Stamp(unix_ms, unix_ms, 0)


def _hold(event_id: str, side: Side, credited_s: float, outcome: Outcome, at: Stamp) -> HoldResult:
    return HoldResult(
        event_id,
        1,
        0,
        side,
        Variant.KNEELING,
        1,
        30,
        credited_s,
        credited_s,
        outcome,
        HoldSource.AUTO,
        at,
        False,
    )


def _session(event_id: str, at: Stamp, *, full: bool) -> SessionResult:
    return SessionResult(
        event_id, 1, SessionEnd.DONE, SessionSource.WATCH, Variant.KNEELING, 0, 0.0, 0.0, full, at, at, False
    )


def _hold_row(hold: HoldResult) -> HoldRow:
    at = hold.started
    return HoldRow(
        hold.event_id, "w", WEARER, at.local_date.isoformat(), 1, 0, hold.side.value, "kneeling", 1, 30,
        hold.measured_s, hold.credited_s, hold.outcome.value, "auto", at.host_ms, at.unix_ms, 0, 0, 0,
    )  # fmt: skip


def _session_row(session: SessionResult) -> SessionRow:
    at = session.started
    return SessionRow(
        session.event_id, "w", WEARER, at.local_date.isoformat(), 1, "done", "watch", 0, 0.0, 0.0,
        int(session.full), at.host_ms, at.unix_ms, 0, 0, at.host_ms, at.unix_ms, 0, 0,
    )  # fmt: skip
