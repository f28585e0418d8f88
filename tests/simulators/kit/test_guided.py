"""The kit with a watch that somebody wears: the same stories, as people are asked to play them.

The watch is on the virtual air of this process; its wearer acts by themselves, as a person would who was
asked.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from tests.daemon.home import Home, at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import WatchSettings
from wearsync_simulators.kit.guided import guide
from wearsync_simulators.kit.play import Result
from wearsync_simulators.kit.stories import story_named
from wearsync_simulators.watches.view import Press
from wearsync_simulators.wearer import Diligent

# More than a host takes to look for a watch that was away (back-off: a minute at most).
PATIENCE_S = 300.0


@asynccontextmanager
async def asked(home: Home, *names: str, does: Callable[[str], None]) -> AsyncIterator[list[Result]]:
    """The results of these stories; `does`: what the person does when something is asked of them."""
    stories = [story for name in names if (story := story_named(name)) is not None]
    [watch] = home.settings.watches
    async with home.radio() as radio:
        yield [
            result
            async for result in guide(
                stories,
                settings=home.settings,
                watch=watch,
                radio=radio,
                prompt=does,
                patience_s=PATIENCE_S,
                wall=home.wall,
                host_s=home.boot_time,
            )
        ]


@in_virtual_time
async def test_a_person_who_does_as_they_are_asked_passes(tmp_path: Path) -> None:
    async with at_home(tmp_path, wearer=Diligent(Random(3))) as home:
        said: list[str] = []
        before = (home.state_dir / "keys.json").read_bytes()
        async with asked(home, "session", "low-battery", "key-unknown", does=said.append) as results:
            assert [(each.story, each.verdict, each.reason) for each in results] == [
                ("session", "pass", ""),
                ("low-battery", "pass", ""),
                ("key-unknown", "pass", ""),
            ]
        assert "session: a whole session, led by the host" in said
        assert "the watch asks whether you are ready: answer yes" in said
        # What is the person's own is as it was.
        assert (home.state_dir / "keys.json").read_bytes() == before
        assert not (home.state_dir / "journal.sqlite").exists()


@in_virtual_time
async def test_a_person_is_asked_to_act_and_does(tmp_path: Path) -> None:
    async with at_home(tmp_path, wearer=Diligent(Random(3))) as home:
        loop = asyncio.get_running_loop()
        deeds: list[asyncio.Task[None]] = []

        def does(prompt: str) -> None:
            if "out of range" in prompt:
                deeds.append(loop.create_task(home.watch.set_in_range(False)))
            elif "start a session on the watch" in prompt:
                loop.call_later(5.0, home.watch.press, Press.START)
            elif "bring the watch back" in prompt:
                loop.call_later(100.0, lambda: deeds.append(loop.create_task(home.watch.set_in_range(True))))

        async with asked(home, "run-alone", does=does) as results:
            assert [(each.verdict, each.reason) for each in results] == [("pass", "")]


@in_virtual_time
async def test_what_nobody_does_is_a_failure_and_what_cannot_be_asked_is_not(tmp_path: Path) -> None:
    async with at_home(tmp_path, wearer=Diligent(Random(3))) as home:
        async with asked(home, "early-stop", "cue-once", does=lambda _text: None) as results:
            stopped, once = results
        # The diligent one holds on to the end.
        assert stopped.verdict == "fail"
        assert "hold 1 is short, and it is done" in stopped.reason
        assert any("HOLD_STOPPED" in line for line in stopped.lines)
        assert (once.verdict, once.reason) == ("not applicable", "only with a simulated watch")


@in_virtual_time
async def test_a_watch_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.watch.power_off()
        async with asked(home, "session", does=lambda _text: None) as results:
            assert [each.reason for each in results] == ["the watch is connected: not within 300 s"]
        assert isinstance(home.settings.watches[0], WatchSettings)
        await home.watch.power_on(home.air)
