"""Tells the service manager that the daemon gets on; one that does not is ended, and begun anew.

Rule: what counts is progress: that the loop turns (or this would not run), and that each gauge moves. What
the world may lack, such as an adapter, a broker or room on the disk, is no gauge.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wearsync.ports import Progress
from wearsync.service.notify import ServiceManager

# sd_watchdog_enabled(3) advises two; with three, one word may be lost.
WORDS_AN_INTERVAL = 3
# systemd gives a start 90 s. What is looked through or written anew then may take longer: it is asked for
# more as long as something is done. A look here costs a tenth of this.
START_LOOK_S = 10.0
START_MORE_S = 60.0
WORK_MIN_S = 0.003

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something that must move, sooner than `patience_s`, while it is busy."""

    name: str
    read: Callable[[], Progress]
    patience_s: float


class Watchdog:
    """Feeds `manager`, and says once what does not move."""

    def __init__(self, *, manager: ServiceManager, gauges: Sequence[Gauge]) -> None:
        self._manager = manager
        self._gauges = gauges
        self._seen: dict[str, tuple[Progress, float]] = {}
        self._told: tuple[str, ...] = ()

    async def run(self) -> None:
        """Run for ever, if somebody watches."""
        if self._manager.watchdog_s is None:
            return
        while True:
            stuck = self.stuck()
            if not stuck:
                self._manager.alive()
            elif stuck != self._told:
                log.error("watchdog.stuck what=%s: if it goes on, systemd ends this process", ",".join(stuck))
            self._told = stuck
            await asyncio.sleep(self._manager.watchdog_s / WORDS_AN_INTERVAL)

    def stuck(self) -> tuple[str, ...]:
        """What is busy and has not moved for too long, as seen since the last looks."""
        return tuple(gauge.name for gauge in self._gauges if self._is_stuck(gauge))

    def _is_stuck(self, gauge: Gauge) -> bool:
        now_s, progress = asyncio.get_running_loop().time(), gauge.read()
        seen, since_s = self._seen.get(gauge.name, (None, now_s))
        if progress != seen:
            self._seen[gauge.name] = (progress, now_s)
            return False
        return progress.busy and now_s - since_s >= gauge.patience_s


@contextmanager
def starting(manager: ServiceManager, *, worked_s: Callable[[], float] = time.process_time) -> Iterator[None]:
    """A start that may take long, in the block. `worked_s`: time that the processor has spent on us."""

    async def ask() -> None:
        before_s = worked_s()
        while True:
            await asyncio.sleep(START_LOOK_S)
            if worked_s() - before_s >= WORK_MIN_S:
                manager.needs_longer(START_MORE_S)
                manager.status("looking through the journal, or writing it anew")
            before_s = worked_s()

    asking = asyncio.create_task(ask(), name="asking for time")
    try:
        yield
    finally:
        asking.cancel()
