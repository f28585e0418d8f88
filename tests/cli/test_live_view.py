"""The view is drawn from payloads and a clock; `wearsync live` shows what the daemon tells."""

import asyncio
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.cli.live_view import WIDTH_MAX, View, animate, draw, line
from wearsync.control.calls import LiveParams
from wearsync.control.results import Done, LiveState
from wearsync.errors import UsageError
from wearsync.model import AckResult, CueKind, Phase, Routine, Side
from wearsync.publish.payloads import SideToday, StatePayload, SummaryPayload, Today, Week

BEGAN = datetime(2026, 3, 14, 18, 4, 5, tzinfo=UTC)
HOLD = StatePayload(
    phase=Phase.HOLD, link="connected", side=Side.LEFT, step=2, round=2, rounds=2, planned_s=30,
    hold_started_at=BEGAN, hold_ends_at=BEGAN + timedelta(seconds=30), text="LEFT knee down on the pillow",
    last_cue=CueKind.HALFWAY, last_ack=AckResult.PLAYED, battery=83, routine=Routine(),
)  # fmt: skip
GAP = HOLD.model_copy(
    update={"phase": Phase.GAP, "step": 1, "gap_ends_at": BEGAN, "last_ack": None, "battery": None}
)
IDLE = StatePayload(phase=Phase.IDLE, link="no_adapter")
SUMMARY = SummaryPayload(
    wearer="you", date=date(2026, 3, 14), counts=True, full=True, streak=1, longest_streak=1, grace_left=1,
    away=False, days=(), adherence_days=1,
    today=Today(left=SideToday(seconds=60.0, holds=2, short=0),
                right=SideToday(seconds=30.0, holds=1, short=0)),
    week=Week(left_s=90.0, right_s=30.0, target_s=600), symmetry=None, last_session=None, next_reminder=None,
)  # fmt: skip


def _drawn(view: View, now: datetime = BEGAN) -> str:
    console = Console(file=io.StringIO(), width=120, record=True, force_terminal=True)
    console.print(draw(view, now))
    return console.export_text()


def test_a_hold_is_drawn_with_what_is_left_of_it() -> None:
    text = _drawn(View("W", state=HOLD, summary=SUMMARY), BEGAN + timedelta(seconds=19))
    for part in (
        "wearsync · W",
        "LEFT",
        "round 2 of 2",
        "11 s",
        HOLD.text,
        "halfway · played",
        "battery 83 %",
    ):
        assert part in text
    for part in ("left 60 s · right 30 s", "left 1.5 · right 0.5 of 10 min", "1 day · routine done today"):
        assert part in text
    assert max(map(len, text.splitlines())) == WIDTH_MAX


@pytest.mark.parametrize(("after_s", "left"), [(-5, "30 s"), (0, "30 s"), (29.9, "0 s"), (100, "0 s")])
def test_the_bar_stays_within_the_hold(after_s: float, left: str) -> None:
    assert f" {left}" in _drawn(View("W", state=HOLD), BEGAN + timedelta(seconds=after_s))


def test_a_gap_counts_down_its_own_seconds() -> None:
    text = _drawn(View("W", state=GAP), BEGAN - timedelta(seconds=4))
    assert "get ready" in text
    assert " 4 s" in text
    assert "halfway · …" in text
    assert "battery" not in text


def test_what_is_not_known_is_not_drawn() -> None:
    assert "waiting for the watch" in _drawn(View("W"))
    text = _drawn(View("W", state=IDLE))
    assert "no session" in text
    assert "no adapter" in text
    tap = GAP.model_copy(update={"gap_ends_at": None})
    assert "LEFT" in _drawn(View("W", state=tap))


def test_one_line_for_what_cant_be_drawn_on() -> None:
    assert line(HOLD) == "hold left (round 2 of 2): LEFT knee down on the pillow"
    assert line(IDLE) == "no session"


async def test_the_picture_moves_until_it_is_stopped() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=40)
    seen = asyncio.Event()
    times = iter(range(1000))

    def now() -> datetime:
        second = next(times)
        if second == 3:
            seen.set()
        return BEGAN + timedelta(seconds=second)

    drawing = asyncio.create_task(animate({"W": View("W", state=HOLD)}, console, now, frame_s=0.001))
    async with asyncio.timeout(10):
        await seen.wait()
        drawing.cancel()
        await drawing
    assert isinstance(console.file, io.StringIO)
    assert all(f"{left} s" in console.file.getvalue() for left in (30, 29, 28))


def _told(*states: StatePayload) -> list[LiveState]:
    return [
        LiveState(watch="W", state=state.json_text(), summary=SUMMARY.json_text(), watches=("W",))
        for state in states
    ]


async def test_live_in_a_pipe_is_a_line_at_each_change(desk: Desk) -> None:
    battery = HOLD.model_copy(update={"battery": 82})
    desk.events, desk.answer = [*_told(GAP, HOLD, battery, IDLE)], Done()
    done = await wearsync_beside("live", "--watch", "W")
    assert done.out.splitlines() == [line(GAP), line(HOLD), line(IDLE)]
    assert desk.calls == [LiveParams(watch="W")]


async def test_live_lets_go_of_a_watch_that_was_renamed_or_forgotten(desk: Desk) -> None:
    [before], [renamed] = _told(GAP), _told(HOLD)
    renamed = renamed.model_copy(update={"watch": "X", "watches": ("X",)})
    desk.events, desk.answer = [before, renamed, before], Done()
    done = await wearsync_beside("live")
    assert done.out.splitlines() == [line(GAP), line(HOLD), line(GAP)]


async def test_live_for_programs_is_every_state(desk: Desk) -> None:
    desk.events, desk.answer = [*_told(GAP, HOLD)], Done()
    done = await wearsync_beside("live", "--json")
    lines = [json.loads(each) for each in done.out.splitlines()]
    assert lines == [{"watch": "W", **json.loads(state.json_text())} for state in (GAP, HOLD)]


async def test_the_daemons_no_is_one_line(desk: Desk) -> None:
    desk.answer = UsageError("no watch is called 'X'; there are: W")
    done = await wearsync_beside("live", "--watch", "X")
    assert (done.code, done.err) == (2, "wearsync: no watch is called 'X'; there are: W\n")


def test_live_without_a_daemon_is_one_line(config: Path) -> None:
    done = wearsync("live")
    assert (done.code, done.err) == (69, "wearsync: no daemon is running: start it with `wearsync run`\n")
