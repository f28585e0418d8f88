"""What the demo says of a message and of its result, for people and for programs."""

import asyncio
import json
from typing import Any, TextIO

import pytest

from tests.cli.live.terminal import opened, pair, written
from wearsync_simulators.demo_show import Show, Wish
from wearsync_simulators.reckoning import Event, Reckoning

HOLD: Event = {
    "side": "left",
    "round": 1,
    "planned_s": 30,
    "measured_s": None,
    "credited_s": 0.0,
    "outcome": "incomplete",
}


def show(*, as_json: bool, screen: TextIO | None = None) -> Show:
    wish = Wish(speed=20, sessions=1, hold_s=30, rounds=1, watch="x", broker=None, as_json=as_json)
    return Show(wish, lambda: 0.0, name="Demo", screen=screen)


def result(*lost: str) -> Reckoning:
    return Reckoning((HOLD,), (), {"unknown": 3}, lost, (), (), (), "The display")


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    shown = show(as_json=False)
    shown.say("a remark")
    shown.message("wearsync/s/w/hold", "{}", retained=False)
    shown.end(result(), ("whether it was felt",))
    shown.end(result("hold 2, shown"), ())
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == "a remark\n"
    assert ["left", "1", "30", "s", "?", "0", "s", "incomplete"] in [line.split() for line in lines]
    assert "cues: 3 unknown · lost: 0 · duplicates: 0" in lines
    assert "not to be known: whether it was felt" in lines
    assert "The display and the subscriber agree." in lines
    assert lines[-1].startswith('They do NOT agree: {"lost": ["hold 2, shown"]')


async def test_while_there_is_a_picture_remarks_stand_in_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    with pair() as (person, program), opened(program) as screen:
        shown, text = show(as_json=False, screen=screen), ""
        async with shown.drawing(), asyncio.timeout(30):
            shown.say("the page is at home")
            while "the page is at home" not in text:
                await asyncio.sleep(0.01)
                text += written(person)
            assert "20 times the speed of life" in text
        shown.say("a remark afterwards")
    assert capsys.readouterr().err == "a remark afterwards\n"


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    shown = show(as_json=True)
    shown.say("a remark")
    shown.message("t/status", "online", retained=True)
    shown.message("t/w/hold", '{"id": "1"}', retained=False)
    shown.end(result("hold 2, shown"), ("whether it was felt",))
    out, err = capsys.readouterr()
    told: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert told[0] == {"topic": "t/status", "payload": "online", "retain": True}
    assert told[1]["payload"] == {"id": "1"}
    assert (told[2]["ok"], told[2]["lost"], told[2]["unknowable"]) == (False, 1, ["whether it was felt"])
    assert told[2]["disagreement"]["lost"] == ["hold 2, shown"]
    assert told[2]["holds"] == [HOLD]
