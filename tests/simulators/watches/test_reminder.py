"""The watch's own reminder, rule by rule of section 7, rule 12: once a day, and only where no host asks."""

import struct

import pytest

from tests.simulators.watches.bench import STARTED_S, Bench
from tests.simulators.watches.paper_host import CLOCK, PING
from wearsync_simulators.watches.view import Press
from wearsync_simulators.watches.words import Pattern

HOUR_S = 3600
MIDNIGHT_US = 1_780_272_000 * 1_000_000  # 2026-06-01, UTC


def tell_time(bench: Bench, hour: float, offset_min: int = 0) -> None:
    unix_us = MIDNIGHT_US + int((hour * HOUR_S - offset_min * 60) * 1_000_000)
    bench.say(CLOCK, struct.pack("<qh", unix_us, offset_min))


def left_alone(hour: float = 6.0, *, reminder_min: int = 450, offset_min: int = 0, hold_s: int = 30) -> Bench:
    """A watch that was told the local time and the minute, and whose host has left."""
    bench = Bench()
    bench.connect()
    tell_time(bench, hour, offset_min)
    bench.routine(reminder_min=reminder_min, hold_s=hold_s)
    bench.disconnect()
    return bench


def felt(bench: Bench) -> int:
    return sum(pulse.pattern is Pattern.REMINDER for pulse in bench.pulses)


@pytest.mark.parametrize("offset_min", [0, 120, -210])
def test_it_comes_three_minutes_after_the_local_minute_on_each_day(offset_min: int) -> None:
    bench = left_alone(offset_min=offset_min)
    bench.wait(1.5 * HOUR_S + 179)
    assert felt(bench) == 0
    bench.wait(2)
    assert felt(bench) == 1
    bench.wait(3 * 24 * HOUR_S)
    assert felt(bench) == 4


def test_none_is_stored_or_the_time_is_not_known() -> None:
    assert left_alone(reminder_min=0xFFFF).watch.due_s() is not None
    bench = left_alone(reminder_min=0xFFFF)
    bench.wait(24 * HOUR_S)
    assert felt(bench) == 0
    bench = Bench()
    bench.connect()
    bench.routine(reminder_min=450)
    bench.disconnect()
    bench.wait(24 * HOUR_S)
    assert felt(bench) == 0


def test_a_minute_before_midnight_is_of_the_day_before() -> None:
    bench = left_alone(23.0, reminder_min=24 * 60 - 1)
    bench.wait(1.2 * HOUR_S)
    assert felt(bench) == 1
    bench.wait(24 * HOUR_S)
    assert felt(bench) == 2


def test_a_host_that_is_there_or_came_for_it_does_the_asking() -> None:
    bench = left_alone()
    bench.wait(1.5 * HOUR_S + 60)
    bench.connect()
    bench.wait(30)
    bench.disconnect()
    bench.wait(HOUR_S)
    assert felt(bench) == 0
    bench.connect()
    for _ in range(30):
        bench.wait(HOUR_S)
        bench.say(PING, bytes(4))
    assert felt(bench) == 0


def test_a_host_that_left_before_it_does_not_ask() -> None:
    bench = left_alone(7.49)
    bench.wait(HOUR_S)
    assert felt(bench) == 1


def test_who_does_not_wear_it_is_not_reminded() -> None:
    bench = left_alone()
    bench.watch.wear(STARTED_S + bench.now, worn=False)
    bench.wait(2 * HOUR_S)
    assert felt(bench) == 0


def test_who_has_done_a_session_on_that_day_is_not_reminded() -> None:
    bench = left_alone(hold_s=1)
    bench.press(Press.START)
    bench.wait(600)
    bench.wait(2 * HOUR_S)
    assert felt(bench) == 0
    bench.wait(24 * HOUR_S)
    assert felt(bench) == 1


def test_who_is_in_a_session_is_not_reminded() -> None:
    bench = left_alone(7.5 + 2.9 / 60)
    bench.press(Press.START)
    bench.wait(10)
    assert felt(bench) == 0


def test_a_minute_that_is_past_when_it_is_told_comes_tomorrow() -> None:
    bench = left_alone(10.0)
    bench.wait(HOUR_S)
    assert felt(bench) == 0
    bench.wait(24 * HOUR_S)
    assert felt(bench) == 1
