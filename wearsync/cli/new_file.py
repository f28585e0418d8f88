"""A file that a command makes: for its owner alone, never in another one's place, whole or not there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from wearsync.cli.ending import FULL
from wearsync.errors import StorageError, UsageError


@contextmanager
def new_file(path: Path) -> Iterator[IO[str]]:
    """All of it under that name at the end, for its owner alone, or no file. Raises `UsageError` for one that
    is there, `StorageError`.
    """
    if path.exists() or path.is_symlink():
        raise _taken(path)
    try:
        # 0600, with a name that nobody can foresee.
        descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            # The place is taken first: a renaming alone would take another file's. Not by a hard link: a
            # memory stick has none.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            Path(partial).replace(path)
        finally:
            Path(partial).unlink(missing_ok=True)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise unwritten(path, error) from error


def unwritten(path: Path, error: OSError) -> StorageError:
    """Why it can't be written, and what to do."""
    room = "free some space, or " if error.errno in FULL else ""
    return StorageError(f"{path} can't be written ({error.strerror}): {room}name another --to")


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} is there already: name another file")
