"""The program as a process: its way in, its signals, its pipes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

WEARSYNC = (sys.executable, "-m", "wearsync")
DEADLINE_S = 60


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*WEARSYNC, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | environment,
        timeout=DEADLINE_S,
        check=False,
    )


def test_an_error_is_one_line_and_an_exit_code() -> None:
    done = _run("start")
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == "wearsync: no daemon is running: start it with `wearsync run`\n"


@pytest.mark.parametrize("module", ["wearsync.cli.app", "wearsync.cli.dose", "wearsync.cli.ending"])
def test_ctrl_c_while_it_still_reads_its_own_files_says_nothing(module: str) -> None:
    early = f"""
import sys
class Early:
    def find_spec(self, name, *_):
        if name == "{module}":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Early())
sys.argv[1:] = ["today"]
from wearsync.__main__ import main
main()
"""
    done = subprocess.run(
        (sys.executable, "-c", early), capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_traceback_is_for_who_asks() -> None:
    done = _run("-vv", "start")
    assert done.returncode == 69
    assert done.stderr.startswith("Traceback")


def test_an_old_terminal_gets_what_it_can_show() -> None:
    done = _run("today", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "not counted yet ? streak 0 days" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("--help",), ("config", "schema"), ("demo", "--json", "--speed", "20")]
)
def test_a_reader_that_leaves_is_no_error(arguments: tuple[str, ...]) -> None:
    """As in `wearsync … | head -1`."""
    with subprocess.Popen((*WEARSYNC, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.wait(DEADLINE_S) == 0
        assert process.stderr.read() == b""


def test_closed_output_is_no_error() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m wearsync --help >&-', sys.executable], timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (("demo", "--speed", "20", "--json"), b"status", 130),
        (("run", "--radio", "tcp:127.0.0.1:1"), b"daemon.ready", 0),
    ],
    ids=["demo", "run"],
)
def test_ctrl_c_is_a_clean_end(arguments: tuple[str, ...], says: bytes, code: int, home: Path) -> None:
    environment = os.environ | {"WEARSYNC_STATE_DIR": str(home / "s")}
    with subprocess.Popen(
        (*WEARSYNC, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    ) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if says in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        assert process.wait(DEADLINE_S) == code, seen
        assert b"Traceback" not in rest
