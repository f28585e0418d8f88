"""The lines below the picture: what is in them, and what is amiss."""

from datetime import timedelta

import pytest

from tests.cli.live.stage import BEGAN, GAP, HOLD, IDLE, SUMMARY, scene
from wearsync.cli.live.facts import amiss, bar, of_session, of_wearer
from wearsync.cli.live.signs import ASCII, CONSOLE, UNICODE, Signs
from wearsync.cli.live.views import Scene
from wearsync.publish.payloads import StatePayload, SummaryPayload

AT = BEGAN + timedelta(seconds=19)


def session(state: StatePayload) -> list[str]:
    return [row.text.plain for row in of_session(state, AT, UNICODE)]


def wearer(summary: SummaryPayload, width: int = 76, *, idle: bool = False) -> str:
    return "\n".join(row.text.plain for row in of_wearer(summary, HOLD, width, UNICODE, idle=idle))


def troubles(scene: Scene) -> str:
    return " ".join(row.text.plain for row in amiss(scene, AT, 76))


def test_the_next_cue_has_its_seconds_and_the_last_its_ack() -> None:
    assert session(HOLD) == [
        "next cue     last three seconds · in 8 s",
        "last cue     halfway · played",
        "then         RIGHT, round 2, 35 s",
    ]
    assert session(GAP)[1] == "last cue     halfway · …"
    assert session(IDLE) == []
    assert session(HOLD.model_copy(update={"planned_cues": ()}))[0] == "next cue     ·"


def test_the_day_is_held_against_its_plan() -> None:
    wide = wearer(SUMMARY)
    assert "today        left █████████ 60 of 60 s       right ████▌···· 30 of 60 s" in wide
    assert "this week    left █▍······· 1.5 of 10 min    right ▌········ 0.5 of 10 min" in wide
    narrow = wearer(SUMMARY, 40)
    assert "today        L 60/60 s · R 30/60 s" in narrow
    assert "28 days" not in narrow
    assert not wearer(SUMMARY, idle=True).startswith("today")


def test_the_streak_says_what_today_has_come_to() -> None:
    assert "1 day · routine done today · 1 day of grace left this week" in wearer(SUMMARY)
    assert "1 day · today counts" in wearer(SUMMARY.model_copy(update={"full": False}))
    assert "away, it waits" in wearer(SUMMARY.model_copy(update={"away": True}))
    assert "of grace" not in wearer(SUMMARY.model_copy(update={"grace_left": 0}))


def test_the_last_days_have_a_sign_each() -> None:
    strip = next(each for each in wearer(SUMMARY).splitlines() if each.startswith("28 days"))
    assert strip.split()[2] == "".join(
        "█" if day.full else "▓" if day.counts else "░" if day.left_s else "·" for day in SUMMARY.days
    )


def test_what_is_not_known_is_not_said() -> None:
    bare = SUMMARY.model_copy(
        update={
            "symmetry": None,
            "next_reminder": None,
            "progression": None,
            "days": (),
            "last_session": None,
        }
    )
    assert [each.split()[0] for each in wearer(bare, idle=True).splitlines()] == ["this", "streak"]
    full = wearer(SUMMARY, idle=True)
    for part in ("left 52 %, right 48 %", "last session", "done · left 60 s, right 60 s", "reminder"):
        assert part in full
    assert "left holds   30 s; 2 of 3 full days towards 35 s" in full
    assert "right holds" not in full, "it is at its longest"


@pytest.mark.parametrize(
    ("done", "target", "signs", "drawn"),
    [
        (0, 60, UNICODE, "····"),
        (30, 60, UNICODE, "██··"),
        (33, 60, UNICODE, "██▎·"),
        (33, 60, CONSOLE, "██··"),
        (33, 60, ASCII, "##.."),
        (99, 60, UNICODE, "████"),
        (-9, 60, UNICODE, "····"),
        (9, 0, UNICODE, "····"),
    ],
)
def test_a_bar_is_as_full_as_it_is_done(done: float, target: float, signs: Signs, drawn: str) -> None:
    assert bar(done, target, 4, signs, "green").plain == drawn


def test_a_daemon_that_is_away_is_told_of_with_how_long() -> None:
    away = scene(HOLD, away_since=BEGAN, why="no daemon is running: start it with `wearsync run`")
    assert troubles(away) == (
        "The daemon has been away for 19 s: waiting for it to come back. "
        "no daemon is running: start it with `wearsync run`"
    )


def test_a_watch_out_of_reach_is_told_of_and_that_it_goes_on_alone() -> None:
    lost = scene(HOLD.model_copy(update={"link": "searching"}))
    assert troubles(lost) == "watch searching; it goes on alone, and this is the plan"
    assert lost.view is not None
    lost.view.link, lost.view.heard_s, lost.view.asked = "searching: out of range", 11, BEGAN
    assert troubles(lost).startswith(
        "watch searching: out of range, last heard of 30 s ago; it goes on alone"
    )
    assert troubles(scene(IDLE.model_copy(update={"link": "no_adapter"}))) == "watch no adapter"
    assert troubles(scene(HOLD)) == troubles(scene(None)) == ""
