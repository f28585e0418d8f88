"""The first evening as a person has it, at a terminal: a real watch over the virtual radio, a real broker."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.cli.console import at_a_terminal as typing
from tests.cli.console import piped, wearsync, wearsync_beside
from tests.integration.terminal import COLUMNS, Terminal, at_a_terminal
from tests.integration.test_pairing_at_a_terminal import CODE, FELT, LEARN, NAME, WEARER_NAME, a_scene
from tests.mosquitto import Mosquitto
from tests.publish.passwords import write_passwords
from wearsync.config import load
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import Deed, Diligent

INTERRUPTED = 130
# Colours, and a line that is cleared.
SEQUENCE = re.compile(r"\x1b\[[0-9;]*[mK]")
COMMENTED = """\
# mine
wearer = "me"            # that is me
[routine]
first_gap_s = 3          # I am quick
"""
SYSTEMCTL = """\
#!/bin/sh
echo "$0 $*" >> "$HOME/asked"
"""


class Impatient:
    """Stops each hold after a second."""

    def __init__(self) -> None:
        self._diligent = Diligent(Random(3))

    def sees(self, view: WatchView) -> Sequence[Deed]:
        match view.face:
            case Face.HOLD:
                return [Deed(1.5, Press.DOUBLE_PRESS)]
            case Face.CONFIRM:
                return [Deed(0.2, Press.TAP)]
            case _:
                return self._diligent.sees(view)


def pretend_systemd(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that notes what it is asked, and does nothing: this machine's own is none of a test's affairs."""
    (home / "bin").mkdir()
    for name in ("systemctl", "loginctl"):
        (home / "bin" / name).write_text(SYSTEMCTL)
        (home / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")


def left_in(directory: Path) -> list[str]:
    return [each.name for each in directory.iterdir()]


async def a_broker_with_a_password(terminal: Terminal, port: int) -> None:
    await terminal.answers("Which broker? [", "another")
    await terminal.answers("Its name or address", f"127.0.0.1:{port}")
    await terminal.answers("Does it speak TLS? [y/N]", "")
    await terminal.answers("User name at the broker: [wearsync]", "")
    await terminal.answers("Its password (not shown):", "wrong secret")
    await terminal.answers("User name at the broker: [wearsync]", "")
    await terminal.answers("Its password (not shown):", "right secret")
    await terminal.until("written into")


@pytest.mark.timeout(180)
async def test_the_first_evening(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, mosquitto: Mosquitto
) -> None:
    passwords = tmp_path / "passwords"
    write_passwords(passwords, wearsync="right secret")
    mosquitto.stop()
    lines = (f"listener {mosquitto.port} 127.0.0.1", "allow_anonymous false", f"password_file {passwords}")
    mosquitto.configure(*lines, anybody=False)
    mosquitto.start()
    pretend_systemd(home, monkeypatch)
    async with a_scene(tmp_path, home, monkeypatch, wearer=Impatient()) as scene:
        scene.config.write_text(COMMENTED)
        async with at_a_terminal("setup", "--radio", scene.radio) as (terminal, ended):
            await a_broker_with_a_password(terminal, mosquitto.port)
            await terminal.answers("Pair it now? [Y/n]", "")
            await terminal.answers(CODE, "y")
            await terminal.answers(NAME, "Blue")
            await terminal.answers(WEARER_NAME, "")
            await terminal.answers(FELT, "")
            await terminal.answers(LEARN, "")
            await terminal.until("Trust: key")
            await terminal.answers("How do you stretch? [1]", "standing")
            await terminal.answers("Rounds, 1 to 10: [2]", "99")
            await terminal.until("type a number from 1 to 10")
            await terminal.answers("Rounds, 1 to 10: [2]", "1")
            await terminal.answers("Seconds a hold, 30 to 60: [30]", "")
            await terminal.answers("none): [none]", "19:00 7:30")
            await terminal.until("is no time of the day")
            await terminal.answers("none): [none]", "19:00")
            await terminal.until("numbness, or tingling")
            await terminal.answers("Are you ready? [Y/n]", "")
            await terminal.until("hold left")
            await terminal.until("In the journal: left,")
            await terminal.answers("Did you feel it buzz", "n")
            await terminal.answers("Which hip was it? [1]", "right")
            await terminal.until("left knee on the pillow")
            await terminal.answers("start it now? [Y/n]", "y")
            await terminal.answers("May it? [Y/n]", "y")
            await terminal.until("wearsync start: begins")
        assert ended.result() == 0
        assert "Traceback" not in terminal.shown
        assert "right secret" not in terminal.shown
        assert "wrong secret" not in terminal.shown
        shown = [SEQUENCE.sub("", line).rpartition("\r")[2] for line in terminal.shown.splitlines()]
        assert [line for line in shown if len(line) > COLUMNS and tmp_path.name not in line] == []
        settings = load(scene.config, state_dir=scene.state)
        assert (settings.broker.password, settings.radio) == ("right secret", scene.radio)
        assert (settings.routine.rounds, settings.routine.variant, settings.reminder.times) == (
            *(1, "standing"),
            ("19:00",),
        )
        assert (scene.config.parent / "broker.password").stat().st_mode & 0o777 == 0o600
        assert not list(scene.config.parent.glob(".setup-*"))
        for comment in ("# mine", "# that is me", "# I am quick"):
            assert comment in scene.config.read_text()
        assert scene.config.with_name("config.toml.before").read_text() == COMMENTED
        unit = home / ".config" / "systemd" / "user" / "wearsync.service"
        assert f"--config {scene.config}" in unit.read_text()
        asked = (home / "asked").read_text()
        assert "systemctl --user enable --now wearsync.service" in asked
        assert "loginctl enable-linger" in asked
        assert "right" in (await wearsync_beside("holds")).out


async def test_ctrl_c_leaves_without_harm(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(COMMENTED)
    monkeypatch.setenv("WEARSYNC_CONFIG", str(config))
    monkeypatch.setenv("WEARSYNC_STATE_DIR", str(home / "s"))
    async with at_a_terminal("setup", "--radio", "tcp:127.0.0.1:1") as (terminal, ended):
        await terminal.answers("Go on all the same? [Y/n]", "")
        await terminal.interrupts("Which broker? [")
        assert await ended == INTERRUPTED
        await terminal.until("What is done so far stays: `wearsync setup` goes on from there.")
    assert config.read_text() == COMMENTED
    assert "Traceback" not in terminal.shown
    assert left_in(tmp_path) == ["config.toml"]


@pytest.mark.parametrize(
    "typed",
    ["", "q\n", "n\n", "y\nq\n", "y\n1\nq\n", "y\n1\nn\nq\n", "y\n1\nn\n\n\n40\n", "x\nx\nx\nx\nx\nx\n"],
)
def test_it_is_left_at_any_question(config: Path, typed: str) -> None:
    config.write_text(COMMENTED)
    with typing(typed):
        done = wearsync("setup", "--radio", "tcp:127.0.0.1:1")
    assert done.code == INTERRUPTED
    assert done.err.endswith("`wearsync setup` goes on from there.\n")
    assert config.read_text() == COMMENTED


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ((), "say --broker URL (or --broker none), --name NAME (or --no-pair), --service or --no-service"),
        (("--broker", "none", "--no-pair"), "say --service or --no-service"),
        (("--broker", "none", "--no-service"), "say --name NAME (or --no-pair)"),
    ],
)
def test_without_a_terminal_it_says_what_is_missing(
    config: Path, arguments: tuple[str, ...], missing: str
) -> None:
    with piped(""):
        done = wearsync("setup", *arguments)
    assert (done.code, done.err) == (2, f"wearsync: nobody is asked here, so {missing}\n")
    assert not config.exists()


