"""What a world tells: one line of JSON with the words of its contract."""

import json

from wearsync_simulators.world.plan import Report


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
