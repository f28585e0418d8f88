"""The verdict: silent when all agrees, and each thing that can be wrong is named, alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from wearsync_simulators.reckoning import Event
from wearsync_simulators.torture.verdict import Evidence, HostJournal, judge
from wearsync_simulators.watches.records import (
    Body,
    CueAck,
    HoldStarted,
    HoldStopped,
    Record,
    SessionTold,
    write_record,
)
from wearsync_simulators.watches.words import (
    CueResult,
    Reason,
    SessionSource,
    SessionWhat,
    Side,
    Source,
    Variant,
)

Case = tuple[Evidence, HostJournal]
PLACE = "abcd:7"
BODIES: list[Body] = [
    CueAck(99, CueResult.PLAYED, 1, 200),  # of pairing
    SessionTold(5, SessionWhat.STARTED, SessionSource.WATCH),
    HoldStarted(5, 0, Side.LEFT, Variant.KNEELING, 1, 30, Source.AUTO, 1),
    CueAck(100, CueResult.PLAYED, 1, 200),
    HoldStopped(5, 0, Reason.PLANNED, 30_010),
    SessionTold(5, SessionWhat.ENDED, SessionSource.WATCH),
    HoldStopped(5, 1, Reason.REBOOT, 0),
]
RECORDS = [Record(seq, 1, 1000 * seq, body) for seq, body in enumerate(BODIES, start=1)]
RAW = {each.seq: write_record(seq=each.seq, boot=1, tick=each.tick, body=each.body) for each in RECORDS}


def hold(seq: int, step: int, measured_s: float | None) -> Event:
    return {
        "id": f"{PLACE}:{seq}:hold", "at": f"{step}", "session": 5, "step": step, "side": "left",
        "measured_s": measured_s, "credited_s": measured_s or 0.0, "outcome": "done", "replayed": False,
    }  # fmt: skip


def cue(event_id: str, cue_id: int, result: str) -> Event:
    return {"id": event_id, "session": 5, "cue_id": cue_id, "result": result, "replayed": False}


EVENTS: list[Event] = [
    cue(f"{PLACE}:4:cue", 100, "played"),
    cue("host:1", 101, "unknown"),
    hold(5, 0, 30.01),
    {"id": f"{PLACE}:6:session", "session": 5, "end": "ended", "replayed": False},
    {"id": "host:2", "code": "watch_restarted", "replayed": False},
    hold(7, 1, None),
]


@pytest.fixture
def evidence() -> Evidence:
    return Evidence("abcd", 7, RECORDS, RAW, frozenset({99}), EVENTS)


@pytest.fixture
def host() -> HostJournal:
    return HostJournal(
        journals=("7",),
        records=RAW,
        holds=frozenset({f"{PLACE}:5:hold", f"{PLACE}:7:hold"}),
        sessions=frozenset({f"{PLACE}:6:session"}),
        outbox=frozenset(str(event["id"]) for event in EVENTS),
        sides={"left": (2, 30.01), "right": (0, 0.0)},
    )


def test_all_agrees(evidence: Evidence, host: HostJournal) -> None:
    verdict = judge(evidence, host)
    assert (verdict.lost, verdict.doubled) == ((), ())
    assert (verdict.holds, verdict.sessions, verdict.duplicates) == (2, 1, 0)


def test_what_comes_again_with_its_id_is_absorbed(evidence: Evidence, host: HostJournal) -> None:
    again = [{**event, "replayed": True} for event in EVENTS]
    verdict = judge(replace(evidence, events=[*EVENTS, *again]), host)
    assert (verdict.lost, verdict.doubled, verdict.duplicates) == ((), (), len(EVENTS))


def told(*more: Event, without: str = "") -> Callable[[Case], Case]:
    """The subscriber got these too, and not that one."""

    def change(case: Case) -> Case:
        events = [event for event in case[0].events if event["id"] != without]
        return replace(case[0], events=[*events, *more]), case[1]

    return change


def stored(**changes: object) -> Callable[[Case], Case]:
    return lambda case: (case[0], replace(case[1], **changes))  # type: ignore[arg-type]


def written(*bodies: Body) -> Callable[[Case], Case]:
    more = [Record(len(RECORDS) + 1 + extra, 1, 0, body) for extra, body in enumerate(bodies)]
    return lambda case: (replace(case[0], records=[*RECORDS, *more]), case[1])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (told(without=f"{PLACE}:5:hold"), f"{PLACE}:5:hold"),
        (told(without=f"{PLACE}:4:cue"), f"{PLACE}:4:cue"),
        (told(without=f"{PLACE}:6:session"), "(session 5)"),
        (told(without="host:2"), "host:2 is in the outbox"),
        (stored(records={seq: raw for seq, raw in RAW.items() if seq != 3}), "record 3"),
    ],
)
def test_lost(change: Callable[[Case], Case], says: str, evidence: Evidence, host: HostJournal) -> None:
    assert any(says in line for line in judge(*change((evidence, host))).lost)


def test_what_is_lost_is_named_once_and_not_miscounted_too(evidence: Evidence, host: HostJournal) -> None:
    verdict = judge(*told(without=f"{PLACE}:5:hold")((evidence, host)))
    assert (verdict.lost, verdict.doubled) == ((f"{PLACE}:5:hold",), ())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (told({**hold(5, 0, 30.01), "credited_s": 60.0}), "another content"),
        (told({**hold(5, 0, 30.01), "id": f"{PLACE}:3:hold"}), "are one hold"),
        (told({"id": "host:3", "session": 5, "end": "done"}), "are one session"),
        (told(cue("host:4", 101, "unknown")), "are one cue"),
        (told(cue(f"{PLACE}:44:cue", 100, "played")), "are one cue"),
        (told(hold(70, 3, 30.0)), "rests on no such record"),
        (told({"id": f"{PLACE}:77:session", "session": 8, "end": "done"}), "rests on no such record"),
        (told(hold(5, 0, 31.0), without=f"{PLACE}:5:hold"), "says 31.0 s, the watch 30010 ms"),
        (told(cue(f"{PLACE}:4:cue", 100, "expired"), without=f"{PLACE}:4:cue"), "says expired"),
        (written(CueAck(100, CueResult.PLAYED, 1, 200)), "cue 100 was played 2 times"),
        (stored(records={**RAW, 3: RAW[4]}), "record 3 is not what the watch wrote"),
        (stored(journals=("7", "7.1")), "journal 7.1"),
        (stored(holds=frozenset({f"{PLACE}:5:hold"})), f"{PLACE}:7:hold was told, and is not"),
        (stored(sides={"left": (2, 60.02)}), "left: 2 holds"),
        (stored(sides={"right": (1, 0.0)}), "right: 1 holds"),
    ],
)
def test_doubled(change: Callable[[Case], Case], says: str, evidence: Evidence, host: HostJournal) -> None:
    assert any(says in line for line in judge(*change((evidence, host))).doubled)
