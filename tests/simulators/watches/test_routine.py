"""The stored routine, step by step."""

import pytest

from tests.simulators.watches.paper_host import routine_body
from wearsync_simulators.watches.frames import read_routine
from wearsync_simulators.watches.routine import hold_plan, last_step, step_of
from wearsync_simulators.watches.words import Pattern, Side, Start, Variant

LEFT_FIRST = read_routine(routine_body(rounds=2))
ALL = 0b1111_1111_1110


def test_even_steps_are_of_the_first_side() -> None:
    steps = [step_of(LEFT_FIRST, session=1, step=n) for n in range(last_step(LEFT_FIRST) + 1)]
    assert [(step.side, step.round) for step in steps] == [
        (Side.LEFT, 1),
        (Side.RIGHT, 1),
        (Side.LEFT, 2),
        (Side.RIGHT, 2),
    ]
    assert {(step.start, step.variant) for step in steps} == {(Start.AUTO, Variant.KNEELING)}
    assert max(len(step.text.encode()) for step in steps) <= 40


def test_each_side_has_its_seconds_and_the_first_side_may_be_the_right_one() -> None:
    body = bytearray(routine_body())
    body[6:8] = 40, 50  # left_s, right_s
    body[10] = Side.RIGHT
    first = step_of(read_routine(bytes(body)), session=1, step=0)
    assert (first.side, first.planned_s, first.text) == (Side.RIGHT, 50, "RIGHT knee down on the pillow")


def test_a_standing_wearer_is_told_what_to_do() -> None:
    body = bytearray(routine_body())
    body[4] = Variant.STANDING
    assert step_of(read_routine(bytes(body)), session=1, step=0).text == "LEFT foot back, hold something firm"


@pytest.mark.parametrize(
    ("plan", "planned_ms", "expected"),
    [
        (
            ALL,
            30_000,
            {
                Pattern.START: 0,
                Pattern.FORM: 10_000,
                Pattern.HALFWAY: 15_000,
                Pattern.LAST_THREE: 27_000,
                Pattern.DONE: 30_000,
            },
        ),
        (1 << Pattern.HALFWAY, 31_000, {Pattern.HALFWAY: 15_500}),
        (1 << Pattern.LAST_THREE | 1 << Pattern.DONE, 2_000, {Pattern.DONE: 2_000}),
        (0, 30_000, {}),
    ],
)
def test_the_cue_plan_of_a_hold(plan: int, planned_ms: int, expected: dict[Pattern, int]) -> None:
    assert dict(hold_plan(plan, planned_ms)) == expected
