"""What a world tells: one line of JSON with the words of its contract."""

import json

from wearsync_simulators.world.plan import Plan, Report


def test_the_line_has_its_words_and_counts_violations():
    report = Report(
        seed=1,
        days=7,
        sessions=20,
        records=600,
        crashes=30,
        duplicates_absorbed=12,
        faults=(("host.kill", 30),),
        violations=("I1: record 1 is missing",),
        trace="ab",
    )
    assert json.loads(report.json_line()) == {
        "seed": 1,
        "days": 7,
        "sessions": 20,
        "records": 600,
        "crashes": 30,
        "duplicates_absorbed": 12,
        "faults": {"host.kill": 30},
        "violations": 1,
        "trace": "ab",
    }


def test_it_ends_with_the_invariant_that_is_waited_for_or_with_any():
    waits = Plan(seed=1, days=7, until_violated="I1")
    assert waits.ends_with("I1")
    assert not waits.ends_with("I11")
    assert Plan(seed=1, days=7, until_violated="I").ends_with("I11")
    assert not Plan(seed=1, days=7).ends_with("I1")
