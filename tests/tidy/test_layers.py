"""lint-imports holds for the checkout, and is shown to catch each kind of breach in a scratch copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A copy of all that lint-imports reads."""
    for name in ("wearsync", "simulators"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_keep_their_direction(scratch: Path) -> None:
    done = _lint_imports(scratch)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("wearsync/model.py", "import wearsync.coordinator", "Imports point inward BROKEN"),
        ("wearsync/journal/breach.py", "import wearsync.publish", "Imports point inward BROKEN"),
        ("wearsync/nowhere.py", "", "not listed as layers:\n\n- wearsync.nowhere"),
        ("wearsync/coordinator/breach.py", "import asyncio", "coordinator.breach -> asyncio"),
        ("wearsync/protocol/breach.py", "from time import monotonic", "protocol.breach -> time"),
        ("wearsync/daemon/breach.py", "import bleak", "daemon.breach -> bleak"),
        ("wearsync/daemon/breach.py", "from sqlite3 import connect", "daemon.breach -> sqlite3"),
        ("wearsync/control/breach.py", "import paho.mqtt.client", "control.breach -> paho"),
        ("wearsync/cli/breach.py", "import wearsync_simulators", "cli.breach -> wearsync_simulators"),
        (
            "simulators/wearsync_simulators/watches/breach.py",
            "from wearsync.protocol import frames",
            "watches.breach -> wearsync.protocol",
        ),
    ],
)
def test_breach_is_caught(scratch: Path, module: str, source: str, complaint: str) -> None:
    with (scratch / module).open("a") as file:
        file.write(f"\n{source}\n")
    done = _lint_imports(scratch)
    assert done.returncode == 1
    assert complaint in done.stdout, done.stdout


def _lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    """Runs it where the copy, not the checkout, is what Python imports."""
    tool = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", tool, "--no-cache"],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(directory), str(directory / "simulators")])},
        capture_output=True,
        text=True,
        check=False,
    )
