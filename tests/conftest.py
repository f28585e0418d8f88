"""What every test may lean on: a broker of its own, a home of its own, and no skip in CI.

Rule: generic things only; what belongs to one part of the product stands beside that part's tests.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.mosquitto import Mosquitto, mosquitto_executable
from tests.order import longest_first

# Two shared cores are no place for hypothesis's deadline of 200 ms an example.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")

# Linux
MEMORY = Path("/dev/shm")


_PRETENDED = """\
#!/bin/sh
cd "$HOME"
echo "$*" >> asked
cat says >&2
cat said
exit $(cat ends)
"""


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home directory: no test reads or writes the one of whoever runs it, nor sees their WEARSYNC_*.

    Its path is short on purpose: that of a Unix socket ends at 107 bytes.
    """
    directory = Path(tempfile.mkdtemp(prefix="h"))
    for name in [name for name in os.environ if name.startswith(("WEARSYNC_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(directory))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    # Nor is a daemon asked that runs on their machine.
    monkeypatch.setenv("WEARSYNC_CONTROL_SERVICE", str(directory / "no-service.sock"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def systemd(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemctl and a loginctl that note what they are asked, say what is in `said` and `says`, and end as
    `ends` tells; where these are.
    """
    for name in ("systemctl", "loginctl"):
        (home / name).write_text(_PRETENDED)
        (home / name).chmod(0o755)
    for name, text in (("says", ""), ("said", ""), ("ends", "0")):
        (home / name).write_text(text)
    monkeypatch.setenv("PATH", f"{home}{os.pathsep}{os.environ['PATH']}")
    return home


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory with a short path, in memory where the system has such a place: for thousands of files."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        yield Path(directory)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running mosquitto that only this test knows (tests/mosquitto.py)."""
    executable = mosquitto_executable()
    if executable is None:
        pytest.skip("mosquitto is not installed (Debian: apt install mosquitto)")
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    broker = Mosquitto(executable=executable, directory=directory)
    broker.start()
    yield broker
    broker.kill()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers are given files in this order (`--no-loadscope-reorder`)."""
    items[:] = longest_first(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skip is a failure: what a test needs is to be installed there."""
    report = yield
    _fail_skip_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for whole modules."""
    report = yield
    _fail_skip_in_ci(report)
    return report


def _fail_skip_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: nothing may be skipped with CI=true: {reason}"
