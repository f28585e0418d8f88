"""Every way in which journal and subscriber can differ is found, and nothing else."""

import pytest

from wearsync.drivers.banglejs import BangleDriver
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.drivers.infinitime import InfiniTimeDriver
from wearsync_simulators.reckoning import Event, Reckoning, reckon, reckon_shown, unknowable
from wearsync_simulators.watches.records import Booted, CueAck, HoldStopped, Record, SessionTold
from wearsync_simulators.watches.words import CueResult, Reason, Reset, SessionSource, SessionWhat
from wearsync_simulators.witness import Account, ShownHold

TEST_BUZZ = 99
JOURNAL = (
    Record(1, 1, 0, Booted(Reset.POWER_ON, 0)),
    Record(2, 1, 10, CueAck(TEST_BUZZ, CueResult.PLAYED, 5, 400)),
    Record(3, 1, 20, SessionTold(7, SessionWhat.STARTED, SessionSource.HOST)),
    Record(4, 1, 30, CueAck(5, CueResult.PLAYED, 25, 400)),
    Record(5, 1, 40, HoldStopped(7, 0, Reason.PLANNED, 30_004)),
    Record(6, 1, 50, SessionTold(7, SessionWhat.DONE, SessionSource.WATCH)),
)
CUE: Event = {"id": "ab:1:4:cue", "result": "played"}
HOLD: Event = {"id": "ab:1:5:hold", "measured_s": 30.0}
SESSION: Event = {"id": "ab:1:6:session", "end": "done"}
ALERT: Event = {"id": "ab:1:6:alert", "code": "anything"}


def _reckoned(*events: Event) -> Reckoning:
    return reckon(
        watch_id="ab", journal_id=1, records=JOURNAL, events=events, own_cues=frozenset({TEST_BUZZ})
    )


def test_what_agrees() -> None:
    result = _reckoned(CUE, HOLD, SESSION, ALERT)
    assert result.agrees
    assert (result.holds, result.sessions, result.cues) == ((HOLD,), (SESSION,), {"played": 1})


@pytest.mark.parametrize(
    ("events", "field", "ids"),
    [
        ((HOLD, SESSION), "lost", ("ab:1:4:cue",)),
        ((), "lost", ("ab:1:4:cue", "ab:1:5:hold", "ab:1:6:session")),
        ((CUE, HOLD, SESSION, HOLD), "duplicates", ("ab:1:5:hold",)),
        ((CUE, HOLD | {"measured_s": 30.02}, SESSION), "differing", ("ab:1:5:hold",)),
        ((CUE, HOLD | {"measured_s": None}, SESSION), "differing", ("ab:1:5:hold",)),
        ((CUE | {"result": "expired"}, HOLD, SESSION), "differing", ("ab:1:4:cue",)),
        ((CUE, HOLD, SESSION | {"end": "abandoned"}), "differing", ("ab:1:6:session",)),
        ((CUE, HOLD, SESSION, {"id": "ab:1:9:hold", "measured_s": 1.0}), "unexpected", ("ab:1:9:hold",)),
        ((CUE, HOLD, SESSION, {"id": "ab:1:2:cue", "result": "played"}), "unexpected", ("ab:1:2:cue",)),
        ((CUE, HOLD, SESSION, {"id": "ab:2:5:hold", "measured_s": 30.0}), "unexpected", ("ab:2:5:hold",)),
    ],
)
def test_what_does_not(events: tuple[Event, ...], field: str, ids: tuple[str, ...]) -> None:
    result = _reckoned(*events)
    assert not result.agrees
    for each in ("lost", "duplicates", "differing", "unexpected"):
        assert getattr(result, each) == (ids if each == field else ())


def test_a_duplicate_counts_once() -> None:
    assert len(_reckoned(CUE, HOLD, HOLD, SESSION, CUE).holds) == 1
    assert _reckoned(CUE, HOLD, HOLD, SESSION, CUE).cues == {"played": 1}


CAN_NOTHING = InfiniTimeDriver.capabilities
SEEN = Account((ShownHold("left", 1, 30.4), ShownHold("right", 1, 29.8)), sessions_done=1, pulses=2)
SHOWN: tuple[Event, ...] = (
    {"id": "ab:1:1:hold", "measured_s": 30.0, "side": "left", "round": 1},
    {"id": "ab:1:2:hold", "measured_s": 30.0, "side": "right", "round": 1},
    {"id": "ab:1:3:session", "end": "done"},
    {"id": "ab:1:4:cue", "result": "unknown"},
    {"id": "ab:1:5:cue", "result": "expired"},
    {"id": "ab:1:6:cue", "result": "unknown"},
)


def _shown(*events: Event, seen: Account = SEEN) -> Reckoning:
    return reckon_shown(seen=seen, events=events, can=CAN_NOTHING, speed=1)


def test_what_was_shown_and_felt_agrees() -> None:
    result = _shown(*SHOWN)
    assert result.agrees
    assert (len(result.holds), len(result.sessions), result.cues) == (2, 1, {"unknown": 2, "expired": 1})


@pytest.mark.parametrize(
    ("number", "event", "field"),
    [
        (0, {"side": "right"}, "differing"),
        (0, {"round": 2}, "differing"),
        (0, {"measured_s": 28.0}, "differing"),
        (0, {"measured_s": None}, "differing"),
        (3, {"result": "played"}, "differing"),
        (3, {"result": "scheduled"}, "differing"),
        (3, {"result": "expired"}, "lost"),
        (4, {"result": "unknown"}, "unexpected"),
        (2, {"end": "abandoned"}, "lost"),
    ],
)
def test_what_differs_from_what_was_shown(number: int, event: Event, field: str) -> None:
    events = [*SHOWN]
    events[number] = events[number] | event
    result = _shown(*events)
    assert not result.agrees
    assert len(getattr(result, field)) == 1
    assert not any(getattr(result, other) for other in {"lost", "differing", "unexpected"} - {field})


def test_what_is_missing_or_too_much_beside_what_was_shown() -> None:
    assert _shown(*SHOWN[1:]).lost == ("hold 2, shown",)
    assert _shown(*SHOWN[:2], *SHOWN[3:]).lost == ("session 1, shown",)
    assert _shown(*SHOWN, SHOWN[0]).duplicates == ("ab:1:1:hold",)
    more: Event = {"id": "ab:1:9:hold", "measured_s": 30.0, "side": "left", "round": 2}
    assert _shown(*SHOWN, more).unexpected == ("ab:1:9:hold",)
    assert _shown(*SHOWN, seen=Account(SEEN.holds, 0, 2)).unexpected == ("ab:1:3:session",)


def test_what_nobody_can_know_is_said_by_what_the_family_can() -> None:
    assert unknowable("X", HoldProfileDriver.capabilities) == ()
    [told] = unknowable("X", BangleDriver.capabilities)
    assert told == "whether the motor ran at a cue: X says only that the buzz was scheduled"
    assert unknowable("X", CAN_NOTHING)[0] == "whether a cue was felt or played: X acknowledges nothing"
    assert len(unknowable("X", CAN_NOTHING)) == 3
