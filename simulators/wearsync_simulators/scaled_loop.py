"""An event loop whose clock runs faster than the wall's: one scaled clock for the whole demo.

Rule: only `loop.time()` and the waits on it are scaled; sockets are as fast as they are. Whatever lives by
the loop's clock (holds, deadlines,
the watch's own clock, the virtual radio's delays) keeps its proportions.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import TypeVar

Result = TypeVar("Result")


class _ScaledSelector(selectors.DefaultSelector):
    """Waits for a `speed`-th of the time that it is told."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As the selector's, with the time-out in scaled seconds."""
        return super().select(None if timeout is None else timeout / self.speed)


class ScaledLoop(asyncio.SelectorEventLoop):
    """A selector loop on which `speed` seconds pass in each real one; it begins with 1."""

    def __init__(self) -> None:
        self._scaled_selector = _ScaledSelector()
        self._from_scaled_s = self._from_real_s = super().time()
        super().__init__(self._scaled_selector)

    def time(self) -> float:
        """Scaled seconds; the same as the real loop's clock at the start."""
        return self._from_scaled_s + (super().time() - self._from_real_s) * self._scaled_selector.speed

    def set_speed(self, speed: float) -> None:
        """From here on, `speed` (≥ 1) times as fast: what is real (a process that starts) wants 1, what is
        played may be fast.
        """
        self._from_scaled_s, self._from_real_s = self.time(), super().time()
        self._scaled_selector.speed = speed


def scaled_wall(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """A wall clock (Unix seconds) that starts at the present and runs with the loop."""
    began_s, began_loop_s = datetime.now(UTC).timestamp(), loop.time()
    return lambda: began_s + loop.time() - began_loop_s


def run_scaled(main: Callable[[ScaledLoop], Coroutine[object, object, Result]]) -> Result:
    """Run a coroutine function to its end on a scaled loop, which it is given, as `asyncio.run` does on a
    plain one.
    """
    loop = ScaledLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(loop))
