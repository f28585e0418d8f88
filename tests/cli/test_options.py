"""What stands before the command, and what a call takes."""

from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync, wearsync_beside
from wearsync.cli.options import checked
from wearsync.control.calls import ForgetParams
from wearsync.control.results import Done
from wearsync.errors import UsageError


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    done = wearsync("--config", str(tmp_path / "none.toml"), "today")
    assert done.code == 78
    assert (
        done.err == f"wearsync: {tmp_path}/none.toml: no such file: write one with `wearsync config init`\n"
    )


def test_the_state_directory_can_be_named(home: Path) -> None:
    assert wearsync("--state-dir", str(home / "there"), "log", "left", "30").code == 0
    assert (home / "there" / "journal.sqlite").exists()


async def test_the_daemon_of_another_state_directory_is_not_asked(desk: Desk, home: Path) -> None:
    desk.answer = Done()
    assert (await wearsync_beside("start")).code == 0
    assert (await wearsync_beside("--state-dir", str(home / "there"), "start")).code == 69
    assert len(desk.calls) == 1


def test_a_call_with_a_wrong_value_is_a_usage_error() -> None:
    assert checked(ForgetParams, watch="W").watch == "W"
    with pytest.raises(UsageError, match=r"^watch 'x{1,}.*: string should have at most 64 characters$"):
        checked(ForgetParams, watch="x" * 65)
