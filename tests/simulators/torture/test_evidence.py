"""What is read where it is kept: a real flash, a real journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

from wearsync.journal.store import SqliteJournal
from wearsync_simulators.torture.evidence import read_flash, read_host_journal
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.records import Worn, write_record


def test_a_flash_is_read_while_the_watch_has_it(tmp_path: Path) -> None:
    flash = Flash(tmp_path / "flash", new_id=lambda: 42)
    written = [write_record(seq=seq, boot=1, tick=seq, body=Worn(worn=True)) for seq in (1, 2)]
    for record in written:
        flash.append(record)
    assert read_flash(tmp_path / "flash") == (42, dict(enumerate(written, start=1)))
    flash.close()


async def test_a_journal_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with await SqliteJournal.open(path):
        pass
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO journals VALUES (1, 'w', 42, 0, '42', 2)")
        database.execute("INSERT INTO records VALUES (1, 1, 1, 0, 'worn', x'00ff', NULL, NULL, NULL, NULL)")
        for event_id, state in (("sent", "sent"), ("dropped", "pruned")):
            database.execute(
                "INSERT INTO outbox (event_id, topic, payload, host_ms, state) VALUES (?, 't', '{}', 0, ?)",
                (event_id, state),
            )
    host = read_host_journal(path, {"left": (1, 30.0)})
    assert (host.journals, host.records, host.outbox) == (("42",), {1: b"\0\xff"}, frozenset({"sent"}))
    assert (host.holds, host.sessions, host.sides) == (frozenset(), frozenset(), {"left": (1, 30.0)})
