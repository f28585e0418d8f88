"""The house rules, held by every file of the checkout; and each rule shown to catch a planted violation."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from tests.tidy import rules

ROOT = Path(__file__).parents[2]
PRODUCT = ("wearsync", "simulators")

# Modules without a test file of their own name, each with its reason.
NO_MIRROR: dict[str, str] = {}

PRODUCT_RULES: list[rules.Rule] = [
    rules.public_names_are_explained,
    rules.dataclasses_are_frozen_and_slotted,
    rules.no_print,
    rules.no_untyped_values_between_modules,
]
TEST_RULES: list[rules.Rule] = [rules.tests_are_real]
PYTHON_RULES: list[rules.Rule] = [
    rules.module_is_short,
    rules.functions_are_short,
    rules.module_says_what_it_is_for,
    rules.module_name_says_something,
]
TEXT_RULES: list[rules.Rule] = [rules.nothing_left_over]

PLANTED: list[tuple[rules.Rule, str, str]] = [
    (rules.module_is_short, "wearsync/x.py", "x = 1\n" * 401),
    (rules.functions_are_short, "wearsync/x.py", "async def f():\n" + "    x = 1\n" * 70),
    (rules.module_says_what_it_is_for, "wearsync/x.py", "x = 1\n"),
    (rules.public_names_are_explained, "wearsync/x.py", "def f():\n    return 1\n"),
    (rules.public_names_are_explained, "wearsync/x.py", "class X:\n    y: int\n"),
    (rules.module_name_says_something, "wearsync/radio/utils.py", ""),
    (rules.module_name_says_something, "wearsync/common/link.py", ""),
    (
        rules.dataclasses_are_frozen_and_slotted,
        "wearsync/model.py",
        "@dataclass(frozen=True)\nclass X: ...\n",
    ),
    (rules.dataclasses_are_frozen_and_slotted, "wearsync/protocol/x.py", "@dataclass\nclass X: ...\n"),
    (rules.no_print, "wearsync/radio/x.py", "def f():\n    print(1)\n"),
    (rules.no_untyped_values_between_modules, "wearsync/x.py", "def f(x: list[dict[str, int]]): ...\n"),
    (rules.no_untyped_values_between_modules, "wearsync/x.py", "class X:\n    def f(self) -> Any: ...\n"),
    (rules.tests_are_real, "tests/test_x.py", "from unittest import mock\n"),
    (rules.tests_are_real, "tests/test_x.py", "from unittest.mock import AsyncMock\n"),
    (rules.tests_are_real, "tests/test_x.py", "def test(monkeypatch):\n    monkeypatch.setattr(x, 'y', 1)\n"),
    (rules.tests_are_real, "tests/test_x.py", "@pytest.mark.skipif(True, reason='')\ndef test(): ...\n"),
    (rules.nothing_left_over, "docs/x.md", "see /ho" + "me/anna/wearsync\n"),
    (rules.nothing_left_over, "docs/x.md", "in /ro" + "ot/x\n"),
    (rules.nothing_left_over, "requirements.lock", "--index-url https://pypi" + ".org/simple\n"),
    (rules.nothing_left_over, "wearsync/x.py", "x = 1  # TO" + "DO: more\n"),
]


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED, ids=[rule.__name__ for rule, _, _ in PLANTED])
def test_rule_catches_what_is_planted(rule: rules.Rule, path: str, source: str) -> None:
    assert list(rule(PurePosixPath(path), source))


def test_every_rule_has_something_planted() -> None:
    put_to_use = {*PRODUCT_RULES, *TEST_RULES, *PYTHON_RULES, *TEXT_RULES}
    assert put_to_use == {rule for rule, _, _ in PLANTED}


@pytest.mark.parametrize(
    ("rule", "tops"),
    [(rule, PRODUCT) for rule in PRODUCT_RULES]
    + [(rule, ("tests",)) for rule in TEST_RULES]
    + [(rule, (*PRODUCT, "tests", "docs", "scripts")) for rule in PYTHON_RULES],
)
def test_python_keeps_the_rule(rule: rules.Rule, tops: tuple[str, ...]) -> None:
    paths = [path for path in _files() if path.parts[0] in tops and path.suffix == ".py"]
    assert paths
    _expect_none(wrong for path in paths for wrong in rule(path, (ROOT / path).read_text(encoding="utf-8")))


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_text_keeps_the_rule(rule: rules.Rule) -> None:
    texts = {path: _text(path) for path in _files()}
    _expect_none(wrong for path, text in texts.items() if text for wrong in rule(path, text))


def test_complexity_is_bounded() -> None:
    planted = "def f(x):\n" + "".join(f"    if x == {n}:\n        x += 1\n" for n in range(10))
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "C901", "--stdin-filename", "wearsync/x.py", "-"],
        input=planted,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "f` is too complex (11 > 10)" in done.stdout


def test_tests_mirror_the_sources() -> None:
    """A module with logic has a test file, or several of one beginning (test_link.py, test_link_loss.py)."""
    _expect_none(
        f"{path}: no {rules.mirror_of(path)}"
        for path in _files()
        if path.parts[0] in PRODUCT and path.suffix == ".py" and str(path) not in NO_MIRROR
        if rules.has_logic((ROOT / path).read_text(encoding="utf-8"))
        if not list((ROOT / rules.mirror_of(path)).parent.glob(f"test_{path.stem.strip('_')}*.py"))
    )


def test_exceptions_from_the_mirror_are_still_needed() -> None:
    for name, reason in NO_MIRROR.items():
        assert reason
        assert (ROOT / name).is_file(), f"{name} is gone"
        assert not (ROOT / rules.mirror_of(PurePosixPath(name))).exists(), f"{name} has tests of its own now"


@pytest.mark.parametrize(
    ("path", "mirror"),
    [
        ("wearsync/__main__.py", "tests/test_main.py"),
        ("wearsync/radio/link.py", "tests/radio/test_link.py"),
        ("simulators/wearsync_simulators/watches/hold.py", "tests/simulators/watches/test_hold.py"),
        ("wearsync/drivers/__init__.py", "tests/drivers/test_init.py"),
    ],
)
def test_where_the_mirror_of_a_module_stands(path: str, mirror: str) -> None:
    assert str(rules.mirror_of(PurePosixPath(path))) == mirror


@pytest.mark.parametrize(
    ("source", "logic"),
    [
        ("X = 1\n", False),
        ("class P(Protocol):\n    def f(self) -> int:\n        '''Says.'''\n        ...\n", False),
        ("class X:\n    def f(self) -> int:\n        return 1\n", True),
    ],
)
def test_what_counts_as_logic(source: str, logic: bool) -> None:
    assert rules.has_logic(source) is logic


def _expect_none(violations: Iterable[str]) -> None:
    if found := list(violations):
        pytest.fail("\n".join(found), pytrace=False)


def _files() -> list[PurePosixPath]:
    """What git knows or would take; without git (an unpacked sdist) all that is not hidden."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = {PurePosixPath(line) for line in listed.stdout.splitlines()}
    else:
        paths = {PurePosixPath(path.relative_to(ROOT).as_posix()) for path in ROOT.rglob("[!.]*")}
        paths = {path for path in paths if not any(part.startswith((".", "__pyc")) for part in path.parts)}
    return sorted(path for path in paths if (ROOT / path).is_file())


def _text(path: PurePosixPath) -> str | None:
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
