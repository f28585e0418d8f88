"""Steps of a session: which side and round, how long, what the watch shows.

Rule: pure look-ups in an open session. Steps after the routine's last are extra holds.
"""

from wearsync.coordinator.state import OpenSession
from wearsync.messages import ShowStep
from wearsync.model import Phase, Routine, Side, Variant

# What the watch shows; at most 40 bytes of UTF-8 (docs/hold-profile.md).
_PROMPTS = {
    Variant.KNEELING: "{side} knee down on the pillow",
    Variant.STANDING: "{side} foot back, hold something firm",
}
_TEXTS = {
    Phase.IDLE: "",
    Phase.CONFIRM: "Ready? Tap to start",
    Phase.PAUSED: "Paused. Tap to go on",
    Phase.CLOSING: "Session done",
}


def last_step(session: OpenSession) -> int:
    """The number of the last step, extra holds included."""
    return session.routine.steps + len(session.extras) - 1


def side_of(session: OpenSession, step: int) -> Side:
    """The side of any step; beyond the last it goes on in turns."""
    extra = step - session.routine.steps
    return session.extras[extra] if 0 <= extra < len(session.extras) else session.routine.side_of(step)


def round_of(step: int) -> int:
    """The round of a step, from 1."""
    return step // 2 + 1


def is_full(session: OpenSession) -> bool:
    """Whether every step of the routine had a hold that counts."""
    return set(range(session.routine.steps)) <= set(session.counted)


def prompt(variant: Variant, side: Side) -> str:
    """How to get into place: names knee or foot, or sides get swapped."""
    return _PROMPTS[variant].format(side=side.upper())


def shown(session: OpenSession, phase: Phase, starts_at_ms: int | None) -> ShowStep:
    """What the watch is to show of a session in that phase; `starts_at_ms` in host time belongs to a gap."""
    routine = session.routine
    side = side_of(session, session.step)
    return ShowStep(
        session=session.id,
        step=session.step,
        phase=phase,
        side=side,
        variant=routine.variant,
        round=round_of(session.step),
        starts_at_ms=starts_at_ms,
        planned_s=routine.planned_s(side),
        start=routine.start,
        text=text(routine, phase, side),
    )


def text(routine: Routine, phase: Phase, side: Side) -> str:
    """The words for that phase."""
    return _TEXTS[phase] if phase in _TEXTS else prompt(routine.variant, side)
