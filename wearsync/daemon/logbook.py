"""A hold that was done without a watch, written down by hand; pure.

Rule: it has no record, so its id is random; it is committed with its outbox row like every other fact.
"""

from wearsync.model import (
    COUNTED_HOLD_S,
    CREDITED_HOLD_MAX_S,
    HoldResult,
    HoldSource,
    Outcome,
    Side,
    Stamp,
    Variant,
)
from wearsync.ports import Commit, OutboxRow
from wearsync.publish import payloads
from wearsync.publish.topics import holds_of

# The rows of no watch: the journal wants a name for every row's origin.
NO_WATCH = "host"


def logged_hold(side: Side, seconds: int, variant: Variant, *, now: Stamp, entropy: bytes) -> HoldResult:
    """The hold, as done just now. `seconds`: as the wearer says; credited up to 60."""
    outcome = (
        Outcome.SHORT
        if seconds < COUNTED_HOLD_S
        else Outcome.OVER
        if seconds > CREDITED_HOLD_MAX_S
        else Outcome.DONE
    )
    return HoldResult(
        event_id=f"host:{entropy.hex()}",
        session=0,
        step=0,
        side=side,
        variant=variant,
        round=0,
        planned_s=min(seconds, CREDITED_HOLD_MAX_S),
        measured_s=float(seconds),
        credited_s=float(min(seconds, CREDITED_HOLD_MAX_S)),
        outcome=outcome,
        source=HoldSource.LOG,
        started=now,
        replayed=False,
    )


def commit_of(hold: HoldResult, *, wearer: str) -> Commit:
    """The transaction that keeps it and tells the dashboards."""
    row = OutboxRow(
        event_id=hold.event_id,
        topic=holds_of(wearer),
        payload=payloads.hold(hold, wearer=wearer, publish_pain=False),
        host_ms=hold.started.host_ms,
    )
    return Commit(watch_id=NO_WATCH, wearer=wearer, holds=(hold,), outbox=(row,))
