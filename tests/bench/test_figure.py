"""A figure's rounds become few numbers, and its goals are judged by the median."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.figure import Figure, Measured, Part, Round, at_least, at_most
from tests.bench.interleave import alternately

RATIO_OF = Part("ratio", "×", "costs ÷ floor", at_most(1.3))
SPEED = Part("per_s", "1/s", "costs a second", at_least(10))
SHOWN = Part("ms", "ms", "one takes")


def figure(*rounds: Mapping[str, float], parts: tuple[Part, ...] = (RATIO_OF, SPEED, SHOWN)) -> Figure:
    @contextmanager
    def prepared(place: Path) -> Iterator[Round]:
        assert place.is_dir()
        yield iter(rounds).__next__

    return Figure("cost", "costs ÷ a floor", parts, len(rounds), prepared)


def a_round(ratio: float, per_s: float = 11.0) -> dict[str, float]:
    return {"ratio": ratio, "per_s": per_s, "ms": 2.0}


def test_median_is_judged_and_one_bad_round_is_not(tmp_path: Path) -> None:
    measured = figure(a_round(1.0), a_round(9.0), a_round(1.2)).measured(tmp_path, 3)
    ratio, speed, shown = measured.parts
    assert (ratio.median, ratio.least, ratio.most, ratio.rounds) == (1.2, 1.0, 9.0, 3)
    assert (ratio.met, speed.met, shown.met, measured.met) == (True, True, True, True)


@pytest.mark.parametrize("missing", [a_round(1.31), a_round(1.0, per_s=9.9)])
def test_each_goal_that_is_missed_misses_the_figure(tmp_path: Path, missing: dict[str, float]) -> None:
    assert not figure(missing).measured(tmp_path, 1).met
    assert str(at_most(1.3)) == "≤ 1.3"
    assert str(at_least(20_000)) == "≥ 20,000"


def test_what_one_process_measured_another_reads(tmp_path: Path) -> None:
    one = figure(a_round(1.0), a_round(2.0))
    measured = one.measured(tmp_path, 2)
    assert Measured.read(one, str(measured)) == measured
    for line in ("[]x", '[["other", 1, 1, 1, 1]]', '[["ratio"]]'):
        with pytest.raises(ValueError, match=r"cost|JSON|Extra data"):
            Measured.read(one, line)


def test_round_that_forgets_a_part_is_a_defect(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a round gave"):
        figure({"ratio": 1.0}).measured(tmp_path, 1)
    with pytest.raises(ValueError, match="first part is the ratio"):
        figure(parts=(SHOWN, RATIO_OF))
    with pytest.raises(ValueError, match="no room"):
        Part("x", "×", "words that no table of eighty columns could hold")


def test_neither_is_always_first() -> None:
    ran: list[str] = []
    both = alternately(lambda: ran.append("a"), lambda: ran.append("b"))
    for _ in range(3):
        both()
    assert ran == ["a", "b", "b", "a", "a", "b"]
