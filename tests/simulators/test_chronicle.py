"""Calm lines: one for each change that a person wants to see."""

from dataclasses import replace

import pytest

from wearsync_simulators.chronicle import news
from wearsync_simulators.watches.view import Face, WatchView
from wearsync_simulators.watches.words import Side

BEFORE = WatchView()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"in_range": False}, "range: out"),
        ({"pairing": True}, "pairing: open"),
        ({"code": 12345}, "pairing: code 012345"),
        ({"connected": True}, "link: connected"),
        ({"host": True}, "host: on the line"),
        ({"face": Face.CONFIRM}, "confirm: ready?"),
        (
            {"face": Face.GAP, "side": Side.RIGHT, "round": 2, "ends_at_s": 15.0},
            "gap: RIGHT kneeling, round 2, in 10 s",
        ),
        ({"face": Face.GAP, "round": 1}, "gap: LEFT kneeling, round 1, a tap starts it"),
        ({"face": Face.HOLD, "round": 1, "planned_s": 45}, "hold: LEFT kneeling, round 1, 45 s"),
        (
            {"face": Face.HOLD, "round": 1, "planned_s": 45, "alone": True},
            "hold: LEFT kneeling, round 1, 45 s, alone",
        ),
        ({"face": Face.WAITING}, "waiting for the host"),
        ({"face": Face.QUESTION}, "question: done · too much · it hurt"),
        ({"face": Face.PAUSED}, "paused"),
        ({"face": Face.DONE}, "session over"),
        ({"since_s": 3.0}, "clock"),
    ],
)
def test_each_change_is_a_line(changes: dict[str, object], line: str) -> None:
    assert list(news(BEFORE, replace(BEFORE, **changes), now_s=5.0)) == [line]  # type: ignore[arg-type]


def test_back_again() -> None:
    away = replace(BEFORE, in_range=False, pairing=True, connected=True, host=True, code=5)
    assert list(news(away, BEFORE, now_s=5.0)) == ["range: back", "pairing: closed", "link: gone"]


def test_buzzes_and_battery_are_no_news() -> None:
    assert list(news(BEFORE, replace(BEFORE, motor=True, battery_percent=3), now_s=5.0)) == []
