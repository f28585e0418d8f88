"""The trial hold's picture; the hold itself is in tests/daemon/test_trial.py and test_command.py."""

from datetime import UTC, datetime, timedelta

import pytest

from wearsync.cli.setup.hold import Picture, bar
from wearsync.coordinator.state import WatchState
from wearsync.daemon.clock import HostClock
from wearsync.daemon.link_view import LinkView
from wearsync.daemon.states import state_payload
from wearsync.model import Phase
from wearsync.publish.payloads import StatePayload

ENDS = datetime(2026, 6, 1, 10, 0, 30, tzinfo=UTC)


def holding() -> StatePayload:
    clock = HostClock(loop_time=lambda: 0.0, wall=ENDS.timestamp, zone=UTC)
    idle = state_payload(WatchState(), LinkView(), clock)
    return idle.model_copy(update={"hold_ends_at": ENDS, "planned_s": 30})


@pytest.mark.parametrize(
    ("left_s", "shown"),
    [
        (30, "   30 s ----------------------------"),
        (15, "   15 s ##############--------------"),
        (-5, "    0 s "),
    ],
)
def test_the_bar_shows_what_is_left(left_s: float, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    drawn = bar(holding(), ENDS - timedelta(seconds=left_s), 40)
    assert drawn.startswith(shown)
    assert len(drawn) < 40


def test_no_hold_no_bar() -> None:
    state = holding().model_copy(update={"hold_ends_at": None})
    assert bar(state, ENDS, 80) == ""


def test_after_the_hold_no_bar_comes_over_the_questions(capsys: pytest.CaptureFixture[str]) -> None:
    picture = Picture()
    picture.show(holding().model_copy(update={"phase": Phase.HOLD}))
    picture.frame()
    assert "0 s" in capsys.readouterr().err
    picture.end()
    assert capsys.readouterr().err == "\r\x1b[K"
    picture.frame()
    assert capsys.readouterr().err == ""
