"""How far the journal once was, kept beside it: one that went back is noticed.

Rule: a hint, never a truth: it is not synced, and a mark that can't be read or written is none.
"""

import os
import struct
from contextlib import suppress
from pathlib import Path

_HOST_MS = struct.Struct("<q")


def path_of(journal: Path) -> Path:
    """The file `….mark` beside the journal."""
    return journal.with_suffix(".mark")


def read(journal: Path) -> int | None:
    """The host time (ms) of the last commit with inputs; None: not known."""
    try:
        content = path_of(journal).read_bytes()
    except OSError:
        return None
    return _HOST_MS.unpack(content)[0] if len(content) == _HOST_MS.size else None


def write(journal: Path, host_ms: int) -> None:
    """That far it is now."""
    with suppress(OSError):
        descriptor = os.open(path_of(journal), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, _HOST_MS.pack(host_ms), 0)
        finally:
            os.close(descriptor)
