"""The patterns of section 6, as the motor runs them."""

from collections import deque

import pytest

from wearsync_simulators.watches.motor import Motor
from wearsync_simulators.watches.view import Pulse
from wearsync_simulators.watches.words import Pattern

PATTERNS = {
    Pattern.READY: [(0, 400)],
    Pattern.REMINDER: [(0, 400)],
    Pattern.NUDGE: [(0, 400)],
    Pattern.START: [(0, 150), (300, 450)],
    Pattern.FORM: [(0, 150)],
    Pattern.HALFWAY: [(0, 150)],
    Pattern.LAST_THREE: [(0, 100), (1000, 1100), (2000, 2100)],
    Pattern.DONE: [(0, 400)],
    Pattern.SWITCH: [(0, 400), (550, 950)],
    Pattern.SESSION_DONE: [(0, 400), (550, 950), (1100, 1500)],
    Pattern.PROBLEM: [(250 * n, 250 * n + 100) for n in range(5)],
}


@pytest.fixture
def log() -> deque[Pulse]:
    return deque()


@pytest.mark.parametrize("pattern", Pattern)
def test_patterns(pattern: Pattern, log: deque[Pulse]) -> None:
    motor = Motor(instant_s=lambda tick: 50 + tick / 1000, log=log)
    motor_ms = motor.play(pattern, 1000, 7)
    edges = []
    while (due := motor.due) is not None:
        motor.advance(due)
        edges.append((due, motor.on))
    pulses = [(pulse.at_tick - 1000, round((pulse.off_s - 51) * 1000)) for pulse in log]
    assert pulses == PATTERNS[pattern]
    assert motor_ms == sum(off - on for on, off in PATTERNS[pattern])
    assert edges[-1] == (1000 + PATTERNS[pattern][-1][1], False)
    assert motor.free_at == edges[-1][0] + 150
    assert {(pulse.pattern, pulse.cue_id) for pulse in log} == {(pattern, 7)}


def test_the_power_cuts_a_pulse_short(log: deque[Pulse]) -> None:
    motor = Motor(instant_s=float, log=log)
    motor.play(Pattern.SWITCH, 0, None)
    assert motor.on
    motor.cut(120)
    assert not motor.on
    assert motor.due is None
    assert [(pulse.on_s, pulse.off_s) for pulse in log] == [(0, 120)]


def test_two_patterns_at_once_are_a_fault(log: deque[Pulse]) -> None:
    motor = Motor(instant_s=float, log=log)
    motor.play(Pattern.NUDGE, 0, None)
    with pytest.raises(AssertionError, match="overlap"):
        motor.play(Pattern.NUDGE, 549, None)
    motor.advance(549)
    motor.play(Pattern.NUDGE, 550, None)
