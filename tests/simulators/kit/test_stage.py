"""The stage: it waits with a limit, asks for deeds, and sees when the daemon has ended."""

from pathlib import Path

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.model import Phase, Verb
from wearsync_simulators.kit.stage import Unmet, press
from wearsync_simulators.kit.virtual import Scene, on_virtual_stage
from wearsync_simulators.watches.view import Press


@in_virtual_time
async def test_what_does_not_come_or_does_not_hold_is_said(tmp_path: Path) -> None:
    async with on_virtual_stage(Scene(HoldProfileDriver()), tmp_path) as stage:
        with pytest.raises(Unmet, match="pigs fly: not within 3 s"):
            await stage.until("pigs fly", lambda: False, 3.0)
        with pytest.raises(Unmet, match="one is two"):
            stage.expect("one is two", False)
        await stage.connected()
        with pytest.raises(Unmet, match="pause was refused: no session is running"):
            await stage.give(Verb.PAUSE)
        assert (stage.is_visited, stage.phase) == (False, Phase.IDLE)


@in_virtual_time
async def test_what_was_there_before_is_not_of_the_story(tmp_path: Path) -> None:
    async with on_virtual_stage(Scene(HoldProfileDriver()), tmp_path) as stage:
        await stage.begins()
        await stage.ask(press("stop it", Press.DOUBLE_PRESS))
        await stage.until("the hold is stopped", lambda: stage.holds)
        await stage.give(Verb.STOP)
        await stage.ends()
        assert (len(stage.sessions), len(stage.holds)) == (1, 1)
        assert stage.events("cue")
        stage.begin()
        assert (stage.sessions, stage.holds, stage.events("cue"), stage.alerts()) == ((), (), [], set())
        assert stage.is_drained()


@in_virtual_time
async def test_a_daemon_that_ends_ends_the_story(tmp_path: Path) -> None:
    async with on_virtual_stage(Scene(HoldProfileDriver()), tmp_path) as stage:
        await stage.connected()
        stage._running.cancel()
        with pytest.raises(Unmet, match="the daemon has ended"):
            await stage.until("pigs fly", lambda: False)
