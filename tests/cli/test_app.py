"""The whole command line: every command is there, helps at 80 columns, and costs no heavy import."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.console import wearsync
from wearsync import __version__

VERBS = ("start", "stop", "pause", "resume", "skip", "back", "extra", "snooze", "buzz", "away")
DOSE = ("today", "holds", "log", "amend")
COMMANDS = (
    "demo",
    "scan",
    "pair",
    "watches",
    "run",
    "live",
    *VERBS,
    *DOSE,
    "backup",
    "delete",
    "config",
    "service",
)
BELOW = (
    ("watches", "rename"),
    ("watches", "forget"),
    ("backup", "list"),
    ("backup", "restore"),
    ("config", "init"),
    ("config", "check"),
    ("config", "schema"),
)
DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"


@pytest.mark.parametrize("command", [(), *((each,) for each in COMMANDS), *BELOW], ids="-".join)
def test_help_fits_80_columns(command: tuple[str, ...], config: Path) -> None:
    done = wearsync(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert "Usage: wearsync" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert "<bool>" not in done.out
    assert wearsync(*command, "-h").out == done.out


def test_help_names_every_command_and_the_exit_codes(config: Path) -> None:
    text = " ".join(wearsync("--help").out.split())
    assert all(f"│ {command} " in text for command in COMMANDS)
    assert "73 already running · 74 journal" in text.replace(" │ │ ", " ")


def test_help_needs_nothing_heavy() -> None:
    """`wearsync --help` and shell completion must be quick."""
    names = "wearsync.cli.known_names"
    heavy = f"{{'bleak', 'bumble', 'aiomqtt', 'sqlite3', 'tomlkit', 'pydantic_settings', '{names}'}}"
    script = (
        "import sys; before = {*sys.modules}; from wearsync.cli.app import build; build(); "
        f"print({heavy} & {{*sys.modules}} - before)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    # The demo comes with the simulators; what it needs is imported when it runs.
    assert done.stdout == "set()\n"


def test_version() -> None:
    assert wearsync("--version").out == f"wearsync {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_document_has_every_command(command: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"wearsync {command}" in text or f"`{command}" in text
