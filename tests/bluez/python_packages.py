"""The product's Python packages for the guest's Python: those of requirements.lock that it needs at run time.

Rule: by hash, and no newer or older than the lock says; no package index is named.
"""

import importlib.util
import marshal
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

__all__ = ["compiled", "install_locked"]

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
PIP_DEADLINE_S = 240
# Wheels for the C library of the oldest Debian that is supported (12 has 2.36), newest first.
PLATFORMS = (
    "manylinux_2_34_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)


def install_locked(python: str, target: Path) -> list[Path]:
    """Unpacks them below `target` for that Python ("3.11"); gives their files in order."""
    wanted = target.with_suffix(".txt")
    wanted.write_text(_locked(_needed("wearsync", python)), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"),
            *("--require-hashes", "--requirement", str(wanted), "--target", str(target)),
            *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
            *(word for name in PLATFORMS for word in ("--platform", name)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PIP_DEADLINE_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"pip could not unpack the guest's packages:\n{done.stderr[-4000:]}")
    return sorted(path for path in target.rglob("*") if path.is_file() and "tests" not in path.parts)


def compiled(path: str, source: bytes) -> tuple[str, bytes] | None:
    """Where the compiled form of a module stands and what it is, for a Python of this one's version; None:
    it does not compile (there are such files, to test that).

    Unchecked hashes (PEP 552): neither a time nor the source is compared when it is loaded.
    """
    try:
        code = compile(source, f"/{path}", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    head, _, name = path.rpartition("/")
    place = f"{head}/__pycache__/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"
    flags = (1).to_bytes(4, "little")
    magic = importlib.util.MAGIC_NUMBER
    return place, magic + flags + importlib.util.source_hash(source) + marshal.dumps(code)


def _needed(name: str, python: str) -> set[str]:
    """What the installed distribution needs, and what that needs, on Linux and that Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    names: set[str] = set()
    waiting = [Requirement(name)]
    while waiting:
        asked = waiting.pop()
        for line in metadata.requires(asked.name) or []:
            requirement = Requirement(line)
            extras = asked.extras or {""}
            if requirement.marker and not any(
                requirement.marker.evaluate(environment | {"extra": extra}) for extra in extras
            ):
                continue
            if (plain := _plain(requirement.name)) not in names:
                names.add(plain)
                waiting.append(requirement)
    return names


def _locked(names: set[str]) -> str:
    """The lock's entries of these names."""
    entries = re.findall(r"^[A-Za-z0-9](?:.*\\\n)*.*\n?", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    chosen = {_plain(re.split(r"[=\[ ]", entry, maxsplit=1)[0]): entry for entry in entries}
    return "".join(chosen[name] for name in sorted(names) if name in chosen)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
