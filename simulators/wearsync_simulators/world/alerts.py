"""I1: what is lost, or begins anew, is told: each gap and each further journal of a watch has its alert.

Rule: by the texts, as people read them; what came before a host was restored counts as well, and what was
told twice is no fault.
"""

import json
from collections import Counter
from collections.abc import Iterator

from wearsync_simulators.world.books import Books
from wearsync_simulators.world.evidence import Violation
from wearsync_simulators.world.subscriber import Subscriber

__all__ = ["alerted"]


def alerted(books: Books, subscriber: Subscriber) -> Iterator[Violation]:
    """The alerts that the host's rows ask for, against those that wait or were heard."""
    told = _told(books, subscriber)
    for gap in books.gaps:
        text = f"records {gap.from_seq} to {gap.next_seq - 1} were overwritten on the watch"
        if not any(code == "data_lost" and said.startswith(text) for code, said in told):
            name = f"{gap.watch_id[:8]}:{gap.journal_id}"
            yield Violation("I1", f"{text} {name}, and nobody was told")
    alerts = Counter(code for code, _ in told.elements())
    firsts = {part.watch_id: part.journal_id for part in reversed(books.parts)}
    another = sum(part.epoch == 0 and part.journal_id != firsts[part.watch_id] for part in books.parts)
    epochs = sum(part.epoch > 0 for part in books.parts)
    for code, count in (("journal_replaced", another), ("continuity", epochs)):
        if alerts[code] < count:
            yield Violation("I1", f"{count} journals are news, and {alerts[code]} times {code} was told")


def _told(books: Books, subscriber: Subscriber) -> Counter[tuple[str, str]]:
    """(code, text) of all alerts."""
    payloads = {event.event_id: event.payload for event in books.events if event.topic.endswith("/alert")}
    for event_id, heard in subscriber.heard.items():
        if heard.topic.endswith("/alert"):
            payloads[event_id] = heard.payload
    alerts = (json.loads(payload) for payload in payloads.values())
    return Counter((alert["code"], alert["text"]) for alert in alerts)
