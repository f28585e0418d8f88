"""Tests that live through minutes in milliseconds: an event loop whose clock jumps to its next timer.

Rule: for what has no socket (core, body, the air of one process). Nothing waits, so nothing depends on luck.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine

# Far above what a test lives through; one that waits for what never comes ends here instead of running for
# ever.
LIFE_S = 3 * 3600.0


class _Jump(selectors.DefaultSelector):
    """A selector that never waits: it tells the clock how far to jump."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; if nothing is, the time goes on to the next timer."""
        ready = super().select(0)
        if not ready and timeout is None:
            return super().select(None)
        if not ready and timeout is not None:
            self.now_s += max(0.0, timeout)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """The loop on that clock."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Virtual seconds."""
        return self._jump.now_s


def in_virtual_time(test: Callable[..., Coroutine[object, object, None]]) -> Callable[..., None]:
    """Run this test function on a jumping loop."""

    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        async def life() -> None:
            async with asyncio.timeout(LIFE_S):
                await test(*args, **kwargs)

        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(life())

    return run
