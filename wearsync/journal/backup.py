"""Copies of the journal: whole or not there, told apart by their day.

Rule: a copy is made on a connection of its own, so that commits go on meanwhile; it has its name only after
it was read through and is on the disk.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from wearsync.errors import StorageError
from wearsync.journal.failures import said, storage_error
from wearsync.journal.migrations import MIGRATIONS, schema_of

# Beside the journal; one copy a day, named for it.
BACKUPS_DIR = "backups"
# A mistake is noticed within a week, or at the end of a month.
DAILY_KEPT = 7
WEEKLY_KEPT = 4
# Of SQLite's virtual machine, four a row: some ms of work.
STEPS_BETWEEN_LOOKS = 10_000

_NAME = re.compile(r"journal-(\d{4}-\d\d-\d\d)\.sqlite")
_PARTIAL = ".partial"


def directory_of(journal: Path) -> Path:
    """Where the copies of that journal are."""
    return journal.with_name(BACKUPS_DIR)


def path_of(directory: Path, day: date) -> Path:
    """The copy of that day."""
    return directory / f"journal-{day.isoformat()}.sqlite"


def day_of(path: Path) -> date | None:
    """Of which day a copy is, by its name; None: it is no copy."""
    named = _NAME.fullmatch(path.name)
    try:
        return date.fromisoformat(named[1]) if named else None
    except ValueError:  # journal-2026-02-31
        return None


def newest_first(directory: Path) -> tuple[Path, ...]:
    """The copies that are there, by what they hold: a day on which the clock was wrong says nothing. Those
    that can't be read come last.
    """
    paths = sorted((path for path in directory.glob("*") if day_of(path)), reverse=True)
    return tuple(sorted(paths, key=_host_ms, reverse=True))


def superfluous(
    paths: Sequence[Path], *, daily: int = DAILY_KEPT, weekly: int = WEEKLY_KEPT
) -> tuple[Path, ...]:
    """Of copies, newest first: those that are neither one of the newest `daily`, nor the newest of one of the
    `weekly` weeks before.
    """
    days = [(day, path) for path in paths if (day := day_of(path))]
    weeks: dict[tuple[int, int], Path] = {}
    for day, path in days[daily:]:
        weeks.setdefault(day.isocalendar()[:2], path)
    kept = {path for _, path in days[:daily]} | set(list(weeks.values())[:weekly])
    return tuple(path for _, path in days if path not in kept)


def write(
    journal: Path, target: Path, *, vfs: str | None = None, stop: Callable[[], bool] = lambda: False
) -> None:
    """Copy the journal as it stands now, mode 0600, in place of what has that name; its directory must be
    there. What was deleted is not copied along. Raises `StorageError`, also when `stop()`.
    """
    partial = target.with_name(f"{target.name}{_PARTIAL}")
    try:
        _remove(partial)
        try:
            _copy(journal, partial, vfs, stop)
            verify(partial)
            partial.replace(target)
            sync(target.parent)
        finally:
            _remove(partial)
    except OSError as error:
        raise StorageError(
            f"backup {target} can't be written ({error.strerror}): choose another place, or free some space"
        ) from error


def verify(path: Path) -> None:
    """Read a copy through. Raises `StorageError`: not there, damaged, no journal, or of a newer wearsync."""
    if not path.is_file():
        raise StorageError(f"there is no backup {path}: `wearsync backup list` shows those that are")
    try:
        # Immutable: a copy has no -wal file, and must not get one by being looked at.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            if not schema_of(connection, path, newest=len(MIGRATIONS)):
                raise StorageError(f"{path} is empty: choose another backup")
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise StorageError(f"backup {path} is damaged ({said(error)}): choose another one") from error
    if found != "ok":
        raise StorageError(f"backup {path} is damaged ({found}): choose another one")


def clear(directory: Path) -> None:
    """Remove what was left of copies that a process's end has cut off. Raises `OSError`."""
    for partial in directory.glob(f"journal-*{_PARTIAL}*"):
        partial.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """On the disk: a file's content, or a directory's names. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(journal: Path, partial: Path, vfs: str | None, stop: Callable[[], bool]) -> None:
    # There before SQLite opens it: VACUUM keeps the mode of an empty file.
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    uri = f"{journal.absolute().as_uri()}?mode=rw" + (f"&vfs={vfs}" if vfs else "")
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.set_progress_handler(stop, STEPS_BETWEEN_LOOKS)
            connection.execute("VACUUM INTO ?", (str(partial),))
    except sqlite3.Error as error:
        raise storage_error(journal, error) from error
    # SQLite's manual, lang_vacuum: it does not fsync what it has made.
    sync(partial)


def _remove(partial: Path) -> None:
    """A copy that is not whole, and the rollback journal that SQLite had for it."""
    for path in (partial, partial.with_name(f"{partial.name}-journal")):
        path.unlink(missing_ok=True)


def _host_ms(copy: Path) -> int:
    """The host's time, which never steps back, at the last commit that it holds."""
    try:
        with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            row = connection.execute("SELECT host_ms FROM host_time").fetchone()
    except sqlite3.Error:  # who wants to use it will say what is wrong with it
        return -1
    return row[0] if row and isinstance(row[0], int) else -1
