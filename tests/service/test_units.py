"""The units as systemd itself judges them."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from wearsync.config.credentials import CLIENT_KEY, PASSWORD, USERNAME
from wearsync.config.sections import SERVICE_SOCKET
from wearsync.errors import (
    AlreadyRunning,
    ConfigError,
    StorageError,
    TryAgain,
    UsageError,
    WearsyncError,
)
from wearsync.service.units import HIDDEN, expect_visible, system_unit, user_unit

UNITS = pytest.mark.parametrize("unit", [system_unit, user_unit])

# What it scores is 1.1, of 10 (all open) to 0; the design's aim is 1.5.
EXPOSURE_MAX = 1.5


def analyze(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed (Debian: apt install systemd)")
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def written(directory: Path, text: str) -> Path:
    file = directory / "wearsync.service"
    file.write_text(text)
    return file


def value_of(unit: str, key: str) -> str:
    [value] = [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{key}=")]
    return value


@UNITS
@pytest.mark.parametrize("place", ["venv/bin", "a place; of mine, 100%"])
def test_systemd_understands_every_line(home: Path, unit: Callable[[Sequence[str]], str], place: str) -> None:
    program = home / place / "wearsync"
    program.parent.mkdir(parents=True)
    program.symlink_to("/bin/true")
    scope = "--user" if unit is user_unit else "--system"
    done = analyze(home, "verify", scope, written(home, unit([str(program)])))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    spoilt = unit([str(program)]).replace("WatchdogSec=", "WatchdogSecs=")
    assert "WatchdogSecs" in analyze(home, "verify", scope, written(home, spoilt)).stderr


def test_the_system_s_service_can_do_little_besides_its_work(home: Path) -> None:
    unit = system_unit(["/bin/true"])
    file = written(home, unit)
    bound = f"--threshold={EXPOSURE_MAX * 10:.0f}"
    done = analyze(home, "security", "--offline=true", bound, "--no-pager", file)
    assert done.returncode == 0, done.stdout
    written(home, unit.replace("SystemCallFilter=", "#").replace("ProtectSystem=", "#"))
    assert analyze(home, "security", "--offline=true", bound, "--no-pager", file).returncode != 0


def test_secrets_have_the_names_that_the_configuration_knows() -> None:
    names = [
        line.split("=")[1] for line in system_unit(["x"]).splitlines() if line.startswith("LoadCredential=")
    ]
    assert names == [f"{name}:wearsync.{name}" for name in (PASSWORD, USERNAME, CLIENT_KEY)]


@UNITS
def test_what_a_person_has_to_mend_first_is_not_started_again(unit: Callable[[Sequence[str]], str]) -> None:
    text = unit(["/bin/true"])
    prevented = {int(code) for code in value_of(text, "RestartPreventExitStatus").split()}
    assert prevented == {UsageError.exit_code, AlreadyRunning.exit_code, ConfigError.exit_code}
    assert not prevented & {WearsyncError.exit_code, StorageError.exit_code, TryAgain.exit_code}
    assert value_of(text, "Restart") == "on-failure"


def test_a_place_that_the_sandbox_hides_is_refused_with_what_to_do() -> None:
    for hidden in HIDDEN:
        with pytest.raises(UsageError, match=f"is below {hidden}, .*--user"):
            expect_visible(Path("/usr/bin/python3"), hidden / "you/.venv/bin/wearsync")
    expect_visible(Path("/opt/wearsync/bin/wearsync"), Path("/usr/lib/python3"), Path("/homes/x"))


@pytest.mark.parametrize("place", ["a\nExecStartPre=b", 'my "own"', "$HOME", "a\\b"])
def test_a_path_that_systemd_does_not_take_is_refused(place: str) -> None:
    with pytest.raises(UsageError, match="no program with such characters"):
        user_unit([f"/opt/{place}/wearsync"])


def test_the_sandbox_leaves_open_what_the_daemon_writes() -> None:
    """Its directories are those that it is told of."""
    unit = system_unit(["/bin/true"])
    told = dict(
        line.removeprefix("Environment=").split("=", 1)
        for line in unit.splitlines()
        if line.startswith("Environment=")
    )
    assert told["WEARSYNC_STATE_DIR"] == f"%S/{value_of(unit, 'StateDirectory')}"
    assert told["WEARSYNC_CONFIG"].startswith(value_of(unit, "ReadWritePaths").removeprefix("-"))
    socket = Path(told["WEARSYNC_CONTROL_SOCKET"])
    assert str(socket.parent) == f"%t/{value_of(unit, 'RuntimeDirectory')}"
    # Where the command line looks for it.
    assert Path(told["WEARSYNC_CONTROL_SOCKET"].replace("%t", "/run")) == SERVICE_SOCKET
    assert told["WEARSYNC_CONTROL_GROUP"] == value_of(unit, "Group")
    assert Path(value_of(unit, "ExecStart").split()[0]).is_absolute()
