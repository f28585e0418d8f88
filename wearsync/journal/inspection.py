"""A journal looked at from outside: its schema, whether it is sound, and its newest copy.

Rule: nothing is written, nothing is recovered; a daemon goes on beside it.
"""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from wearsync.errors import JournalDamaged, StorageError
from wearsync.journal import backup, checking
from wearsync.journal.failures import storage_error
from wearsync.journal.migrations import MIGRATIONS, schema_of

# A journal of ten years has some 50 MB, which are read in this time by far; a greater one is not all read.
CHECK_S = 3.0
# Of any schema that there may ever be: it is only read here.
_ANY = 1 << 31


class Unfit(Enum):
    """Why a journal can't be used."""

    NEWER = "of a newer wearsync"
    DAMAGED = "damaged"
    FOREIGN = "not ours"
    UNREADABLE = "can't be read"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A journal. `schema` 0: not known; `unfit` None: nothing is wrong, as far as was looked (`is_whole`);
    `text`: what is wrong; `copy`: the day of the newest backup.
    """

    schema: int
    newest: int
    size_bytes: int
    unfit: Unfit | None = None
    text: str = ""
    is_whole: bool = False
    copy: date | None = None


def inspect(path: Path) -> Inspected:
    """Look at the journal in that file, which is there."""
    newest = len(MIGRATIONS)
    try:
        size = path.stat().st_size
    except OSError as error:
        return Inspected(0, newest, 0, Unfit.UNREADABLE, f"journal {path} can't be opened: {error.strerror}")
    try:
        schema = _schema(path)
    except JournalDamaged as error:
        return Inspected(0, newest, size, Unfit.DAMAGED, str(error))
    except StorageError as error:
        foreign = "no journal of wearsync" in str(error)
        return Inspected(0, newest, size, Unfit.FOREIGN if foreign else Unfit.UNREADABLE, str(error))
    if schema > newest:
        return Inspected(schema, newest, size, Unfit.NEWER)
    ends_s = time.monotonic() + CHECK_S
    try:
        # An older one is not read further: the next run migrates it, and looks then.
        found = (
            checking.damage(path, vfs=None, stop=lambda: time.monotonic() > ends_s)
            if schema == newest
            else None
        )
    except StorageError as error:
        return Inspected(schema, newest, size, Unfit.UNREADABLE, str(error))
    if found is not None:
        return Inspected(schema, newest, size, Unfit.DAMAGED, found)
    is_whole = schema == newest and time.monotonic() <= ends_s
    return Inspected(schema, newest, size, is_whole=is_whole, copy=_copy(path))


def _schema(path: Path) -> int:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            return schema_of(connection, path, newest=_ANY)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise storage_error(path, error) from error


def _copy(path: Path) -> date | None:
    copies = backup.newest_first(backup.directory_of(path))
    return backup.day_of(copies[0]) if copies else None
