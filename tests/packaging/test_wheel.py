"""What people install: the wheel, built from the sdist, holds the two packages and works far from here."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.packaging.lock import closure, read_pins

ROOT = Path(__file__).parents[2]
UNAVAILABLE = 69
HOW_TO_GET_IT = "pip install 'wearsync[all]'"


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment with the wheel in it, and an empty directory to stand in."""

    scripts: Path
    elsewhere: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        hidden = ("PYTHONPATH", "VIRTUAL_ENV")
        return subprocess.run(
            [str(self.scripts / command[0]), *command[1:]],
            cwd=self.elsewhere,
            env={name: value for name, value in os.environ.items() if name not in hidden},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel built from it (so that the sdist is whole)."""
    out = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT))
    return out


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel with its dependencies as locked, without any extra."""
    base = tmp_path_factory.mktemp("installed")
    needed = closure(_dependencies(_wheel(dist)))
    runtime = base / "runtime.lock"
    pins = [pin for pin in read_pins(ROOT / "requirements.lock") if pin.here and pin.name in needed]
    runtime.write_text("\n".join(pin.text for pin in pins), encoding="utf-8")
    venv.create(base / "venv", with_pip=True)
    scripts = base / "venv" / "bin"
    install = (
        str(scripts / "python"),
        "-m",
        "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
        "--no-deps",
    )
    _run(*install, "--require-hashes", "-r", str(runtime))
    _run(*install, str(_wheel(dist)))
    elsewhere = base / "elsewhere"
    elsewhere.mkdir()
    return Installed(scripts=scripts, elsewhere=elsewhere)


def test_wheel_holds_the_two_packages_and_nothing_else(dist: Path) -> None:
    with zipfile.ZipFile(_wheel(dist)) as wheel:
        names = wheel.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"wearsync", "wearsync_simulators"}
    assert len(tops) == 3
    assert {"wearsync/py.typed", "wearsync_simulators/py.typed"} <= set(names)
    assert {"wearsync/service/system.service", "wearsync/service/user.service"} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.endswith(".pyc")]


def test_sdist_carries_the_tests_and_the_lock(dist: Path) -> None:
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"requirements.lock", "LICENSE", "tests/conftest.py", "scripts/check"} <= names
    assert not [name for name in names if name.startswith((".venv", ".cache", ".git/"))]


def test_installed_it_says_its_version(installed: Installed) -> None:
    done = installed.run("wearsync", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.1.0" in done.stdout


def test_installed_it_says_its_commands(installed: Installed) -> None:
    done = installed.run("wearsync", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("run", "scan", "pair", "today", "demo"):
        assert command in done.stdout


def test_installed_packages_come_from_the_venv(installed: Installed) -> None:
    done = installed.run(
        "python", "-c", "import wearsync, wearsync_simulators as s; print(wearsync.__file__, s.__file__)"
    )
    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("wearsync", "demo"),
        ("wearsync", "scan", "--radio", "tcp:127.0.0.1:9"),
        ("wearsync-sim", "watch"),
        ("wearsync-sim", "--help"),
    ],
    ids=" ".join,
)
def test_without_the_extra_a_command_says_how_to_get_it(
    installed: Installed, command: tuple[str, ...]
) -> None:
    done = installed.run(*command)
    assert done.returncode == UNAVAILABLE, done.stdout + done.stderr
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert HOW_TO_GET_IT in line


def _wheel(dist: Path) -> Path:
    [wheel] = dist.glob("*.whl")
    return wheel


def _dependencies(wheel: Path) -> list[str]:
    """The names that the wheel asks for without an extra."""
    with zipfile.ZipFile(wheel) as file:
        [metadata] = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        lines = file.read(metadata).decode().partition("\n\n")[0].splitlines()
    asked = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]
    return [Requirement(line).name for line in asked if "extra ==" not in line]


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
