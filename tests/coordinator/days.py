"""A wearer's days, as a journal would have kept them.

Rule: everything at once from all holds and sessions; a journal, which does it bit by bit, is held against it.
"""

from collections.abc import Sequence

from wearsync.coordinator.dose import KeptDay, Ledger, day_dose, keep
from wearsync.model import AwaySpan, HoldResult, SessionResult


def kept(
    holds: Sequence[HoldResult], sessions: Sequence[SessionResult] = (), away: Sequence[AwaySpan] = ()
) -> tuple[KeptDay, ...]:
    """All days with something to tell."""
    full = {session.started.local_date for session in sessions if session.full}
    doses = [
        day_dose(day, [hold for hold in holds if hold.started.local_date == day], full=day in full)
        for day in sorted({hold.started.local_date for hold in holds} | full)
    ]
    return tuple(keep([dose for dose in doses if dose is not None], away=away))


def ledger_of(
    holds: Sequence[HoldResult], sessions: Sequence[SessionResult] = (), away: Sequence[AwaySpan] = ()
) -> Ledger:
    """All of it."""
    return Ledger(
        days=kept(holds, sessions, away),
        away=tuple(away),
        last_session=max(sessions, key=lambda session: session.finished.unix_ms, default=None),
    )
