"""One wearsync a state directory.

Rule: the kernel keeps the lock, so a killed process leaves none behind; the file stays, and the process id in
it is for people only.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wearsync.errors import AlreadyRunning, StorageError

LOCK_FILE = "lock"
# A process id has at most 7 digits on Linux; whatever else is in the file is not read.
_PID_BYTES = 20


@contextmanager
def instance_lock(state_dir: Path) -> Iterator[None]:
    """Own that directory (made 0700) while the block runs. Raises `AlreadyRunning`, `StorageError`."""
    path = state_dir / LOCK_FILE
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(
            f"state directory {state_dir} can't be used ({error.strerror}): check its owner and mode"
        ) from error
    try:
        _lock(descriptor, state_dir)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(state_dir: Path) -> int | None:
    """The process that owns that directory, 0: one that has not said its number; None: nobody does. Taken for
    a moment itself, but only beside others who look. Raises `OSError`: it can't be told.
    """
    try:
        descriptor = os.open(state_dir / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.pread(descriptor, _PID_BYTES, 0).decode(errors="replace").strip()
        return int(said) if said.isdecimal() else 0
    finally:
        os.close(descriptor)
    return None


def _lock(descriptor: int, state_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, _PID_BYTES, 0).decode(errors="replace") or "unknown"
        raise AlreadyRunning(
            f"wearsync is already running on {state_dir} (process {holder}): "
            "a daemon, or a command that is not done: wait for it, or end it first"
        ) from error
