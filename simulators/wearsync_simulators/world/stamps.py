"""I2: when a record happened, held against the true time: its stamp is no further off than it says of itself.

Rule: the truth is the world's own; what the host's clock was wrong by at any time is not the stamp's fault,
for labels are fixed when they are given.
"""

from collections.abc import Iterator, Set

from wearsync_simulators.world.books import Books
from wearsync_simulators.world.evidence import Violation, Watched

__all__ = ["stamped"]

# A day of doubt says: not known. It may have waited on the watch for longer.
_UNKNOWN_MS = 24 * 3600 * 1000
# Ticks, host time and label are cut to milliseconds, each by itself.
_CUT_MS = 3


def stamped(books: Books, watched: Watched, clock_errors_ms: Set[int]) -> Iterator[Violation]:
    """Each record's stamp against when it happened. `clock_errors_ms`: what the host's clock was ever wrong
    by; 0 is one of them.
    """
    true_ms = {(one.journal_id, one.seq, one.raw): one.unix_ms for one in watched.written}
    for row in books.records:
        happened_ms = true_ms.get((row.journal_id, row.seq, row.raw))
        if row.watch_id != watched.watch_id or happened_ms is None or row.unix_ms is None:
            continue
        told_ms, doubt_ms = row.unix_ms, row.error_ms or 0
        off_ms = min((told_ms - happened_ms - error_ms for error_ms in clock_errors_ms), key=abs)
        if abs(off_ms) > doubt_ms + _CUT_MS and doubt_ms < _UNKNOWN_MS:
            name = f"record {row.seq} of {row.watch_id[:8]}:{row.journal}"
            yield Violation("I2", f"{name} is stamped {off_ms} ms off, and says {doubt_ms}")
