"""A file that holds room for the day on which the disk is full.

Rule: while only its room is left, no records are taken in: the watch keeps those. Alerts, the outbox's
states and deletions go on in that room.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path

# An alert, or a batch of the outbox's marks, takes a handful of pages of 4 kB: these are a hundred of them.
BALLAST_BYTES = 2 * 1024 * 1024
# Made only where it takes little of what there is; given up, it is not made and lost by turns.
_ROOM_FACTOR = 16
# Beyond the ballast's own room: somebody has made space.
_LOW_FACTOR = 2
# What a commit takes at the least: a few pages, and an inode for the write-ahead log.
_PROBE_BYTES = 64 * 1024

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class Ballast:
    """The file `….ballast` beside the journal; `size_bytes` 0: there is none, and the disk is never low."""

    def __init__(self, journal: Path, *, size_bytes: int = BALLAST_BYTES) -> None:
        self._path = journal.with_suffix(".ballast")
        self._size_bytes = size_bytes
        self._made = False

    @property
    def low(self) -> bool:
        """Whether only its room is left, or even less."""
        if self._made or not self._size_bytes:
            return False
        try:
            return self._free_bytes() < _LOW_FACTOR * self._size_bytes
        except OSError:  # not known; the journal itself will tell
            return False

    def tend(self) -> None:
        """Make it where there is none, if there is room enough."""
        if self._made or not self._size_bytes:
            return
        with suppress(OSError):
            if self._path.exists() and self._path.stat().st_size == self._size_bytes:
                self._made = True
            elif self._free_bytes() >= _ROOM_FACTOR * self._size_bytes:
                _allocate(self._path, self._size_bytes)
                self._made = True

    def give_up(self) -> None:
        """The disk is full: its room is needed now."""
        self._made = False
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _free_bytes(self) -> int:
        found = os.statvfs(self._path.parent)
        return found.f_bavail * found.f_frsize


def has_room(directory: Path) -> bool:
    """Whether a small file can still be made there: SQLite doesn't tell a quota or a lack of inodes from a
    disk that fails.
    """
    probe = directory / "journal.probe"
    try:
        probe.write_bytes(bytes(_PROBE_BYTES))
    except OSError as error:
        return error.errno not in _NO_ROOM
    finally:
        with suppress(OSError):
            probe.unlink()
    return True


def _allocate(path: Path, size_bytes: int) -> None:
    """All of it or nothing. Raises `OSError`."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, size_bytes)
            else:  # macOS
                os.pwrite(descriptor, bytes(size_bytes), 0)
        finally:
            os.close(descriptor)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
