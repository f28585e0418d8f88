"""Clocks that are not set, are set, or stand still: sessions and their lengths don't mind."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon.home import Blackboard, Event, Home, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.alarm import LOOK_EVERY_MS
from wearsync.daemon.boots import OWN_CLOCK_EARLIEST_MS
from wearsync.model import Phase, Verb
from wearsync_simulators.watches.records import ClockSet, HoldStopped
from wearsync_simulators.watches.view import Face, Press

UNSET = datetime(1970, 1, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)


@in_virtual_time
async def test_host_that_does_not_know_the_time_waits_for_it_and_the_watch_goes_alone(tmp_path: Path) -> None:
    """Its holds are dated by its ticks, once the host knows when now is."""
    async with at_home(tmp_path) as home:
        home.set_clock(UNSET - NOW)
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: board.of("ours/state") and board.of("ours/state")[-1]["link"] == "no_clock")
            assert "timedatectl" in running.task.link.reason
            home.watch.press(Press.START)
            began_s = home.wall()
            await until(lambda: home.watch.view.face is Face.DONE)
            await asyncio.sleep(600)
            assert not home.watch.view.connected
            home.set_clock(NOW - UNSET)
            set_s = asyncio.get_running_loop().time()
            await running.live()
            assert asyncio.get_running_loop().time() - set_s < 20
            await until(lambda: len(board.of("ours/hold")) == 2)
            for hold in board.of("ours/hold"):
                assert hold["local_date"] == "2026-06-01"
                assert hold["measured_s"] == pytest.approx(30, abs=0.1)
            first = datetime.fromisoformat(str(board.of("ours/hold")[0]["at"])).timestamp()
            assert first - (began_s + (NOW - UNSET).total_seconds()) == pytest.approx(3, abs=1.5)
            assert clocks_set(home) == 1, "by the pairing"


def clocks_set(home: Home) -> int:
    return sum(isinstance(record.body, ClockSet) for record in home.watch.journal())


@in_virtual_time
async def test_clock_that_is_set_back_to_the_stone_age_while_connected_is_not_given_to_the_watch(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        home.set_clock(UNSET - NOW)
        assert running.clock.now().unix_ms < OWN_CLOCK_EARLIEST_MS
        await home.watch.reboot()
        await asyncio.sleep(120)
        assert running.task.link.state == "no_clock"
        assert clocks_set(home) == 1


@pytest.mark.parametrize("years", [10, -5, -10])
def test_clock_that_is_set_in_mid_hold_changes_no_length_and_no_timer(tmp_path: Path, years: int) -> None:
    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path) as home, home.daemon() as running:
            await running.start()
            began_s = asyncio.get_running_loop().time()
            await asyncio.sleep(5)
            home.set_clock(timedelta(days=365 * years))
            await running.over()
            assert asyncio.get_running_loop().time() - began_s == pytest.approx(64, abs=5)
            assert [(hold["measured_s"], hold["outcome"]) for hold in await running.events("hold")] == [
                (30.0, "done"),
                (30.0, "done"),
            ]
            assert {cue["result"] for cue in await running.events("cue")} == {"played"}
            assert await running.alerts() == []

    story()


def holds_of(home: Home) -> list[HoldStopped]:
    """What the watch itself has of them."""
    return [record.body for record in home.watch.journal() if isinstance(record.body, HoldStopped)]


async def slept(home: Home, running: Running, asleep: timedelta) -> list[Event]:
    """The machine sleeps, and wakes; the cues that come after that."""
    before = len(await running.events("cue"))
    home.suspend(asleep)
    await until(lambda: not running.task.state.live, within_s=LOOK_EVERY_MS / 1000 + 1)
    await running.live()
    await running.over()
    return (await running.events("cue"))[before:]


@in_virtual_time
async def test_machine_that_sleeps_for_a_moment_in_mid_hold_costs_nothing(tmp_path: Path) -> None:
    """The watch goes on alone for as long as the link is away; the holds are its word."""
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        await asyncio.sleep(2)
        await slept(home, running, timedelta(seconds=20))
        holds = await running.events("hold")
        assert [(hold["measured_s"], hold["outcome"]) for hold in holds] == [(30.0, "done")] * 2
        assert [session["end"] for session in await running.events("session")] == ["done"]


@pytest.mark.parametrize("phase", [Phase.GAP, Phase.HOLD, Phase.PAUSED])
def test_machine_that_slept_a_night_builds_its_link_anew_and_nothing_is_twice(
    tmp_path: Path, phase: Phase
) -> None:
    """This watch has slept too; what one that went on tells is in tests/coordinator/test_suspend.py."""

    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path) as home, home.daemon() as running:
            await running.start()
            if phase is Phase.GAP:
                await until(lambda: running.phase is Phase.GAP)
            if phase is Phase.PAUSED:
                assert await running.give(Verb.PAUSE) is None
                await until(lambda: running.phase is Phase.PAUSED)
            cues = await slept(home, running, timedelta(hours=9))
            assert len(await running.events("session")) == 1
            assert len(cues) == len({cue["id"] for cue in cues})
            assert len({hold["id"] for hold in await running.events("hold")}) == len(holds_of(home))
            assert await running.give(Verb.START) is None, "and all is well again"

    story()
