"""Room that is held, given up and held again, on real files of a real (small) file system's numbers."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wearsync.journal.ballast import Ballast, has_room

SIZE_BYTES = 256 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def ballast(path: Path) -> Ballast:
    ballast = Ballast(path, size_bytes=SIZE_BYTES)
    ballast.tend()
    return ballast


def on_disk_bytes(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_its_room_is_really_taken(ballast: Ballast, path: Path) -> None:
    file = path.with_name("journal.ballast")
    assert file.stat().st_size == SIZE_BYTES
    assert on_disk_bytes(file) >= SIZE_BYTES
    assert file.stat().st_mode & 0o777 == 0o600
    assert not ballast.low


def test_it_is_given_up_and_made_again(ballast: Ballast, path: Path) -> None:
    ballast.give_up()
    ballast.give_up()
    assert list(path.parent.iterdir()) == []
    ballast.tend()
    assert on_disk_bytes(path.with_name("journal.ballast")) >= SIZE_BYTES


def test_half_of_one_is_made_whole(path: Path) -> None:
    path.with_name("journal.ballast").write_bytes(b"x" * 10)
    Ballast(path, size_bytes=SIZE_BYTES).tend()
    assert on_disk_bytes(path.with_name("journal.ballast")) >= SIZE_BYTES


def test_the_one_of_before_is_taken_over(ballast: Ballast, path: Path) -> None:
    before = path.with_name("journal.ballast").stat()
    Ballast(path, size_bytes=SIZE_BYTES).tend()
    assert path.with_name("journal.ballast").stat().st_mtime_ns == before.st_mtime_ns


def test_a_disk_without_that_much_room_has_none_and_is_low(path: Path) -> None:
    """Larger than any disk: there is not sixteen times, nor twice as much."""
    ballast = Ballast(path, size_bytes=2**60)
    ballast.tend()
    assert list(path.parent.iterdir()) == []
    assert ballast.low


def test_with_some_room_it_is_not_low(path: Path) -> None:
    free = os.statvfs(path.parent)
    ballast = Ballast(path, size_bytes=free.f_bavail * free.f_frsize // 8)
    ballast.tend()
    assert list(path.parent.iterdir()) == []
    assert not ballast.low


def test_none_is_wanted(path: Path) -> None:
    ballast = Ballast(path, size_bytes=0)
    ballast.tend()
    ballast.give_up()
    assert list(path.parent.iterdir()) == []
    assert not ballast.low


def test_a_place_that_is_gone_is_not_its_affair(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "gone" / "journal.db", size_bytes=SIZE_BYTES)
    ballast.tend()
    ballast.give_up()
    assert not ballast.low


def test_what_can_not_be_made_whole_is_not_left_half(path: Path) -> None:
    with files_no_larger_than(SIZE_BYTES // 2):
        Ballast(path, size_bytes=SIZE_BYTES).tend()
    assert list(path.parent.iterdir()) == []


def test_room_is_tried_out(tmp_path: Path) -> None:
    assert has_room(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with files_no_larger_than(0):
        assert has_room(tmp_path), "another failure than of room"
    assert has_room(tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


def test_a_device_that_is_full_has_none(tmp_path: Path) -> None:
    """/dev/full gives the kernel's own ENOSPC to whoever writes to it."""
    (tmp_path / "journal.probe").symlink_to("/dev/full")
    assert not has_room(tmp_path)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