def test_without_a_terminal_options_are_the_answers(config: Path, mosquitto: Mosquitto) -> None:
    with piped(""):
        done = wearsync("setup", "--broker", mosquitto.url, "--no-pair", "--no-service")
    assert done.code == 0, done.err
    assert load(config).broker.url == mosquitto.url
    before = config.read_text()
    with piped(""):
        again = wearsync("setup", "--yes", "--broker", mosquitto.url, "--no-pair", "--no-service")
    assert (again.code, config.read_text()) == (0, before)
    assert [each.name for each in config.parent.iterdir()] == ["config.toml"]


def test_a_broker_that_does_not_work_is_not_written_down(config: Path) -> None:
    with piped(""):
        done = wearsync("setup", "--broker", "mqtt://127.0.0.1:1", "--no-pair", "--no-service")
    assert done.code == 78
    assert "the broker mqtt://127.0.0.1:1 was not written down" in done.err.splitlines()[-1]
    assert not list(config.parent.iterdir())


def test_a_service_of_the_system_is_asked_by_other_commands(
    config: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = home / "service.sock"
    service.touch()
    monkeypatch.setenv("WEARSYNC_CONTROL_SERVICE", str(service))
    monkeypatch.delenv("WEARSYNC_STATE_DIR")
    with piped(""):
        done = wearsync("setup", "--broker", "none", "--no-pair", "--no-service")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "a service of the system already" in done.err
