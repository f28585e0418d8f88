"""What stands retained on the broker: true at every connect, gone with the watch, new with the day."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.daemon.home import Blackboard, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import CommandParams, ForgetParams, LogParams, RenameParams
from wearsync.control.results import Done
from wearsync.daemon.reporter import DAY_LOOKED_AT_EVERY_S
from wearsync.model import Side, Verb
from wearsync_simulators.watches.view import Press


def shown(board: Blackboard, topic: str, key: str) -> object:
    text = board.retained.get(topic)
    return json.loads(text)[key] if text else None


@in_virtual_time
async def test_states_follow_the_session(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: board.retained.get("ours/availability") == "online")
            assert shown(board, "ours/state", "phase") == "idle"
            await running.start()
            await running.over()
            await until(lambda: shown(board, "ours/state", "phase") == "idle")
            phases = [state["phase"] for state in board.of("ours/state")]
            seen = [phase for phase, before in zip(phases, [None, *phases], strict=False) if phase != before]
            assert seen == ["idle", "confirm", "gap", "hold", "gap", "hold", "closing", "idle"]
            await until(
                lambda: (
                    shown(board, "wearer/you/summary", "today")
                    == {
                        "left": {"seconds": 30.0, "holds": 1, "short": 0},
                        "right": {"seconds": 30.0, "holds": 1, "short": 0},
                    }
                )
            )
            assert shown(board, "info", "site") == "home"
            await home.watch.set_in_range(False)
            await until(lambda: board.retained["ours/availability"] == "offline")
            assert shown(board, "ours/state", "link") == "searching"


@in_virtual_time
async def test_all_is_told_anew_on_each_connect(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            await until(lambda: "wearer/you/summary" in board.retained)
            again = Blackboard()
            await running.daemon.reporter.announce(again)
            assert again.retained.items() <= board.retained.items()
            assert set(again.retained) == {"info", "ours/availability", "ours/state", "wearer/you/summary"}


@in_virtual_time
async def test_summary_turns_with_the_day(tmp_path: Path) -> None:
    async with at_home(tmp_path, began=datetime(2026, 6, 1, 23, 50, tzinfo=UTC)) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            client = running.client()
            await client.call(LogParams(side=Side.LEFT, seconds=30), Done)
            await until(lambda: board.of("wearer/you/summary")[-1]["today"]["left"]["seconds"] == 30)  # type: ignore[call-overload,index]
            today = running.clock.now().local_date
            await asyncio.sleep(600)
            tomorrow = board.of("wearer/you/summary")[-1]
            assert tomorrow["date"] == (today + timedelta(days=1)).isoformat()
            assert tomorrow["today"]["left"]["seconds"] == 0  # type: ignore[call-overload,index]


@in_virtual_time
async def test_summary_turns_with_the_day_that_the_machine_has_slept_into(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path, began=datetime(2026, 6, 1, 20, tzinfo=UTC)) as home:
        board = Blackboard()
        async with home.daemon(publisher=board):
            await until(lambda: shown(board, "wearer/you/summary", "date") == "2026-06-01")
            home.suspend(timedelta(hours=9))
            await asyncio.sleep(DAY_LOOKED_AT_EVERY_S + 1)
            assert shown(board, "wearer/you/summary", "date") == "2026-06-02"


@in_virtual_time
async def test_topics_of_a_watch_that_is_renamed_or_forgotten_are_taken_back(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            client = running.client()
            await until(lambda: board.retained.get("ours/availability") == "online")
            await client.call(RenameParams(watch="Ours", name="Hers"), Done)
            await until(lambda: board.retained.get("hers/availability") == "online")
            assert board.retained["ours/availability"] == board.retained["ours/state"] == ""
            await until(lambda: board.retained.get("wearer/you/summary"))
            await client.call(ForgetParams(watch="Hers"), Done)
            await until(lambda: board.retained["hers/availability"] == "")
            assert board.retained["hers/state"] == ""
            assert all(summary for summary in board.of("wearer/you/summary")), "the history stays"
            await until(lambda: shown(board, "info", "watches") == [])


@in_virtual_time
async def test_topics_of_a_watch_that_was_forgotten_while_the_broker_was_away_go_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        await running.client().call(ForgetParams(watch="Ours"), Done)
        board = Blackboard()
        await running.daemon.reporter.announce(board)
        assert board.retained["ours/state"] == board.retained["ours/availability"] == ""


@in_virtual_time
async def test_visited_watch_is_available_while_it_is_heard_of_often_enough(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.config.write_text(home.config.read_text() + 'link = "visit"\n')
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: running.task.link.state == "idle")
            await until(lambda: board.retained.get("ours/availability") == "online")
            await home.watch.power_off()
            await asyncio.sleep(2.2 * 3600)
            assert board.retained["ours/availability"] == "offline"


@in_virtual_time
async def test_away_is_in_the_summary(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            await running.client().call(CommandParams(verb=Verb.AWAY, away=True), Done)
            summary = await running.daemon.reporter.summary("you")
            assert summary.away is True
            await until(lambda: shown(board, "wearer/you/summary", "away") is True)


@in_virtual_time
async def test_pain_is_not_told_to_dashboards_unless_wanted(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.start()
            await asyncio.sleep(5)
            home.watch.press(Press.DOUBLE_PRESS)
            home.watch.press(Press.ANSWER_PAIN)
            await running.over()
            assert board.of("ours/hold")
            # What Home Assistant is told (`/…`) lists all words that there are.
            assert "pain" not in json.dumps([each for each in board.published if each[0][0] != "/"])
            stored = await running.journal.holds("you", running.clock.now().local_date)
            assert [hold.outcome for hold in stored] == ["pain"]


@in_virtual_time
async def test_who_looks_on_is_told_of_a_day_that_changed_without_the_watch(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        await asyncio.sleep(60)  # all has been told
        with running.daemon.reporter.live.listen() as changes:
            await running.client().call(LogParams(side=Side.LEFT, seconds=45), Done)
            async with asyncio.timeout(5):
                name, state = await changes.get()
                assert (name, state.phase) == ("Ours", running.phase)
                await running.client().call(CommandParams(verb=Verb.AWAY, away=True), Done)
                assert (await changes.get())[0] == "Ours"
