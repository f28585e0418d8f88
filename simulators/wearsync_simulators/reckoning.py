"""What the demo's subscriber got, held against what the simulated watch wrote in its journal; pure.

Rule: the two sides share nothing: the journal is the watch's own, the events came through daemon and broker.
An event is told by its id.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from wearsync_simulators.watches.records import CueAck, HoldStopped, Record, SessionTold

# The watch measures in ms, an event says seconds: half a hundredth is rounding.
ROUNDING_S = 0.0051

Event = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The result. `lost`: ids that the journal has and nobody got; `duplicates`: ids that came more than
    once;
    `differing`: ids whose content is not the journal's; `unexpected`: ids that the journal does not know.
    """

    holds: tuple[Event, ...]
    sessions: tuple[Event, ...]
    cues: dict[str, int]
    lost: tuple[str, ...]
    duplicates: tuple[str, ...]
    differing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Nothing lost, nothing twice, nothing invented."""
        return not (self.lost or self.duplicates or self.differing or self.unexpected)


def reckon(
    *,
    watch_id: str,
    journal_id: int,
    records: Sequence[Record],
    events: Iterable[Event],
    own_cues: frozenset[int],
) -> Reckoning:
    """Hold them against each other. `own_cues`: cues that the demo itself sent (the test buzz), of which no
    event is due.
    """
    expected: dict[str, float | str] = {}
    for record in records:
        place = f"{watch_id}:{journal_id}:{record.seq}"
        match record.body:
            case HoldStopped(held_ms=held_ms):
                expected[f"{place}:hold"] = held_ms / 1000
            case SessionTold(what=what) if what.name.lower() != "started":
                expected[f"{place}:session"] = what.name.lower()
            case CueAck(cue_id=cue_id, result=result) if cue_id not in own_cues:
                expected[f"{place}:cue"] = result.name.lower()
            case _:
                pass
    got = [
        event for event in events if str(event.get("id", "")).rpartition(":")[2] in ("hold", "session", "cue")
    ]
    counts = Counter(str(event["id"]) for event in got)
    by_id = {str(event["id"]): event for event in got}
    return Reckoning(
        holds=tuple(event for event_id, event in by_id.items() if event_id.endswith(":hold")),
        sessions=tuple(event for event_id, event in by_id.items() if event_id.endswith(":session")),
        cues=dict(
            Counter(str(event["result"]) for event_id, event in by_id.items() if event_id.endswith(":cue"))
        ),
        lost=tuple(sorted(expected.keys() - by_id.keys())),
        duplicates=tuple(sorted(event_id for event_id, count in counts.items() if count > 1)),
        differing=tuple(
            sorted(
                event_id
                for event_id in expected.keys() & by_id.keys()
                if _differs(expected[event_id], by_id[event_id])
            )
        ),
        unexpected=tuple(sorted(by_id.keys() - expected.keys())),
    )


def _differs(expected: float | str, event: Event) -> bool:
    if isinstance(expected, str):
        return event.get("end", event.get("result")) != expected
    measured = event.get("measured_s")
    return not isinstance(measured, int | float) or abs(measured - expected) > ROUNDING_S
