"""Payloads: states are made of plain values, and nothing unknown passes."""

import json
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from wearsync.model import Phase, Routine, Side
from wearsync.publish.payloads import DayLine, SideToday, StatePayload, SummaryPayload, Today, Week

STARTED = datetime(2026, 3, 14, 23, 30, 5, 120_000, UTC)


def test_a_state_is_made_of_plain_values() -> None:
    state = StatePayload(
        phase=Phase.HOLD,
        link="connected",
        side=Side.LEFT,
        hold_started_at=STARTED,
        routine=Routine(),
        battery=80,
        text="LEFT knee down on the pillow",
    )
    told = json.loads(state.json_text())
    assert told["hold_started_at"] == "2026-03-14T23:30:05.120Z"
    assert told["hold_ends_at"] is None
    assert told["schema"] == 1
    assert isinstance(told["routine"], dict)
    assert told["routine"]["left_s"] == 30
    assert StatePayload.model_validate_json(state.json_text()) == state


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        StatePayload(phase=Phase.IDLE, link="idle", gap_ends_at=datetime(2026, 3, 14))  # noqa: DTZ001


def test_a_summary() -> None:
    side = SideToday(seconds=60, holds=2, short=0)
    summary = SummaryPayload(
        wearer="anna",
        date=date(2026, 3, 15),
        today=Today(left=side, right=side),
        counts=True,
        full=True,
        streak=3,
        longest_streak=9,
        grace_left=1,
        away=False,
        days=(DayLine(date=date(2026, 3, 15), left_s=60, right_s=60, counts=True, full=True),),
        adherence_days=20,
        week=Week(left_s=60, right_s=60, target_s=600),
        symmetry=0.5,
        last_session=None,
        next_reminder=None,
    )
    told = json.loads(summary.json_text())
    assert told["date"] == "2026-03-15"
    assert told["today"] == {side: {"seconds": 60, "holds": 2, "short": 0} for side in ("left", "right")}
