"""What `check` prints, for people and for programs."""

import json

from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync_simulators.kit.play import Result, Verdict
from wearsync_simulators.kit.show import Show


def result(story: str, fault: str, verdict: Verdict, reason: str = "", lines: tuple[str, ...] = ()) -> Result:
    return Result("wearsync", story, fault, verdict, reason, lines, 7)


RESULTS = (
    result("session", "plain", "pass"),
    result("session", "cut@5", "pass"),
    result("run-alone", "plain", "not applicable", "no journal"),
    result("early-stop", "plain", "pass"),
    result("early-stop", "slow", "fail", "it " + "is late " * 20, ("   1.000 ↓ " + "ACK seq=1 " * 20,)),
)


def shown(*, as_json: bool, results: tuple[Result, ...] = RESULTS) -> tuple[list[str], bool]:
    lines: list[str] = []
    show = Show(HoldProfileDriver(), 3, as_json, lines.append)
    show.begin()
    for each in results:
        show.result(each)
    return lines, show.end()


def test_lines_for_people() -> None:
    lines, good = shown(as_json=False)
    assert not good
    assert lines[:4] == [
        "wearsync: hold profile, seed 3",
        "  pass  session       a whole session, led by the host · 1 faults",
        "  n/a   run-alone     no journal",
        "  FAIL  early-stop    a hold is stopped by the wearer · 1 faults",
    ]
    assert lines[4].startswith("        slow: it is late")
    assert any("↓ ACK seq=1" in line for line in lines)
    assert lines[-1] == "check: wearsync: 1 passed, 1 failed, 1 not applicable (4 runs)"
    assert all(len(line) <= 80 for line in lines)


def test_objects_for_programs() -> None:
    lines, good = shown(as_json=True)
    *stories, summary = map(json.loads, lines)
    assert not good
    assert [(each["story"], each["result"]) for each in stories] == [
        ("session", "pass"),
        ("run-alone", "not_applicable"),
        ("early-stop", "fail"),
    ]
    assert stories[2]["runs"][1]["frames"] == list(RESULTS[4].lines)
    assert stories[1]["reason"] == "no journal"
    assert summary == {
        "driver": "wearsync",
        "seed": 3,
        "passed": 1,
        "failed": 1,
        "not_applicable": 1,
        "runs": 4,
        "ok": False,
    }


def test_without_a_failure_it_is_good() -> None:
    assert shown(as_json=True, results=RESULTS[:3])[1]
    assert shown(as_json=False, results=())[0][-1].startswith("check: wearsync: 0 passed")
