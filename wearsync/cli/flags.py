"""Help that shows of a flag its name, and no more: typer would write <bool> beside it, as if it took a value.

Rule: only what help shows is changed here, never what is parsed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

if TYPE_CHECKING:
    # What typer's classes are made from has no public name; at run time none is needed.
    from typer._click import Context, HelpFormatter


def bare_flags(app: typer.Typer) -> None:
    """Let the help of all commands of `app`, and of its groups, show flags so."""
    app.info.cls = BareGroup
    for command in app.registered_commands:
        command.cls = BareCommand
    for group in app.registered_groups:
        group.cls = BareGroup
        if group.typer_instance is not None:
            bare_flags(group.typer_instance)


class BareCommand(TyperCommand):
    """A command whose help shows flags so."""

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        _bare(self.get_params(ctx))
        super().format_help(ctx, formatter)


class BareGroup(TyperGroup):
    """A group of commands whose help shows flags so."""

    def format_help(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        _bare(self.get_params(ctx))
        super().format_help(ctx, formatter)


def _bare(parameters: Sequence[object]) -> None:
    for each in parameters:
        if isinstance(each, TyperOption) and each.metavar is None and (each.is_flag or each.count):
            each.metavar = ""
