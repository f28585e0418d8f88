"""What the tests of the packages have to do with pip and build: make the distributions, install them.

Rule: every package comes as requirements.lock has it, by hash; pip is this environment's own, and each new
environment is made without one.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from tests.packaging.lock import closure, read_pins

ROOT = Path(__file__).parents[2]
BESIDE = "beside.pth"


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment with the wheel in it, and an empty directory to stand in."""

    scripts: Path
    elsewhere: Path

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        [path] = self.scripts.parent.glob("lib/python3.*/site-packages")
        return path

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours leads back to the checkout."""
        hidden = ("PYTHONPATH", "VIRTUAL_ENV")
        return {name: value for name, value in os.environ.items() if name not in hidden}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One of its commands, to its end."""
        return subprocess.run(
            [str(self.scripts / command[0]), *command[1:]],
            cwd=self.elsewhere,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, wheel: Path, names: Iterable[str] = ()) -> None:
        """The wheel in place of what is there of it, and these packages with all that they need."""
        base = self.scripts.parent
        needed = closure(names)
        pins = [pin for pin in read_pins(ROOT / "requirements.lock") if pin.here and pin.name in needed]
        pip = (
            *(sys.executable, "-m", "pip", "--python", str(self.scripts / "python"), "install", "-qq"),
            *("--disable-pip-version-check", "--no-deps", "--no-compile", "--no-warn-script-location"),
        )
        if pins:
            lock = base / "needed.lock"
            lock.write_text("\n".join(pin.text for pin in pins), encoding="utf-8")
            run(*pip, "--require-hashes", "-r", str(lock))
        run(*pip, "--force-reinstall", str(wheel))


def new_environment(base: Path, *, beside: Installed | None = None) -> Installed:
    """An empty virtual environment below `base`; `beside`: it has also what that one has."""
    venv.create(base / "venv", with_pip=False)
    made = Installed(scripts=base / "venv" / "bin", elsewhere=base / "elsewhere")
    made.elsewhere.mkdir()
    if beside is not None:
        # Such a file counts in the environment's own directory only: what that one is beside of goes on here.
        before = beside.packages / BESIDE
        more = before.read_text(encoding="utf-8") if before.exists() else ""
        (made.packages / BESIDE).write_text(f"{beside.packages}\n{more}", encoding="utf-8")
    return made


def build(out: Path, *, only: str | None = None) -> None:
    """The sdist, and the wheel built from it (so that the sdist is whole); `only` one, from the tree."""
    kind = () if only is None else (f"--{only}",)
    run(sys.executable, "-m", "build", "--no-isolation", *kind, "--outdir", str(out), str(ROOT))


def wheel_in(directory: Path) -> Path:
    """The only wheel there."""
    [wheel] = directory.glob("*.whl")
    return wheel


def metadata_of(wheel: Path) -> bytes:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as file:
        [name] = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        return file.read(name)


def dependencies(wheel: Path, *, extra: str | None = None) -> list[str]:
    """The names that the wheel asks for without an extra; or only what that extra adds."""
    lines = metadata_of(wheel).decode().partition("\n\n")[0].splitlines()
    key = "Requires-Dist: "
    asked = [Requirement(line.removeprefix(key)) for line in lines if line.startswith(key)]
    return [each.name for each in asked if _is_of(extra, str(each.marker or ""))]


def _is_of(extra: str | None, marker: str) -> bool:
    if extra is None:
        return "extra ==" not in marker
    return re.search(rf"extra == .{extra}\W", marker) is not None


def other_version(wheel: Path, version: str, out: Path) -> Path:
    """The same wheel as another release: as far as it says itself."""
    old = wheel.name.split("-")[1]
    tree = out / "tree"
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tree)
    info = tree / f"wearsync-{version}.dist-info"
    (tree / f"wearsync-{old}.dist-info").rename(info)
    for path in (info / "METADATA", tree / "wearsync" / "__init__.py"):
        text = path.read_text(encoding="utf-8")
        assert old in text, path
        path.write_text(text.replace(old, version, 1), encoding="utf-8")
    # Without a list of files pip would not know what to take away again.
    files = [path.relative_to(tree).as_posix() for path in sorted(tree.rglob("*")) if path.is_file()]
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files), encoding="utf-8")
    made = shutil.make_archive(str(out / "made"), "zip", tree)
    return Path(made).rename(out / wheel.name.replace(old, version))


def run(*command: str) -> None:
    """A command that must succeed; what it said is told if it does not."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
