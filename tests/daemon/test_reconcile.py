"""Watches become as they are configured: each at its time, and none in another one's place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from tests.daemon.home import Home, Running, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import WatchSettings
from wearsync.model import Command, Phase, Verb
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent


@asynccontextmanager
async def two_watches(home: Home) -> AsyncIterator[SimulatedWatch]:
    other = SimulatedWatch(name="Sim 2", pairing=True, wearer=Diligent(Random(5)))
    await other.power_on(home.air)
    try:
        await home.pair(name="Second", address=other.address)
        yield other
    finally:
        await other.power_off()


def called(running: Running) -> dict[str, str]:
    """By name: the id of who runs under it."""
    return {name: task.identity.watch_id for name, task in running.daemon.watches.items()}


def renew(running: Running, *watches: WatchSettings) -> tuple[str, ...]:
    return running.daemon.renew(replace(running.daemon.settings, watches=watches))


@in_virtual_time
async def test_two_watches_change_names(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, two_watches(home), home.daemon() as running:
        first, second = running.daemon.settings.watches
        assert renew(running, replace_name(first, "Second"), replace_name(second, "Ours")) == ()
        assert called(running) == {"Second": first.id, "Ours": second.id}
        assert len({task for task in asyncio.all_tasks() if task.get_name() == "link-ours"}) <= 2
        await until(lambda: all(task.state.live for task in running.daemon.watches.values()))


@in_virtual_time
async def test_who_wants_a_name_that_is_in_use_waits_for_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, two_watches(home), home.daemon() as running:
        first, second = running.daemon.settings.watches
        await until(lambda: all(task.state.live for task in running.daemon.watches.values()))
        ours = running.daemon.watches["Ours"]
        assert await running.daemon.commands.give(ours, Command(Verb.START), via="test") is None
        await until(lambda: ours.state.phase is Phase.HOLD)
        stranger = first.model_copy(update={"id": "0" * 32, "name": "OURS", "address": "C4:00:00:00:00:09"})
        assert renew(running, stranger, replace_name(second, "Other")) == ("OURS", "Ours")
        assert called(running) == {"Ours": first.id, "Other": second.id}
        assert running.daemon.named("Ours") is ours
        await until(lambda: ours.state.phase is Phase.IDLE)
        await until(lambda: called(running) == {"Other": second.id, "OURS": stranger.id})
        assert renew(running, *running.daemon.settings.watches) == ()


@in_virtual_time
async def test_what_was_waited_for_is_taken_back_in_time(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        (ours,) = running.daemon.settings.watches
        await running.start()
        task = running.task
        assert renew(running) == ("Ours",)
        assert renew(running, ours) == ()
        await running.over()
        await asyncio.sleep(10)
        assert running.task is task


@in_virtual_time
async def test_another_address_is_another_link(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        (ours,) = running.daemon.settings.watches
        await running.live()
        renew(running, ours.model_copy(update={"address": "C4:00:00:00:00:09"}))
        await until(lambda: not home.watch.view.connected)
        renew(running, ours)
        await running.live()


@in_virtual_time
async def test_a_session_that_ends_with_the_daemon_changes_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.daemon() as running:
        await running.start()
        assert renew(running) == ("Ours",)
        running.stop.set()
        await running.ended
        running.daemon.changed(running.task)
        await asyncio.sleep(1)
        assert list(running.daemon.watches) == ["Ours"]


def replace_name(watch: WatchSettings, name: str) -> WatchSettings:
    return watch.model_copy(update={"name": name})
