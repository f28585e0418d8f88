"""Reminders that came twice, at night, to somebody who was done, or at a time that nobody has set."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.simulators.world.evening import texts
from wearsync_simulators.world.books import Books, EventRow, HoldRow
from wearsync_simulators.world.reminders import reminded

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000
ASKED = "time to stretch"
MISSED = "the reminder did not come: this computer slept, or was off"


def told(at: str, text: str = ASKED, code: str = "reminder", number: int = 0) -> EventRow:
    """An alert, at that instant in UTC."""
    alert = {"wearer": "you", "at": f"{at}:30.000Z", "code": code, "text": text}
    host_ms = int(datetime.fromisoformat(f"{at}+00:00").timestamp() * 1000)
    return EventRow(f"host:{at}{number}", "w/alert", json.dumps(alert), host_ms, "sent", None)


def held(side: str, host_ms: int, credited_s: float = 30.0) -> tuple[HoldRow, EventRow]:
    """A hold on the 1st of June, learnt at that host time."""
    name = f"hold-{side}"
    hold = HoldRow(
        name, "w", "you", "2026-06-01", 1, 0, side, "kneeling", 1, 30, 30.0, credited_s, "done", "auto",
        0, 0, 120, 0, 0,
    )  # fmt: skip
    return hold, EventRow(name, "w/hold", "{}", host_ms, "sent", None)


def found(*events: EventRow, holds: tuple[HoldRow, ...] = ()) -> list[str]:
    return texts(reminded(Books(events=events, holds=holds), BERLIN))


def test_a_day_as_it_should_be() -> None:
    assert found(told("2026-06-01T00:30"), told("2026-06-01T05:31"), told("2026-06-01T17:14")) == []


def test_one_that_came_twice() -> None:
    assert found(told("2026-06-01T05:30"), told("2026-06-01T05:40")) == [
        "I2: you was told 2 times of 2026-06-01 05:30 UTC"
    ]


def test_one_that_came_and_was_told_to_be_missed() -> None:
    missed = told("2026-06-01T09:00", MISSED, "reminder_missed")
    assert found(told("2026-06-01T05:30"), missed) == ["I2: you was told 2 times of 2026-06-01 05:30 UTC"]
    assert found(missed) == []
    nobody = told("2026-06-01T05:32", "nobody answered the reminder", "reminder_missed")
    assert found(told("2026-06-01T05:30"), nobody) == []


def test_one_that_was_put_off_is_no_second_one() -> None:
    assert found(told("2026-06-01T05:30"), told("2026-06-01T05:40", "put off until now: time")) == []


@pytest.mark.parametrize("at", ["2026-06-01T20:00", "2026-06-01T22:59"])
def test_one_in_quiet_hours(at: str) -> None:
    assert "in quiet hours" in found(told(at, "put off until now: time"))[0]


def test_one_at_a_time_that_nobody_has_set() -> None:
    assert "which is no time of the plan" in found(told("2026-06-01T05:47"))[0]
    assert "which is no time of the plan" in found(told("2026-06-01T07:30"))[0]


def test_one_to_somebody_who_was_done() -> None:
    asked = told("2026-06-01T05:30")
    left, left_told = held("left", asked.host_ms - HOUR_MS)
    right, right_told = held("right", asked.host_ms - HOUR_MS)
    short, _ = held("right", 0, credited_s=29.0)
    assert found(asked, left_told, right_told, holds=(left, right)) == [
        "I2: you was reminded at 2026-06-01 07:30, and was done"
    ]
    assert found(asked, left_told, right_told, holds=(left, short)) == []
    assert found(asked, left_told, held("right", asked.host_ms)[1], holds=(left, right)) == []


def test_nights_in_which_clocks_are_put_forward_or_back() -> None:
    assert found(told("2026-03-29T01:00"), told("2026-03-30T00:30")) == []
    assert found(told("2026-10-25T00:30"), told("2026-10-26T01:30")) == []
    assert "no time of the plan" in found(told("2026-10-25T01:30"))[0]


def test_a_clock_beyond_the_calendar_says_nothing() -> None:
    assert found(told("9999-06-01T05:47")) == []
