"""What any simulated watch is around its body: who it is, what is seen of it, and a radio that stays open.

Rule: this shell decides nothing; what is inside the body does. Time is the running event loop's `time()`, so
that one scaled loop speeds everything.
"""

import asyncio
import contextlib
import secrets
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Generic, Protocol, TypeVar

from wearsync.errors import RadioUnavailable
from wearsync_simulators.watches.memory import recall
from wearsync_simulators.watches.motor import LOG_PULSES
from wearsync_simulators.watches.view import Press, Pulse, WatchView
from wearsync_simulators.wearer import Wearer

__all__ = ["REBOOT_S", "OnAir", "Radio", "end"]

# A watch is back on the air a moment after a reset.
REBOOT_S = 1.0
# The air may be started again: looked for in the rhythm of a person at a terminal.
RADIO_RETRY_S = 1.0


class Radio(Protocol):
    """An open radio."""

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done when the radio is gone."""

    async def set_in_range(self, in_range: bool) -> None:
        """Leave everybody's range, or come back. Raises RadioUnavailable where that can't be."""

    async def close(self) -> None:
        """Fall silent."""


class Boot(Protocol):
    """A running watch: one boot of it."""

    @property
    def view(self) -> WatchView: ...
    def press(self, press: Press) -> None: ...
    def radio_down(self) -> None: ...


AnyBoot = TypeVar("AnyBoot", bound=Boot)


class OnAir(ABC, Generic[AnyBoot]):
    """The part of `AnyWatch` that every family has, for a body of its own kind.

    A family gives `_antenna_of`, and has a `_body` from power to power cut.
    """

    def __init__(
        self,
        *,
        name: str,
        wearer: Wearer | None,
        seed: int | None,
        state_dir: Path | None,
        on_change: Callable[[WatchView], None] | None,
    ) -> None:
        self.name = name
        self.on_change = on_change
        self.motor_log: deque[Pulse] = deque(maxlen=LOG_PULSES)
        self.view = WatchView(radio=False)
        self._wearer = wearer
        self._state_dir = state_dir
        self._entropy = secrets.token_bytes if seed is None else Random(seed).randbytes
        self._memory = recall(state_dir, self._entropy)
        self._in_range = True
        self._body: AnyBoot | None = None
        self._radio: Radio | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Its random static Bluetooth address."""
        return self._memory.address

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return self._body is not None

    def press(self, press: Press) -> None:
        """A hand on the watch. It must be on."""
        self._running().press(press)

    async def set_in_range(self, in_range: bool) -> None:
        """Carry it out of everybody's range, or back. Raises RadioUnavailable on a real adapter."""
        if self._radio is not None:
            await self._radio.set_in_range(in_range)
        self._in_range = in_range
        self._show()

    @abstractmethod
    async def _antenna_of(self, body: AnyBoot) -> Radio:
        """Open a radio that the body hears and speaks by. Raises RadioUnavailable."""

    async def _open_radio(self) -> None:
        self._radio = radio = await self._antenna_of(self._running())
        if not self._in_range:
            await radio.set_in_range(False)
        self._show()

    async def _close_radio(self) -> None:
        radio, self._radio = self._radio, None
        if radio is not None:
            await radio.close()
        if self._body is not None:
            self._body.radio_down()
        self._show()

    def _keep_radio(self) -> None:
        """From here on a radio that goes away, or is not there yet, is looked for every second."""
        self._keeper = asyncio.create_task(self._look_for_radio(), name=f"radio of {self.name}")

    async def _back_on_air(self) -> None:
        """The processor has been reset."""
        with contextlib.suppress(RadioUnavailable):  # then it will be found later
            await self._open_radio()
        self._keep_radio()

    async def _off_air(self) -> None:
        """No radio from here on."""
        await end(self._keeper)
        await self._close_radio()

    async def _look_for_radio(self) -> None:
        while True:
            if self._radio is not None:
                await asyncio.wait({self._radio.lost})
                await self._close_radio()
            await asyncio.sleep(RADIO_RETRY_S)
            with contextlib.suppress(RadioUnavailable):
                await self._open_radio()

    def _show(self) -> None:
        if self._body is None:
            return
        view = replace(self._body.view, radio=self._radio is not None, in_range=self._in_range)
        if view != self.view:
            self.view = view
            if self.on_change is not None:
                self.on_change(view)

    def _running(self) -> AnyBoot:
        assert self._body is not None, "the watch is off: power_on() first"
        return self._body


async def end(task: asyncio.Task[None] | None) -> None:
    """Cancel it, if there is one, and see it end."""
    if task is not None:
        task.cancel()
        await asyncio.wait({task})
