"""Reminders by the wall clock, on a real watch in the air: once a time, whatever the clock and machine do."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from tests.daemon.home import SHORT, WEARER, Blackboard, Home, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import CommandParams, ForgetParams, LogParams
from wearsync.control.results import Done
from wearsync.coordinator.events import ReminderDue, ReminderEvent, SwitchHeard
from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.coordinator.reminders import STOPPED_PLAINLY
from wearsync.coordinator.state import Battery, Switch, WatchState
from wearsync.coordinator.state import Reminders as Known
from wearsync.daemon.link_view import LinkView
from wearsync.daemon.reminders import Reminders, chosen
from wearsync.daemon.watch_identity import WatchIdentity
from wearsync.daemon.watch_task import WatchTask
from wearsync.journal.store import SqliteJournal
from wearsync.model import (
    HoldResult,
    HoldSource,
    Outcome,
    Phase,
    Routine,
    Side,
    Stamp,
    Variant,
    Verb,
)
from wearsync.ports import Commit
from wearsync_simulators.watches.records import ClockSet
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.watches.words import Pattern
from wearsync_simulators.wearer import Deed, Diligent

EIGHT = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAILY = f'{SHORT}[reminder]\ntimes = ["09:00", "20:00"]\n'
HOUR_S = 3600.0
PLAN = ReminderPlan(times=("09:00",))


class Idle(Diligent):
    """A wearer who pairs the watch, and then answers nothing."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        return () if view.code is None else super().sees(view)


@asynccontextmanager
async def idle_home(tmp_path: Path, config: str = DAILY, began: datetime = EIGHT) -> AsyncIterator[Home]:
    """Nobody taps the watch."""
    async with at_home(tmp_path, wearer=Idle(Random(3)), config=config, began=began) as home:
        yield home


async def codes(running: Running) -> list[JsonValue]:
    return [
        event["code"] for event in await running.events("alert") if str(event["code"]).startswith("reminder")
    ]


def shown(board: Blackboard, topic: str, key: str) -> object:
    text = board.retained.get(topic)
    return json.loads(text)[key] if text else None


@in_virtual_time
async def test_the_watch_asks_at_the_time_and_who_has_done_it_is_spared(tmp_path: Path) -> None:
    async with at_home(tmp_path, config=DAILY, began=EIGHT) as home, home.daemon() as running:
        await running.live()
        await until(lambda: running.phase is Phase.CONFIRM, 2 * HOUR_S)
        late_s = running.clock.now().unix_ms / 1000 - EIGHT.timestamp() - HOUR_S
        assert 0 <= late_s < 2
        await until(lambda: running.phase is Phase.IDLE)
        await asyncio.sleep(13 * HOUR_S)
        assert await codes(running) == ["reminder"]
        [session] = await running.events("session")
        assert session["end"] == "done"


