"""Tests that live through minutes in milliseconds, on the world's loop: its clock jumps to its next timer.

Rule: for what has no socket (core, body, the air of one process). Nothing waits, so nothing depends on luck.
"""

import asyncio
import functools
from collections.abc import Callable, Coroutine

from wearsync_simulators.world.loop import JumpingLoop

# Far above what a test lives through; one that waits for what never comes ends here instead of running for
# ever.
LIFE_S = 400 * 24 * 3600.0


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
