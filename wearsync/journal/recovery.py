"""A journal that is damaged or gone: what is left is set aside, the newest sound copy takes its place.

Rule: nothing is deleted that could still be looked into. After an end of the process at any moment the
next open finds either the old file or the new one, or sees that there was one.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from wearsync.alert_codes import AlertCode
from wearsync.errors import StorageError
from wearsync.journal import backup, mark
from wearsync.journal.migrations import APPLICATION_ID
from wearsync.ports import Notice

# The last one for a look, and two for who looks late; a sick card must not fill itself with them.
SET_ASIDE_KEPT = 3

# A left-over one of these would be played into whatever stands beside it.
_SIDE_FILES = ("-wal", "-journal", "-shm")
# Where SQLite keeps them in the file's header, big-endian.
_PAGE_BYTES_AT, _APPLICATION_ID_AT = slice(16, 18), slice(68, 72)


def restore(journal: Path, copy: Path, *, unix_s: int) -> None:
    """Put a copy in the journal's place, because a person wants it; the journal must not be open anywhere.
    What was there stays beside it as `….replaced-<unix_s>`. Raises `StorageError`, also when the copy is no
    sound journal.
    """
    backup.verify(copy)
    _put(copy, journal, "replaced", unix_s)
    # Older it is now because it was to be so.
    mark.path_of(journal).unlink(missing_ok=True)


def recover(journal: Path, *, unix_s: int) -> Notice:
    """Set what there is aside for the newest sound copy, if there is one. Raises `StorageError`."""
    aside = f"what is left of it is kept as {journal.name}.damaged-…; the watch sends again what it still has"
    copy = _newest_sound(journal)
    if copy is not None:
        _put(copy, journal, "damaged", unix_s)
        return Notice(
            AlertCode.JOURNAL_RESTORED,
            f"the journal was damaged or gone: {copy.name} took its place; {aside}",
        )
    try:
        set_aside(journal, "damaged", unix_s)
    except OSError as error:
        raise StorageError(
            f"journal {journal} is damaged and can't be set aside ({error.strerror}): check its disk"
        ) from error
    return Notice(
        AlertCode.JOURNAL_NEW,
        f"the journal was damaged or gone, without a sound backup: a new one was begun; {aside}",
    )


def set_aside(journal: Path, word: str, unix_s: int) -> None:
    """Rename the journal and its side files to `….WORD-<unix_s>…`; those of long ago go. Raises `OSError`."""
    while _aside(journal, word, unix_s).exists():
        unix_s += 1
    aside = _aside(journal, word, unix_s)
    # The journal first: without it, its -wal file is seen to be left over; with it, an old one would be used.
    for suffix in ("", *_SIDE_FILES):
        with suppress(FileNotFoundError):
            journal.with_name(journal.name + suffix).rename(aside.with_name(aside.name + suffix))
    times = sorted({_time_of(path) for path in _all_aside(journal, word)}, key=lambda s: (len(s), s))
    for path in _all_aside(journal, word):
        if _time_of(path) in times[:-SET_ASIDE_KEPT]:
            path.unlink(missing_ok=True)


def is_lost(journal: Path) -> bool:
    """Whether there is no journal (any more), where there once was one."""
    return not _size_bytes(journal) and _was_one(journal)


def is_torn(journal: Path) -> bool:
    """Whether it ends within a page, and nothing beside it can complete that: a full disk cut off the moving
    of its -wal file into it, and that file is lost. SQLite reads zeros there, and finds nothing wrong.
    """
    if any(_size_bytes(journal.with_name(journal.name + suffix)) for suffix in ("-wal", "-journal")):
        return False
    with suppress(OSError), journal.open("rb") as file:
        page_bytes = int.from_bytes(file.read(100)[_PAGE_BYTES_AT], "big")
        # 1 stands for 65536; less than 512 is no journal.
        page_bytes = 65536 if page_bytes == 1 else max(512, page_bytes)
        return _size_bytes(journal) % page_bytes != 0 and is_ours(journal)
    return False


def is_mixed(journal: Path) -> bool:
    """Whether its -wal file is gone, and was being moved into it when its last process died: then it is
    neither what it was nor what it became, and SQLite finds nothing wrong.
    """
    return mark.is_moving(journal) and not has_wal(journal)


def is_ours(journal: Path) -> bool:
    """Whether a file that can't be read was a journal: by its header, or by what stands around it."""
    with suppress(OSError), journal.open("rb") as file:
        if file.read(100)[_APPLICATION_ID_AT] == APPLICATION_ID.to_bytes(4, "big"):
            return True
    return _was_one(journal)


def has_wal(journal: Path) -> bool:
    """Whether a write-ahead log was left: the last process had no time to close the journal."""
    return _size_bytes(journal.with_name(f"{journal.name}-wal")) > 0


def has_copy(journal: Path) -> bool:
    """Whether there is a sound copy."""
    return _newest_sound(journal) is not None


def _put(copy: Path, journal: Path, word: str, unix_s: int) -> None:
    partial = journal.with_name(f"{journal.name}.partial")
    try:
        journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        try:
            shutil.copyfile(copy, partial)
            backup.sync(partial)
            set_aside(journal, word, unix_s)
            partial.replace(journal)
            backup.sync(journal.parent)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"journal {journal} can't be restored ({error.strerror}): check its disk, or free some space"
        ) from error


def _was_one(journal: Path) -> bool:
    try:
        return (
            mark.read(journal) is not None
            or has_wal(journal)
            or bool(_copies(journal))
            or bool(_all_aside(journal, "damaged"))
        )
    except OSError:  # a place that can't be looked at: who uses it next will say so
        return False


def _newest_sound(journal: Path) -> Path | None:
    for copy in _copies(journal):
        with suppress(StorageError):
            backup.verify(copy)
            return copy
    return None


def _copies(journal: Path) -> tuple[Path, ...]:
    """Newest first; what migrations have copied, and what a person has replaced, is the last resort."""
    of_migrations = sorted(journal.parent.glob(f"{journal.name}.schema-*.backup"), reverse=True)
    replaced = sorted(_all_aside(journal, "replaced"), reverse=True)
    return (*backup.newest_first(backup.directory_of(journal)), *of_migrations, *replaced)


def _aside(journal: Path, word: str, unix_s: int) -> Path:
    return journal.with_name(f"{journal.name}.{word}-{unix_s}")


def _all_aside(journal: Path, word: str) -> list[Path]:
    return list(journal.parent.glob(f"{journal.name}.{word}-*"))


def _time_of(aside: Path) -> str:
    """The same for a journal and its side files."""
    return aside.name.rpartition(".")[2].partition("-")[2].partition("-")[0]


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
