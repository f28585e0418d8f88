"""requirements.lock pins all that pyproject.toml asks for, by hash, and does not say where from."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.lock import Pin, read_pins

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "packaging" / "container" / "requirements.lock"
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


def test_a_container_has_the_same_versions_without_the_tools() -> None:
    of_all = {_release(pin) for pin in PINS}
    pins = read_pins(CONTAINER)
    assert [pin.name for pin in pins if _release(pin) not in of_all] == [], "run scripts/lock"
    assert {"bumble", "iotcore", "starlette"} <= {pin.name for pin in pins}
    assert not {"pytest", "mypy", "hatchling"} & {pin.name for pin in pins}


@pytest.mark.parametrize("path", [ROOT / "requirements.lock", CONTAINER], ids=lambda path: path.parent.name)
def test_lock_names_no_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in text
    assert "find-links" not in text


def _release(pin: Pin) -> str:
    """Which files these are; for whom (the marker) may differ."""
    return f"{pin.name}{pin.requirement.specifier}{pin.text.partition('--hash=')[2]}"
