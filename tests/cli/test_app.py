"""The whole command line: every command is there, helps at 80 columns, and costs no heavy import."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup

from tests.cli.console import wearsync
from wearsync import __version__
from wearsync.cli.app import commands_of
from wearsync.cli.listing import LISTING

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
    said = wearsync("--help").out
    text = " ".join(said.split())
    assert all(f"\n  {command} " in said for command in COMMANDS)
    assert all(f" {listed.panel}: " in text and listed.says in text for listed in LISTING)
    assert "73 already running · 74 journal" in text


@pytest.mark.parametrize("words", ["--help", "--version", "todya"])
def test_what_runs_no_command_imports_none(words: str) -> None:
    """`wearsync --help`, shell completion and what refuses a wrong word must be quick: not by rich."""
    script = (
        "import sys; from wearsync.cli.app import build\n"
        f"try: build()([{words!r}], standalone_mode=False)\n"
        "except Exception: pass\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.partition("LOADED ")[2].split())
    assert "wearsync.cli.listing" in loaded
    assert (
        loaded & {"asyncio", "wearsync.model", "wearsync.config", "rich", "bleak", "aiomqtt", "sqlite3"}
        == set()
    )
    assert loaded & {f"wearsync.cli.{listed.module}" for listed in LISTING} == set()


def test_the_listing_says_of_each_command_what_its_module_says() -> None:
    said = [
        (name, command.rich_help_panel, " ".join((command.help or "").split("\n\n")[0].split()))
        for module in dict.fromkeys(listed.module for listed in LISTING)
        for name, command in commands_of(module).items()
        if isinstance(command, TyperCommand | TyperGroup)
    ]
    assert sorted(said) == sorted((listed.name, listed.panel, listed.says) for listed in LISTING)


def test_version() -> None:
    assert wearsync("--version").out == f"wearsync {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_document_has_every_command(command: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"wearsync {command}" in text or f"`{command}" in text
