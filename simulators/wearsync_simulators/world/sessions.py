"""I2: a session's result, held against the records that it rests on: when it began and ended, how, and what
was held in it.

Rule: counted from the records and the holds' results, by the rules of docs/ in words of their own; what the
host ended by itself is held against what it had heard by then.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeGuard

from pydantic import JsonValue

from wearsync_simulators.watches.records import (
    Body,
    Booted,
    HoldStarted,
    IntentTold,
    SessionTold,
    read_record,
)
from wearsync_simulators.watches.words import Intent, SessionSource, SessionWhat
from wearsync_simulators.world.books import Books, EventRow, HoldRow, RecordRow, SessionRow
from wearsync_simulators.world.evidence import LIVE_MAX_MS, Violation

__all__ = ["sessions_counted"]

# A hold that counts is half a minute long; half a second is rounding.
_COUNTS_S = 29.5
# Sums of floats in another order.
_ROUNDING_S = 1e-6


# Watch and session; None is of all records that belong to no session.
_Key = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class _Told:
    """A record, read."""

    row: RecordRow
    body: Body


def sessions_counted(books: Books, *, steps: int) -> Iterator[Violation]:
    """Each end of a session on the host has one result, no session has two, and each says what its records
    say. `steps`: of the routine.
    """
    told = [_Told(row, read_record(row.raw).body) for row in books.records]
    by_id = {f"{_id(one.row)}:session": one for one in told}
    events = {event.event_id: event for event in books.events}
    places = {event.event_id: place for place, event in enumerate(books.events)}
    of_session: dict[_Key, tuple[list[_Told], list[HoldRow]]] = defaultdict(lambda: ([], []))
    for one in told:
        of_session[one.row.watch_id, getattr(one.body, "session", None)][0].append(one)
    for hold in books.holds:
        of_session[hold.watch_id, hold.session][1].append(hold)
    results = Counter((result.watch_id, result.session) for result in books.sessions)
    for result in books.sessions:
        records, ended = of_session[result.watch_id, result.session]
        holds = [hold for hold in ended if not _closed_later(hold, result, places)]
        differs = [
            *_differs(result, by_id.get(result.event_id), records, holds, steps),
            *_told_otherwise(result, events.get(result.event_id)),
        ]
        if differs:
            name = f"session {result.session} of {result.watch_id[:8]}"
            yield Violation("I2", f"{name} is not as its records say: {', '.join(differs)}")
    for (watch_id, session), count in results.items():
        if count > 1:
            yield Violation("I2", f"session {session} of {watch_id[:8]} has {count} results")
    for one in told:
        if _is_end(one.body) and (one.row.watch_id, one.body.session) not in results:
            name = f"session {one.body.session} of {one.row.watch_id[:8]}"
            yield Violation("I2", f"{name} has ended without a result")


def _differs(
    result: SessionRow, rests_on: _Told | None, told: Sequence[_Told], holds: Sequence[HoldRow], steps: int
) -> Iterator[str]:
    """What of a result is not as its session's records, `told`, and holds say."""
    if rests_on is None:
        if not result.event_id.startswith("host:"):
            yield "it rests on no record"
        known: list[_Told] = []
    else:
        known = [one for one in told if _precedes(one.row, rests_on.row)]
        yield from _ended_otherwise(result, rests_on)
    if _ended_before_it_began(result):
        yield "it ended before it began"
    began = [one for one in known if _begins(one.body)]
    if began:
        yield from _began_otherwise(result, began)
    counted = [hold for hold in holds if began and rests_on and _within(hold, began[0].row, rests_on.row)]
    yield from _counted_otherwise(result, counted, steps)


def _ended_otherwise(result: SessionRow, rests_on: _Told) -> Iterator[str]:
    body, at = rests_on.body, rests_on.row
    finished = result.finished_host_ms, result.finished_unix_ms
    by_watch = _is_end(body) or isinstance(body, Booted)
    if by_watch and at.host_ms is not None and finished != (at.host_ms, at.unix_ms):
        yield "its end's time"
    if _is_end(body):
        word = body.what.name.lower()
        # What the host gives up, it tells the watch to end.
        if result.ended != word and (result.ended, word) != ("abandoned", "ended"):
            yield f"its end {result.ended}"


