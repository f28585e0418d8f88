"""A durable subscriber behind the world's broker: every event by its id, how often, and what it is missing.

Rule: it knows what stands in the messages, and nothing of the daemon; it keeps the first copy of an event,
and others only where they differ.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

__all__ = ["EVENT_LEAVES", "Heard", "Subscriber", "content"]

# The topics of events (docs/mqtt.md); everything else is a state, or of the moment.
EVENT_LEAVES = ("hold", "session", "cue", "alert")
# So many other contents under one id are kept: two would do to show that something is wrong.
OTHERS_MAX = 3


@dataclass(frozen=True, slots=True)
class Heard:
    """One event: when it came first (the loop's clock, seconds), how often, and (topic, payload) under the
    same id that differ from the first.
    """

    topic: str
    payload: str
    at_s: float
    times: int = 1
    others: tuple[tuple[str, str], ...] = ()


class Subscriber:
    """What a dashboard with a memory has: `nameless` counts events without an id, which it can't tell."""

    def __init__(self) -> None:
        self._heard: dict[str, Heard] = {}
        # In the order in which the broker saw them first, heard or refused: that of the outbox.
        self._seen: dict[str, None] = {}
        self.nameless = 0

    @property
    def heard(self) -> Mapping[str, Heard]:
        """By event id, in the order that they came."""
        return self._heard

    @property
    def seen(self) -> tuple[str, ...]:
        """What the broker has seen, in the order in which it did first."""
        return tuple(self._seen)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the broker has seen, and this subscriber does not have."""
        return tuple(event_id for event_id in self._seen if event_id not in self._heard)

    @property
    def duplicates(self) -> int:
        """Copies that were told by their id, and absorbed."""
        return sum(heard.times - 1 for heard in self._heard.values())

    def lost_since(self) -> str | None:
        """The newest event from before all that is missing: what a person gives to `resync`. None: nothing is
        from before it, so everything is to come again.
        """
        newest: str | None = None
        for event_id in self._seen:
            if event_id not in self._heard:
                break
            newest = event_id
        return newest

    def hears(self, topic: str, payload: str, at_s: float) -> None:
        """An event arrives."""
        event_id = self._sees(payload)
        if event_id is None:
            return
        known = self._heard.get(event_id)
        if known is None:
            self._heard[event_id] = Heard(topic, payload, at_s)
            return
        differs = (topic, content(payload)) != (known.topic, content(known.payload))
        others = (*known.others, (topic, payload))[:OTHERS_MAX] if differs else known.others
        self._heard[event_id] = replace(known, times=known.times + 1, others=others)

    def refused(self, payload: str) -> None:
        """The broker does not let this one through."""
        self._sees(payload)

    def forget(self, since_s: float) -> int:
        """What came first at `since_s` or later was acknowledged, and has never arrived; gives how much."""
        lost = [event_id for event_id, heard in self._heard.items() if heard.at_s >= since_s]
        for event_id in lost:
            del self._heard[event_id]
        return len(lost)

    def _sees(self, payload: str) -> str | None:
        found = content(payload).get("id")
        if not isinstance(found, str):
            self.nameless += 1
            return None
        self._seen.setdefault(found)
        return found


def content(payload: str) -> Mapping[str, JsonValue]:
    """What an event says, but for `replayed`, which may be added on the way; empty if it is no event."""
    try:
        told = json.loads(payload)
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    told.pop("replayed", None)
    return told
