"""The fire: which fault strikes when, whom, and for how long; all by the seed.

Rule: faults are dealt from a shuffled deck, so that each one comes; two may burn at a time, but never on the
same target. Whatever a fault does is undone when it ends, and it ends early when the time is over.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol

from wearsync_simulators.torture.disk import Disk
from wearsync_simulators.torture.proxy import Passage
from wearsync_simulators.torture.service import Service

__all__ = ["FAULTS", "KILLS", "Fire", "Targets"]

# How often each is in the deck: the daemon has most to lose, and full disks take long.
FAULTS = {
    "kill daemon": 8,
    "kill watch": 3,
    "kill air": 2,
    "kill broker": 2,
    "kill broker after PUBACK": 2,
    "restart broker": 2,
    "reload daemon": 4,
    "stop daemon": 2,
    "stop watch": 2,
    "stop air": 1,
    "stop broker": 2,
    "cut broker": 3,
    "cut subscriber": 3,
    "cut daemon's radio": 2,
    "cut watch's radio": 2,
    "hold up broker": 1,
    "full disk": 1,
}
KILLS = frozenset(name for name in FAULTS if name.startswith("kill "))

# Six times in ten the next one comes while the last one burns; else there is time for a few holds.
STORM, STORM_S, CALM_S = 0.6, (0.1, 2.0), (2.5, 7.0)
DOWN_S = (0.0, 2.5)
FROZEN_S = (0.5, 6.0)
CUT_S = (0.2, 4.0)
# Some events come in that time.
UNDELIVERED_S = (1.0, 4.0)
# Longer than the daemon waits for a broker's answer (10 s).
HELD_UP_S = (5.0, 12.0)
FULL_S = (10.0, 20.0)
# A session goes on meanwhile, and may end.
RELOADED_S = (0.1, 3.0)
# What a person makes of the configuration: other settings, a typo, a file that is cut off.
RECONFIGURED: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("rounds = 1", "rounds = 2"),
    lambda text: f'{text}\n[reminder]\ntimes = ["03:00"]\n',
    lambda text: text.replace("rounds = 1", "ruonds = 1"),
    lambda text: text[:-3],
)
# The disk is filled again as often: what frees itself while it is full is taken too.
REFILL_S = 0.2
# Most kills wait for the watch to write something, and come within this much after it: on its way through
# radio, commit, publication and its marking, a record has most to lose.
AIM, AIM_WAIT_S, AIM_POLL_S, AIM_SPREAD_S = 0.7, 3.0, 0.005, 0.15
# A cut takes effect within the next frames; without any, after this long.
CUT_BYTES, CUT_WAIT_S = 300, 1.0


class Targets(Protocol):
    """Whom it strikes: a `Stage`."""

    broker: Service
    air: Service
    watch: Service
    daemon: Service
    to_broker: Passage
    radio: Passage
    watch_radio: Passage
    to_subscriber: Passage
    disk: Disk

    def pulse(self) -> int:
        """A number that changes when the watch has written something."""

    async def reconfigure(self, change: Callable[[str], str]) -> None:
        """Write the configuration changed so, as it was first, and SIGHUP to a daemon that runs."""


@dataclass(frozen=True, slots=True)
class _Card:
    target: str
    act: Callable[[], Awaitable[None]]


class Fire:
    """`counts`: how often each fault has struck; `broker_lost`: told of each broker that is killed; `hurry`:
    how many times faster than in real life.
    """

    def __init__(
        self,
        targets: Targets,
        random: Random,
        *,
        broker_lost: Callable[[], None],
        hurry: float = 1.0,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._targets = targets
        # Two streams: how long a fault lasts must not move which one comes next.
        self._schedule, self._random = Random(random.random()), Random(random.random())
        self._broker_lost = broker_lost
        self._hurry = hurry
        self._over = asyncio.Event()
        self._busy: set[str] = set()
        self._deck: list[str] = []
        self._cards = self._all_cards()

    async def burn(self, seconds: float) -> None:
        """Strike for that long; when it returns, everything runs and is connected as before."""
        self._over.clear()
        async with asyncio.TaskGroup() as burning:
            try:
                async with asyncio.timeout(seconds):
                    while True:
                        if (name := self._draw()) is not None:
                            burning.create_task(self._strike(name), name=name)
                        await asyncio.sleep(self._schedule.uniform(*self._gap()) / self._hurry)
            except TimeoutError:
                self._over.set()

    def _gap(self) -> tuple[float, float]:
        return STORM_S if self._schedule.random() < STORM else CALM_S

    def _draw(self) -> str | None:
        """The next card whose target is free; None if there is none in the deck."""
        if not self._deck:
            self._deck = [name for name, count in FAULTS.items() for _ in range(count)]
            self._schedule.shuffle(self._deck)
        for place, name in enumerate(self._deck):
            if self._cards[name].target not in self._busy:
                self._busy.add(self._cards[name].target)
                return self._deck.pop(place)
        return None

    async def _strike(self, name: str) -> None:
        card = self._cards[name]
        try:
            await card.act()
            self.counts[name] += 1
        finally:
            self._busy.discard(card.target)

    def _all_cards(self) -> dict[str, _Card]:
        targets = self._targets
        cards = {
            "kill broker after PUBACK": _Card("broker", self._kill_full_broker),
            "restart broker": _Card("broker", self._restart_broker),
            "hold up broker": _Card("way to broker", partial(self._hold_up, targets.to_broker)),
            "cut broker": _Card("way to broker", partial(self._cut, targets.to_broker)),
            "cut subscriber": _Card("way to subscriber", partial(self._cut, targets.to_subscriber)),
            "cut daemon's radio": _Card("radio", partial(self._cut, targets.radio)),
            "cut watch's radio": _Card("watch's radio", partial(self._cut, targets.watch_radio)),
            "full disk": _Card("disk", self._full_disk),
            "reload daemon": _Card("daemon", self._reload),
        }
        for service in (targets.broker, targets.air, targets.watch, targets.daemon):
            cards[f"kill {service.name}"] = _Card(service.name, partial(self._kill, service))
            cards[f"stop {service.name}"] = _Card(service.name, partial(self._stop, service))
        return cards

    async def _kill(self, service: Service) -> None:
        if self._random.random() < AIM:
            before = self._targets.pulse()
            for _ in range(int(AIM_WAIT_S / AIM_POLL_S)):
                if self._over.is_set() or self._targets.pulse() != before:
                    break
                await self._pause(AIM_POLL_S)
            await self._pause(self._random.uniform(0, AIM_SPREAD_S))
        if service is self._targets.broker:
            self._broker_lost()
        await service.kill()
        await self._pause(self._random.uniform(*DOWN_S))
        await service.start()

    async def _kill_full_broker(self) -> None:
        """What the broker has taken, and has not been able to pass on, dies with it."""
        way = self._targets.to_subscriber
        way.cut()
        await self._pause(self._random.uniform(*UNDELIVERED_S))
        await self._kill(self._targets.broker)
        way.mend()

    async def _restart_broker(self) -> None:
        """An orderly end: what the broker has acknowledged must be there again."""
        if await self._targets.broker.stop() is None:
            self._broker_lost()
        await self._pause(self._random.uniform(*DOWN_S))
        await self._targets.broker.start()

    async def _reload(self) -> None:
        """Some other configurations, one after the other, and then the first one again."""
        targets = self._targets
        for change in self._random.sample(RECONFIGURED, 2):
            await targets.reconfigure(change)
            await self._pause(self._random.uniform(*RELOADED_S))
        await targets.reconfigure(str)

    async def _stop(self, service: Service) -> None:
        service.freeze()
        await self._pause(self._random.uniform(*FROZEN_S))
        service.thaw()

    async def _cut(self, way: Passage) -> None:
        way.cut(after_bytes=self._random.randrange(CUT_BYTES))
        await self._pause(CUT_WAIT_S, way.cut_off)
        way.cut()
        await self._pause(self._random.uniform(*CUT_S))
        way.mend()

    async def _hold_up(self, way: Passage) -> None:
        way.hold_up()
        await self._pause(self._random.uniform(*HELD_UP_S))
        way.let_flow()

    async def _full_disk(self) -> None:
        disk, daemon = self._targets.disk, self._targets.daemon
        for _ in range(int(self._random.uniform(*FULL_S) / REFILL_S)):
            await asyncio.to_thread(disk.fill, daemon.pid)
            await self._pause(REFILL_S)
            if self._over.is_set():
                break
        await asyncio.to_thread(disk.free, daemon.pid)

    async def _pause(self, seconds: float, sooner: asyncio.Event | None = None) -> None:
        """So long, or until `sooner`, or until all is over."""
        waited = {asyncio.create_task(event.wait()) for event in (self._over, sooner) if event is not None}
        await asyncio.wait(waited, timeout=seconds / self._hurry, return_when=asyncio.FIRST_COMPLETED)
        for task in waited:
            task.cancel()
