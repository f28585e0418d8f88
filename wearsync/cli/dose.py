"""`today`, `holds`, `log`, `amend`: what was held; what was held without a watch, or otherwise than it says.

Rule: a running daemon is asked; without one the journal is read, or written under the daemon's lock.
"""

import asyncio
import json
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli import completion
from wearsync.cli.options import AsJson, Options, checked, day, options
from wearsync.errors import NotRunning, UsageError
from wearsync.model import Side, Variant

if TYPE_CHECKING:
    from wearsync.control.calls import AmendParams, HoldsParams
    from wearsync.control.results import Done, HoldsResult
    from wearsync.publish.payloads import SummaryPayload

Wearer = Annotated[
    str | None,
    typer.Option("--wearer", help="Whose; not needed when there is one.", autocompletion=completion.wearers),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("today", rich_help_panel="Dose")(today)
    app.command("holds", rich_help_panel="Dose")(holds)
    app.command("log", rich_help_panel="Dose")(log)
    app.command("amend", rich_help_panel="Dose")(amend)


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
    if summary.away:
        say("away: the streak waits until `wearsync away --back`")
    if summary.next_reminder is not None:
        say(f"next reminder {summary.next_reminder.astimezone():%a %H:%M}")


def holds(
    context: typer.Context,
    since: Annotated[
        date | None, typer.Option("--since", parser=day, metavar="DATE", help="From this day on.")
    ] = None,
    wearer: Wearer = None,
    as_json: AsJson = False,
) -> None:
    """List today's holds with their ids, as `amend` takes them."""
    from wearsync.cli.terminal import print_json, say
    from wearsync.control.calls import HoldsParams
    from wearsync.publish.payloads import HoldPayload

    params = checked(HoldsParams, wearer=wearer, since=since)
    found = asyncio.run(_holds(options(context), params))
    if as_json:
        print_json({"wearer": found.wearer, "holds": [json.loads(hold) for hold in found.holds]})
        return
    told = [HoldPayload.model_validate_json(hold) for hold in found.holds]
    if not told:
        say("No hold yet.")
    day = None
    for hold in told:
        if hold.local_date != day:
            say(f"{found.wearer}, {hold.local_date}")
            day = hold.local_date
        say(f"{hold.local_time}  {hold.side.value:5}  {hold.credited_s:2.0f} s  {hold.id}")


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


def amend(
    context: typer.Context,
    hold: Annotated[
        str,
        typer.Argument(help="Its id, as `wearsync holds` and MQTT show it.", autocompletion=completion.holds),
    ],
    seconds: Annotated[
        int | None, typer.Option("--seconds", min=0, max=3600, help="How long; up to 60 are credited.")
    ] = None,
    side: Annotated[Side | None, typer.Option("--side", help="The hip that was stretched.")] = None,
    void: Annotated[bool, typer.Option("--void", help="It was no hold; this can't be taken back.")] = False,
) -> None:
    """Correct a hold; what was recorded stays, the correction is added."""
    from wearsync.cli.terminal import say
    from wearsync.control.calls import AmendParams

    if void == (seconds is not None or side is not None):
        raise UsageError("say what is right: --seconds, --side or both; or --void alone")
    params = checked(AmendParams, hold=hold, seconds=seconds, side=side, void=void)
    say(asyncio.run(_amend(options(context), params)).text)


async def _today(chosen: Options, wearer: str | None) -> "SummaryPayload":
    from wearsync.control.calls import TodayParams
    from wearsync.daemon import offline
    from wearsync.publish.payloads import SummaryPayload

    try:
        return await chosen.daemon().call(checked(TodayParams, wearer=wearer), SummaryPayload)
    except NotRunning:
        return await offline.today(chosen.without_daemon(), wearer)


async def _holds(chosen: Options, params: "HoldsParams") -> "HoldsResult":
    from wearsync.control.results import HoldsResult
    from wearsync.daemon import offline

    try:
        return await chosen.daemon().call(params, HoldsResult)
    except NotRunning:
        return await offline.holds(chosen.without_daemon(), params)


async def _amend(chosen: Options, params: "AmendParams") -> "Done":
    from wearsync.control.results import Done
    from wearsync.daemon import offline

    try:
        return await chosen.daemon().call(params, Done)
    except NotRunning:
        return await offline.amend(chosen.settings(), params)


async def _log(chosen: Options, side: Side, seconds: int, variant: Variant, wearer: str | None) -> "Done":
    from wearsync.control.calls import LogParams
    from wearsync.control.results import Done
    from wearsync.daemon import offline

    params = checked(LogParams, side=side, seconds=seconds, variant=variant, wearer=wearer)
    try:
        return await chosen.daemon().call(params, Done)
    except NotRunning:
        return await offline.log(chosen.settings(), params)
