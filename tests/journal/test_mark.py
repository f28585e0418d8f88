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
    journal.with_name("journal.mark").mkdir()
    assert mark.read(journal) is None


@pytest.mark.parametrize("content", [b"", b"1234567", b"123456789"])
def test_half_of_one_is_none(journal: Path, content: bytes) -> None:
    journal.with_name("journal.mark").write_bytes(content)
    assert mark.read(journal) is None


def test_one_that_can_not_be_written_is_no_error(journal: Path) -> None:
    journal.with_name("journal.mark").mkdir()
    mark.write(journal, 5)
    mark.write(journal.with_name("gone") / "journal.sqlite", 5)
    assert mark.read(journal) is None
