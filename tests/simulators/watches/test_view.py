"""One look at the watch."""

from wearsync_simulators.watches.view import Answer, Face, Press, WatchView


def test_the_countdown() -> None:
    view = WatchView(face=Face.HOLD, ends_at_s=130.0)
    assert view.seconds_left(100.0) == 30.0
    assert view.seconds_left(131.0) == 0.0
    assert WatchView().seconds_left(100.0) is None


def test_every_answer_has_its_press() -> None:
    assert {press.removeprefix("answer_") for press in Press if press.startswith("answer_")} == set(Answer)
