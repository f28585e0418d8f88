"""A deadline in host time, over busy loops and machines that sleep."""

import asyncio
from datetime import UTC

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.alarm import LOOK_EVERY_MS, SLEPT_MS, Alarm
from wearsync.daemon.clock import HostClock


class Desk:
    """An alarm on a machine that can sleep."""

    def __init__(self) -> None:
        loop_time = asyncio.get_running_loop().time
        self.asleep_s = 0.0
        self.clock = HostClock(
            loop_time=lambda: loop_time() + self.asleep_s, wall=lambda: loop_time() + 1.7e9, zone=UTC
        )
        self.told: list[tuple[str, int]] = []
        self.alarm = Alarm(clock=self.clock, due=lambda: self.note("due"), slept=lambda: self.note("slept"))
        self.began_ms = self.clock.now().host_ms

    def note(self, what: str) -> None:
        self.told.append((what, self.clock.now().host_ms - self.began_ms))

    def set(self, after_ms: int) -> None:
        self.alarm.set(self.clock.now().host_ms + after_ms)


@in_virtual_time
async def test_it_is_told_once_and_in_time_however_far_it_is() -> None:
    for after_ms in (0, 700, LOOK_EVERY_MS, 3 * LOOK_EVERY_MS + 5):
        desk = Desk()
        desk.set(after_ms)
        await asyncio.sleep(100)
        assert desk.told == [("due", after_ms)]


@in_virtual_time
async def test_another_deadline_takes_the_place_of_the_one_before() -> None:
    desk = Desk()
    desk.set(5_000)
    desk.set(60_000)
    await asyncio.sleep(30)
    assert desk.told == []
    desk.alarm.set(None)
    await asyncio.sleep(100)
    assert desk.told == []


@in_virtual_time
async def test_a_deadline_that_is_over_is_told_at_once() -> None:
    desk = Desk()
    desk.set(-3_600_000)
    await asyncio.sleep(1)
    assert desk.told == [("due", 0)]


@in_virtual_time
async def test_a_machine_that_slept_is_found_out_within_seconds_and_the_deadline_is_not_told() -> None:
    desk = Desk()
    desk.set(3_600_000)
    await asyncio.sleep(4)
    desk.asleep_s = 9 * 3600
    await asyncio.sleep(100)
    assert desk.told == [("slept", 9 * 3600_000 + LOOK_EVERY_MS)]


@in_virtual_time
async def test_a_sleep_is_found_out_too_when_the_deadline_is_set_anew_first() -> None:
    desk = Desk()
    desk.set(60_000)
    await asyncio.sleep(4)
    desk.asleep_s = 9 * 3600
    desk.set(-5_000)
    await asyncio.sleep(30)
    assert desk.told == [("slept", 9 * 3600_000 + 4_000)]
    desk.set(1_000)
    await asyncio.sleep(30)
    assert [what for what, _ in desk.told] == ["slept", "due"]


@in_virtual_time
async def test_a_loop_that_was_busy_for_a_moment_is_no_sleep() -> None:
    desk = Desk()
    desk.set(3_000)
    desk.asleep_s = SLEPT_MS / 1000
    await asyncio.sleep(10)
    assert desk.told == [("due", 3_000 + SLEPT_MS)]
