"""How far the journal once was, kept beside it, and whether its write-ahead log is being moved into it: one
that went back is noticed, and so is one that is neither old nor new.

Rule: a hint, never a truth: it is not synced, and a mark that can't be read or written is none.
"""

import os
import struct
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

_HOST_MS = struct.Struct("<q")
_MOVING_AT, _MOVING, _MOVED = _HOST_MS.size, b"\1", b"\0"


@lru_cache(maxsize=4)
def path_of(journal: Path) -> Path:
    """The file `….mark` beside the journal."""
    return journal.with_suffix(".mark")


def read(journal: Path) -> int | None:
    """The host time (ms) of the last commit with inputs; None: not known."""
    content = _read(journal)
    return _HOST_MS.unpack_from(content)[0] if len(content) >= _HOST_MS.size else None


def is_moving(journal: Path) -> bool:
    """Whether the moving of its log has begun, and not come to its end."""
    return _read(journal)[_MOVING_AT:] == _MOVING


def write(journal: Path, host_ms: int) -> None:
    """That far it is now."""
    _write(journal, os.O_CREAT, _HOST_MS.pack(host_ms), at=0)


def moving(journal: Path, is_moving: bool) -> None:
    """Its log is being moved, or has been. Before the first commit with inputs nobody minds."""
    _write(journal, 0, _MOVING if is_moving else _MOVED, at=_MOVING_AT)


def _read(journal: Path) -> bytes:
    try:
        return path_of(journal).read_bytes()
    except OSError:
        return b""


def _write(journal: Path, flags: int, content: bytes, *, at: int) -> None:
    with suppress(OSError):
        descriptor = os.open(path_of(journal), flags | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, content, at)
        finally:
            os.close(descriptor)
