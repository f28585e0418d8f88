"""`wearsync-sim world` as people and programs meet it."""

import json

import pytest

from wearsync.errors import UsageError
from wearsync_simulators.world import show


def run(**changes: object) -> tuple[int, list[str], list[str]]:
    said: list[str] = []
    remarked: list[str] = []
    options: dict[str, object] = {
        "seed": 1,
        "days": 1,
        "faults": (),
        "watches": 1,
        "radio": "fast",
        "plant": None,
        "until_violated": None,
        "as_json": False,
    }
    code = show.run(**{**options, **changes}, say=said.append, warn=remarked.append)  # type: ignore[arg-type]
    return code, said, remarked


def test_for_people_it_is_a_few_lines():
    code, said, remarked = run()
    assert code == 0
    assert said[0].startswith("seed 1: 1 days, ")
    assert "violations: 0" in said
    assert "as fast as life" in remarked[-1]


def test_for_programs_it_is_one_line():
    code, said, _ = run(as_json=True)
    assert code == 0
    assert json.loads(said[-1])["violations"] == 0
    assert len(said) == 1


def test_a_bug_ends_with_1_and_says_what_is_violated():
    code, said, remarked = run(plant="keys_logged", days=7, until_violated="I9")
    assert code == 1
    assert said[0].startswith("seed 1: 1 days, ")
    assert remarked[0] == "violated: I9: a log line has a key or a nonce in it"


@pytest.mark.parametrize("said", ["none", "host.kill", "host.kill, radio.slow"])
def test_faults_are_named_with_commas(said: str):
    assert len(show.fault_names(said)) == (0 if said == "none" else said.count(",") + 1)


def test_what_there_is_not_is_refused_and_what_there_is_named():
    with pytest.raises(UsageError, match=r"host\.kill"):
        show.fault_names("host.kil")
    with pytest.raises(UsageError, match="told_early"):
        show.bug_name("told_late")
    with pytest.raises(UsageError, match="I10, I11, and I: any"):
        show.invariant("I12")
    assert show.bug_name("told_early") == "told_early"
    assert show.invariant("I4") == "I4"
