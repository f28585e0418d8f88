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
    file = tmp_path / "none.toml"
    assert (
        done.err == f"wearsync: {file}: no such file: write one with `wearsync --config {file} config init`\n"
    )


def test_the_state_directory_can_be_named(home: Path) -> None:
    assert wearsync("--state-dir", str(home / "there"), "log", "left", "30").code == 0
    assert (home / "there" / "journal.sqlite").exists()


async def test_the_daemon_of_another_state_directory_is_not_asked(desk: Desk, home: Path) -> None:
    desk.answer = Done()
    assert (await wearsync_beside("start")).code == 0
    assert (await wearsync_beside("--state-dir", str(home / "there"), "start")).code == 69
    assert len(desk.calls) == 1


@pytest.mark.parametrize(
    "option",
    [
        ("history", "--since"),
        ("holds", "--since"),
        ("export", "--since"),
        ("export", "--until"),
        ("delete", "--yes", "--before"),
    ],
)
@pytest.mark.parametrize("said", ["2026-02-31", "yesterday", "14.3.2026", ""])
def test_a_day_that_is_none_is_said_so(config: Path, option: tuple[str, ...], said: str) -> None:
    done = wearsync(*option, said)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"wearsync: invalid value for '{option[-1]}': {said!r} is no day: write one of the calendar,"
        f" like 2026-03-14: see `wearsync {option[0]} --help`\n"
    )


def test_a_call_with_a_wrong_value_is_a_usage_error() -> None:
    assert checked(ForgetParams, watch="W").watch == "W"
    with pytest.raises(UsageError, match=r"^watch 'x{1,}.*: it should have at most 64 characters$"):
        checked(ForgetParams, watch="x" * 65)
    with pytest.raises(UsageError, match=r"^watch '': it is empty$"):
        checked(ForgetParams, watch="")
