"""What a hold comes to: seconds measured and credited, and what it counts as.

Rule: nothing is left out because it is odd: it is stored as what it came as, `incomplete`, and credited
nothing.
"""

from dataclasses import dataclass
from typing import assert_never

from wearsync.coordinator.state import RunningHold
from wearsync.model import (
    COUNTED_HOLD_S,
    CREDITED_HOLD_MAX_S,
    HoldResult,
    Outcome,
    RecordKey,
    StopReason,
)

# A hold of 30 s may come out as 29.98 by the watch's timer; half a second is nobody's early stop.
ROUNDING_S = 0.5

# The watch ends a hold at its planned time, at most 60 s. What lasts ten minutes is a watch that lost its
# thread.
PLAUSIBLE_HOLD_S = 600


@dataclass(frozen=True, slots=True)
class Measure:
    """Seconds by the watch's clock (None: not known), seconds credited, and the outcome."""

    measured_s: float | None
    credited_s: float
    outcome: Outcome


# A hold whose stop never came.
NOT_MEASURED = Measure(None, 0.0, Outcome.INCOMPLETE)


def measure(reason: StopReason, held_ms: int) -> Measure:
    """What a hold of `held_ms`, stopped for that reason, comes to."""
    held_s = held_ms / 1000
    match reason:
        case StopReason.REBOOT:
            # Its held_ms is 0 and means: not known.
            return NOT_MEASURED
        case StopReason.PAIN:
            outcome = Outcome.PAIN
        case StopReason.TOO_MUCH:
            outcome = Outcome.TOO_MUCH
        case StopReason.PLANNED | StopReason.WEARER | StopReason.PAUSE | StopReason.HOST:
            outcome = _by_seconds(held_s)
        case _:
            assert_never(reason)
    if not 0 < held_s <= PLAUSIBLE_HOLD_S:
        # That it hurt is worth keeping, whatever the clock says.
        return Measure(held_s, 0.0, outcome if outcome is Outcome.PAIN else Outcome.INCOMPLETE)
    return Measure(held_s, min(held_s, float(CREDITED_HOLD_MAX_S)), outcome)


def hold_counts(credited_s: float) -> bool:
    """Whether a hold is long enough for its day to count."""
    return credited_s >= COUNTED_HOLD_S - ROUNDING_S


def result_of(hold: RunningHold, stop: RecordKey | None, found: Measure, *, replayed: bool) -> HoldResult:
    """The result of a hold; without its stop it rests on its start."""
    return HoldResult(
        event_id=(stop or hold.key).event_id("hold"),
        session=hold.session,
        step=hold.step,
        side=hold.side,
        variant=hold.variant,
        round=hold.round,
        planned_s=hold.planned_s,
        measured_s=found.measured_s,
        credited_s=found.credited_s,
        outcome=found.outcome,
        source=hold.source,
        started=hold.started,
        replayed=replayed,
    )


def _by_seconds(held_s: float) -> Outcome:
    if held_s > CREDITED_HOLD_MAX_S + ROUNDING_S:
        return Outcome.OVER
    return Outcome.DONE if hold_counts(held_s) else Outcome.SHORT
