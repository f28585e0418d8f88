"""Records: what the watch wrote is on the host (I1), was there before it was acknowledged (I3), and nothing
else is there (I5).

Rule: the watch's bytes against the host's bytes; nothing is decoded.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from wearsync_simulators.world.books import Books, read_cursor
from wearsync_simulators.world.evidence import Violation, Watched

__all__ = ["ack_before_commit", "cursors", "nothing_foreign", "nothing_missing"]


def nothing_missing(books: Books, watched: Watched, *, healed: bool) -> Iterator[Violation]:
    """I1: each record that the watch wrote is on the host, byte for byte; or it is told to be lost, and was;
    or it went with a journal that the watch has given up. Before the healing it may still be on the watch.
    """
    stored: dict[tuple[int, int], list[bytes]] = {}
    for row in books.records:
        if row.watch_id == watched.watch_id:
            stored.setdefault((row.journal_id, row.seq), []).append(row.raw)
    lost, wanted = _lost(books, watched.watch_id), cursors(books, watched.watch_id)
    newest = _newest(watched)
    for one in watched.written:
        key = (one.journal_id, one.seq)
        problem = ""
        if key in stored:
            problem = "" if one.raw in stored[key] else "has other bytes on the host"
        elif key in lost:
            overwritten = one.seq <= newest[one.journal_id] - watched.ring
            problem = "" if overwritten or key in watched.damaged else "is told to be lost, and was there"
        elif one.seq < wanted.get(one.journal_id, 1):
            problem = "is missing, and will not be asked for again"
        elif healed and one.journal_id == watched.journal_id:
            problem = "has not come"
        if problem:
            yield Violation("I1", f"record {one.seq} of {watched.watch_id[:8]}:{one.journal_id} {problem}")


def ack_before_commit(path: Path, watch_id: str, journal_id: int, seq: int) -> Violation | None:
    """I3: a watch has just been told that all up to `seq` is durable: that must be committed in that file."""
    try:
        cursor = read_cursor(path, watch_id, journal_id)
    except sqlite3.Error as error:
        return Violation("I3", f"record {seq} was acknowledged, and the journal can't be read: {error}")
    if seq < cursor:
        return None
    return Violation("I3", f"record {seq} of {watch_id[:8]}:{journal_id} was acknowledged at cursor {cursor}")


def nothing_foreign(
    books: Books, watches: Sequence[Watched], *, restored: bool = False
) -> Iterator[Violation]:
    """I5: each record on the host is one that a watch wrote, and each cue that was felt is one that the host
    has sent (which it has forgotten if it was `restored` from a backup).
    """
    written = {
        (watched.watch_id, one.journal_id, one.seq, one.raw) for watched in watches for one in watched.written
    }
    for row in books.records:
        if (row.watch_id, row.journal_id, row.seq, row.raw) not in written:
            yield Violation(
                "I5", f"record {row.seq} of {row.watch_id[:8]}:{row.journal} was written by no watch"
            )
    for row in books.quarantine:
        yield Violation("I5", f"record {row.seq} of {row.watch_id[:8]}:{row.journal} came with two contents")
    for watch_id in {part.watch_id: None for part in books.parts}:
        if watch_id not in {watched.watch_id for watched in watches}:
            yield Violation("I5", f"the unknown watch {watch_id[:8]} has a journal")
    for watched in () if restored else watches:
        sent = {cue.cue_id for cue in books.cues if cue.watch_id == watched.watch_id} | watched.own_cues
        for cue_id in {pulse.cue_id: None for pulse in watched.pulses}:
            if cue_id is not None and cue_id not in sent:
                yield Violation("I5", f"cue {cue_id} was felt, and was sent by nobody")


def cursors(books: Books, watch_id: str) -> Mapping[int, int]:
    """The next sequence number that the host wants, by journal_id; of the latest epoch."""
    return {part.journal_id: part.cursor for part in books.parts if part.watch_id == watch_id}


def _lost(books: Books, watch_id: str) -> set[tuple[int, int]]:
    return {
        (gap.journal_id, seq)
        for gap in books.gaps
        if gap.watch_id == watch_id
        for seq in range(gap.from_seq, gap.next_seq)
    }


def _newest(watched: Watched) -> Mapping[int, int]:
    """The last record of each journal."""
    newest: dict[int, int] = {}
    for one in watched.written:
        newest[one.journal_id] = max(newest.get(one.journal_id, 0), one.seq)
    return newest
