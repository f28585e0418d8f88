"""SQLite's errors in our words: what is wrong with the journal, and what to do.

Rule: by the error code, never by the text of the message.
"""

import sqlite3
from pathlib import Path

from wearsync.errors import StorageError

_ADVICE = {
    sqlite3.SQLITE_FULL: "has no room, its disk is full: free some space, nothing is lost meanwhile",
    sqlite3.SQLITE_BUSY: "is locked by another program: wait until that is done, or end it",
    sqlite3.SQLITE_LOCKED: "is locked by another program: wait until that is done, or end it",
    sqlite3.SQLITE_READONLY: "can't be written: check its owner and mode, and that its disk is not read-only",
    sqlite3.SQLITE_PERM: "can't be opened: check owner and mode of the file and its directory",
    sqlite3.SQLITE_CANTOPEN: "can't be opened: check owner and mode of the file and its directory",
    sqlite3.SQLITE_CORRUPT: "is damaged: move it aside with its -wal file, and start again",
    sqlite3.SQLITE_NOTADB: "is not a database: move it aside, and start again",
    sqlite3.SQLITE_IOERR: "can't be read or written, its storage fails: check disk and system log",
}
# After these the connection is as good as before; after all others it is not trusted any more.
_HARMLESS = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT}


def storage_error(path: Path, error: sqlite3.Error) -> StorageError:
    """One line for what SQLite says of that journal."""
    advice = _ADVICE.get(_primary(error), "can't be used")
    return StorageError(f"journal {path} {advice} ({error})")


def is_harmless(error: sqlite3.Error) -> bool:
    """Whether the connection may be used on; else it is closed, and the file opened anew."""
    return _primary(error) in _HARMLESS


def _primary(error: sqlite3.Error) -> int:
    """The low byte of SQLite's extended result code; 0 for what Python's module itself complains of."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
