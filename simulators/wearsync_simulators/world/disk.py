"""The disk of one machine: it fails, runs full, and forgets at a power cut what was not synced.

Rule: what SQLite writes goes straight into real files; kept beside is only what the disk would have instead
(`sectors`). What others than SQLite write counts as synced.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from wearsync_simulators.world.disk_vfs import (
    OPEN_CREATE,
    OPEN_JOURNALS,
    RealFile,
    register,
    unregister,
)
from wearsync_simulators.world.faults import Fault, Faults
from wearsync_simulators.world.process import Dead, Process
from wearsync_simulators.world.sectors import Unsynced

__all__ = ["FAULTS", "Disk"]

# A busy day makes some 10^4 calls: a handful of errors.
FAULTS = (
    Fault("disk.full", "the disk has no room for a while", (69, 70, 80), rate=0.0005),
    Fault("disk.io_error", "a call to the disk fails", (71,), rate=0.0003),
    Fault("disk.fsync_error", "a sync fails, and the kernel forgets what it was for", (71,), rate=0.001),
    Fault("disk.power_cut", "what was not synced is gone, in part or whole", (68,)),
)

# Of what was made or deleted in a directory that was not synced since: how much is not on the disk.
_ENTRY_LOST_SHARE = 0.5

# What wants room in vain, until somebody makes room; a daemon tries again every few seconds or minutes.
_REFUSALS_MAX = 40

# By what each call fails.
_FAILURES = {
    "disk.open": sqlite3.SQLITE_CANTOPEN,
    "disk.read": sqlite3.SQLITE_IOERR_READ,
    "disk.write": sqlite3.SQLITE_IOERR_WRITE,
    "disk.truncate": sqlite3.SQLITE_IOERR_TRUNCATE,
    "disk.sync": sqlite3.SQLITE_IOERR_FSYNC,
    "disk.delete": sqlite3.SQLITE_IOERR_DELETE,
}


class Disk:
    """One machine's disk, which outlives its processes; all its files are under `root`.

    `capacity_bytes`: what would let the files grow beyond it gets SQLITE_FULL (None: no end). `calls`: opens,
    reads, writes, truncations, syncs and deletions so far; `fail_at`: the one that fails, and `fail_calls` in
    all from there on. A write that fails has written half.
    """

    def __init__(self, *, faults: Faults | None, root: Path) -> None:
        self.capacity_bytes: int | None = None
        self.fail_at: int | None = None
        self.fail_calls = 1
        self.calls = 0
        self._faults = faults
        self._draw = faults.draw("disk.power_cut") if faults else Random(0)
        self._root = root
        self._refusals = 0
        self._mounted: set[str] = set()
        self._files = _Files()
        self._mistakes: list[BaseException] = []

    @property
    def used_bytes(self) -> int:
        """The sizes of all files, but for the memory that SQLite shares by files ending in -shm."""
        sizes = 0
        for path in self._root.rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file() and not path.name.endswith("-shm"):
                    sizes += path.stat().st_size
        return sizes

    def mount(self, process: Process) -> str:
        """The name of a file system for that life. Its crash points come before each call: "disk.open",
        "disk.write", "disk.truncate", "disk.sync", "disk.delete"; they are inside of SQLite, so what is told
        of the death must leave the connection alone. Afterwards closing lets go of locks and changes no byte.
        """
        life = _Life(
            process,
            self._files,
            failure=self._failure,
            room_bytes=self._room_bytes,
            mistakes=self._mistakes,
        )
        name = register(life)
        self._mounted.add(name)
        return name

    def unmount(self, name: str) -> None:
        """That life is over. Raises `OSError` while it has a file open, and whatever went wrong in here."""
        unregister(name)
        self._mounted.remove(name)
        if self._mistakes:
            raise self._mistakes.pop()

    def cut_power(self) -> None:
        """Between lives: all must be unmounted. What was not synced is lost: sectors are old, new or torn,
        files that were made may be gone, and deleted ones back.
        """
        if self._mounted:
            raise OSError(f"unmount first: {', '.join(sorted(self._mounted))}")
        self._files.cut_power(self._draw)
        if self._faults:
            self._faults.count("disk.power_cut")

    def _failure(self, where: str) -> int:
        """How the next call goes; it has been counted."""
        self.calls += 1
        planned = self.fail_at is not None and 0 <= self.calls - self.fail_at < self.fail_calls
        name = "disk.fsync_error" if where == "disk.sync" else "disk.io_error"
        struck = self._faults.strikes(name) if self._faults else False
        return _FAILURES[where] if planned or struck else sqlite3.SQLITE_OK

    def _room_bytes(self, wanted_bytes: int) -> int:
        """How much of that there is."""
        if not wanted_bytes:
            return 0
        if self._faults and self._faults.strikes("disk.full"):
            self._refusals = self._faults.draw("disk.full").randrange(1, _REFUSALS_MAX)
        if self._faults and self._refusals and self._faults.on("disk.full"):
            self._refusals -= 1
            return self._faults.draw("disk.full").randrange(wanted_bytes)
        if self.capacity_bytes is None:
            return wanted_bytes
        return min(max(0, self.capacity_bytes - self.used_bytes), wanted_bytes)


@dataclass(slots=True)
class _File:
    """`inode`: by which a file shows that others have put there; `entry_synced`: the directory has it on the
    disk; `sync_directory`: so will its next sync have all that is in there, as SQLite does with its journals.
    """

    inode: int
    unsynced: Unsynced
    entry_synced: bool
    sync_directory: bool = False


class _Files:
    """What the disk has of all files that SQLite has written, by path."""

    def __init__(self) -> None:
        self._known: dict[str, _File] = {}
        self._deleted: dict[str, tuple[Unsynced, bytes]] = {}

    def __getitem__(self, path: str) -> Unsynced:
        return self._known[path].unsynced

    def opened(self, path: str, *, made: bool, sync_directory: bool) -> None:
        """It is there now. What is seen for the first time, and was not made just now, is synced."""
        status = Path(path).stat()
        if made or path not in self._known or self._known[path].inode != status.st_ino:
            self._known[path] = _File(status.st_ino, Unsynced(status.st_size), entry_synced=not made)
        self._known[path].sync_directory |= sync_directory

    def synced(self, path: str, size_bytes: int) -> None:
        """Its bytes are on the disk, and its own entry too (what file systems do, and no standard asks)."""
        file = self._known[path]
        file.unsynced.synced(size_bytes)
        file.entry_synced = True
        if file.sync_directory:
            file.sync_directory = False
            self.directory_synced(path)

    def directory_synced(self, path: str) -> None:
        """What was made and deleted beside that file is on the disk."""
        directory = Path(path).parent
        self._deleted = {gone: file for gone, file in self._deleted.items() if Path(gone).parent != directory}
        for other, file in self._known.items():
            file.entry_synced |= Path(other).parent == directory

    def deleted(self, path: str, content: bytes) -> None:
        """It is gone, for now."""
        file = self._known.pop(path, None)
        if file is not None and file.entry_synced:
            self._deleted[path] = file.unsynced, content

    def cut_power(self, draw: Random) -> None:
        """See `Disk`."""
        for path, file in self._known.items():
            Path(f"{path}-shm").unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                _cut_power(Path(path), file, draw)
        for path, (unsynced, content) in self._deleted.items():
            if not Path(path).exists() and draw.random() < _ENTRY_LOST_SHARE:
                Path(path).touch(mode=0o600)
                Path(path).write_bytes(unsynced.survivor(content, draw))
        self._known.clear()
        self._deleted.clear()


class _Life:
    """The disk as one process has it: a `Volume`."""

    def __init__(
        self,
        process: Process,
        files: _Files,
        *,
        failure: Callable[[str], int],
        room_bytes: Callable[[int], int],
        mistakes: list[BaseException],
    ) -> None:
        self._process = process
        self._files = files
        self._failure = failure
        self._room_bytes = room_bytes
        self._mistakes = mistakes

    def open(self, path: str, flags: int, go: Callable[[], int]) -> int:
        if code := self._trouble("disk.open"):
            return code
        made = bool(flags & OPEN_CREATE) and not Path(path).exists()
        code = go()
        if code == sqlite3.SQLITE_OK:
            journal = bool(flags & OPEN_CREATE) and bool(flags & OPEN_JOURNALS)
            self._files.opened(path, made=made, sync_directory=journal)
        return code

    def delete(self, path: str, sync_directory: bool, go: Callable[[], int]) -> int:
        if code := self._trouble("disk.delete"):
            return code
        content = Path(path).read_bytes() if Path(path).exists() else b""
        code = go()
        if code == sqlite3.SQLITE_OK:
            self._files.deleted(path, content)
            if sync_directory:
                self._files.directory_synced(path)
        return code

    def read(self, file: RealFile, data: int, size_bytes: int, offset: int) -> int:
        # No crash point: it would be the same as the one before the next change.
        if self._process.alive and (code := self._failure("disk.read")):
            return code
        return file.read(data, size_bytes, offset)

    def write(self, file: RealFile, data: int, size_bytes: int, offset: int) -> int:
        code = self._trouble("disk.write")
        if not self._process.alive:
            return code
        had_bytes = file.size_bytes()
        if code:
            size_bytes //= 2
        else:
            grows_bytes = max(0, offset + size_bytes - had_bytes)
            lacking_bytes = grows_bytes - self._room_bytes(grows_bytes)
            if lacking_bytes:
                code, size_bytes = sqlite3.SQLITE_FULL, size_bytes - lacking_bytes
        if size_bytes <= 0:
            return code
        self._changing(file, offset, offset + size_bytes, had_bytes)
        return file.write(data, size_bytes, offset) or code

    def truncate(self, file: RealFile, size_bytes: int) -> int:
        if code := self._trouble("disk.truncate"):
            return code
        had_bytes = file.size_bytes()
        self._changing(file, size_bytes, had_bytes, had_bytes)
        return file.truncate(size_bytes)

    def sync(self, file: RealFile) -> int:
        code = self._trouble("disk.sync")
        if not code:
            self._files.synced(file.path, file.size_bytes())
        elif self._process.alive:
            self._files[file.path].sync_failed()
        return code

    def escaped(self, error: BaseException) -> None:
        self._mistakes.append(error)

    def _changing(self, file: RealFile, start: int, end: int, size_bytes: int) -> None:
        self._files[file.path].changing(start, end, size_bytes=size_bytes, bytes_at=file.bytes_at)

    def _trouble(self, where: str) -> int:
        """The code by which this call fails, if it does."""
        try:
            self._process.point(where)
        except Dead:
            return sqlite3.SQLITE_IOERR
        return self._failure(where)


def _cut_power(path: Path, file: _File, draw: Random) -> None:
    """Raises `FileNotFoundError`: others have taken it away, which lasts."""
    if path.stat().st_ino != file.inode:
        return
    if not file.entry_synced and draw.random() < _ENTRY_LOST_SHARE:
        path.unlink()
        return
    now = path.read_bytes()
    survivor = file.unsynced.survivor(now, draw)
    if survivor != now:
        path.write_bytes(survivor)
