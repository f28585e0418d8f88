"""`wearsync-sim check`: from options to results; the line that is printed is `show`'s.

Rule: expected errors are raised, and become exit codes elsewhere.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wearsync import families
from wearsync.config import load
from wearsync.errors import UsageError
from wearsync.journal.lock import instance_lock
from wearsync.radio.spec import open_radio
from wearsync_simulators.kit.guided import guide
from wearsync_simulators.kit.play import play_all
from wearsync_simulators.kit.show import Show
from wearsync_simulators.kit.stories import STORIES, Story, story_named
from wearsync_simulators.watches.families import stand_in

__all__ = ["Wish", "check"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for: a `driver` with its simulated watch, or the paired `watch`."""

    driver: str | None = None
    radio: str | None = None
    watch: str | None = None
    stories: tuple[str, ...] = ()
    seed: int = 1
    quick: bool = False
    patience_s: float = 180.0
    config: Path | None = None
    state_dir: Path | None = None
    as_json: bool = False


def check(wish: Wish, *, say: Callable[[str], None], remark: Callable[[str], None]) -> bool:
    """Whether nothing failed. `remark`: what people are told beside the results.

    Raises `UsageError`, and with a watch `ConfigError`, `AlreadyRunning`, `RadioUnavailable`, `StorageError`.
    """
    stories = tuple(_story(name) for name in wish.stories) or STORIES
    if (wish.driver is None) == (wish.watch is None):
        raise UsageError("check wants either --driver NAME, or --watch NAME (a watch that is paired)")
    if wish.watch is not None:
        return asyncio.run(_guided(wish, wish.watch, stories, say=say, remark=remark))
    driver = families.named(wish.driver or "")
    if other := stand_in(driver.name):
        remark(other)
    show = Show(driver, wish.seed, wish.as_json, say)
    show.begin()
    for result in play_all(driver, stories, seed=wish.seed, quick=wish.quick):
        show.result(result)
    return show.end()


async def _guided(
    wish: Wish,
    watch: str,
    stories: tuple[Story, ...],
    *,
    say: Callable[[str], None],
    remark: Callable[[str], None],
) -> bool:
    settings = load(wish.config, state_dir=wish.state_dir, radio=wish.radio)
    known = settings.watch(watch)
    if known is None:
        there = ", ".join(sorted(each.name for each in settings.watches)) or "none"
        raise UsageError(f"no watch is called {watch!r}; there are: {there}; `wearsync pair` adds one")
    show = Show(families.named(known.driver), wish.seed, wish.as_json, say)
    with instance_lock(settings.paths.state_dir):
        radio = await open_radio(settings.radio, state_dir=settings.paths.state_dir)
        try:
            show.begin()
            async for result in guide(
                stories,
                settings=settings,
                watch=known,
                radio=radio,
                prompt=lambda text: remark(f"→ {text}"),
                patience_s=wish.patience_s,
            ):
                show.result(result)
            return show.end()
        finally:
            await radio.close()


def _story(name: str) -> Story:
    story = story_named(name)
    if story is None:
        there = ", ".join(each.name for each in STORIES)
        raise UsageError(f"there is no story {name!r}; there are: {there}")
    return story
