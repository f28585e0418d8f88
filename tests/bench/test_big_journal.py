"""A journal of years that was made in bulk is one that the product could have written."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.bench.big_journal import family
from wearsync.journal import ledger
from wearsync.protocol.records import decode_records


def test_days_are_as_the_ledger_reckons_them_and_records_say_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    rows = family(path, wearers=2, days=40)
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        days = connection.execute("SELECT * FROM days ORDER BY wearer, local_date").fetchall()
        ledger.rebuild(connection)
        again = connection.execute("SELECT * FROM days ORDER BY wearer, local_date").fetchall()
        records = connection.execute("SELECT * FROM records").fetchall()
        states = connection.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert len(days) == 80
    assert [tuple(day) for day in again] == [tuple(day) for day in days]
    for row in records:
        (record,) = decode_records(row["raw"])
        assert (record.seq, record.boot, record.body.kind) == (row["seq"], row["boot"], row["kind"])
    assert {tuple(state) for state in states} == {("pruned", 200), ("sent", 600)}
    assert rows == 2 * 40 * (29 + 8 + 2 + 10 + 1)
