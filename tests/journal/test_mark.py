"""How far the journal once was: a hint that is there or not, and never in the way."""

from pathlib import Path

import pytest

from wearsync.journal import mark


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.mark.parametrize("host_ms", [0, -5, 1_773_489_600_000, 2**63 - 1])
def test_what_was_written_is_read(journal: Path, host_ms: int) -> None:
    mark.write(journal, 7)
    mark.write(journal, host_ms)
    assert mark.read(journal) == host_ms
    content = journal.with_name("journal.mark")
    assert content.read_bytes() == host_ms.to_bytes(8, "little", signed=True)
    assert content.stat().st_mode & 0o777 == 0o600


def test_there_is_none(journal: Path) -> None:
    assert mark.read(journal) is None
    assert not mark.is_moving(journal)
    journal.with_name("journal.mark").mkdir()
    assert mark.read(journal) is None


def test_it_is_told_when_the_log_is_being_moved_and_keeps_the_rest(journal: Path) -> None:
    mark.moving(journal, True)
    assert not mark.is_moving(journal), "nothing was kept yet that could be lost"
    mark.write(journal, 7)
    assert not mark.is_moving(journal)
    mark.moving(journal, True)
    assert mark.is_moving(journal)
    mark.write(journal, 8)
    assert (mark.read(journal), mark.is_moving(journal)) == (8, True)
    mark.moving(journal, False)
    assert (mark.read(journal), mark.is_moving(journal)) == (8, False)


@pytest.mark.parametrize("content", [b"", b"1234567"])
def test_half_of_one_is_none(journal: Path, content: bytes) -> None:
    journal.with_name("journal.mark").write_bytes(content)
    assert mark.read(journal) is None


def test_one_that_can_not_be_written_is_no_error(journal: Path) -> None:
    journal.with_name("journal.mark").mkdir()
    mark.write(journal, 5)
    mark.moving(journal, True)
    mark.write(journal.with_name("gone") / "journal.sqlite", 5)
    assert mark.read(journal) is None
