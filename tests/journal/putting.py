"""A journal's file as such: a row goes in, and is read again."""

from wearsync.journal.database import Database


def put(database: Database, host_ms: int) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO inputs VALUES (NULL, 'w', ?, ?)", (host_ms, "x" * 50_000))


def got(database: Database) -> list[int]:
    with database.reading() as connection:
        return [row["host_ms"] for row in connection.execute("SELECT host_ms FROM inputs ORDER BY input_row")]
