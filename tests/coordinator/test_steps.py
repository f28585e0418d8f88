"""Sides, rounds and words of a session's steps."""

import pytest

from tests.coordinator.story import START
from wearsync.coordinator.state import OpenSession
from wearsync.coordinator.steps import is_full, last_step, prompt, round_of, shown, side_of
from wearsync.messages import ShowStep
from wearsync.model import Phase, Routine, SessionSource, Side, StartMode, Variant

ROUTINE = Routine(rounds=2, left_s=40, right_s=50, first_side=Side.RIGHT, variant=Variant.STANDING)
SESSION = OpenSession(5, SessionSource.HOST, ROUTINE, START, extras=(Side.LEFT, Side.LEFT))


def test_steps_go_in_turns_then_come_the_extra_ones() -> None:
    assert last_step(SESSION) == 5
    sides = [side_of(SESSION, step).value for step in range(8)]
    assert sides == ["right", "left", "right", "left", "left", "left", "right", "left"]
    assert [round_of(step) for step in range(5)] == [1, 1, 2, 2, 3]


def test_a_session_is_full_with_every_step_of_the_routine() -> None:
    counted = {(): False, (0, 1, 2): False, (3, 1, 2, 0): True, (0, 1, 2, 3, 4): True}
    for steps, full in counted.items():
        session = OpenSession(5, SessionSource.HOST, ROUTINE, START, counted=steps)
        assert is_full(session) is full


def test_what_is_shown_of_a_gap() -> None:
    assert shown(SESSION, Phase.GAP, 123) == ShowStep(
        session=5,
        step=0,
        phase=Phase.GAP,
        side=Side.RIGHT,
        variant=Variant.STANDING,
        round=1,
        starts_at_ms=123,
        planned_s=50,
        start=StartMode.AUTO,
        text="RIGHT foot back, hold something firm",
    )


@pytest.mark.parametrize(
    ("phase", "text"),
    [
        (Phase.IDLE, ""),
        (Phase.CONFIRM, "Ready? Tap to start"),
        (Phase.HOLD, "RIGHT foot back, hold something firm"),
        (Phase.PAUSED, "Paused. Tap to go on"),
        (Phase.CLOSING, "Session done"),
    ],
)
def test_the_words_of_each_phase(phase: Phase, text: str) -> None:
    assert shown(SESSION, phase, None).text == text


def test_prompts_name_knee_or_foot_and_fit_the_watch() -> None:
    assert prompt(Variant.KNEELING, Side.LEFT) == "LEFT knee down on the pillow"
    assert prompt(Variant.STANDING, Side.LEFT) == "LEFT foot back, hold something firm"
    assert all(len(prompt(variant, side).encode()) <= 40 for variant in Variant for side in Side)
