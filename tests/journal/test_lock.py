"""One wearsync a state directory: the second is told of the first; a killed one holds nothing."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wearsync.errors import AlreadyRunning, StorageError
from wearsync.journal.lock import LOCK_FILE, holder, instance_lock

OWN_IT = """
import sys
from pathlib import Path
from wearsync.journal.lock import instance_lock
with instance_lock(Path(sys.argv[1])):
    sys.stdout.write("owned\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    words = f"already running on {re.escape(str(state_dir))} \\(process {os.getpid()}\\)"
    with instance_lock(state_dir):
        with pytest.raises(AlreadyRunning, match=words) as caught, instance_lock(state_dir):
            pass
        assert caught.value.exit_code == 73
        # The refused one has not harmed the owner.
        with pytest.raises(AlreadyRunning, match=words), instance_lock(state_dir):
            pass
    with instance_lock(state_dir):
        pass


def test_another_process_keeps_us_out_until_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWN_IT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "owned\n"
        with pytest.raises(AlreadyRunning, match=f"process {owner.pid}"), instance_lock(tmp_path):
            pass
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        with instance_lock(tmp_path):
            assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_directories_are_told_apart(tmp_path: Path) -> None:
    with instance_lock(tmp_path / "a"), instance_lock(tmp_path / "b"):
        pass


def test_nobody_else_may_look_in(tmp_path: Path) -> None:
    with instance_lock(tmp_path / "state"):
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "state" / LOCK_FILE).stat().st_mode & 0o777 == 0o600


def test_a_directory_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(StorageError, match=r"file/x can't be used \(Not a directory\)"),
        instance_lock(tmp_path / "file" / "x"),
    ):
        pass


def test_who_holds_it_is_told_and_nobody_is_disturbed(tmp_path: Path) -> None:
    assert holder(tmp_path) is None, "nobody was ever there"
    with instance_lock(tmp_path):
        assert holder(tmp_path) == os.getpid()
        (tmp_path / "lock").write_text("gibberish")
        assert holder(tmp_path) == 0
    assert holder(tmp_path) is None
    with instance_lock(tmp_path):
        pass
