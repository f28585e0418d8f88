"""What wearers do at what they see."""

from random import Random

import pytest

from wearsync_simulators.watches.body import COMPARE_S
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import WEARERS, Comparison, Deed, Starting, Wearer, Wearing, wearer_named

TIMES = 300
SOON = (1.0, 3.0)


def deeds(name: str, times: int = TIMES, **view: object) -> list[Deed]:
    """All deeds at this face, seen so many times."""
    wearer = wearer_named(name, Random(7))
    return [deed for _ in range(times) for deed in wearer.sees(WatchView(**view))]  # type: ignore[arg-type]


def what(found: list[Deed]) -> set[object]:
    return {deed.what for deed in found}


def test_the_diligent_one_answers_within_1_to_3_s() -> None:
    for view, press in (
        ({"face": Face.CONFIRM}, Press.TAP),
        ({"face": Face.QUESTION}, Press.ANSWER_DONE),
        ({"face": Face.CLOCK, "code": 123456}, Comparison(same=True)),
    ):
        found = deeds("diligent", **view)
        assert what(found) == {press}
        assert len(found) == TIMES
        assert all(SOON[0] <= deed.after_s <= SOON[1] for deed in found)


def test_the_diligent_one_taps_when_needed_and_never_stops_early() -> None:
    assert what(deeds("diligent", face=Face.GAP, tap_starts=True)) == {Press.TAP}
    assert what(deeds("diligent", face=Face.PAUSED)) == {Press.TAP}
    for face in (Face.CLOCK, Face.GAP, Face.HOLD, Face.WAITING, Face.DONE):
        assert deeds("diligent", face=face) == []


def test_the_hasty_one_starts_early_and_sometimes_stops_early() -> None:
    assert 0.5 < len(deeds("hasty", face=Face.GAP)) / TIMES < 0.9
    assert len(deeds("hasty", face=Face.GAP, tap_starts=True)) == TIMES
    stops = deeds("hasty", face=Face.HOLD, planned_s=40)
    assert what(stops) == {Press.DOUBLE_PRESS}
    assert 0.15 < len(stops) / TIMES < 0.45
    assert all(12 <= deed.after_s <= 36 for deed in stops)
    assert what(deeds("hasty", face=Face.QUESTION)) == {Press.ANSWER_DONE, Press.ANSWER_TOO_MUCH}


def test_the_forgetful_one_misses_some_and_is_late_for_others() -> None:
    found = deeds("forgetful", face=Face.CONFIRM)
    assert 0.4 < len(found) / TIMES < 0.8
    assert max(deed.after_s for deed in found) > 20
    compared = deeds("forgetful", code=1)
    assert len(compared) == TIMES
    assert max(deed.after_s for deed in compared) < COMPARE_S


def test_the_absent_one_takes_it_off_and_does_nothing() -> None:
    assert what(deeds("absent")) == {Wearing(worn=False)}
    for face in Face:
        assert deeds("absent", face=face, worn=False) == []


def test_a_start_once() -> None:
    wearer = Starting(wearer_named("diligent", Random(1)), after_s=30)
    assert what(list(wearer.sees(WatchView(since_s=5.0, code=1)))) == {Comparison(same=True)}
    assert list(wearer.sees(WatchView(since_s=5.0))) == [Deed(30, Press.START)]
    assert what(list(wearer.sees(WatchView(face=Face.CONFIRM)))) == {Press.TAP}
    assert list(wearer.sees(WatchView(since_s=90.0))) == []


@pytest.mark.parametrize("name", WEARERS)
def test_one_seed_is_one_wearer(name: str) -> None:
    def life(wearer: Wearer) -> list[object]:
        return [list(wearer.sees(WatchView(face=face, planned_s=30))) for face in [*Face] * 20]

    assert life(wearer_named(name, Random(3))) == life(wearer_named(name, Random(3)))


def test_nobody_has_no_name() -> None:
    with pytest.raises(KeyError):
        wearer_named("nobody", Random())
