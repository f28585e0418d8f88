"""What a worn card does to a journal, done on purpose."""

import sqlite3
from contextlib import closing
from pathlib import Path


def damage_root(path: Path, table: str) -> None:
    """The first page of that table becomes noise. The journal must be closed, all of it in its file."""
    with closing(sqlite3.connect(path)) as connection:
        page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
        page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * page_bytes)
        file.write(b"\xa5" * page_bytes)
