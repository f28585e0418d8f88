"""The disk below the journal: what it is, how much room it has, and how long a commit takes it.

Rule: what is tried is tried with a small file of its own, which is gone afterwards; nothing else is touched.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from statistics import median

# Enough to know a card from a disk, and short enough to wait for on the slowest card.
WRITES_MAX, WRITES_S = 20, 1.0
# A page of SQLite's.
_PAGE = bytes(4096)

_MEMORY = ("tmpfs", "ramfs")
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs", "davfs")
_CONTAINER = ("overlay", "aufs", "fuse.fuse-overlayfs")


class Medium(Enum):
    """What the files are on."""

    DISK = "disk"
    CARD = "memory card"
    MEMORY = "memory"
    NETWORK = "network"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system. `kind`: as the kernel calls it; `read_only`: it can't be written."""

    point: str
    kind: str
    medium: Medium
    read_only: bool


@dataclass(frozen=True, slots=True)
class Room:
    """What is left for who is not root. `free_bytes`; `free_files` None: as many as fit."""

    free_bytes: int
    free_files: int | None


def mount_of(path: Path, *, mounts: Path, blocks: Path) -> Mount | None:
    """The file system that a path is on; None: not known. `mounts`: /proc/self/mountinfo (see proc(5));
    `blocks`: /sys/dev/block.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    real = path.resolve()
    # Of several at one point the last one covers the others.
    found = max(
        (fields for fields in _fields(lines) if real.is_relative_to(fields.point)),
        key=lambda fields: len(Path(fields.point).parts),
        default=None,
    )
    if found is None:
        return None
    return Mount(found.point, found.kind, _medium(found, blocks), "ro" in found.options)


def room(directory: Path) -> Room:
    """Raises `OSError`."""
    found = os.statvfs(directory)
    return Room(found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None)


def commit_ms(directory: Path) -> float:
    """The median time that it takes to have a page on the disk, in ms. Raises `OSError`."""
    took_ms: list[float] = []
    with tempfile.TemporaryFile(dir=directory, prefix=".doctor-") as file:
        ends_s = time.monotonic() + WRITES_S
        while len(took_ms) < WRITES_MAX and (not took_ms or time.monotonic() < ends_s):
            began_s = time.monotonic()
            file.write(_PAGE)
            file.flush()
            os.fsync(file.fileno())
            took_ms.append((time.monotonic() - began_s) * 1000)
    return median(took_ms)


@dataclass(frozen=True, slots=True)
class _Fields:
    device: str
    point: str
    options: tuple[str, ...]
    kind: str


def _fields(lines: list[str]) -> Iterator[_Fields]:
    for line in reversed(lines):
        before, separator, after = line.partition(" - ")
        words, rest = before.split(), after.split()
        if separator and len(words) > 5 and rest:
            options = (*words[5].split(","), *(rest[2].split(",") if len(rest) > 2 else ()))
            yield _Fields(words[2], _unescaped(words[4]), options, rest[0])


def _unescaped(point: str) -> str:
    return point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")


def _medium(fields: _Fields, blocks: Path) -> Medium:
    for kinds, medium in (
        (_MEMORY, Medium.MEMORY),
        (_NETWORK, Medium.NETWORK),
        (_CONTAINER, Medium.CONTAINER),
    ):
        if fields.kind in kinds:
            return medium
    device = os.path.realpath(blocks / fields.device)
    return Medium.CARD if "/mmc" in device else Medium.DISK