@in_virtual_time
async def test_who_does_not_answer_is_asked_at_each_time_and_no_more(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        await asyncio.sleep(24 * HOUR_S)
        assert await codes(running) == ["reminder", "reminder_missed"] * 2
        assert await running.events("session") == []


@in_virtual_time
async def test_a_daemon_that_is_killed_after_asking_does_not_ask_twice(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.live()
            await until(lambda: running.phase is Phase.CONFIRM, 2 * HOUR_S)
            await home.kill(running)
        async with home.daemon() as running:
            await asyncio.sleep(HOUR_S)
            assert await codes(running) == ["reminder", "reminder_missed"]


@in_virtual_time
async def test_a_daemon_that_starts_right_after_the_time_asks(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home:
        async with home.daemon() as running:
            await running.live()
            await asyncio.sleep(3 * HOUR_S)
        await asyncio.sleep(9 * HOUR_S + 300)
        async with home.daemon() as running:
            await running.live()
            await until(lambda: running.phase is Phase.CONFIRM, 60)


@in_virtual_time
async def test_what_is_due_while_the_machine_sleeps_is_let_go(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        home.suspend(timedelta(hours=5))
        await asyncio.sleep(HOUR_S)
        assert await codes(running) == ["reminder_missed"]


@in_virtual_time
async def test_what_is_due_while_the_machine_sleeps_is_asked_later_if_wished(tmp_path: Path) -> None:
    async with idle_home(tmp_path, DAILY + 'missed = "once"\n') as home, home.daemon() as running:
        await running.live()
        home.suspend(timedelta(hours=5))
        await asyncio.sleep(HOUR_S)
        assert await codes(running) == ["reminder", "reminder_missed"]


@in_virtual_time
async def test_a_clock_that_is_set_back_brings_no_reminder_twice(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        await asyncio.sleep(1.5 * HOUR_S)
        home.set_clock(timedelta(hours=-1))
        await asyncio.sleep(8 * HOUR_S)
        assert await codes(running) == ["reminder", "reminder_missed"]


@in_virtual_time
async def test_a_clock_that_was_years_ahead_stops_no_reminders_when_it_is_put_right(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        home.set_clock(timedelta(days=3650))
        await asyncio.sleep(2 * HOUR_S)
        home.set_clock(-timedelta(days=3650, hours=2))
        before = await codes(running)
        await asyncio.sleep(2 * HOUR_S)
        assert await codes(running) == [*before, "reminder", "reminder_missed"]


@in_virtual_time
async def test_a_clock_that_was_never_set_reminds_nobody(tmp_path: Path) -> None:
    began = datetime(1970, 1, 1, 8, tzinfo=UTC)
    async with idle_home(tmp_path, began=began) as home, home.daemon() as running:
        await asyncio.sleep(24 * HOUR_S)
        assert await codes(running) == []


@in_virtual_time
async def test_dashboards_see_the_next_reminder_and_the_switch(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home:
        board = Blackboard()

        def is_next(text: str | None) -> Callable[[], bool]:
            return lambda: shown(board, "wearer/you/summary", "next_reminder") == text

        async with home.daemon(publisher=board) as running:
            await until(is_next("2026-06-01T09:00:00.000Z"))
            assert shown(board, "ours/state", "reminder_on") is True
            await until(lambda: running.phase is Phase.CONFIRM, 2 * HOUR_S)
            await until(is_next("2026-06-01T20:00:00.000Z"))
            await running.live()
            await running.client().call(CommandParams(verb=Verb.SNOOZE, minutes=10), Done)
            await until(
                lambda: str(shown(board, "wearer/you/summary", "next_reminder"))[:16] == "2026-06-01T09:10"
            )
            for side in Side:
                await running.client().call(LogParams(side=side, seconds=30), Done)
            await until(is_next("2026-06-02T09:00:00.000Z"))
            assert running.task.state.snoozed_until_ms is None
            board.send("ours/command", '{"command": "remind", "on": false, "request_id": "r1"}')
            await until(is_next(None))
            assert shown(board, "ours/state", "reminder_on") is False
            [reply] = board.of("ours/reply")
            assert reply["ok"] is True
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: shown(board, "ours/state", "reminder_on") is False)
            done = await running.client().call(CommandParams(verb=Verb.REMIND, on=True), Done)
            assert "reminders are on" in done.text
            await until(is_next("2026-06-02T09:00:00.000Z"))


def own_reminders(home: Home) -> int:
    """How often the watch reminded by itself."""
    return sum(pulse.pattern is Pattern.REMINDER and pulse.cue_id is None for pulse in home.watch.motor_log)


@in_virtual_time
async def test_a_watch_that_is_out_of_reach_reminds_by_itself_and_else_never(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        await asyncio.sleep(2 * HOUR_S)
        assert own_reminders(home) == 0
        await home.watch.set_in_range(False)
        await asyncio.sleep(11 * HOUR_S)
        assert await codes(running) == ["reminder", "reminder_missed"] * 2
        assert own_reminders(home) == 1


@in_virtual_time
async def test_when_summer_begins_the_watch_learns_the_other_offset(tmp_path: Path) -> None:
    async with idle_home(tmp_path, began=datetime(2026, 3, 29, 0, 30, tzinfo=UTC)) as home:
        home.zone = ZoneInfo("Europe/Berlin")
        async with home.daemon() as running:
            await running.live()
            await asyncio.sleep(0.4 * HOUR_S)
            before = sum(isinstance(record.body, ClockSet) for record in home.watch.journal())
            await asyncio.sleep(0.5 * HOUR_S)
            assert sum(isinstance(record.body, ClockSet) for record in home.watch.journal()) == before + 1


@in_virtual_time
async def test_without_a_plan_there_is_nothing_to_see(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await running.live()
            await until(lambda: "wearer/you/summary" in board.retained)
            await asyncio.sleep(HOUR_S)
            assert shown(board, "wearer/you/summary", "next_reminder") is None
            assert shown(board, "ours/state", "reminder_on") is None


def painful(at: Stamp, back: int) -> HoldResult:
    """A hold that hurt, so many days before."""
    started = replace(at, host_ms=at.host_ms - back * 86_400_000, unix_ms=at.unix_ms - back * 86_400_000)
    return HoldResult(
        f"hurt-{back}", 1, 0, Side.LEFT, Variant.KNEELING, 1, 30, 9.0, 9.0, Outcome.PAIN, HoldSource.AUTO,
        started, False,
    )  # fmt: skip


@in_virtual_time
async def test_three_days_of_pain_stop_them_and_dashboards_do_not_learn_why(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home, home.daemon() as running:
        await running.live()
        holds = tuple(painful(running.clock.now(), back) for back in (0, 2, 5))
        await running.journal.commit(Commit(home.watch.watch_id.hex(), WEARER, holds=holds))
        running.daemon.hold_logged(WEARER)
        await until(lambda: not running.task.state.reminders.switch.on)
        assert running.task.state.reminders.switch.pain
        [alert] = [event for event in await running.events("alert") if event["code"] != "reminder"]
        assert (alert["code"], alert["text"]) == ("reminders_stopped", STOPPED_PLAINLY)
        await asyncio.sleep(24 * HOUR_S)
        assert await codes(running) == ["reminders_stopped"]
        done = await running.client().call(CommandParams(verb=Verb.REMIND, on=True), Done)
        assert "see a professional" in done.text
        assert running.task.state.reminders.switch.on


class Listening(WatchTask):
    """A watch of which only its state counts: what it is told is kept."""

    def __init__(self, name: str, journal: SqliteJournal, home: Home, state: WatchState) -> None:
        super().__init__(
            identity=WatchIdentity(name, name, WEARER, "wearsync", Routine(), False, False, PLAN),
            journal=journal,
            clock=home.clock(),
            entropy=Random(1).randbytes,
            listener=None,  # type: ignore[arg-type]  # it takes no turns
            event_row=lambda _task, _fact: None,
        )
        self.state = state
        self.told: list[ReminderEvent] = []

    def tell(self, news: ReminderEvent) -> None:
        self.told.append(news)


IDLE = WatchState(configured=Routine(), reminders=Known(plan=PLAN, ahead_min=540))


@in_virtual_time
async def test_two_watches_of_one_wearer_ask_once(tmp_path: Path) -> None:
    async with at_home(tmp_path, began=EIGHT) as home, await home.journal() as journal:
        one = Listening("one", journal, home, IDLE)
        other = Listening("other", journal, home, replace(IDLE, live=True, worn=True))
        reminders = Reminders(
            tasks=lambda: (one, other), journal=journal, clock=home.clock(), changed=lambda _wearer: None
        )
        await reminders.look()
        await asyncio.sleep(HOUR_S)
        await reminders.look()
        await reminders.look()
        due = ReminderDue(int((EIGHT.timestamp() + HOUR_S) * 1000), done=False, away=False)
        assert [news for news in one.told + other.told if isinstance(news, ReminderDue)] == [due]
        assert due in other.told


@in_virtual_time
async def test_the_switch_of_one_watch_is_that_of_the_wearers_others(tmp_path: Path) -> None:
    async with at_home(tmp_path, began=EIGHT) as home, await home.journal() as journal:
        off = replace(IDLE, reminders=replace(IDLE.reminders, switch=Switch(on=False, pain=True, at_ms=5)))
        one, other = Listening("one", journal, home, IDLE), Listening("other", journal, home, off)
        reminders = Reminders(
            tasks=lambda: (one, other), journal=journal, clock=home.clock(), changed=lambda _wearer: None
        )
        await reminders.look()
        assert (one.told, other.told) == ([SwitchHeard(False, True, 5, None)], [])
        assert reminders.next_of(WEARER) is None


@in_virtual_time
async def test_nothing_is_decided_before_every_log_is_folded(tmp_path: Path) -> None:
    async with at_home(tmp_path, began=EIGHT) as home, await home.journal() as journal:
        tasks = [Listening("one", journal, home, IDLE), Listening("other", journal, home, WatchState())]
        reminders = Reminders(
            tasks=lambda: tasks, journal=journal, clock=home.clock(), changed=lambda _wearer: None
        )
        await reminders.look()
        assert reminders.next_of(WEARER) is None


@in_virtual_time
async def test_the_watch_on_the_wrist_is_the_one_that_asks(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, await home.journal() as journal:

        def watch(state: WatchState, heard_ms: int = 0) -> Listening:
            task = Listening("one", journal, home, state)
            task.link = LinkView(last_heard_ms=heard_ms)
            return task

        in_order = [
            watch(replace(IDLE, live=True), 1),
            watch(replace(IDLE, live=True, battery=Battery(80, charging=True))),
            watch(replace(IDLE, visits=True)),
            watch(IDLE, 2),
            watch(IDLE, 1),
        ]
        for number, better in enumerate(in_order[:-1]):
            for worse in in_order[number + 1 :]:
                assert chosen([worse, better]) is better
        busy = watch(replace(IDLE, phase=Phase.CONFIRM))
        assert chosen([*in_order, busy]) is busy


@in_virtual_time
async def test_who_has_no_watch_any_more_is_reminded_of_nothing(tmp_path: Path) -> None:
    async with idle_home(tmp_path) as home:
        board = Blackboard()
        async with home.daemon(publisher=board) as running:
            await until(lambda: shown(board, "wearer/you/summary", "next_reminder") is not None)
            await running.client().call(ForgetParams(watch="Ours"), Done)
            await until(lambda: shown(board, "wearer/you/summary", "next_reminder") is None, 5)
            assert board.retained["ours/state"] == ""
