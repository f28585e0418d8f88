"""SQLite's errors in our words: what is wrong with the journal, and what to do.

Rule: by the error code, never by the text of the message.
"""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

from wearsync.errors import JournalDamaged, StorageError

_ADVICE = {
    sqlite3.SQLITE_FULL: "has no room, its disk is full: free some space, nothing is lost meanwhile",
    sqlite3.SQLITE_BUSY: "is locked by another program: wait until that is done, or end it",
    sqlite3.SQLITE_LOCKED: "is locked by another program: wait until that is done, or end it",
    sqlite3.SQLITE_READONLY: "can't be written: check its owner and mode, and that its disk is not read-only",
    sqlite3.SQLITE_PERM: "can't be opened: check owner and mode of the file and its directory",
    sqlite3.SQLITE_CANTOPEN: "can't be opened: check owner and mode of the file and its directory",
    sqlite3.SQLITE_CORRUPT: "is damaged: `wearsync run` sets it aside for the newest backup",
    sqlite3.SQLITE_NOTADB: "is not a database: move it away, or choose another state directory",
    sqlite3.SQLITE_IOERR: "can't be read or written, its storage fails: check disk and system log",
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# A lack of room may come as one of these too: for the disk's quota, or its inodes.
_PERHAPS_FULL = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
# After these the connection is as good as before; after all others it is not trusted any more.
_HARMLESS = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT}


# SQLite's btree.c, checkList and checkTreePage.
_UNREAD = re.compile(r"failed to get page|unable to get the page\. error code=(?P<code>\d+)")

# An `UnicodeDecodeError`: Python's module could not even read what SQLite complains of.
Failure = sqlite3.Error | UnicodeDecodeError


def storage_error(path: Path, error: Failure, *, full: bool = False) -> StorageError:
    """One line for what SQLite says of that journal; `full`: it is known to be for lack of room."""
    code = sqlite3.SQLITE_FULL if full else _primary(error)
    if is_undecodable(error):
        code = sqlite3.SQLITE_CORRUPT
    kind = JournalDamaged if code in _DAMAGED else StorageError
    advice = _ADVICE.get(code, "can't be used")
    return kind(f"journal {path} {advice} ({said(error)})")


def said(error: Failure) -> str:
    """SQLite's own words, in one line. Of text that can't be decoded they would quote it: what somebody held
    does not belong into a log.
    """
    return "text that is no UTF-8" if is_undecodable(error) else " ".join(str(error).split())


def unread_error(path: Path, found: str) -> StorageError:
    """One line for a page that a check could not read."""
    return StorageError(f"journal {path} {_ADVICE[sqlite3.SQLITE_IOERR]} ({' '.join(found.split())})")


def is_undecodable(error: Failure) -> bool:
    """Whether text in the file is no UTF-8 any more: damage that SQLite's own check does not see. It is the
    one thing that Python's module calls operational without a code of SQLite's.
    """
    return isinstance(error, UnicodeDecodeError) or (
        isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode")
    )


def is_unread(found: str) -> bool:
    """Whether what a check of the file has found is only that a page could not be read just now: SQLite puts
    that among the damages, and does not raise it.
    """
    told = _UNREAD.search(found)
    return told is not None and int(told["code"] or sqlite3.SQLITE_IOERR) & 0xFF == sqlite3.SQLITE_IOERR


def is_of_storage(error: Failure) -> bool:
    """Whether it tells of the disk or the file, and not of what was asked."""
    return _primary(error) in _ADVICE or is_undecodable(error)


def is_full(error: Failure, *, has_room: Callable[[], bool]) -> bool:
    """Whether it is for lack of room; `has_room` is asked where SQLite does not tell."""
    code = _primary(error)
    return code == sqlite3.SQLITE_FULL or (code in _PERHAPS_FULL and not has_room())


def is_harmless(error: Failure) -> bool:
    """Whether the connection may be used on; else it is closed, and the file opened anew."""
    return _primary(error) in _HARMLESS


def _primary(error: Failure) -> int:
    """The low byte of SQLite's extended result code; 0 for what Python's module itself complains of."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
