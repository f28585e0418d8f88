"""Holds and sessions on their way out: what `wearsync export` writes.

Rule: one flat row for each, everything that is known of it, pain too: it is the owner's own. Nothing is
gathered in memory.
"""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from wearsync.control.calls import ExportParams
from wearsync.errors import UsageError
from wearsync.model import (
    Border,
    HoldResult,
    HoldSource,
    Outcome,
    SessionEnd,
    SessionResult,
    SessionSource,
    Side,
    Variant,
)
from wearsync.ports import Entry, Journal, StoredHold, StoredSession
from wearsync.publish.payloads import Instant

# Some 500 bytes each: well below what a line of the socket may have.
ROWS_A_PART = 200


class ExportedEntry(Border):
    """What both have. `at`: the start, in UTC; `local_date`, `local_time`: as the wearer's clock showed it;
    `clock_error_ms`: what the clock may have been wrong by; `replayed`: learnt late.
    """

    kind: Literal["hold", "session"]
    id: str
    wearer: str
    local_date: date
    local_time: str
    at: Instant
    utc_offset_min: int
    clock_error_ms: int
    replayed: bool
    session: int


class ExportedHold(ExportedEntry):
    """A hold as it stands. `void`: it was none, and is credited nothing; `amended_at`: when it was corrected
    last, None: never; `recorded_side`, `recorded_s`: what was credited before.
    """

    kind: Literal["hold"] = "hold"
    step: int
    side: Side
    variant: Variant
    round: int
    planned_s: int
    measured_s: float | None
    credited_s: float
    outcome: Outcome
    source: HoldSource
    void: bool
    amended_at: Instant | None
    recorded_side: Side
    recorded_s: float


class ExportedSession(ExportedEntry):
    """A session. Seconds a side as credited then."""

    kind: Literal["session"] = "session"
    end: SessionEnd
    source: SessionSource
    variant: Variant
    holds: int
    left_s: float
    right_s: float
    full: bool
    finished_at: Instant


Exported = Annotated[ExportedHold | ExportedSession, Field(discriminator="kind")]


class ExportPart(Border):
    """Some rows, by wearer and in order of their start."""

    rows: tuple[Exported, ...]


async def export(journal: Journal, call: ExportParams) -> AsyncIterator[ExportPart]:
    """All that the call wants, as it stood at one moment. Raises `UsageError` for a wearer without anything
    here, `StorageError`.
    """
    if call.wearer is not None and call.wearer not in await journal.wearers():
        raise UsageError(f"{call.wearer!r} has no holds and no sessions here")
    since, until = call.since or date.min, call.until or date.max
    async for page in journal.entries(call.wearer, since, until):
        for first in range(0, len(page), ROWS_A_PART):
            yield ExportPart(rows=tuple(map(exported, page[first : first + ROWS_A_PART])))


def exported(entry: Entry) -> ExportedHold | ExportedSession:
    """As a row."""
    match entry:
        case StoredHold():
            return _hold(entry)
        case StoredSession():
            return _session(entry)


def _hold(entry: StoredHold) -> ExportedHold:
    recorded, stands = entry.recorded, entry.stands
    return ExportedHold(
        **_entry(recorded, entry.wearer).model_dump(exclude={"kind"}),
        step=recorded.step,
        side=stands.side,
        variant=recorded.variant,
        round=recorded.round,
        planned_s=recorded.planned_s,
        measured_s=recorded.measured_s,
        credited_s=0.0 if entry.void else stands.credited_s,
        outcome=stands.outcome,
        source=recorded.source,
        void=entry.void,
        amended_at=None if entry.amended_at is None else entry.amended_at.utc,
        recorded_side=recorded.side,
        recorded_s=recorded.credited_s,
    )


def _session(entry: StoredSession) -> ExportedSession:
    session = entry.session
    return ExportedSession(
        **_entry(session, entry.wearer).model_dump(exclude={"kind"}),
        end=session.end,
        source=session.source,
        variant=session.variant,
        holds=session.holds,
        left_s=session.left_s,
        right_s=session.right_s,
        full=session.full,
        finished_at=session.finished.utc,
    )


def _entry(result: HoldResult | SessionResult, wearer: str) -> ExportedEntry:
    started = result.started
    local = started.utc + timedelta(minutes=started.utc_offset_min)
    return ExportedEntry(
        kind="hold",
        id=result.event_id,
        wearer=wearer,
        local_date=started.local_date,
        local_time=local.strftime("%H:%M:%S"),
        at=started.utc,
        utc_offset_min=started.utc_offset_min,
        clock_error_ms=started.error_ms,
        replayed=result.replayed,
        session=result.session,
    )
