"""State directory, disk, journal, and who holds them.

Rule: nothing is made but a small file that is gone again; a running daemon goes on beside it.
"""

import errno
import os
import pwd
from collections.abc import AsyncGenerator
from pathlib import Path

from wearsync.config import Settings
from wearsync.doctor.case import Case, aside
from wearsync.doctor.check import Check, Finding
from wearsync.doctor.findings import storage as found
from wearsync.doctor.request import Machine
from wearsync.journal import disk, inspection, lock

MB = 1_000_000
# The journal stops taking records at twice its ballast; a backup needs as much as the journal has.
FULL_BYTES, LOW_BYTES = 5 * MB, 100 * MB
FULL_FILES = 10
# A hard disk takes 10-20 ms, a good card 5, a worn one hundreds.
SLOW_MS = 100.0

_PLACES = {
    disk.Medium.MEMORY: found.DISK_MEMORY,
    disk.Medium.NETWORK: found.DISK_NETWORK,
    disk.Medium.CONTAINER: found.DISK_CONTAINER,
}
_UNFIT = {
    inspection.Unfit.NEWER: found.JOURNAL_NEWER,
    inspection.Unfit.DAMAGED: found.JOURNAL_DAMAGED,
    inspection.Unfit.FOREIGN: found.JOURNAL_FOREIGN,
    inspection.Unfit.UNREADABLE: found.JOURNAL_UNREADABLE,
}


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """State directory, disk, journal, lock."""
    settings = case.settings
    if settings is None:
        return
    directory = settings.paths.state_dir
    yield await aside(lambda: state_dir(directory, case.machine))
    yield await aside(lambda: room_and_speed(directory, case.machine))
    yield await aside(lambda: journal(settings))
    yield await aside(lambda: held(directory, is_daemon=case.daemon is not None))


def state_dir(directory: Path, machine: Machine) -> Check:
    """Whether it is ours, writable and private."""
    try:
        status = directory.stat()
    except FileNotFoundError:
        return _not_there(directory, machine)
    except OSError as error:
        return found.STATE_FORBIDDEN.told(directory=directory, error=error.strerror)
    if not directory.is_dir():
        return found.STATE_FORBIDDEN.told(directory=directory, error="it is no directory")
    owners = {"directory": str(directory), "owner": _user(status.st_uid), "me": _user(os.geteuid())}
    if status.st_uid != os.geteuid() and not _is_open(directory):
        return found.STATE_THEIRS.told(**owners)
    if (refused := _unwritable(directory, machine)) is not None:
        return refused
    if status.st_uid != os.geteuid():
        return found.STATE_OTHERS.told(**owners)
    return (found.STATE_OPEN if status.st_mode & 0o077 else found.STATE_DIR).told(directory=directory)


def room_and_speed(directory: Path, machine: Machine) -> Check:
    """The disk of the state directory, or of where it will be."""
    place = _nearest(directory)
    mount = _mount(place, machine)
    left: disk.Room | OSError
    took_ms: float | OSError | None = None
    try:
        left = disk.room(place)
    except OSError as error:
        left = error
    if _is_open(place):
        try:
            took_ms = disk.commit_ms(place)
        except OSError as error:
            took_ms = error
    return on_disk(directory, mount=mount, left=left, took_ms=took_ms)


def on_disk(
    directory: Path, *, mount: disk.Mount | None, left: disk.Room | OSError, took_ms: float | OSError | None
) -> Check:
    """What a disk is good for. `left`, `took_ms` of a commit, or why they are not known; None: not tried."""
    error = next((each for each in (left, took_ms) if isinstance(each, OSError)), None)
    point = mount.point if mount else "/"
    if error is not None and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return found.DISK_FULL.told(directory=directory, free="nothing", mount=point)
    if isinstance(left, OSError) or isinstance(took_ms, OSError):
        return found.DISK_FAILS.told(directory=directory, error=error and error.strerror)
    free = in_bytes(left.free_bytes)
    if left.free_bytes < FULL_BYTES or (left.free_files is not None and left.free_files < FULL_FILES):
        return found.DISK_FULL.told(directory=directory, free=free, mount=point)
    medium, kind = (mount.medium, mount.kind) if mount else (disk.Medium.DISK, "disk")
    if took_ms is None:
        return found.DISK_UNTRIED.told(kind=kind, free=free)
    return _disk(medium, left.free_bytes, took_ms).told(
        directory=directory, kind=kind, free=free, commit_ms=f"{took_ms:.1f}"
    )


