"""What befalls a host from outside: sleep, stops, restarts, a clock that jumps; and who helps it.

Rule: at random times of a stream of its own; nothing here looks into the daemon but as a person can.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress

from wearsync_simulators.world.books import read_books
from wearsync_simulators.world.broker import WorldBroker
from wearsync_simulators.world.host import Host
from wearsync_simulators.world.wrist import DAY_S

__all__ = ["Fate"]


class Fate:
    """Of one host. `note`: for the trace."""

    def __init__(self, host: Host, broker: WorldBroker, *, note: Callable[[str], None]) -> None:
        self._host = host
        self._broker = broker
        self._note = note
        self._draw = host.faults.draw(f"{host.name}.fate")
        host.between_lives = self.learn_the_time

    async def run(self) -> None:
        """Some times a day something happens to the computer."""
        befalls = (
            ("host.restart", self._restart),
            ("host.suspend", self._suspend),
            ("host.stopped", self._stopped),
            ("host.blocked", self._blocked),
            ("host.clock_step", self._clock_step),
        )
        while True:
            await asyncio.sleep(self._draw.uniform(0.0, DAY_S / 3))
            name, befall = self._draw.choice(befalls)
            if self._host.faults.on(name) and self._host.ready is not None:
                self._host.faults.count(name)
                self._note(name)
                await befall()

    async def resync_when_lost(self) -> None:
        """Somebody looks at the dashboard in the evening, misses events, and says `wearsync resync`."""
        while True:
            await asyncio.sleep(DAY_S)
            await self.resync()

    async def resync(self) -> None:
        """That person, now: from the first event on that the broker has lost or refused; nothing if there is
        none, or nobody answers.
        """
        daemon = self._host.ready
        if daemon is None:
            return
        missing = frozenset(self._broker.subscriber.missing)
        before: str | None = None
        with suppress(sqlite3.Error):  # a journal that is damaged just now: another evening
            for event in read_books(self._host.journal_path).events:
                if event.event_id in missing or event.state == "parked":
                    self._host.spawn(daemon.resync(before))
                    return
                before = event.event_id

    async def _restart(self) -> None:
        self._host.restart()

    async def _suspend(self) -> None:
        await self._host.freeze(self._draw.choice((10.0, 60.0, 1800.0, 9 * 3600.0)), asleep=True)

    async def _stopped(self) -> None:
        await self._host.freeze(self._draw.choice((2.0, 20.0, 600.0)), asleep=False)

    async def _blocked(self) -> None:
        await self._host.freeze(3.0, asleep=False)

    async def _clock_step(self) -> None:
        years_s = 10 * 365 * DAY_S
        self._host.clock_error_s += self._draw.choice((-years_s, -3600.0, -5.0, 5.0, 3600.0, years_s))
        await asyncio.sleep(self._draw.choice((30.0, 600.0)))
        self._host.clock_error_s = 0.0

    async def learn_the_time(self) -> None:
        """A computer without a battery for its clock learns the time some minutes after its start."""
        if self._host.clock_error_s:
            delay_s = self._draw.uniform(30.0, 1200.0)
            asyncio.get_running_loop().call_later(delay_s, setattr, self._host, "clock_error_s", 0.0)
