"""A release is what the workflow makes of a tag: pinned, with few rights; and one version everywhere."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from wearsync import __version__

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
NOTES = ROOT / "scripts" / "release-notes"
TEXT = WORKFLOW.read_text(encoding="utf-8")
JOBS = yaml.safe_load(TEXT)["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]


def test_it_runs_for_a_version_s_tag_only() -> None:
    # YAML 1.1 reads `on` as true.
    assert yaml.safe_load(TEXT)[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+*"]}}


def test_actions_are_pinned_by_commit() -> None:
    uses = re.findall(r"uses: (\S+)(.*)", TEXT)
    assert len(uses) == sum("uses" in step for step in STEPS) > 5
    for action, remark in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", remark), action


def test_a_job_has_the_rights_that_it_needs_and_no_secret() -> None:
    assert yaml.safe_load(TEXT)["permissions"] == {}
    assert "secrets." not in TEXT
    rights = {name: job["permissions"] for name, job in JOBS.items()}
    assert [name for name in rights if rights[name].get("contents") == "write"] == ["page"]
    assert [name for name in rights if "id-token" in rights[name]] == ["build", "publish"]
    assert all("timeout-minutes" in job for job in JOBS.values())
    for step in STEPS:
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_nothing_is_published_that_was_not_checked() -> None:
    def before(name: str) -> set[str]:
        needs = JOBS[name].get("needs", [])
        direct = [needs] if isinstance(needs, str) else needs
        return {*direct, *(each for one in direct for each in before(one))}

    assert [name for name in JOBS if "check" not in {name, *before(name)}] == []
    assert any(step.get("run") == ".ci/run" for step in JOBS["check"]["steps"])


def test_its_commands_are_sound(tmp_path: Path) -> None:
    commands = [step["run"] for step in STEPS if "run" in step]
    assert len(commands) > 8
    for command in commands:
        # What comes from outside comes by the environment: in the text it would be part of the program.
        assert "${{" not in command
        assert subprocess.run(["bash", "-n", "-c", command], check=False).returncode == 0, command
        for path in re.findall(r"(?<![\w/.-])(?:scripts|packaging)/[\w/.-]+", command):
            assert (ROOT / path).exists(), path


def test_a_version_that_is_not_everywhere_is_none(tmp_path: Path) -> None:
    done = subprocess.run([NOTES, "99.0.0"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "release-notes: wearsync/__init__.py has no line '__version__ = \"99.0.0\"'\n"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """The files that say a version, as they are on the day of the release."""
    app = Path("packaging/home-assistant/wearsync")
    for name in ("wearsync/__init__.py", app / "config.yaml", app / "CHANGELOG.md", "scripts/release-notes"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    new = f"## [{__version__}] - 2026-12-01\n### Added\n- One.\n"
    changelog = f"# Changelog\n\n## [Unreleased]\n\n{new}\n## [0.0.1]\n- Old.\n"
    (tmp_path / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    return tmp_path


def test_the_notes_are_the_changelog_s_words(released: Path) -> None:
    done = subprocess.run(
        [released / "scripts" / "release-notes", __version__], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "### Added\n- One.\n", "")
    assert os.access(NOTES, os.X_OK)
