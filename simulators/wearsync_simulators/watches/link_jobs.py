"""What a radio is to do, one thing after the other.

Rule: one task does the jobs in their order, so frames and a disconnect keep theirs; a job of a link that is
gone is forgotten.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from bumble.core import BaseBumbleError
from bumble.device import Connection

__all__ = ["LinkJobs"]

# A controller answers within milliseconds; one that does not by now is not waited for.
JOB_DEADLINE_S = 1.0

_Job: TypeAlias = Callable[[], Awaitable[None]]


class LinkJobs:
    """The jobs of one open radio. `lost`: done when the radio is gone; `link`: its only one, None without."""

    def __init__(self, name: str, *, lost: asyncio.Future[None]) -> None:
        self.link: Connection | None = None
        self.is_closed = False
        self._lost = lost
        # Bounded by what feeds it: the window of records, one answer for each write of the host's, a hand,
        # and one link's coming and going. None: no job comes after this one.
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._worker = asyncio.create_task(self._work(), name=name)

    def over_link(self, do: Callable[[Connection], Awaitable[None]]) -> None:
        """Do this with the link that there is now, if it is still there then."""
        if self.link is not None:
            self._jobs.put_nowait(partial(self._over, self.link, do))

    def without_link(self, do: _Job) -> None:
        """Do this, unless there is a link then."""
        self._jobs.put_nowait(partial(self._alone, do))

    async def close(self) -> None:
        """Let the job that has begun come to its end; do no other."""
        self.is_closed = True
        self._jobs.put_nowait(None)
        # A job that is cut off leaves an HCI command open, and the next one's answer out of step.
        await asyncio.wait(
            {self._worker, self._lost}, timeout=JOB_DEADLINE_S, return_when=asyncio.FIRST_COMPLETED
        )
        self._worker.cancel()
        await asyncio.wait({self._worker})

    async def _work(self) -> None:
        # Until Python 3.12 a wait_for inside Bumble may swallow the cancellation (python/cpython#86296).
        while not self.is_closed and (job := await self._jobs.get()) is not None:
            try:
                await job()
            except (BaseBumbleError, ConnectionError):
                # The link, or the whole radio, went while it was being used: its own event tells of that.
                continue

    async def _over(self, link: Connection, do: Callable[[Connection], Awaitable[None]]) -> None:
        if link is self.link:
            await do(link)

    async def _alone(self, do: _Job) -> None:
        if self.link is None:
            await do()
