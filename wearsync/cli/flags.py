"""Help that shows of a flag its name, and no more: typer would write <bool> beside it, as if it took a value;
and commands in their panels, with all of their words, where rich does not draw it.

Rule: only what help shows is changed here, never what is parsed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

if TYPE_CHECKING:
    # What typer's classes are made from has no public name; at run time none is needed.
    from typer._click import Context, HelpFormatter

_NO_PANEL = "Commands"


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

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """A section a panel; the parser's own has them all in one, and cuts each off at the line's end."""
        panels: dict[str, list[tuple[str, str]]] = {_NO_PANEL: []}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if isinstance(command, TyperCommand | TyperGroup) and not command.hidden:
                says = " ".join((command.help or "").partition("\n\n")[0].split())
                panels.setdefault(command.rich_help_panel or _NO_PANEL, []).append((name, says))
        widest = max((len(name) for rows in panels.values() for name, _ in rows), default=0)
        for panel, rows in panels.items():
            if rows:
                with formatter.section(panel):
                    formatter.write_dl([(name.ljust(widest), says) for name, says in rows])


def _bare(parameters: Sequence[object]) -> None:
    for each in parameters:
        if isinstance(each, TyperOption) and each.metavar is None and (each.is_flag or each.count):
            each.metavar = ""
