"""I2: results, held against the watch's own records: each stop one hold, each answer one fate; with the
seconds, the side and the day that the records say. Sessions have a file of their own.

Rule: the records are read with the simulated watch's codec, and counted by the rules of docs/ in words of
their own; that their bytes are the watch's is checked elsewhere (I1, I5).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from pydantic import JsonValue

from wearsync_simulators.watches.records import CueAck, HoldStarted, HoldStopped, read_record
from wearsync_simulators.watches.words import Reason
from wearsync_simulators.world.books import Books, EventRow, HoldRow, RecordRow, SessionRow
from wearsync_simulators.world.evidence import LIVE_MAX_MS, Violation

__all__ = ["cues_settled", "days", "holds_counted"]

# A hold is credited up to a minute; ten minutes are a watch that lost its thread.
_CREDITED_MAX_S, _PLAUSIBLE_MAX_S = 60.0, 600.0
# Half a second is nobody's early stop, nor too long.
_DONE_S, _OVER_S = 29.5, 60.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What any zone can be told of: the years 2 to 9998.
_CALENDAR_MS = (-62_104_060_800_000, 253_370_764_799_999)


@dataclass(frozen=True, slots=True)
class _Held:
    """A stop, and its start if the host has it; the other way round, a start without its stop."""

    start: tuple[RecordRow, HoldStarted] | None
    stop: HoldStopped | None


def holds_counted(books: Books) -> Iterator[Violation]:
    """Each HOLD_STOPPED on the host has one result, with its content; a start without a stop may have one
    that counts nothing; nothing else has any.
    """
    held = {event_id: one for part in _parts(books).values() for event_id, one in _held(part)}
    rows = {row.event_id: row for row in books.holds if row.source != "log"}
    for event_id, one in held.items():
        if one.stop is not None and event_id not in rows:
            yield Violation("I2", f"hold {event_id} has no result")
    events = _payloads(books, "hold")
    learnt_ms = {event.event_id: event.host_ms for event in books.events}
    for event_id, row in rows.items():
        if event_id not in held:
            yield Violation("I2", f"hold {event_id} rests on no record")
            continue
        differs = ", ".join(_hold_differs(row, held[event_id]))
        if differs:
            yield Violation("I2", f"hold {event_id} is not as its records say: {differs}")
        told = events.get(event_id)
        if told is not None and _said(told) != (row.side, row.measured_s, row.credited_s, row.local_date):
            yield Violation("I2", f"hold {event_id} is told otherwise than it is stored")
        ended_ms = row.host_ms + int((row.measured_s or 0.0) * 1000)
        if event_id in learnt_ms and not row.replayed and learnt_ms[event_id] - ended_ms > LIVE_MAX_MS:
            yield Violation("I2", f"hold {event_id} was learnt late, and is not told so")


def cues_settled(books: Books) -> Iterator[Violation]:
    """A cue has one fate by the watch's word, and one unknown fate at most besides; each word has its cue's
    event, if the host has sent that cue and not given it up.
    """
    fates = _payloads(books, "cue")
    known, unknown = Counter[JsonValue](), Counter[JsonValue]()
    for fate in fates.values():
        (unknown if fate["result"] == "unknown" else known)[fate["cue_id"]] += 1
    for cue_id in known | unknown:
        if known[cue_id] > 1 or unknown[cue_id] > 1:
            yield Violation(
                "I2", f"cue {cue_id} has {known[cue_id]} fates, and {unknown[cue_id]} unknown ones"
            )
    sent = {(cue.watch_id, cue.cue_id) for cue in books.cues}
    stored = {event.event_id for event in books.events}
    for row in books.records:
        ack = read_record(row.raw).body
        if not isinstance(ack, CueAck) or (row.watch_id, ack.cue_id) not in sent:
            continue
        event_id, word = f"{row.watch_id}:{row.journal}:{row.seq}:cue", ack.result.name.lower()
        if event_id not in stored and not unknown[ack.cue_id]:
            yield Violation("I2", f"cue {ack.cue_id} was answered, and has no fate")
        if event_id in fates and fates[event_id]["result"] != word:
            yield Violation("I2", f"cue {ack.cue_id}: the watch said {word}")


def days(books: Books, zone: tzinfo) -> Iterator[Violation]:
    """Each result stands on the day that the wearer's calendar showed at its start; each record has the
    offset that held when it happened.
    """
    rows: tuple[HoldRow | SessionRow, ...] = (*books.holds, *books.sessions)
    for row in rows:
        day, offset_min = _calendar(row.unix_ms, zone) or (row.local_date, row.utc_offset_min)
        if (row.local_date, row.utc_offset_min) != (day, offset_min):
            yield Violation(
                "I2", f"{row.event_id} stands on {row.local_date}, {row.utc_offset_min} min: {day}"
            )
    for record in books.records:
        found = None if record.unix_ms is None else _calendar(record.unix_ms, zone)
        if found is not None and record.utc_offset_min != found[1]:
            name = f"record {record.seq} of {record.watch_id[:8]}:{record.journal}"
            yield Violation("I2", f"{name} has the offset {record.utc_offset_min} min: {found[1]}")


def _calendar(unix_ms: int, zone: tzinfo) -> tuple[str, int] | None:
    """The date there at that instant, and its offset in minutes; None: beyond the calendar."""
    if not _CALENDAR_MS[0] <= unix_ms <= _CALENDAR_MS[1]:
        return None
    at = _EPOCH + timedelta(milliseconds=unix_ms)
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return (at + offset).date().isoformat(), offset // timedelta(minutes=1)


def _parts(books: Books) -> Mapping[tuple[str, str], Sequence[RecordRow]]:
    """The records by journal (each local epoch for itself), in order."""
    parts: dict[tuple[str, str], list[RecordRow]] = {}
    for row in books.records:
        parts.setdefault((row.watch_id, row.journal), []).append(row)
    return parts


def _held(part: Iterable[RecordRow]) -> Iterator[tuple[str, _Held]]:
    """The holds of one journal by the ids that their results are to have."""
    running: tuple[RecordRow, HoldStarted] | None = None
    for row in part:
        match read_record(row.raw).body:
            case HoldStarted() as start:
                if running is not None:
                    yield _event_id(running[0]), _Held(running, None)
                running = row, start
            case HoldStopped() as stop:
                ours = running is not None and _place(running[1]) == _place(stop)
                yield _event_id(row), _Held(running if ours else None, stop)
                running = None if ours else running
            case _:
                pass
    if running is not None:
        yield _event_id(running[0]), _Held(running, None)


def _event_id(row: RecordRow) -> str:
    return f"{row.watch_id}:{row.journal}:{row.seq}:hold"


def _place(body: HoldStarted | HoldStopped) -> tuple[int, int]:
    return body.session, body.step


def _hold_differs(row: HoldRow, held: _Held) -> Iterator[str]:
    """What of a result is not as the records say."""
    measured_s, credited_s, outcome = _reckoned(held)
    if row.measured_s != measured_s:
        yield "measured_s"
    if row.credited_s != credited_s:
        yield "credited_s"
    if row.outcome != outcome:
        yield f"outcome {row.outcome}"
    if held.stop is not None and (row.session, row.step) != _place(held.stop):
        yield "its place"
    if held.start is None:
        return
    record, body = held.start
    said = (row.session, row.step, row.side, row.variant, row.round, row.planned_s)
    if said != (*_place(body), body.side.name.lower(), body.variant.name.lower(), body.round, body.planned_s):
        yield "its start"
    if record.host_ms is not None and (row.host_ms, row.unix_ms) != (record.host_ms, record.unix_ms):
        yield "its time"


def _said(told: Mapping[str, JsonValue]) -> tuple[JsonValue, ...]:
    return told["side"], told["measured_s"], told["credited_s"], told["local_date"]


def _reckoned(held: _Held) -> tuple[float | None, float, str]:
    """Seconds measured, seconds credited, outcome."""
    stop = held.stop
    if stop is None or stop.reason is Reason.REBOOT:
        return None, 0.0, "incomplete"
    held_s = stop.held_ms / 1000
    if held.start is None:
        return held_s, 0.0, "incomplete"
    plausible = 0 < held_s <= _PLAUSIBLE_MAX_S
    credited_s = min(held_s, _CREDITED_MAX_S) if plausible else 0.0
    if stop.reason is Reason.PAIN:
        return held_s, credited_s, "pain"
    if not plausible:
        return held_s, credited_s, "incomplete"
    if stop.reason is Reason.TOO_MUCH:
        return held_s, credited_s, "too_much"
    return held_s, credited_s, "short" if held_s < _DONE_S else "over" if held_s > _OVER_S else "done"


def _payloads(books: Books, leaf: str) -> Mapping[str, Mapping[str, JsonValue]]:
    """What the events of one kind say, by id; those that were pruned say nothing."""

    def is_meant(event: EventRow) -> bool:
        return event.topic.rpartition("/")[2] == leaf and bool(event.payload)

    return {event.event_id: json.loads(event.payload) for event in books.events if is_meant(event)}
