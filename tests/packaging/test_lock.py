"""requirements.lock pins all that pyproject.toml asks for, by hash, and does not say where from."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.lock import read_pins

ROOT = Path(__file__).parents[2]
PINS = read_pins(ROOT / "requirements.lock")


def test_everything_is_pinned_with_hashes() -> None:
    assert len(PINS) > 30
    for pin in PINS:
        assert str(pin.requirement.specifier).startswith("=="), pin.text
        assert "--hash=sha256:" in pin.text


def test_lock_satisfies_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + [
        line for extra in project["optional-dependencies"].values() for line in extra
    ]
    versions = {pin.name: next(iter(pin.requirement.specifier)).version for pin in PINS if pin.here}
    for requirement in map(Requirement, asked):
        if requirement.name == "wearsync":
            continue
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is not locked: run scripts/lock"
        assert requirement.specifier.contains(version), (
            f"{requirement} is locked at {version}: run scripts/lock"
        )


def test_lock_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in text
    assert "find-links" not in text
