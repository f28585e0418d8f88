"""What is written down by hand: a hold that was done without a watch, the correction of one; pure.

Rule: there is no record of it, so its id is random; it is committed with its outbox row like every other
fact. Nothing that was stored is rewritten: a correction is one more fact.
"""

from dataclasses import replace

from wearsync.coordinator.amend import as_amended
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
from wearsync.ports import Amendment, Commit, OutboxRow
from wearsync.publish import events
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
        payload=events.hold(hold, wearer=wearer, publish_pain=False),
        host_ms=hold.started.host_ms,
    )
    return Commit(watch_id=NO_WATCH, wearer=wearer, holds=(hold,), outbox=(row,))


def amended(
    hold: HoldResult,
    *,
    wearer: str,
    seconds: int | None,
    side: Side | None,
    void: bool,
    now: Stamp,
    entropy: bytes,
    publish_pain: bool,
) -> tuple[HoldResult, Commit]:
    """The hold as it is from now on, and the transaction that says so. `seconds`: credited up to 60; None: as
    they are, like `side`; `void`: it was no hold, and is credited nothing.
    """
    credited_s = 0.0 if void else None if seconds is None else float(min(seconds, CREDITED_HOLD_MAX_S))
    found = as_amended(hold, side=side, credited_s=credited_s)
    amendment = Amendment(
        event_id=f"host:{entropy.hex()}",
        amends=hold.event_id,
        side=found.side,
        credited_s=found.credited_s,
        void=void,
        at=now,
    )
    event = replace(found, event_id=amendment.event_id, replayed=True)
    row = OutboxRow(
        event_id=amendment.event_id,
        topic=holds_of(wearer),
        payload=events.hold(event, wearer=wearer, publish_pain=publish_pain, amends=hold.event_id, void=void),
        host_ms=now.host_ms,
    )
    return found, Commit(watch_id=NO_WATCH, wearer=wearer, amendments=(amendment,), outbox=(row,))
