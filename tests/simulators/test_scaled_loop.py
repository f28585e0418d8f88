"""The scaled loop: time passes `speed` times faster, in proportion."""

import asyncio
import time

from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled, scaled_wall


def test_sleep_is_scaled_and_the_loop_clock_agrees() -> None:
    async def main(loop: ScaledLoop) -> tuple[float, float]:
        loop.set_speed(30)
        wall = scaled_wall(loop)
        began, began_wall = loop.time(), wall()
        await asyncio.sleep(3.0)
        return loop.time() - began, wall() - began_wall

    began = time.monotonic()
    slept_s, wall_s = run_scaled(main)
    took_s = time.monotonic() - began
    assert 3.0 <= slept_s < 30.0
    assert abs(slept_s - wall_s) < 0.5
    assert 0.1 <= took_s < 1.5


def test_order_of_timers_is_kept() -> None:
    async def main(loop: ScaledLoop) -> list[int]:
        loop.set_speed(60)
        seen: list[int] = []

        async def note(number: int, delay_s: float) -> None:
            await asyncio.sleep(delay_s)
            seen.append(number)

        await asyncio.gather(note(3, 6), note(1, 2), note(2, 4))
        return seen

    assert run_scaled(main) == [1, 2, 3]
