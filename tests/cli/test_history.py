"""`history`, with a daemon and without."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.control.calls import HistoryParams
from wearsync.daemon.history import History


@pytest.fixture(autouse=True)
def locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


def test_what_is_logged_shows_and_is_the_same_as_today(config: Path) -> None:
    for side in ("left", "right"):
        wearsync("log", side, "60")
    done = wearsync("history", "--weeks", "1")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("me, 1 week to ")
    assert done.out.isascii()
    assert "+" in done.out
    assert "streak 1 day - longest 1 day" in done.out
    told = json.loads(wearsync("history", "--json").out)
    assert told["summary"] == json.loads(wearsync("today", "--json").out)
    assert len(told["weeks"]) == 12
    assert told["weeks"][-1] == {
        "monday": told["weeks"][-1]["monday"],
        "left_s": 60.0,
        "right_s": 60.0,
        "counted_days": 1,
    }
    assert [day["counts"] for day in told["days"]] == [True]


def test_without_a_journal_it_says_so(config: Path) -> None:
    for command in ("history", "today", "holds"):
        done = wearsync(command)
        assert done.code == 0
        assert done.err.startswith("There is no journal ")
        assert done.err.endswith("journal.sqlite yet: `wearsync run` makes it.\n")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--weeks", "3", "--since", "2026-03-14"), "say how many --weeks, or --since when: not both"),
        (
            ("--since", "1999-12-31"),
            "1999-12-31 is too long ago: history shows 1040 weeks, `wearsync export`",
        ),
        (("--weeks", "0"), "see `wearsync history --help`"),
        (("--weeks", "1041"), "see `wearsync history --help`"),
        (("--since", "yesterday"), "see `wearsync history --help`"),
        (("--wearer", "bob"), "no wearer is called 'bob'; there are: me"),
    ],
)
def test_what_cant_be_shown(config: Path, wrong: tuple[str, ...], told: str) -> None:
    wearsync("log", "left", "60")
    done = wearsync("history", *wrong)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


async def test_a_running_daemon_is_asked(desk: Desk, config: Path) -> None:
    alone = (await wearsync_beside("--state-dir", str(config.parent), "history", "--json")).out
    desk.answer = History.model_validate_json(alone)
    assert (await wearsync_beside("history", "--since", "2026-03-14", "--json")).out == alone
    assert (await wearsync_beside("history", "--weeks", "5", "--wearer", "anna")).out.startswith(
        "me, 12 weeks"
    )
    assert desk.calls == [
        HistoryParams(since=date(2026, 3, 14)),
        HistoryParams(weeks=5, wearer="anna"),
    ]