def _began_otherwise(result: SessionRow, began: Sequence[_Told]) -> Iterator[str]:
    first = began[0]
    # A yes to a question that a restored host does not remember begins nothing: the next record does.
    forgotten = isinstance(first.body, IntentTold) and first.body.intent is Intent.YES
    times = [(one.row.host_ms, one.row.unix_ms) for one in began[: 1 + forgotten]]
    if (result.host_ms, result.unix_ms) not in times and times[0][0] is not None:
        yield "its start's time"
    if result.source != _source(first.body):
        yield f"its source {result.source}"


def _counted_otherwise(result: SessionRow, counted: Sequence[HoldRow], steps: int) -> Iterator[str]:
    if result.holds != len(counted):
        yield f"{result.holds} holds of {len(counted)}"
    for side, told_s in (("left", result.left_s), ("right", result.right_s)):
        held_s = sum(hold.credited_s for hold in counted if hold.side == side)
        if abs(told_s - held_s) > _ROUNDING_S:
            yield f"{told_s:g} s {side} of {held_s:g}"
    done = {hold.step for hold in counted if hold.credited_s >= _COUNTS_S}
    if bool(result.full) != (done >= set(range(steps))):
        yield "full" if result.full else "not full"


def _told_otherwise(result: SessionRow, event: EventRow | None) -> Iterator[str]:
    """What dashboards were told; of an event that was pruned, nothing."""
    if event is None or not event.payload:
        return
    payload: Mapping[str, JsonValue] = json.loads(event.payload)
    told = tuple(payload[key] for key in ("end", "source", "holds", "left_s", "right_s", "local_date"))
    stored = result.ended, result.source, result.holds, result.left_s, result.right_s, result.local_date
    times = _unix_ms(payload["at"]), _unix_ms(payload["finished_at"])
    if (told, payload["full"], times) != (
        stored,
        bool(result.full),
        (result.unix_ms, result.finished_unix_ms),
    ):
        yield "it is told otherwise than it is stored"
    if not result.replayed and event.host_ms - result.finished_host_ms > LIVE_MAX_MS:
        yield "it was learnt late, and is not told so"


def _ended_before_it_began(result: SessionRow) -> bool:
    """By both times: a host that does not know for how long it was off shortens the one, and a clock that
    was stepped twists the other.
    """
    lasted_ms = max(result.finished_host_ms - result.host_ms, result.finished_unix_ms - result.unix_ms)
    return lasted_ms < -(result.error_ms + result.finished_error_ms)


def _is_end(body: Body) -> TypeGuard[SessionTold]:
    return isinstance(body, SessionTold) and body.what is not SessionWhat.STARTED


def _begins(body: Body) -> bool:
    """Whether a session that was not known opens with it; the stop of a hold is too little."""
    match body:
        case IntentTold(intent):
            return intent in (Intent.START, Intent.YES)
        case SessionTold() | HoldStarted():
            return True
        case _:
            return False


def _source(body: Body) -> str:
    match body:
        case IntentTold(intent) if intent is Intent.YES:
            return "host"
        case SessionTold(source=source) if source is SessionSource.HOST:
            return "host"
        case _:
            return "watch"


def _id(row: RecordRow) -> str:
    return f"{row.watch_id}:{row.journal}:{row.seq}"


def _precedes(row: RecordRow, last: RecordRow) -> bool:
    return row.journal == last.journal and row.seq <= last.seq


def _closed_later(hold: HoldRow, result: SessionRow, places: Mapping[str, int]) -> bool:
    """Whether a hold that was still open when the host ended the session has then got no stop at all: it
    rests on its start, and nobody counted it.
    """
    stopless = hold.outcome == "incomplete" and hold.measured_s is None
    return stopless and places.get(hold.event_id, -1) > places.get(result.event_id, len(places))


def _within(hold: HoldRow, first: RecordRow, last: RecordRow) -> bool:
    """Whether the record that a hold rests on is one of these."""
    _, journal, seq, _ = hold.event_id.split(":")
    return journal == last.journal and first.seq <= int(seq) <= last.seq


def _unix_ms(told: JsonValue) -> int:
    return round(datetime.fromisoformat(str(told)).timestamp() * 1000)
