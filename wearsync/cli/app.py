"""The command line's root: global options, and how a name on the command line finds its command.

Rule: a module of commands is imported when one of them is called, and not before: to list them, to complete
their names, to refuse a wrong one must be quick.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_group

from wearsync import __version__
from wearsync.cli import others
from wearsync.cli.flags import BareGroup, bare_flags
from wearsync.cli.listing import LISTING

if TYPE_CHECKING:
    # What typer's classes are made from has no public name; at run time none is needed.
    from typer._click import Command, Context

EPILOG = (
    "Exit codes: 0 ok · 2 usage · 69 unavailable · 70 internal · 73 already running · 74 journal · "
    "75 try again · 76 unfit watch · 77 trust · 78 configuration · 130 interrupted."
)


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="wearsync",
        cls=_Root,
        epilog=EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    return app


class _Root(BareGroup):
    """A command is only what the listing says of it, until it is called."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  # typer's own, for typer's own class
        super().__init__(**attributes)
        for listed in LISTING:
            self.add_command(TyperCommand(listed.name, help=listed.says, rich_help_panel=listed.panel))

    def list_commands(self, ctx: "Context") -> list[str]:
        self._add_others()
        return super().list_commands(ctx)

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        modules = {listed.name: listed.module for listed in LISTING}
        if args[0] in modules:
            self.commands.update(commands_of(modules[args[0]]))
        else:
            self._add_others()
        return super().resolve_command(ctx, args)

    def _add_others(self) -> None:
        app = typer.Typer(rich_markup_mode=None)
        for name, where in others.declared().items():
            if name not in self.commands:
                app.command(name)(others.loaded(where))
        bare_flags(app)
        self.commands.update(get_group(app).commands)


def commands_of(module: str) -> "Mapping[str, Command]":
    """The commands of a module of this package, by their names."""
    app = typer.Typer(rich_markup_mode=None)
    import_module(f"wearsync.cli.{module}").register(app)
    bare_flags(app)
    return get_group(app).commands


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
    from wearsync.cli.options import Options

    if not verbose:
        import logging

        # Libraries log what we tell in our own words: errors are one line. `run` says what its log shows.
        logging.getLogger().addHandler(logging.NullHandler())
    context.obj = Options(config_file=config_file, state_dir=state_dir, verbose=verbose)
