"""Frames as lines, without anything secret."""

from wearsync_simulators.watches.frames import (
    Bye,
    Cancel,
    Challenge,
    CueOrder,
    Cues,
    Down,
    Hello,
    Hold,
    Prove,
    Records,
    Up,
)
from wearsync_simulators.watches.records import Battery, write_record
from wearsync_simulators.watches.trace import frame_line
from wearsync_simulators.watches.words import Anchor, HoldDo, Pattern

SECRET = bytes(range(200, 216))


def test_what_a_frame_says() -> None:
    assert frame_line(Hold(HoldDo.STOP)) == "HOLD do=stop"
    assert frame_line(Bye()) == "BYE"
    assert frame_line(Cancel((4, 5))) == "CANCEL cue_ids=4,5"
    assert (
        frame_line(Cues(3, (CueOrder(9, Pattern.FORM, Anchor.HOLD, 1, 10, 500),)))
        == "CUES boot=3 cue_id=9 pattern=form anchor=hold step=1 at=10 expires_ms=500"
    )
    record = write_record(seq=4, boot=1, tick=70, body=Battery(50, charging=False))
    assert frame_line(Records((record,))) == "RECORDS #4 BATTERY boot=1 tick=70 percent=50 charging=0"


def test_nothing_secret_is_in_a_line() -> None:
    frames: list[Down | Up] = [
        Hello(1, 1, SECRET[:4], SECRET),
        Prove(SECRET),
        Challenge(1, bytes(16), SECRET, SECRET),
    ]
    for frame in frames:
        line = frame_line(frame)
        assert SECRET[:4].hex() not in line
        assert str(SECRET[:4])[2:-1] not in line
