"""The configuration, read anew while the daemon runs: on SIGHUP, and by `wearsync reload`.

Rule: all or nothing. A file that can't be used changes nothing at all, and everybody who asked is told what
is wrong with it; of one that can be used, each change is named by when it holds.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from wearsync.config import Settings, WatchSettings
from wearsync.control.results import KEPT, ReloadResult
from wearsync.daemon.compose import Daemon
from wearsync.errors import ConfigError, TryAgain, Unavailable, WearsyncError
from wearsync.ports import Publisher
from wearsync.web.address import PageSettings

# A script that sends signals without end must not keep the daemon from its work; nobody edits a file faster.
AGAIN_AFTER_S = 1.0

log = logging.getLogger(__name__)


class Reloader:
    """`reread()`: the configuration as file, environment and command line say it now; raises `ConfigError`.
    `publisher`: to the broker of these settings; `renewed`: told of settings that hold from now on;
    `move_page`: has the page served with these settings, or raises, and leaves it as it is.
    """

    def __init__(
        self,
        *,
        daemon: Daemon,
        reread: Callable[[], Awaitable[Settings]],
        publisher: Callable[[Settings], Publisher],
        renewed: Callable[[Settings], None] = lambda _settings: None,
        move_page: Callable[[PageSettings | None], Awaitable[None]] | None = None,
    ) -> None:
        self._daemon = daemon
        self._reread = reread
        self._publisher = publisher
        self._renewed = renewed
        self._move_page = move_page
        self._turn = asyncio.Lock()
        self._refused: str | None = None

    @property
    def refused(self) -> str | None:
        """What is wrong with the file that was read last; None: nothing is."""
        return self._refused

    async def reload(self) -> ReloadResult:
        """Read, and take what is new. Raises `ConfigError`, and then all is as before."""
        async with self._turn:
            try:
                settings = await self._read()
            except (ConfigError, Unavailable) as error:
                self._refuse(str(error))
                raise ConfigError(f"{error} ({KEPT})") from error
            return self._take(settings)

    async def _read(self) -> Settings:
        while True:
            before = self._daemon.settings
            settings = await self._reread()
            _refuse_without_file(before, settings)
            if self._move_page is not None:
                await self._move_page(settings.page)
            if self._daemon.settings is before:  # else a command has written to the file meanwhile
                return settings

    def _refuse(self, reason: str) -> None:
        log.error("config.refused reason=%r: all stays as it was", reason)
        self._refused = reason
        self._daemon.news.set()

    def _take(self, said: Settings) -> ReloadResult:
        daemon, before = self._daemon, self._daemon.settings
        if not daemon.running:
            raise TryAgain("the daemon is stopping: it reads its configuration when it starts again")
        settings = as_possible(before, said)
        elsewhere = (settings.broker, settings.home_assistant.prefix) != (
            before.broker,
            before.home_assistant.prefix,
        )
        waiting = daemon.renew(settings, publisher=self._publisher(settings) if elsewhere else None)
        self._renewed(settings)
        self._refused = None
        daemon.news.set()
        told = ReloadResult(
            file=str(settings.source),
            changed=tuple(changes(before, settings)),
            after_session=waiting,
            at_next_start=at_next_start(before, said),
        )
        log.info(
            "config.reloaded changed=%r after_session=%r at_next_start=%r",
            "; ".join(told.changed),
            ", ".join(told.after_session),
            ", ".join(told.at_next_start),
        )
        return told


async def follow(asked: asyncio.Event, reload: Callable[[], Awaitable[object]]) -> None:
    """Reload each time that it is asked: once for all who ask while one is going on. Runs for ever."""
    while True:
        await asked.wait()
        asked.clear()
        try:
            await reload()
        except WearsyncError as error:
            log.debug("config.not_reloaded reason=%s", error)  # told where it was found
        await asyncio.sleep(AGAIN_AFTER_S)


def _refuse_without_file(before: Settings, said: Settings) -> None:
    """An editor takes the file away for a moment: that must not take the watches away, and what dashboards
    know of them. Raises `ConfigError`.
    """
    if not said.has_file and (before.has_file or before.watches != said.watches):
        raise ConfigError(f"{said.source}: no such file: put it back, or start the daemon anew without one")


def as_possible(before: Settings, said: Settings) -> Settings:
    """What is said, but for what only a start can change."""
    return replace(
        said, site=before.site, radio=before.radio, paths=before.paths, control_group=before.control_group
    )


def at_next_start(before: Settings, said: Settings) -> tuple[str, ...]:
    """The keys of what only a start can change, where it is said to."""
    keys = {
        "site": said.site != before.site,
        "radio.spec": said.radio != before.radio,
        "state_dir": said.paths.state_dir != before.paths.state_dir,
        "control.socket": said.paths.socket != before.paths.socket,
        "control.group": said.control_group != before.control_group,
    }
    return tuple(key for key, differs in keys.items() if differs)


def changes(before: Settings, after: Settings) -> Iterator[str]:
    """What is another thing than it was, for people; secrets only by their section."""
    if after.wearer != before.wearer:
        yield f"wearer: {after.wearer}"
    if after.broker != before.broker:
        yield f"broker: {after.broker.url}"
    sections = ("routine", "reminder", "backups", "home_assistant")
    yield from (name for name in sections if getattr(after, name) != getattr(before, name))
    if after.publish_pain != before.publish_pain:
        yield "publish.publish_pain"
    if after.page != before.page:
        yield "web"
    yield from _watches(before, after)


def _watches(before: Settings, after: Settings) -> Iterator[str]:
    there = {watch.id: watch for watch in before.watches}
    for watch in after.watches:
        was = there.pop(watch.id, None)
        if was is None:
            yield f"watch {watch.name}: new"
        elif was != watch:
            yield _differs(was, watch)
    for gone in there.values():
        yield f"watch {gone.name}: gone (its key, its bond and its history stay)"


def _differs(was: WatchSettings, now: WatchSettings) -> str:
    keys = (key for key in WatchSettings.model_fields if getattr(was, key) != getattr(now, key))
    what = (f"now called {now.name}" if key == "name" else key for key in keys)
    return f"watch {was.name}: {', '.join(what)}"
