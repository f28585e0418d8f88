"""A disk for the daemon's state that can be full: a small one of its own, or, where nothing may be mounted, a
limit on how long its files may get.

Rule: it is really full: the kernel refuses to write, nobody pretends.
"""

import errno
import resource
import subprocess
from pathlib import Path
from typing import Protocol

__all__ = ["Disk", "LimitedFiles", "SmallDisk", "small_disk"]

# Journal, ballast and backups of an hour's torture have room in it, and filling it takes milliseconds.
SIZE_MIB = 64
CHUNK_BYTES = 1 << 16
# What is left to a file that may not grow any more: less than one page of the database.
LIMIT_BYTES = 4095


class Disk(Protocol):
    """Where the daemon keeps its state. `by`: how it comes to be full."""

    by: str

    def fill(self, pid: int | None) -> None:
        """Leave no room, to the daemon with that pid; again and again, for it may make some."""

    def free(self, pid: int | None) -> None:
        """Room again."""

    def close(self) -> None:
        """Take it away; what was on it is gone."""


def small_disk(directory: Path) -> Disk:
    """The disk at `directory`, which is made."""
    directory.mkdir(mode=0o700)
    options = f"size={SIZE_MIB}m,mode=0700"
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        return LimitedFiles()
    return SmallDisk(directory)


class SmallDisk:
    """A tmpfs, filled by a file."""

    def __init__(self, directory: Path) -> None:
        self.by = "tmpfs" if _is_whole_machine() else "tmpfs in a user namespace"
        self._directory = directory
        self._filler = directory / "filler"

    def fill(self, pid: int | None) -> None:
        """See `Disk`."""
        with self._filler.open("ab", buffering=0) as filler:
            for size in (CHUNK_BYTES, 1):
                _write_until_full(filler.fileno(), size)

    def free(self, pid: int | None) -> None:
        """See `Disk`."""
        self._filler.unlink(missing_ok=True)

    def close(self) -> None:
        """See `Disk`."""
        subprocess.run(["umount", str(self._directory)], check=True, capture_output=True)


class LimitedFiles:
    """RLIMIT_FSIZE of the daemon: what it appends fails with EFBIG."""

    by = "file size limit"

    def fill(self, pid: int | None) -> None:
        """See `Disk`."""
        _limit(pid, LIMIT_BYTES)

    def free(self, pid: int | None) -> None:
        """See `Disk`."""
        _limit(pid, resource.RLIM_INFINITY)

    def close(self) -> None:
        """See `Disk`."""


def _write_until_full(descriptor: int, size: int) -> None:
    import os

    try:
        while True:
            os.write(descriptor, bytes(size))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def _limit(pid: int | None, size: int) -> None:
    if pid is None:
        return
    try:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        soft = size if hard == resource.RLIM_INFINITY or size < hard else hard
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    except ProcessLookupError:
        pass  # it has just been killed: the next one starts without a limit


def _is_whole_machine() -> bool:
    """Whether this is no user namespace: there all ids are mapped to themselves."""
    return Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]
