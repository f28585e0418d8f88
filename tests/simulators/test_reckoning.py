"""Every way in which journal and subscriber can differ is found, and nothing else."""

import pytest

from wearsync_simulators.reckoning import Event, Reckoning, reckon
from wearsync_simulators.watches.records import Booted, CueAck, HoldStopped, Record, SessionTold
from wearsync_simulators.watches.words import CueResult, Reason, Reset, SessionSource, SessionWhat

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
