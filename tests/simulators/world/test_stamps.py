"""Stamps that are further off than they say."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulators.world.evening import Evening, texts
from wearsync_simulators.world.evidence import Watched
from wearsync_simulators.world.stamps import stamped

SEQ = 7


def happened(evening: Evening, after_ms: int | None) -> Watched:
    """The watch, if record 7 had happened so long after what its stamp says; None: nobody knows."""
    stamps = {row.seq: row.unix_ms for row in evening.books.records}
    written = [
        replace(one, unix_ms=(stamps[one.seq] or 0) + (after_ms if one.seq == SEQ else 0))
        if after_ms is not None
        else one
        for one in evening.watched.written
    ]
    return replace(evening.watched, written=written)


def doubt_ms(evening: Evening) -> int:
    return next(row.error_ms or 0 for row in evening.books.records if row.seq == SEQ)


@pytest.mark.parametrize("after_ms", [None, 0, 1, -1])
def test_within_its_doubt(evening: Evening, after_ms: int | None) -> None:
    assert texts(stamped(evening.books, happened(evening, after_ms), {0})) == []


@pytest.mark.parametrize("after_ms", [-3_600_000, -1000, 1000, 86_400_000])
def test_beyond_its_doubt(evening: Evening, after_ms: int) -> None:
    (line,) = texts(stamped(evening.books, happened(evening, after_ms), {0}))
    assert line == (
        f"I2: record {SEQ} of {evening.watched.watch_id[:8]}:{evening.watched.journal_id}"
        f" is stamped {-after_ms} ms off, and says {doubt_ms(evening)}"
    )


def test_what_is_not_known_may_be_off_by_any_time(evening: Evening, tmp_path: Path) -> None:
    path = evening.planted(tmp_path, "UPDATE records SET error_ms = 86400000")
    books = replace(evening, path=path).books
    assert texts(stamped(books, happened(evening, -7 * 86_400_000), {0})) == []


def test_what_the_hosts_clock_was_wrong_by_is_forgiven(evening: Evening) -> None:
    off = happened(evening, 3_600_000)
    assert texts(stamped(evening.books, off, {0, -3_600_000})) == []
    assert len(texts(stamped(evening.books, off, {0, 3_600_000}))) == 1


def test_another_watchs_record_says_nothing(evening: Evening) -> None:
    other = replace(happened(evening, 3_600_000), watch_id="00")
    assert texts(stamped(evening.books, other, {0})) == []
