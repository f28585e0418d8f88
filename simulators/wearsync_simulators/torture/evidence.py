"""What is left when all has come to rest, read where it is kept: the watch's flash, the host's database.

Rule: the host's tables are read as they stand, not by way of the product.
"""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from wearsync_simulators.torture.verdict import HostJournal
from wearsync_simulators.watches.flash import Flash

__all__ = ["read_flash", "read_host_journal"]


def read_flash(path: Path) -> tuple[int, Mapping[int, bytes]]:
    """The journal in a watch's flash, while it runs too: journal_id, and the records by sequence number."""
    copy = path.with_name(path.name + ".copy")
    shutil.copy(path, copy)
    flash = Flash(copy, new_id=lambda: 0)
    try:
        seqs = range(flash.first_seq, flash.next_seq)
        return flash.journal_id, {seq: raw for seq in seqs if (raw := flash.read(seq)) is not None}
    finally:
        flash.close()


def read_host_journal(path: Path, sides: Mapping[str, tuple[int, float]]) -> HostJournal:
    """The journal of a daemon that has ended; `sides` as `HostJournal` has them."""
    with closing(sqlite3.connect(path)) as database:

        def column(query: str) -> tuple[str, ...]:
            return tuple(str(row[0]) for row in database.execute(query))

        return HostJournal(
            journals=column("SELECT name FROM journals"),
            records=dict(database.execute("SELECT seq, raw FROM records")),
            holds=frozenset(column("SELECT event_id FROM holds")),
            sessions=frozenset(column("SELECT event_id FROM sessions")),
            outbox=frozenset(column("SELECT event_id FROM outbox WHERE state <> 'pruned'")),
            sides=sides,
        )
