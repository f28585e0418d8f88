"""Events: every result has one, every one reaches the subscriber as it is stored, and nothing else does (I4).

Rule: by ids and contents; an event that waits is not lost.
"""

from collections.abc import Iterable, Iterator, Set

from wearsync_simulators.world.books import Books, EventRow
from wearsync_simulators.world.evidence import Violation
from wearsync_simulators.world.subscriber import Heard, Subscriber, content

__all__ = ["delivered", "in_order"]

# A host that begins again from a backup dates the records that come again anew, by what it knows by then.
_DATED = ("at", "finished_at", "utc_offset", "local_date", "clock_error_ms", "latency_ms", "attempts")
# Where part of a session's records is gone on both sides (restored there, overwritten here), what comes again
# can only tell of the rest.
_COUNTED = (
    "credited_s",
    "measured_s",
    "outcome",
    "holds",
    "left_s",
    "right_s",
    "full",
    "source",
    "planned_s",
    "round",
    "variant",
    "end",
    "text",  # of an alert: "holds are 35 s now"
)


def delivered(
    books: Books, subscriber: Subscriber, *, healed: bool, restored: bool = False
) -> Iterator[Violation]:
    """Outbox against subscriber. `healed`: nothing may wait any more; `restored`: the host began from a
    backup, does not know all that it has told, and dates what comes again anew.
    """
    known = {event.event_id for event in books.events}
    results = [*(hold.event_id for hold in books.holds), *(session.event_id for session in books.sessions)]
    for event_id in results:
        if event_id not in known:
            yield Violation("I4", f"result {event_id} has no event")
    missing = frozenset(subscriber.missing)
    for event in books.events:
        heard = subscriber.heard.get(event.event_id)
        problem = _problem(event, heard, healed=healed, owed=event.event_id in missing)
        if not problem and heard is not None and event.payload:
            same = event.topic == heard.topic and _same(event.payload, heard.payload, restored=restored)
            problem = "" if same else "came with another content"
        if problem:
            yield Violation("I4", f"event {event.event_id} {problem}")
    for event_id, heard in subscriber.heard.items():
        if event_id not in known and not restored:
            yield Violation("I4", f"event {event_id} was told, and is not stored")
        if any(
            topic != heard.topic or not _same(heard.payload, payload, restored=restored)
            for topic, payload in heard.others
        ):
            yield Violation("I2", f"event {event_id} came with two contents")
    if subscriber.nameless:
        yield Violation("I4", f"{subscriber.nameless} events came without an id")


def in_order(books: Books, seen: Iterable[str], *, before: Set[str] = frozenset()) -> Iterator[Violation]:
    """Events go out in the order in which they were stored. `seen`: ids in the order in which the broker saw
    each first; `before`: those that it saw before the host began from a backup, and stored them anew.
    """
    places = {event.event_id: place for place, event in enumerate(books.events)}
    latest = -1
    for event_id in seen:
        place = latest if event_id in before else places.get(event_id, latest)
        if place < latest:
            yield Violation("I4", f"event {event_id} came after one that was stored later")
        latest = max(latest, place)


def _problem(event: EventRow, heard: Heard | None, *, healed: bool, owed: bool) -> str:
    """What is wrong with an event, "" if nothing is. `owed`: the broker has lost it, `resync` is to come."""
    if event.state in ("waiting", "parked"):
        if healed:
            return f"is {event.state} after the healing"
    elif heard is None:
        dropped = event.state == "pruned" and event.sent_ms is None
        return "" if dropped or (owed and not healed) else f"is {event.state}, and never came"
    return ""


def _same(one: str, other: str, *, restored: bool) -> bool:
    """Whether two payloads tell the same; after a restore, of the same thing."""
    kept, came = content(one), content(other)
    passed_over = {*_DATED, *_COUNTED} if restored else set()
    return all(kept.get(key) == came.get(key) for key in {**kept, **came} if key not in passed_over)
