"""From the watches that run to those that the configuration names, whenever that changes.

Rule: a session goes on as it was begun. What can be told to a watch is told; who becomes another one,
somebody else's or nobody's is taken in anew, or let go, once it has no session; who wants its name waits.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from wearsync.config import Settings, WatchSettings
from wearsync.daemon.connector import Connector
from wearsync.daemon.watch_identity import identity_of
from wearsync.daemon.watch_task import WatchTask
from wearsync.model import Phase
from wearsync.publish.discovery.device import WatchDevice


@dataclass(slots=True)
class Running:
    """One watch and the tasks that it runs in. `settings`: those that it runs by."""

    settings: WatchSettings
    task: WatchTask
    connector: Connector
    device: WatchDevice
    jobs: tuple[asyncio.Task[None], asyncio.Task[None]]


class Reconciler:
    """`settings()`: as they are to be; `running`: by name, changed by `add` and `remove` alone."""

    def __init__(
        self,
        *,
        settings: Callable[[], Settings],
        running: Mapping[str, Running],
        add: Callable[[WatchSettings], None],
        remove: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._running = running
        self._add = add
        self._remove = remove
        # Ids of the watches that run by other settings than those in the configuration, or don't run yet.
        self._waiting: frozenset[str] = frozenset()

    @property
    def is_waiting(self) -> bool:
        """Whether there are such that still have to become as they are configured."""
        return bool(self._waiting)

    @property
    def waits(self) -> tuple[str, ...]:
        """Their names."""
        names = {watch.id: watch.name for watch in self._settings().watches}
        names |= {running.settings.id: name for name, running in self._running.items()}
        return tuple(names[each] for each in sorted(self._waiting, key=names.__getitem__) if each in names)

    def all(self, before: Settings) -> None:
        """The configuration was `before`, and is another one now."""
        self._reconcile({watch.id for watch in (*before.watches, *self._settings().watches)})

    def follow_up(self) -> None:
        """A session is over that others may have waited for."""
        self._reconcile(self._waiting)

    def _reconcile(self, ids: Collection[str]) -> None:
        wanted = {watch.id: watch for watch in self._settings().watches if watch.id in ids}
        busy: dict[str, str] = {}
        for name, running in tuple(self._running.items()):
            watch = wanted.get(running.settings.id)
            if running.settings.id not in ids:
                continue
            if watch is not None and self._is_adjusted(running, watch):
                del wanted[watch.id]
            elif running.task.state.phase is Phase.IDLE:
                self._remove(name)
            else:
                busy[running.settings.id] = running.settings.topic
        waiting = {watch.id for watch in wanted.values() if watch.id in busy or watch.topic in busy.values()}
        for watch in wanted.values():
            if watch.id not in waiting:
                self._add(watch)
        self._waiting = self._waiting.difference(ids).union(busy, waiting)

    def _is_adjusted(self, running: Running, watch: WatchSettings) -> bool:
        """Whether all that is new could be told to the watch as it runs."""
        identity = identity_of(watch, self._settings())
        if watch.address != running.settings.address or not running.task.identity.is_who(identity):
            return False
        if identity != running.task.identity and not running.task.configure(identity):
            return False
        running.settings = watch
        running.connector.follow(watch.link)
        return True
