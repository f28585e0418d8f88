"""A radio that may be missing: opened when it is needed, opened anew when it was lost.

Rule: a missing adapter is a state, not the end of the daemon; each use says `RadioUnavailable` until it is
there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from wearsync.errors import RadioUnavailable
from wearsync.ports import Link, PairingAgent, Radio, Sighting

log = logging.getLogger(__name__)


class PatientRadio:
    """A `ports.Radio` in front of `open_radio()`, which raises `RadioUnavailable` while there is none."""

    def __init__(self, open_radio: Callable[[], Awaitable[Radio]]) -> None:
        self._open_radio = open_radio
        self._radio: Radio | None = None
        self._opening = asyncio.Lock()
        self._agent: PairingAgent | None = None

    async def first_try(self) -> str | None:
        """Open it, at the start. Gives the reason why it is not there, None if it is. Raises `UsageError` for
        a wrong spec.
        """
        try:
            await self._opened()
        except RadioUnavailable as error:
            return str(error)
        return None

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """See `ports.Radio`."""
        radio = await self._opened()
        try:
            return await radio.scan(duration_s, found)
        except RadioUnavailable:
            await self._lost(radio)
            raise

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """See `ports.Radio`."""
        radio = await self._opened()
        try:
            return await radio.find(address, timeout_s)
        except RadioUnavailable:
            await self._lost(radio)
            raise

    async def connect(self, sighting: Sighting) -> Link:
        """See `ports.Radio`."""
        radio = await self._opened()
        try:
            return await radio.connect(sighting)
        except RadioUnavailable:
            await self._lost(radio)
            raise

    def set_agent(self, agent: PairingAgent | None) -> None:
        """See `ports.Radio`."""
        self._agent = agent
        if self._radio is not None:
            self._radio.set_agent(agent)

    async def forget(self, address: str) -> None:
        """See `ports.Radio`."""
        await (await self._opened()).forget(address)

    async def close(self) -> None:
        """See `ports.Radio`."""
        radio, self._radio = self._radio, None
        if radio is not None:
            await radio.close()

    async def _opened(self) -> Radio:
        async with self._opening:
            if self._radio is None:
                self._radio = await self._open_radio()
                self._radio.set_agent(self._agent)
                log.info("radio.ready")
            return self._radio

    async def _lost(self, radio: Radio) -> None:
        async with self._opening:
            if self._radio is radio:
                self._radio = None
                await radio.close()
