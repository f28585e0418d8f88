"""Was anything lost, was anything counted twice? The watch's flash, the host's journal and the subscriber's
events, held against each other; pure.

Rule: the watch's flash is the truth. A hold, a session and a cue each have one effect: one event, however
often it came. A cue alone may have two: `unknown`, and the watch's word when it came later.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wearsync_simulators.reckoning import ROUNDING_S, Event
from wearsync_simulators.watches.records import CueAck, HoldStopped, Record, SessionTold
from wearsync_simulators.watches.words import CueResult, SessionWhat

__all__ = ["Evidence", "HostJournal", "Verdict", "judge"]

EFFECTS = ("hold", "session", "cue")


@dataclass(frozen=True, slots=True)
class HostJournal:
    """What the host's database holds. `journals`: their names; `records`: bytes by sequence number; `holds`,
    `sessions`: event ids; `outbox`: the ids of all events that were not dropped on purpose; `sides`: holds
    and credited seconds of each side, as `wearsync today` adds them up.
    """

    journals: tuple[str, ...]
    records: Mapping[int, bytes]
    holds: frozenset[str]
    sessions: frozenset[str]
    outbox: frozenset[str]
    sides: Mapping[str, tuple[int, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One run. `records` and `raw`: the watch's flash; `own_cues`: those of pairing, of which no event is
    due; `events`: as the subscriber got them, in order.
    """

    watch_id: str
    journal_id: int
    records: Sequence[Record]
    raw: Mapping[int, bytes]
    own_cues: frozenset[int]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lost`, `doubled`: one line each; `duplicates`: events that came again, with the same id and
    content.
    """

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    holds: int
    sessions: int
    duplicates: int


def judge(evidence: Evidence, host: HostJournal) -> Verdict:
    """The verdict, once all has come to rest."""
    events = _by_id(evidence.events)
    effects = [event for event in events.values() if _kind(event) in EFFECTS]
    lost = tuple(_lost_effects(evidence, events))
    undelivered = host.outbox - events.keys() - {each.partition(" ")[0] for each in lost}
    return Verdict(
        lost=(
            *lost,
            *(
                f"record {seq} is not in the host's journal"
                for seq in evidence.raw.keys() - host.records.keys()
            ),
            *(f"{each} is in the outbox, and was not delivered" for each in sorted(undelivered)),
        ),
        doubled=(
            *_changed(evidence.events),
            *_twins(effects),
            *_strangers(evidence, effects),
            *_played_twice(evidence.records),
            *_altered(evidence, host),
            *_miscounted(effects, host),
        ),
        holds=sum(_kind(event) == "hold" for event in effects),
        sessions=sum(_kind(event) == "session" for event in effects),
        duplicates=len(evidence.events) - len(events),
    )


def _lost_effects(evidence: Evidence, events: Mapping[str, Event]) -> Iterator[str]:
    sessions = {event["session"] for event in events.values() if _kind(event) == "session"}
    for record in evidence.records:
        place = f"{evidence.watch_id}:{evidence.journal_id}:{record.seq}"
        match record.body:
            case HoldStopped() if f"{place}:hold" not in events:
                yield f"{place}:hold"
            case CueAck(cue_id=cue_id) if cue_id not in evidence.own_cues and f"{place}:cue" not in events:
                yield f"{place}:cue"
            case SessionTold(session=session, what=what):
                if what is not SessionWhat.STARTED and session not in sessions:
                    yield f"{place}:session (session {session})"
            case _:
                pass


def _changed(events: Iterable[Event]) -> Iterator[str]:
    """One id, two contents; but for `replayed`, which says that it is sent late."""
    first: dict[str, Event] = {}
    for event in events:
        content = {key: value for key, value in event.items() if key != "replayed"}
        if first.setdefault(str(event["id"]), content) != content:
            yield f"{event['id']} came with another content"


def _twins(effects: Iterable[Event]) -> Iterator[str]:
    """Two ids of one effect. A hold has a start, a session a number, a cue an id and one word of the
    watch.
    """
    ids = defaultdict[tuple[object, ...], list[str]](list)
    for event in effects:
        match _kind(event):
            case "hold":
                name: tuple[object, ...] = ("hold", event["session"], event["step"], event["at"])
            case "session":
                name = ("session", event["session"])
            case _:
                name = ("cue", event["cue_id"], event["result"] == "unknown")
        ids[name].append(str(event["id"]))
    return (f"{' and '.join(same)} are one {name[0]}" for name, same in ids.items() if len(same) > 1)


def _strangers(evidence: Evidence, effects: Iterable[Event]) -> Iterator[str]:
    """Events of records that the watch never wrote, or that are of another kind, or say something else."""
    records = {f"{evidence.watch_id}:{evidence.journal_id}:{each.seq}": each for each in evidence.records}
    for event in effects:
        place = str(event["id"]).rpartition(":")[0]
        match (_kind(event), records.get(place)):
            case ("hold", Record(body=HoldStopped(held_ms=held_ms))):
                measured = event["measured_s"]
                known = isinstance(measured, int | float)
                if known and abs(float(str(measured)) - held_ms / 1000) > ROUNDING_S:
                    yield f"{event['id']} says {measured} s, the watch {held_ms} ms"
            case ("cue", Record(body=CueAck(result=result))):
                if event["result"] != result.name.lower():
                    yield f"{event['id']} says {event['result']}, the watch {result.name.lower()}"
            case ("cue", None) if event["result"] == "unknown":
                pass
            case ("session", found) if found is not None or str(event["id"]).startswith("host:"):
                pass
            case _:
                yield f"{event['id']} rests on no such record of the watch"


def _played_twice(records: Iterable[Record]) -> Iterator[str]:
    played = Counter(
        each.body.cue_id
        for each in records
        if isinstance(each.body, CueAck) and each.body.result is CueResult.PLAYED
    )
    return (f"cue {cue_id} was played {count} times" for cue_id, count in played.items() if count > 1)


def _altered(evidence: Evidence, host: HostJournal) -> Iterator[str]:
    """A journal, or a record, that is not the watch's."""
    yield from (
        f"journal {each} is not the watch's" for each in host.journals if each != str(evidence.journal_id)
    )
    for seq, stored in host.records.items():
        if evidence.raw.get(seq) != stored:
            yield f"record {seq} is not what the watch wrote"


def _miscounted(effects: Sequence[Event], host: HostJournal) -> Iterator[str]:
    """What the host adds up, against what the events add up to; when one is lost, there is nothing to add."""
    told = defaultdict[str, set[str]](set)
    for event in effects:
        told[_kind(event)].add(str(event["id"]))
    for kind, stored in (("hold", host.holds), ("session", host.sessions)):
        yield from (f"{each} was told, and is not in the journal" for each in told[kind] - stored)
    if host.holds - told["hold"]:
        return
    for side, (count, seconds) in host.sides.items():
        credited = [float(str(event["credited_s"])) for event in effects if event.get("side") == side]
        if len(credited) != count or abs(sum(credited) - seconds) > ROUNDING_S * (count + 1):
            yield f"{side}: {count} holds of {seconds} s in sum, told were {len(credited)} of {sum(credited)}"


def _by_id(events: Iterable[Event]) -> dict[str, Event]:
    return {str(event["id"]): event for event in events}


def _kind(event: Event) -> str:
    """What an event is, by what it tells: ids of the host's own do not say."""
    return next(
        (kind for kind, key in (("hold", "outcome"), ("session", "end"), ("cue", "cue_id")) if key in event),
        "alert",
    )
