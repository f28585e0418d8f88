"""A hold as it stands after a correction by hand.

Rule: what was measured stays; only what the wearer says replaces what is counted.
"""

from dataclasses import replace

from wearsync.coordinator.measure import hold_counts
from wearsync.model import HoldResult, Outcome, Side

# What the wearer felt is not corrected away.
_FELT = (Outcome.PAIN, Outcome.TOO_MUCH)


def as_amended(hold: HoldResult, *, side: Side | None, credited_s: float | None) -> HoldResult:
    """The hold with that side and those credited seconds; None: as they were. Other seconds make it done or
    short.
    """
    seconds = hold.credited_s if credited_s is None else credited_s
    outcome = hold.outcome
    if seconds != hold.credited_s and outcome not in _FELT:
        outcome = Outcome.DONE if hold_counts(seconds) else Outcome.SHORT
    return replace(hold, side=side or hold.side, credited_s=seconds, outcome=outcome)
