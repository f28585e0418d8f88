"""Each way to end, its exit code, and its one line."""

import errno
import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import PIPE, run

import pytest
import typer

from tests.cli.console import wearsync
from wearsync.cli.ending import exit_code, parsed, verbosity
from wearsync.errors import BrokerUnavailable, ConfigError


def _ended(
    raised: BaseException | None, *, gives: object = None, tracebacks: bool = False
) -> tuple[int, str]:
    def run() -> object:
        if raised is not None:
            raise raised
        return gives

    said = io.StringIO()
    with redirect_stderr(said):
        return exit_code("w", run, tracebacks=tracebacks), said.getvalue()


@pytest.mark.parametrize(("gives", "code"), [(None, 0), (0, 0), (1, 1), ("text", 0)])
def test_what_it_gives_is_the_code(gives: object, code: int) -> None:
    assert _ended(None, gives=gives) == (code, "")


@pytest.mark.parametrize(
    ("raised", "ended"),
    [
        (BrokerUnavailable("no broker"), (69, "w: no broker\n")),
        (ConfigError("two\n  lines"), (78, "w: two lines\n")),
        (KeyboardInterrupt(), (130, "")),
        (SystemExit(3), (3, "")),
        (SystemExit(), (0, "")),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            (74, "w: there is no room for the output (No space left on device): free some space\n"),
        ),
        (
            OSError(errno.EIO, "Input/output error"),
            (
                70,
                "w: internal error: OSError: [Errno 5] Input/output error; with -v -v it says more\n",
            ),
        ),
        (
            ZeroDivisionError("by zero"),
            (70, "w: internal error: ZeroDivisionError: by zero; with -v -v it says more\n"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_one_line(raised: BaseException, ended: tuple[int, str]) -> None:
    assert _ended(raised) == ended


@pytest.mark.parametrize("command", ["today", "history", "export"])
def test_a_full_disk_behind_the_output_is_said(config: Path, command: str) -> None:
    wearsync("log", "left", "30")
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        done = run(
            [sys.executable, "-m", "wearsync", command],
            stdout=full,
            stderr=PIPE,
            text=True,
            check=False,
            env=buffered,
        )
    assert done.returncode == 74
    assert done.stderr.startswith("wearsync: there is no room for the output (")
    assert done.stderr.count("\n") == 1


SAYS_SOMETHING = """
import sys
from contextlib import suppress
from wearsync.cli.ending import exit_code

def run():
    with suppress(OSError):
        sys.stderr.write("a line of the log\\n")

sys.exit(exit_code("w", run))
"""


@pytest.mark.parametrize(
    ("arguments", "code"), [(("-c", SAYS_SOMETHING), 0), (("-m", "wearsync", "nonsense"), 2)]
)
def test_nobody_to_hear_it_leaves_the_code_as_it_is(arguments: tuple[str, ...], code: int) -> None:
    """As when the terminal is closed: Python would end with 120 then, where it buffers, as it does."""
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    command = (sys.executable, *arguments)
    with Path("/dev/full").open("w") as full:
        done = run(command, check=False, stdin=PIPE, stdout=PIPE, stderr=full, env=buffered)
    assert done.returncode == code


@pytest.mark.parametrize("raised", [BrokerUnavailable("no broker"), ZeroDivisionError("by zero")])
def test_who_asks_gets_the_traceback_and_the_same_code(raised: Exception) -> None:
    code, said = _ended(raised, tracebacks=True)
    assert code == _ended(raised)[0]
    assert said.startswith("Traceback")
    assert str(raised) in said


def _app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.command()
    def hold(seconds: int, side: str = "left") -> None:
        raise typer.Exit(seconds)

    @app.command()
    def rest() -> None:
        """Nothing."""

    return app


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["hold", "7"], 7, ""),
        (["rest"], 0, ""),
        (["hold"], 2, "w: missing argument 'seconds': see `w hold --help`\n"),
        (["hold", "--nope", "1"], 2, "w: no such option: --nope: see `w hold --help`\n"),
        (["hold", "1", "--side"], 2, "w: option '--side' requires an argument: see `w --help`\n"),
        (["nope"], 2, "w: no such command 'nope': see `w --help`\n"),
    ],
)
def test_misuse_is_one_line_too(arguments: list[str], code: int, line: str) -> None:
    said = io.StringIO()
    with redirect_stderr(said):
        assert exit_code("w", parsed(_app(), "w", arguments)) == code
    assert said.getvalue() == line


def test_no_arguments_is_help() -> None:
    out, said = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(said):
        assert exit_code("w", parsed(_app(), "w", [])) == 2
    assert "Usage: w" in out.getvalue()
    assert said.getvalue() == ""


@pytest.mark.parametrize(
    ("arguments", "times"),
    [
        (["start"], 0),
        (["-v", "start"], 1),
        (["-vv", "x"], 2),
        (["-v", "--verbose"], 2),
        (["--version"], 0),
        (["-"], 0),
    ],
)
def test_how_often_v_was_said(arguments: list[str], times: int) -> None:
    assert verbosity(arguments) == times
