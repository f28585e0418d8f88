"""`today` and `log`: what was held, and a hold that was done without a watch.

Rule: a running daemon is asked; without one the journal is read, or written under the daemon's lock.
"""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli.options import Options, checked, options
from wearsync.errors import NotRunning
from wearsync.model import Side, Variant

if TYPE_CHECKING:
    from wearsync.control.protocol import Done
    from wearsync.publish.payloads import SummaryPayload

Wearer = Annotated[str | None, typer.Option("--wearer", help="Whose; not needed when there is one.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("today", rich_help_panel="Dose")(today)
    app.command("log", rich_help_panel="Dose")(log)


def today(context: typer.Context, wearer: Wearer = None, as_json: AsJson = False) -> None:
    """Show today's dose, the week and the streak."""
    from wearsync.cli.terminal import print_json, say, show_table

    summary = asyncio.run(_today(options(context), wearer))
    if as_json:
        print_json(summary)
        return
    rows = [
        (
            name,
            f"{side.seconds:.0f} s",
            f"{side.holds}" + (f" ({side.short} short)" if side.short else ""),
            f"{week_s / 60:.1f} of {summary.week.target_s / 60:.0f} min",
        )
        for name, side, week_s in (
            ("left", summary.today.left, summary.week.left_s),
            ("right", summary.today.right, summary.week.right_s),
        )
    ]
    show_table(("side", "today", "holds", "this week"), rows, title=f"{summary.wearer}, {summary.date}")
    verdict = "routine done" if summary.full else "today counts" if summary.counts else "not counted yet"
    say(f"{verdict} · streak {summary.streak} day{'' if summary.streak == 1 else 's'}")


def log(
    context: typer.Context,
    side: Annotated[Side, typer.Argument(help="The hip that was stretched.")],
    seconds: Annotated[int, typer.Argument(min=1, max=3600, help="How long; up to 60 are credited.")],
    variant: Annotated[Variant, typer.Option("--variant", help="How.")] = Variant.KNEELING,
    wearer: Wearer = None,
) -> None:
    """Write down a hold that was done without a watch."""
    from wearsync.cli.terminal import say

    say(asyncio.run(_log(options(context), side, seconds, variant, wearer)).text)


async def _today(chosen: Options, wearer: str | None) -> "SummaryPayload":
    from wearsync.control.protocol import TodayParams
    from wearsync.daemon import offline
    from wearsync.publish.payloads import SummaryPayload

    try:
        return await chosen.daemon().call(checked(TodayParams, wearer=wearer), SummaryPayload)
    except NotRunning:
        return await offline.today(chosen.settings(), wearer)


async def _log(chosen: Options, side: Side, seconds: int, variant: Variant, wearer: str | None) -> "Done":
    from wearsync.control.protocol import Done, LogParams
    from wearsync.daemon import offline

    params = checked(LogParams, side=side, seconds=seconds, variant=variant, wearer=wearer)
    try:
        return await chosen.daemon().call(params, Done)
    except NotRunning:
        return await offline.log(chosen.settings(), params)
