"""The stored routine, step by step, for a watch that runs it alone (docs/hold-profile.md, section 7).

Rule: pure reckoning; when a step comes is decided in `holds`.
"""

from wearsync_simulators.watches.frames import Routine, Step
from wearsync_simulators.watches.words import Pattern, Phase, Side, Variant

__all__ = ["hold_plan", "last_step", "step_of"]

_LAST_THREE_MS = 3000


def last_step(routine: Routine) -> int:
    """The last step: two a round, counted from 0."""
    return 2 * routine.rounds - 1


def step_of(routine: Routine, *, session: int, step: int) -> Step:
    """The gap before `step`, without its time: "even steps are of the first side"."""
    side = routine.first_side if step % 2 == 0 else Side(1 - routine.first_side)
    return Step(
        session=session,
        step=step,
        phase=Phase.GAP,
        side=side,
        variant=routine.variant,
        round=step // 2 + 1,
        starts_at=0,
        planned_s=routine.left_s if side is Side.LEFT else routine.right_s,
        start=routine.start,
        text=_prompt(routine.variant, side),
    )


def hold_plan(cue_plan: int, planned_ms: int) -> list[tuple[Pattern, int]]:
    """The patterns that the watch plays by itself in a hold, and when, in ms after its start."""
    plan = [
        (Pattern.START, 0),
        (Pattern.FORM, planned_ms // 3),
        (Pattern.HALFWAY, planned_ms // 2),
        (Pattern.LAST_THREE, planned_ms - _LAST_THREE_MS),
        (Pattern.DONE, planned_ms),
    ]
    return [(pattern, at) for pattern, at in plan if at >= 0 and cue_plan >> pattern & 1]


def _prompt(variant: Variant, side: Side) -> str:
    match variant:
        case Variant.KNEELING:
            return f"{side.name} knee down on the pillow"
        case Variant.STANDING:
            return f"{side.name} foot back, hold something firm"
