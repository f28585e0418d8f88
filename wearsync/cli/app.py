"""The command line's root: global options, and each command from its group's file.

Rule: nothing heavy is imported here, nor at the top of the groups' files: `wearsync --help` must be quick.
Commands of other packages come by the entry point group `wearsync.commands`.
"""

import logging
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from wearsync import __version__
from wearsync.cli import (
    config,
    control,
    daemon,
    doctor,
    dose,
    export,
    healthy,
    history,
    journal,
    page,
    pair,
    routine,
    service,
    watches,
)
from wearsync.cli.flags import bare_flags
from wearsync.cli.options import Options
from wearsync.cli.setup import command as setup

COMMANDS_GROUP = "wearsync.commands"

EPILOG = (
    "Exit codes: 0 ok · 2 usage · 69 unavailable · 70 internal · 73 already running · 74 journal · "
    "75 try again · 76 unfit watch · 77 trust · 78 configuration · 130 interrupted."
)


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="wearsync",
        epilog=EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    for group in (
        setup,
        config,
        service,
        doctor,
        pair,
        watches,
        daemon,
        healthy,
        page,
        control,
        routine,
        dose,
        history,
        export,
        journal,
    ):
        group.register(app)
    for entry in sorted(entry_points(group=COMMANDS_GROUP), key=lambda each: each.name):
        app.command(entry.name)(entry.load())
    bare_flags(app)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"wearsync {__version__}")
        raise typer.Exit


def root(
    context: typer.Context,
    config_file: Annotated[
        Path | None, typer.Option("--config", envvar="WEARSYNC_CONFIG", help="The configuration file.")
    ] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option("--state-dir", envvar="WEARSYNC_STATE_DIR", help="Journal, keys, bonds, socket."),
    ] = None,
    verbose: Annotated[
        int,
        typer.Option(
            "-v", "--verbose", count=True, help="More detail; twice: tracebacks.", show_default=False
        ),
    ] = 0,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Companion sync for smartwatches: coordinates your daily hip flexor holds, on the wrist."""
    if not verbose:
        # Libraries log what we tell in our own words: errors are one line. `run` says what its log shows.
        logging.getLogger().addHandler(logging.NullHandler())
    context.obj = Options(config_file=config_file, state_dir=state_dir, verbose=verbose)
