"""A radio that may be missing: opened when it is needed, opened anew when it was lost.

Rule: a missing adapter is a state, not the end of the daemon; each use says `RadioUnavailable` until it is
there.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from wearsync.errors import RadioUnavailable, TryAgain
from wearsync.ports import Link, PairingAgent, Radio, Sighting

# The start does not wait for an adapter that hangs: it is opened when a watch is looked for, too.
FIRST_TRY_S = 2.0
# A watch that is seen and can't be connected to ten times in a row, while nobody else can either: it is not
# the watch. With the back-off that is after some five minutes.
STUCK_CONNECTS_MAX = 10
# So many adapters in a row, the first and those that were opened in its place, were stuck: opening it once
# more will not help.
STUCK_ADAPTERS_MAX = 3
# Who is called off does not wait longer for a Bluetooth stack that hangs: SIGTERM leaves five seconds.
LEAVE_S = 1.0
# Letting an adapter go is a word with the stack, which may be what is stuck.
CLOSE_DEADLINE_S = 1.0

T = TypeVar("T")

log = logging.getLogger(__name__)


class PatientRadio:
    """A `ports.Radio` in front of `open_radio()`, which raises `RadioUnavailable` while there is none.

    `give_up(reason)` is called when the adapter stays stuck, however often it is opened.
    """

    def __init__(
        self,
        open_radio: Callable[[], Awaitable[Radio]],
        *,
        give_up: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self._open_radio = open_radio
        self._give_up = give_up
        self._stuck_adapters = 0
        self._radio: Radio | None = None
        self._opening = asyncio.Lock()
        self._failed_connects = 0
        self._links: list[asyncio.Task[str]] = []

    async def first_try(self) -> str | None:
        """Open it, at the start. Gives the reason why it is not there, None if it is. Raises `UsageError` for
        a wrong spec.
        """
        try:
            async with asyncio.timeout(FIRST_TRY_S):
                await self._opened()
        except RadioUnavailable as error:
            return str(error)
        except TimeoutError:
            return "the Bluetooth adapter does not answer yet"
        return None

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """See `ports.Radio`."""
        radio = await self._opened()
        try:
            return await _leaving_in_time(radio.scan(duration_s, found))
        except RadioUnavailable:
            await self._lost(radio)
            raise

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """See `ports.Radio`."""
        radio = await self._opened()
        try:
            return await _leaving_in_time(radio.find(address, timeout_s))
        except RadioUnavailable:
            await self._lost(radio)
            raise

    async def connect(self, sighting: Sighting) -> Link:
        """See `ports.Radio`. An adapter that connects to nobody any more is opened anew."""
        radio = await self._opened()
        try:
            link = await _leaving_in_time(radio.connect(sighting))
        except RadioUnavailable:
            await self._lost(radio)
            raise
        except TryAgain as error:
            self._failed_connects += 1
            if self._failed_connects >= STUCK_CONNECTS_MAX and not self._links:
                await self._stuck(radio, str(error))
            raise
        self._failed_connects = self._stuck_adapters = 0
        self._keep_in_mind(link)
        return link

    @asynccontextmanager
    async def pairing(self, address: str, agent: PairingAgent) -> AsyncIterator[None]:
        """See `ports.Radio`. A pairing whose adapter is lost has failed: nobody is asked by the next one."""
        async with (await self._opened()).pairing(address, agent):
            yield

    async def is_bonded(self, address: str) -> bool:
        """See `ports.Radio`."""
        return await (await self._opened()).is_bonded(address)

    async def forget(self, address: str) -> None:
        """See `ports.Radio`."""
        await (await self._opened()).forget(address)

    async def close(self) -> None:
        """See `ports.Radio`."""
        radio, self._radio = self._radio, None
        for link in self._links:
            link.cancel()
        if radio is not None:
            await _close(radio)

    async def _opened(self) -> Radio:
        async with self._opening:
            if self._radio is None:
                self._radio = await _leaving_in_time(self._open_radio())
                log.info("radio.ready")
            return self._radio

    async def _stuck(self, radio: Radio, reason: str) -> None:
        self._stuck_adapters += 1
        log.warning("radio.stuck failed=%d reason=%r", self._failed_connects, reason)
        await self._lost(radio)
        if self._stuck_adapters >= STUCK_ADAPTERS_MAX:
            self._give_up(reason)

    async def _lost(self, radio: Radio) -> None:
        self._failed_connects = 0
        async with self._opening:
            if self._radio is radio:
                self._radio = None
                await _close(radio)

    def _keep_in_mind(self, link: Link) -> None:
        """Until it is lost: while there is a link, the adapter is not stuck."""
        lost = asyncio.create_task(link.wait_lost(), name="radio link")
        self._links.append(lost)
        lost.add_done_callback(self._links.remove)


async def _close(radio: Radio) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_DEADLINE_S):
            await _leaving_in_time(radio.close())


async def _leaving_in_time(work: Awaitable[T]) -> T:
    """Await it. When this is cancelled, so is the work; but how long its clean-up takes is its own matter."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({task}, timeout=LEAVE_S)
        raise
