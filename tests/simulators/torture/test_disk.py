"""Disks that are really full, and have room again."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from wearsync_simulators.torture.disk import LimitedFiles, SmallDisk, small_disk

APPENDS = """
import sys
for line in sys.stdin:
    try:
        with open(sys.argv[1], "ab", buffering=0) as file:
            file.write(bytes(8192))
        print(0, flush=True)
    except OSError as error:
        print(error.errno, flush=True)
"""


def test_the_disk_at_hand_is_full_and_free_again(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    disk = small_disk(directory)
    with a_writer(directory / "file") as writer:
        assert append(writer) == 0
        disk.fill(writer.pid)
        assert append(writer) in (errno.ENOSPC, errno.EFBIG)
        disk.fill(writer.pid)
        disk.free(writer.pid)
        assert append(writer) == 0
        end(writer)
    disk.close()
    assert isinstance(disk, LimitedFiles) or not list(directory.iterdir())


def test_a_limit_holds_for_the_process_that_it_is_put_on(tmp_path: Path) -> None:
    disk = LimitedFiles()
    disk.fill(None)
    with a_writer(tmp_path / "file") as writer:
        disk.fill(writer.pid)
        append(writer)
        assert append(writer) == errno.EFBIG
        disk.free(writer.pid)
        assert append(writer) == 0
        end(writer)
    disk.fill(writer.pid)  # it has just ended


def test_a_file_fills_what_there_is(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        return
    (tmp_path / "filler").symlink_to("/dev/full")
    disk = SmallDisk(tmp_path)
    disk.fill(None)
    disk.free(None)
    assert not list(tmp_path.iterdir())


def test_another_error_is_no_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SmallDisk(tmp_path / "nowhere").fill(None)


def a_writer(file: Path) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", APPENDS, str(file)], stdin=pipe, stdout=pipe, text=True)


def append(writer: "subprocess.Popen[str]") -> int:
    """The error number of another 8 KiB, 0 for none."""
    assert writer.stdin
    assert writer.stdout
    writer.stdin.write("\n")
    writer.stdin.flush()
    return int(writer.stdout.readline())


def end(writer: "subprocess.Popen[str]") -> None:
    assert writer.stdin
    writer.stdin.close()
    writer.wait(10)
