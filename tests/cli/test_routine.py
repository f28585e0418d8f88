"""`routine` and `set`, with a daemon and without."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.control.calls import CommandParams, RoutineParams
from wearsync.control.results import Done
from wearsync.daemon.routine_view import RoutineView
from wearsync.model import Routine, StartMode, Variant, Verb
from wearsync.publish.payloads import ProgressionState, SideProgression

WATCH = (
    '[[watches]]\nname = "W"\nid = "00112233445566778899aabbccddeeff"\naddress = "C4:00:00:00:00:01"\n'
    "[watches.routine]\nleft_s = 45\n"
)
LEFT = SideProgression(planned_s=45, full_days=2, next_s=50)
RIGHT = SideProgression(planned_s=60, full_days=0, next_s=None)


async def test_the_routine_of_a_running_daemon(desk: Desk) -> None:
    progress = ProgressionState(left=LEFT, right=RIGHT, days_needed=3)
    desk.answer = RoutineView(watch="W", routine=Routine(left_s=45, right_s=60), progression=progress)
    told = await wearsync_beside("routine", "--watch", "W")
    assert desk.calls == [RoutineParams(watch="W")]
    lines = told.out.splitlines()
    assert lines[0] == "variant      = kneeling"
    assert "form_cue     = true" in lines
    assert lines[-2:] == ["left: 2 of 3 full days to 50 s", "right: 60 s is the most"]
    assert json.loads((await wearsync_beside("routine", "--json")).out) == desk.answer.model_dump(mode="json")


def test_without_a_daemon_the_configuration_is_shown(config: Path) -> None:
    config.write_text(WATCH)
    out = wearsync("routine").out
    assert "left_s       = 45\n" in out
    assert out.endswith("progression is off\n")


async def test_what_is_set_reaches_the_daemon(desk: Desk) -> None:
    desk.answer = Done(text="W: from the next session on")
    told = await wearsync_beside(
        "set", "left_s=40", "variant=standing", "start=tap", "form_cue=false", "--watch", "W"
    )
    assert (told.code, told.out) == (0, "W: from the next session on\n")
    [call] = desk.calls
    assert isinstance(call, CommandParams)
    assert (call.verb, call.watch) == (Verb.SET, "W")
    assert call.command().changes == (
        ("variant", Variant.STANDING),
        ("left_s", 40),
        ("start", StartMode.TAP),
        ("form_cue", False),
    )
    told = await wearsync_beside("set", "rounds=3", "--json")
    assert json.loads(told.out) == {"command": "set", "ok": True, "text": "W: from the next session on"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("left_s=61", "left_s=61: input should be less than or equal to 60"),
        ("left_s=-1", "left_s=-1: input should be greater than or equal to 30"),
        ("left_s=NaN", "left_s=NaN: input should be a valid integer"),
        ("left_s=1e309", "left_s=1e309: input should be a valid integer"),
        (f"left_s={'9' * 5000}", f"left_s={'9' * 40}: input should be a valid integer"),
        ("variant=lying", "variant=lying: input should be 'kneeling' or 'standing'"),
        ("left=40", "'left=40': write left_s=VALUE"),
        ("left_s", "'left_s': write left_s=VALUE"),
        ("hold=40", "'hold=40': keys are variant, rounds, left_s"),
    ],
)
def test_what_cant_be_set_is_said_in_one_line(config: Path, wrong: str, says: str) -> None:
    told = wearsync("set", wrong)
    assert told.code == 2
    assert told.err.startswith(f"wearsync: {says}")
    assert told.err.count("\n") == 1


def test_without_a_daemon_nothing_is_set(config: Path) -> None:
    assert wearsync("set", "left_s=40").code == 69
