"""What is told of the figures: no line is wider than a terminal, and what is missed has its cause."""

import json
from dataclasses import replace
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.machine import machine
from tests.bench.report import WIDTH, Outcome, as_json, head, rows, title, verdict
from tests.bench.test_figure import a_round, figure

CAUSE = "the floor has no tag to check, and the profile shows that " + "much of it is there, " * 9


def told(missed: bool, tmp_path: Path) -> tuple[str, dict[str, object]]:
    one = replace(figure(a_round(12_345.678 if missed else 1.0)), cause=CAUSE)
    other = replace(figure(), name="other")
    outcomes: dict[Figure, Outcome] = {one: one.measured(tmp_path, 1), other: "it took longer than 90 s"}
    about = machine(tmp_path)
    lines = [*head(about), title(), *(line for each in outcomes for line in rows(each, outcomes[each]))]
    lines += verdict(outcomes)
    assert all(len(line) <= WIDTH for line in lines)
    return "\n".join(lines), json.loads(json.dumps(as_json(about, outcomes)))


def test_what_is_missed_is_named_with_its_cause(tmp_path: Path) -> None:
    text, said = told(True, tmp_path)
    assert "MISSED" in text
    assert "0 of 2 meet their goals" in text
    assert "missed: cost: the floor has no tag" in text
    assert "missed: other: it took longer than 90 s" in text
    assert said["cost"] == {
        "ratio": 12_345.678,
        "min": 12_345.678,
        "max": 12_345.678,
        "rounds": 1,
        "unit": "ratio",
        "goal": "≤ 1.3",
        "met": False,
        "cause": CAUSE,
        "label": "costs ÷ floor",
        "says": "costs ÷ a floor",
        "parts": {
            "per_s": {
                "label": "costs a second",
                "median": 11,
                "min": 11,
                "max": 11,
                "rounds": 1,
                "unit": "1/s",
                "goal": "≥ 10",
                "met": True,
            },
            "ms": {
                "label": "one takes",
                "median": 2,
                "min": 2,
                "max": 2,
                "rounds": 1,
                "unit": "ms",
                "goal": None,
                "met": True,
            },
        },
    }
    assert said["other"] == {
        "ratio": None,
        "met": False,
        "error": "it took longer than 90 s",
        "says": "costs ÷ a floor",
    }


def test_what_is_met_needs_no_cause(tmp_path: Path) -> None:
    text, said = told(False, tmp_path)
    assert "1 of 2 meet their goals" in text
    assert "MISSED" not in text
    assert "why" not in text
    assert "cause" not in str(said)


def test_machine_is_named_by_what_makes_a_difference(tmp_path: Path) -> None:
    about = machine(tmp_path)
    assert {"processor", "kernel", "disk", "load", "python", "sqlite", "mosquitto", "packages"} <= set(about)
    assert all(about.values())
