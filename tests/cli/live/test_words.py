"""Words for people; what others wrote is only ever text."""

from datetime import timedelta

import pytest

from tests.cli.live.stage import BEGAN, GAP, HOLD, IDLE
from wearsync.cli.live.words import ahead, cue, days, lasting, line, plain, seconds_to, span
from wearsync.model import CueKind, Phase


def test_one_line_for_what_cant_be_drawn_on() -> None:
    assert line(HOLD) == "hold left (round 2 of 2): LEFT knee down on the pillow"
    assert line(IDLE) == "no session"


def test_where_nothing_is_held_no_side_is_named() -> None:
    ready = HOLD.model_copy(update={"phase": Phase.CONFIRM, "text": "Ready? Tap to start"})
    assert line(ready) == "ready? tap the watch"
    assert line(ready.model_copy(update={"phase": Phase.CLOSING})) == "session done"


@pytest.mark.parametrize("hostile", ["\x1b[2JW", "\x9b2JW", "W\r\n", "W\u202e", "\x07W"])
def test_what_a_terminal_would_obey_is_left_out(hostile: str) -> None:
    assert plain(hostile).replace("[2J", "").replace("2J", "") == "W"


def test_the_next_cue_is_the_first_that_is_to_come() -> None:
    found = [ahead(HOLD, BEGAN + timedelta(seconds=at_s)) for at_s in (-1, 0, 15, 29.9, 30)]
    cues = [each and each.cue for each in found]
    assert cues == [CueKind.START, CueKind.HALFWAY, CueKind.LAST_THREE, CueKind.DONE, None]


def test_the_running_second_is_counted_as_one_that_is_left() -> None:
    left = [seconds_to(BEGAN, BEGAN - timedelta(seconds=left_s)) for left_s in (30, 29.9, 3, 0.1, 0, -5)]
    assert left == [30, 30, 3, 1, 0, 0]


def test_seconds_run_in_a_hold_and_in_a_gap_that_ends_by_itself() -> None:
    assert span(HOLD) == (BEGAN, BEGAN + timedelta(seconds=30))
    assert span(GAP) == (BEGAN - timedelta(seconds=10), BEGAN)
    assert span(GAP.model_copy(update={"step": 0})) == (BEGAN - timedelta(seconds=15), BEGAN)
    assert span(GAP.model_copy(update={"routine": None})) == (BEGAN, BEGAN)
    assert span(GAP.model_copy(update={"gap_ends_at": None})) is None
    assert span(IDLE) is None


def test_what_has_passed_is_told_as_roughly_as_it_matters() -> None:
    assert [lasting(s) for s in (-1, 45, 119, 150, 7200, 200_000)] == [
        "0 s",
        "45 s",
        "119 s",
        "2 min",
        "2 h",
        "2 days",
    ]
    assert (days(1), days(0)) == ("1 day", "0 days")


def test_a_cue_has_a_name_for_people() -> None:
    assert (cue(CueKind.LAST_THREE), cue(CueKind.FORM)) == ("last three seconds", "form")
