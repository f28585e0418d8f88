"""What the demo's subscriber got, held against what the simulated watch wrote in its journal, or, where it
keeps none, against what it showed and how often it buzzed; pure.

Rule: the two sides share nothing: journal and display are the watch's own, the events came through daemon and
broker. An event is told by its id. What no watch of that kind can know is said, and never claimed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from wearsync.drivers.base import Capabilities
from wearsync_simulators.watches.records import CueAck, HoldStopped, Record, SessionTold
from wearsync_simulators.witness import Account, ShownHold

__all__ = ["Event", "Reckoning", "reckon", "reckon_shown", "unknowable"]

# The watch measures in ms, an event says seconds: half a hundredth is rounding.
ROUNDING_S = 0.0051
# What the host tells a display travels: some connection intervals; and what a busy machine takes, of real
# time, whatever the speed.
TRAVEL_S = 0.5
BUSY_REAL_S = 0.3
# What a host may say of a cue that nobody acknowledges.
UNPLAYED = frozenset({"unknown", "expired", "cancelled", "refused"})

Event = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The result. `lost`: what the watch has and nobody got; `duplicates`: ids that came more than once;
    `differing`: ids whose content is not the watch's; `unexpected`: ids that the watch does not know;
    `witness`: what stood for the watch.
    """

    holds: tuple[Event, ...]
    sessions: tuple[Event, ...]
    cues: dict[str, int]
    lost: tuple[str, ...]
    duplicates: tuple[str, ...]
    differing: tuple[str, ...]
    unexpected: tuple[str, ...]
    witness: str

    @property
    def agrees(self) -> bool:
        """Nothing lost, nothing twice, nothing invented."""
        return not (self.lost or self.duplicates or self.differing or self.unexpected)


def unknowable(title: str, can: Capabilities) -> tuple[str, ...]:
    """What nobody can know with such a watch, in words. `title`: of its family."""
    told: list[str] = []
    match can.acks:
        case "motor":
            pass
        case "scheduled":
            told.append(f"whether the motor ran at a cue: {title} says only that the buzz was scheduled")
        case "none":
            told.append(f"whether a cue was felt or played: {title} acknowledges nothing")
    if not can.journal:
        told.append(f"what happened while the link was lost: {title} keeps no journal")
        told.append(f"when the wearer pressed: {title} tells no times, so the host's clock stands for them")
    return tuple(told)


def reckon(
    *,
    watch_id: str,
    journal_id: int,
    records: Sequence[Record],
    events: Iterable[Event],
    own_cues: frozenset[int],
) -> Reckoning:
    """Hold them against the journal. `own_cues`: cues that the demo itself sent (the test buzz), of which no
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
    got = _Got(events)
    return got.reckoning(
        lost=expected.keys() - got.by_id.keys(),
        differing=(
            each for each in expected.keys() & got.by_id.keys() if _differs(expected[each], got.by_id[each])
        ),
        unexpected=got.by_id.keys() - expected.keys(),
        witness="The watch's own journal",
    )


def reckon_shown(*, seen: Account, events: Iterable[Event], can: Capabilities, speed: float) -> Reckoning:
    """Hold them against what was seen and felt: each hold that was shown, each session's end, each buzz.
    `speed`: so many times faster than real time.
    """
    within_s = TRAVEL_S + BUSY_REAL_S * speed
    got = _Got(events)
    holds, sessions, cues = got.of("hold"), got.of("session"), got.of("cue")
    buzzed = [event_id for event_id, event in cues.items() if event["result"] not in UNPLAYED - {"unknown"}]
    shown = list(zip(holds.items(), seen.holds, strict=False))
    differing = [event_id for (event_id, event), hold in shown if _differs_from_shown(hold, event, within_s)]
    if can.acks == "none":
        differing += [event_id for event_id, event in cues.items() if event["result"] not in UNPLAYED]
    done = [event_id for event_id, event in sessions.items() if event["end"] == "done"]
    return got.reckoning(
        lost=[
            *(f"hold {n + 1}, shown" for n in range(len(holds), len(seen.holds))),
            *(f"session {n + 1}, shown" for n in range(len(done), seen.sessions_done)),
            *(f"buzz {n + 1}" for n in range(len(buzzed), seen.pulses)),
        ],
        differing=differing,
        unexpected=[
            *list(holds)[len(seen.holds) :],
            *done[seen.sessions_done :],
            *buzzed[seen.pulses :],
        ],
        witness="What the watch showed and played",
    )


class _Got:
    """The events that count, by their ids."""

    def __init__(self, events: Iterable[Event]) -> None:
        kinds = ("hold", "session", "cue")
        got = [event for event in events if str(event.get("id", "")).rpartition(":")[2] in kinds]
        self._counts = Counter(str(event["id"]) for event in got)
        self.by_id = {str(event["id"]): event for event in got}

    def of(self, kind: str) -> Mapping[str, Event]:
        """Those of one kind, in the order in which they came."""
        return {key: event for key, event in self.by_id.items() if key.endswith(f":{kind}")}

    def reckoning(
        self,
        *,
        lost: Iterable[str],
        differing: Iterable[str],
        unexpected: Iterable[str],
        witness: str,
    ) -> Reckoning:
        """The result."""
        return Reckoning(
            holds=tuple(self.of("hold").values()),
            sessions=tuple(self.of("session").values()),
            cues=dict(Counter(str(event["result"]) for event in self.of("cue").values())),
            lost=tuple(sorted(lost)),
            duplicates=tuple(sorted(key for key, count in self._counts.items() if count > 1)),
            differing=tuple(sorted(differing)),
            unexpected=tuple(sorted(unexpected)),
            witness=witness,
        )


def _differs(expected: float | str, event: Event) -> bool:
    if isinstance(expected, str):
        return event.get("end", event.get("result")) != expected
    measured = event.get("measured_s")
    return not isinstance(measured, int | float) or abs(measured - expected) > ROUNDING_S


def _differs_from_shown(shown: ShownHold, event: Event, within_s: float) -> bool:
    measured = event.get("measured_s")
    if (event.get("side"), event.get("round")) != (shown.side, shown.round):
        return True
    return not isinstance(measured, int | float) or abs(measured - shown.shown_s) > within_s
