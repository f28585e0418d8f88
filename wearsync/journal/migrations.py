"""From one schema to the next.

Rule: all missing steps are one transaction: killed half-way, the file is old or new. A journal with data is
copied first. A newer schema, or somebody else's file, is refused and not written to.
"""

import os
import sqlite3
from pathlib import Path

from wearsync.errors import JournalDamaged, StorageError
from wearsync.journal import ledger
from wearsync.journal.schema import SCHEMA_1, SCHEMA_2, SCHEMA_3

# Step n leads from schema n to n + 1.
MIGRATIONS: tuple[tuple[str, ...], ...] = (SCHEMA_1, SCHEMA_2, SCHEMA_3)
# The first with days: what they come to is reckoned once from the holds of an older journal.
SCHEMA_WITH_DAYS = 3
# In the file's header: b"wsyn".
APPLICATION_ID = 0x7773796E


def schema_of(connection: sqlite3.Connection, path: Path, *, newest: int) -> int:
    """The file's schema, 0: empty; nothing is written. Raises `StorageError`: foreign, or above `newest`;
    `JournalDamaged`: ours, but for its header.
    """
    application_id, schema = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    if application_id != APPLICATION_ID and not _is_empty(connection):
        if _has_our_tables(connection):
            raise JournalDamaged(f"journal {path} is damaged: its header is not as it was written")
        raise StorageError(
            f"{path} is no journal of wearsync: move it away, or choose another state directory"
        )
    if schema > newest:
        raise StorageError(
            f"journal {path} is of a newer wearsync (schema {schema}, this one knows {newest}): upgrade it"
        )
    return schema


def migrate(
    connection: sqlite3.Connection, path: Path, steps: tuple[tuple[str, ...], ...] = MIGRATIONS
) -> None:
    """Bring the file to the newest schema; what had data is kept beside it as `….schema-N.backup`."""
    schema = schema_of(connection, path, newest=len(steps))
    if schema == len(steps):
        return
    if schema > 0:
        _back_up(connection, path.with_name(f"{path.name}.schema-{schema}.backup"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster.
        schema = schema_of(connection, path, newest=len(steps))
        for statement in (statement for step in steps[schema:] for statement in step):
            connection.execute(statement)
        if 0 < schema < SCHEMA_WITH_DAYS <= len(steps):
            ledger.rebuild(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _back_up(connection: sqlite3.Connection, backup: Path) -> None:
    """A copy under its final name only when it is whole; 0600, which VACUUM keeps when the file is there."""
    partial = backup.with_name(f"{backup.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            connection.execute("VACUUM INTO ?", (str(partial),))
            # SQLite's manual, lang_vacuum: it does not fsync what it has made.
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.replace(backup)
    except OSError as error:
        raise StorageError(
            f"backup {backup} can't be written ({error.strerror}): nothing was changed; free some space"
        ) from error


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None


def _has_our_tables(connection: sqlite3.Connection) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('journals', 'records', 'outbox')"
    )
    return bool(found.fetchone()[0] == 3)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