def journal(settings: Settings) -> Check:
    """The journal's file."""
    file = settings.paths.journal
    try:
        if not file.exists():
            return found.JOURNAL_NONE.told()
    except OSError as error:
        text = f"journal {file} can't be opened: {error.strerror}"
        return found.JOURNAL_UNREADABLE.told(error=text, file=file)
    seen = inspection.inspect(file)
    if seen.unfit is not None:
        return _UNFIT[seen.unfit].told(error=seen.text, file=file, schema=seen.schema, newest=seen.newest)
    if seen.schema < seen.newest:
        return found.JOURNAL_OLDER.told(schema=seen.schema, newest=seen.newest)
    return found.JOURNAL.told(
        schema=seen.schema,
        size=in_bytes(seen.size_bytes),
        checked=", sound" if seen.is_whole else ", sound as far as was read",
        copy=f", newest copy of {seen.copy}" if seen.copy else ", no copy yet",
    )


def held(directory: Path, *, is_daemon: bool) -> Check:
    """Who owns the state directory. `is_daemon`: one has answered."""
    if is_daemon:
        return found.LOCK_OURS.told()
    try:
        pid = lock.holder(directory)
    except OSError as error:
        return found.LOCK_UNKNOWN.told(error=error.strerror)
    if pid is None:
        return found.LOCK_FREE.told()
    return found.LOCK_OTHER.told(pid=pid or "?", command=_command(pid), directory=directory)


def in_bytes(count: int) -> str:
    """A size, as people say it."""
    if count < MB:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1000 / MB:.1f} GB" if count >= 1000 * MB else f"{count / MB:.1f} MB"


def _disk(medium: disk.Medium, free_bytes: int, took_ms: float) -> Finding:
    if medium in _PLACES:
        return _PLACES[medium]
    if free_bytes < LOW_BYTES:
        return found.DISK_LOW
    if took_ms > SLOW_MS:
        return found.DISK_SLOW
    return found.DISK_CARD if medium is disk.Medium.CARD else found.DISK


def _not_there(directory: Path, machine: Machine) -> Check:
    """It will be made: can it?"""
    return _unwritable(_nearest(directory), machine) or found.STATE_NONE.told(directory=directory)


def _unwritable(directory: Path, machine: Machine) -> Check | None:
    mount = _mount(directory, machine)
    if mount is not None and mount.read_only:
        return found.STATE_READ_ONLY.told(directory=directory, mount=mount.point)
    if not _is_open(directory):
        return found.STATE_FORBIDDEN.told(directory=directory, error="no permission to write there")
    return None


def _mount(directory: Path, machine: Machine) -> disk.Mount | None:
    mounts, blocks = machine.at("/proc/self/mountinfo"), machine.at("/sys/dev/block")
    return disk.mount_of(directory, mounts=mounts, blocks=blocks)


def _nearest(directory: Path) -> Path:
    """The directory, or the nearest one above it that is there."""
    return next(each for each in (directory, *directory.parents) if _is_there(each) or each == each.parent)


def _is_there(directory: Path) -> bool:
    try:
        return directory.is_dir()
    except OSError:  # one above it does not let us look
        return False


def _is_open(directory: Path) -> bool:
    """Whether we may make files there; as whom we run, not who has started us."""
    as_we_are = os.access in os.supports_effective_ids
    return os.access(directory, os.W_OK | os.X_OK, effective_ids=as_we_are)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "of another user, or gone"
    return " ".join([Path(words[0]).name, *words[1:4]])
