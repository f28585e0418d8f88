"""`history`: the weeks behind, as a calendar and as bars.

Rule: a running daemon is asked; without one the journal is read. What is drawn is `heat_map`'s affair.
"""

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli.dose import Wearer
from wearsync.cli.options import AsJson, Options, checked, day, options
from wearsync.errors import NotRunning, UsageError

if TYPE_CHECKING:
    from wearsync.control.calls import HistoryParams
    from wearsync.daemon.history import History


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("history", rich_help_panel="Dose")(history)


def history(
    context: typer.Context,
    weeks: Annotated[
        int | None, typer.Option("--weeks", min=1, max=1040, help="So many, this one too; 12 if not said.")
    ] = None,
    since: Annotated[
        date | None, typer.Option("--since", parser=day, metavar="DATE", help="From this day's week on.")
    ] = None,
    wearer: Wearer = None,
    as_json: AsJson = False,
) -> None:
    """Show the weeks behind: which days counted, and each side's minutes."""
    from wearsync.cli.terminal import print_json
    from wearsync.control.calls import HistoryParams

    if weeks is not None and since is not None:
        raise UsageError("say how many --weeks, or --since when: not both")
    params = checked(HistoryParams, wearer=wearer, weeks=weeks, since=since)
    found = asyncio.run(_history(options(context), params))
    if as_json:
        print_json(found)
        return
    from wearsync.cli.heat_map import draw
    from wearsync.cli.terminal import has_unicode, show, width

    show(draw(found, width=width(), unicode=has_unicode()))


async def _history(chosen: Options, params: "HistoryParams") -> "History":
    from wearsync.daemon import offline
    from wearsync.daemon.history import History

    try:
        return await chosen.daemon().call(params, History)
    except NotRunning:
        return await offline.history(chosen.without_daemon(), params)
