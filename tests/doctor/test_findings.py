"""The findings, as data: each says what it must, is told by somebody, and is tried by some test."""

import ast
import string
from pathlib import Path

import pytest

from wearsync.doctor import NAMES
from wearsync.doctor.check import Finding, Status, anchor
from wearsync.doctor.findings import BY_NAME, FINDINGS, OF_ANY_CHECK

ROOT = Path(__file__).parents[2]
ALL = (*FINDINGS, *OF_ANY_CHECK)
TROUBLES = [each for each in ALL if each.status in (Status.WARN, Status.FAIL)]


def test_names_and_symptoms_are_of_one_finding_each() -> None:
    assert len(BY_NAME) == len(ALL)
    symptoms = [anchor(each.symptom) for each in TROUBLES]
    assert len(set(symptoms)) == len(symptoms)


@pytest.mark.parametrize("found", FINDINGS, ids=lambda each: each.name)
def test_a_finding_says_what_it_must(found: Finding) -> None:
    assert found.check in NAMES
    assert found.name.isidentifier()
    assert found.name == found.name.lower()
    if found in TROUBLES:
        assert found.symptom
        assert found.fix
        assert found.why or found.name in ("python_old", "login_refused")
        # A heading is found by its letters on every page.
        assert set(found.symptom) <= {*string.ascii_letters, *string.digits, " ", "-"}
    else:
        assert not found.symptom
        assert not found.fix
    for text in (found.says, found.why, found.fix):
        assert not text.endswith(".")


def test_each_finding_is_told_by_somebody() -> None:
    """By its name in a module of the doctor, that of its own data apart."""
    used: set[str] = set()
    for path in (ROOT / "wearsync/doctor").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute | ast.Name):
                used.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    constants = {
        target.id
        for path in (ROOT / "wearsync/doctor/findings").glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and "Finding(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert constants - used == set()


@pytest.mark.parametrize("found", TROUBLES, ids=lambda each: each.name)
def test_each_trouble_is_tried(found: Finding) -> None:
    """Its name stands in a test, or in a step on real BlueZ."""
    places = [*(ROOT / "tests/doctor").glob("*.py"), *(ROOT / "tests/bluez").glob("*.py")]
    assert any(f'"{found.name}"' in path.read_text(encoding="utf-8") for path in places)
