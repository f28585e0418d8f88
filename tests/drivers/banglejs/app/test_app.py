"""The app for Bangle.js, on the simulated watch: its tests are the Node programs beside this file.

Rule: each program is one test here; what it prints on failure is shown. They need nothing but `node` (≥ 18).
"""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
APP = HERE.parents[3] / "wearsync" / "drivers" / "banglejs" / "app"
PROGRAMS = sorted(HERE.glob("*.test.js"), key=lambda program: program.name)
# The longest takes 6 s here.
PROGRAM_DEADLINE_S = 120


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_program(program: Path) -> None:
    node = shutil.which("node")
    assert node, "the app's tests need node (apt install nodejs)"
    done = subprocess.run(
        [node, program.name],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROGRAM_DEADLINE_S,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "# fail 0" in done.stdout


def test_all_programs_are_here() -> None:
    assert [program.name.partition(".")[0] for program in PROGRAMS] == [
        "files",
        "flash",
        "holds",
        "talk",
        "vectors",
    ]
