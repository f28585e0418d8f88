"""requirements.lock, read: what is pinned, by which hashes, and what of it goes without extras.

Rule: reads the file and this environment's metadata, nothing else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry: its requirement (name, version, marker) and its lines as they stand in the file."""

    requirement: Requirement
    text: str

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def here(self) -> bool:
        """Whether it is for this platform and Python."""
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def read_pins(path: Path) -> list[Pin]:
    """The entries of a lock file, in its order."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    entries = "\n".join(lines).replace(" \\\n    ", " \\ ").splitlines()
    return [Pin(Requirement(entry.split(" \\ ")[0]), entry.replace(" \\ ", " \\\n    ")) for entry in entries]


def closure(names: Iterable[str]) -> set[str]:
    """These distributions and all that they need on this platform, without extras."""
    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_needs(name))
    return found


def _needs(name: str) -> Iterator[NormalizedName]:
    for line in requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)
