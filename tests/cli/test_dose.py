"""`today`, `holds`, `log` and `amend`, with a daemon and without."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.control.calls import AmendParams, HoldsParams, LogParams, TodayParams
from wearsync.control.results import Done, HoldsResult
from wearsync.coordinator.dose import Ledger
from wearsync.daemon.states import summary_payload
from wearsync.model import Side, Variant
from wearsync.publish.payloads import SummaryPayload


def test_an_empty_home_has_an_empty_day(config: Path) -> None:
    out = wearsync("today").out
    assert "left   0 s    0      0.0 of 10 min" in out
    assert out.endswith("not counted yet · streak 0 days\n")
    assert json.loads(wearsync("today", "--json").out)["counts"] is False
    assert not list(config.parents[2].glob("s/*"))


def test_what_is_logged_counts(config: Path) -> None:
    assert wearsync("log", "left", "40").out == "left: 40 s credited to me\n"
    assert wearsync("log", "right", "75", "--variant", "standing").out == "right: 60 s credited to me\n"
    assert wearsync("log", "right", "12").code == 0
    today = json.loads(wearsync("today", "--json").out)["today"]
    assert today == {
        "left": {"seconds": 40.0, "holds": 1, "short": 0},
        "right": {"seconds": 72.0, "holds": 2, "short": 1},
    }
    out = wearsync("today").out
    assert "right  72 s   2 (1 short)  1.2 of 10 min" in out
    assert out.endswith("today counts · streak 1 day\n")


async def test_who_is_away_is_told_so(desk: Desk) -> None:
    day = summary_payload("me", Ledger(), date(2026, 6, 1))
    desk.answer = day
    assert "away" not in (await wearsync_beside("today")).out
    desk.answer = day.model_copy(update={"away": True})
    assert (await wearsync_beside("today")).out.endswith(
        "\naway: the streak waits until `wearsync away --back`\n"
    )


async def test_the_next_reminder_is_told_in_local_time(desk: Desk) -> None:
    day = summary_payload("me", Ledger(), date(2026, 6, 1))
    at = datetime(2026, 6, 2, 5, 30, tzinfo=UTC)
    desk.answer = day.model_copy(update={"next_reminder": at})
    out = (await wearsync_beside("today")).out
    assert out.endswith(f"next reminder {at.astimezone():%a %H:%M}\n")


@pytest.mark.parametrize("wrong", [("left", "0"), ("left", "3601"), ("up", "30"), ("left", "x"), ("left",)])
def test_what_cant_be_logged(config: Path, wrong: tuple[str, ...]) -> None:
    done = wearsync("log", *wrong)
    assert done.code == 2
    assert "see `wearsync log --help`" in done.err


@pytest.mark.parametrize("command", [("today",), ("holds",), ("log", "left", "30")])
def test_a_wearer_that_is_not_known(config: Path, command: tuple[str, ...]) -> None:
    wearsync("log", "left", "30")
    done = wearsync(*command, "--wearer", "bob")
    assert (done.code, done.err) == (2, "wearsync: no wearer is called 'bob'; there are: me\n")


def test_holds_are_listed_with_what_amend_takes(config: Path) -> None:
    assert wearsync("holds").out == "No hold yet.\n"
    wearsync("log", "left", "40")
    wearsync("log", "right", "7")
    listed = json.loads(wearsync("holds", "--json").out)
    assert listed["wearer"] == "me"
    left, right = (hold["id"] for hold in listed["holds"])
    day, first, second = wearsync("holds").out.splitlines()
    assert day == f"me, {listed['holds'][0]['local_date']}"
    assert first[5:] == f"  left   40 s  {left}"
    assert second[5:] == f"  right   7 s  {right}"
    assert wearsync("amend", right, "--seconds", "35", "--side", "left").out == "left: 35 s credited to me\n"
    assert wearsync("amend", left, "--void").out == "that hold of me counts for nothing any more\n"
    assert wearsync("holds").out.splitlines()[1][5:] == f"  left   35 s  {right}"
    assert wearsync("holds", "--since", "2100-01-01").out == "No hold yet.\n"
    assert "left   35 s   1      0.6 of 10 min" in wearsync("today").out


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("x", "--void"), "there is no hold x, or it was taken back: `wearsync holds` lists those that are"),
        (("x",), "say what is right: --seconds, --side or both; or --void alone"),
        (("x", "--void", "--side", "left"), "say what is right: --seconds, --side or both; or --void alone"),
        (("x", "--seconds", "3601"), "see `wearsync amend --help`"),
        (("x", "--side", "up"), "see `wearsync amend --help`"),
        (("x" * 201, "--void"), "it should have at most 200 characters"),
        ((), "see `wearsync amend --help`"),
    ],
)
def test_what_cant_be_amended(config: Path, wrong: tuple[str, ...], told: str) -> None:
    wearsync("log", "left", "40")
    done = wearsync("amend", *wrong)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"{told}\n")


async def test_a_running_daemon_is_asked(desk: Desk, config: Path) -> None:
    desk.answer = Done(text="left: 30 s credited to anna")
    done = await wearsync_beside("log", "left", "30", "--wearer", "anna", "--variant", "standing")
    assert done.out == "left: 30 s credited to anna\n"
    summary = (await wearsync_beside("--state-dir", str(config.parent), "today", "--json")).out
    desk.answer = SummaryPayload.model_validate_json(summary).model_copy(update={"full": True, "streak": 3})
    done = await wearsync_beside("today", "--wearer", "anna")
    assert done.out.endswith("routine done · streak 3 days\n")
    desk.answer = HoldsResult(wearer="anna", holds=())
    assert (await wearsync_beside("holds", "--since", "2026-03-14")).out == "No hold yet.\n"
    desk.answer = Done(text="right: 30 s credited to anna")
    done = await wearsync_beside("amend", "a:1:2:hold", "--side", "right")
    assert done.out == "right: 30 s credited to anna\n"
    assert desk.calls == [
        LogParams(side=Side.LEFT, seconds=30, variant=Variant.STANDING, wearer="anna"),
        TodayParams(wearer="anna"),
        HoldsParams(since=date(2026, 3, 14)),
        AmendParams(hold="a:1:2:hold", side=Side.RIGHT),
    ]
