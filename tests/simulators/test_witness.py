"""Who looks at a watch notes holds, the ends of sessions, and what the motor did; and nothing twice."""

from wearsync_simulators.watches.view import Face, WatchView
from wearsync_simulators.watches.words import Side
from wearsync_simulators.witness import Account, ShownHold, Witness


def seen(witness: Witness, *faces: tuple[Face, int, float], side: Side = Side.LEFT) -> None:
    for face, round_, since_s in faces:
        witness.sees(WatchView(face=face, round=round_, since_s=since_s, side=side))


def test_holds_and_sessions_as_they_were_shown() -> None:
    pulses = [1, 2]
    witness = Witness(pulses=lambda: len(pulses))
    seen(witness, (Face.HOLD, 9, 1.0), (Face.DONE, 9, 4.0))
    witness.begin()
    pulses += [3, 4, 5]
    seen(witness, (Face.GAP, 1, 100.0), (Face.HOLD, 1, 110.0), (Face.HOLD, 1, 110.0), (Face.GAP, 1, 140.5))
    seen(witness, (Face.HOLD, 1, 150.0), (Face.PAUSED, 1, 155.0), side=Side.RIGHT)
    seen(witness, (Face.HOLD, 2, 160.0), (Face.HOLD, 3, 170.0), (Face.DONE, 3, 171.0), (Face.DONE, 3, 172.0))
    assert witness.account() == Account(
        holds=(
            ShownHold("left", 1, 30.5),
            ShownHold("right", 1, 5.0),
            ShownHold("left", 2, 10.0),
            ShownHold("left", 3, 1.0),
        ),
        sessions_done=1,
        pulses=3,
    )
