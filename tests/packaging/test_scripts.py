"""What a newcomer runs: each script can be read, says what it is for, and refuses what it does not know."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = [path for path in [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"] if path.suffix == ""]
UNAVAILABLE = 69


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_sound_and_says_what_it_is_for(script: Path) -> None:
    first, second = script.read_text(encoding="utf-8").splitlines()[:2]
    assert first.startswith("#!/usr/bin/env ")
    assert second.startswith(("# ", '"""'))
    assert os.access(script, os.X_OK)
    if first.endswith("bash"):
        assert _run("bash", "-n", str(script)).returncode == 0


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("setup", "--python PYTHON"),
        ("check", "--python PYTHON"),
        ("coverage", "--python PYTHON"),
        ("fuzz", "--minutes M"),
    ],
)
def test_help_and_unknown_option(name: str, option: str) -> None:
    script = str(ROOT / "scripts" / name)
    help_ = _run(script, "--help")
    assert (help_.returncode, help_.stderr) == (0, "")
    assert f"scripts/{name} [{option}]" in help_.stdout
    unknown = _run(script, "--nonsense")
    assert unknown.returncode == 2
    [line] = unknown.stderr.splitlines()
    assert "--nonsense" in line


def test_setup_refuses_what_is_no_python(tmp_path: Path) -> None:
    """Among them the stand-ins of version managers, which are on PATH and answer only "not installed"."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup", tmp_path / "scripts")
    stand_in = tmp_path / "python3.99"
    stand_in.write_text("#!/bin/sh\necho not installed >&2\nexit 127\n")
    stand_in.chmod(0o755)
    done = _run(str(tmp_path / "scripts" / "setup"), "--python", str(stand_in))
    assert done.returncode == UNAVAILABLE
    [line] = done.stderr.splitlines()
    assert "python3.99 is not a Python of 3.11 or newer" in line
    assert not (tmp_path / ".venv").exists()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
