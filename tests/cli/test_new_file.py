"""Files that commands make: private, whole, and in nobody's place."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from wearsync.cli.new_file import new_file
from wearsync.errors import StorageError, UsageError


def test_it_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with new_file(path) as out:
        out.write("half")
        assert not path.exists()
    assert path.read_text() == "half"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="is there already"), new_file(path):
        pass


def written(path: Path, text: str, then: Callable[[], object]) -> None:
    with new_file(path) as out:
        out.write(text)
        then()


def test_who_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        written(tmp_path / "out", "half", lambda: 1 / 0)
    assert list(tmp_path.iterdir()) == []


def test_place_that_is_taken_meanwhile_stays_the_others(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(UsageError, match="is there already"):
        written(path, "ours", lambda: path.write_text("theirs"))
    assert path.read_text() == "theirs"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_place_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be written"), new_file(tmp_path / "no" / "out"):
        pass
