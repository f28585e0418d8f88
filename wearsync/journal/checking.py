"""Looking for damage.

Rule: a table at a time, each in a short transaction of its own, on a connection of its own: commits go on
meanwhile, and the write-ahead log does not grow for as long as it takes.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from wearsync.errors import JournalDamaged, StorageError
from wearsync.journal.database import Database
from wearsync.journal.failures import Failure, is_unread, said, unread_error

# Of SQLite's virtual machine, between two looks whether to stop: some milliseconds.
STEPS_BETWEEN_LOOKS = 10_000


def damage(path: Path, *, vfs: str | None, stop: Callable[[], bool]) -> str | None:
    """What is wrong with the journal; None: nothing, or `stop()`. Raises `StorageError`: it can't be read."""
    view = Database(path, readonly=True, vfs=vfs)
    try:
        view.open()
        with view.reading() as connection:
            connection.set_progress_handler(stop, STEPS_BETWEEN_LOOKS)
        return _damage(view)
    except JournalDamaged as error:
        cause = error.__cause__
        return said(cause) if isinstance(cause, Failure) else str(error)
    except StorageError:
        if stop():
            return None
        raise
    finally:
        view.close()


def _damage(view: Database) -> str | None:
    with view.reading() as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for table in tables:
        with view.reading() as connection:
            found = _damage_of(connection, view.path, table["name"])
        if found is not None:
            return found
    return None


def _damage_of(connection: sqlite3.Connection, path: Path, table: str) -> str | None:
    found: str = connection.execute(f'PRAGMA quick_check("{table}")').fetchone()[0]
    if found == "ok":
        return None
    if is_unread(found):
        raise unread_error(path, found)
    return " ".join(found.split())
