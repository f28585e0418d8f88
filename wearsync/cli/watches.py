"""`scan` and `watches`: from something that advertises to a watch of yours.

Rule: a running daemon owns the radio, so these ask it first; without one they open the radio themselves.
"""

import asyncio
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli import completion, handover
from wearsync.cli.daemon import Radio
from wearsync.cli.options import AsJson, Options, checked, options, radio_of_the_daemon
from wearsync.errors import NotRunning, TryAgain

if TYPE_CHECKING:
    from wearsync.control.results import Done, ScanResult


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("scan", rich_help_panel="Watches")(scan)
    group = typer.Typer(help="List, rename, forget or hand over your watches.", invoke_without_command=True)
    group.callback()(watches)
    group.command("rename")(rename)
    group.command("forget")(forget)
    handover.register(group)
    app.add_typer(group, name="watches", rich_help_panel="Watches")


def scan(
    context: typer.Context,
    radio: Radio = None,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=60, help="How long to listen.")] = 6.0,
    as_json: AsJson = False,
) -> None:
    """Show the watches nearby."""
    from wearsync.cli.terminal import print_json, say, show_table

    result = asyncio.run(_scan(options(context), radio, seconds))
    if as_json:
        print_json(result)
        return
    if not result.watches:
        say("No watch is nearby. Is it awake, in range, and not connected already (to the daemon, a phone)?")
        return
    rows = [
        (
            seen.name,
            seen.address,
            f"{seen.rssi} dBm",
            "pairing mode" if seen.pairing else "",
            seen.known or "not paired",
        )
        for seen in result.watches
    ]
    show_table(("name", "address", "signal", "mode", "yours"), rows)


def watches(context: typer.Context, as_json: AsJson = False) -> None:
    """List your watches."""
    if context.invoked_subcommand is not None:
        return
    from wearsync.cli.pair import trust_words
    from wearsync.cli.terminal import print_json, say, show_table
    from wearsync.model import Trust

    rows = asyncio.run(_watches(options(context)))
    if as_json:
        print_json({"watches": [asdict(row) for row in rows]})
    elif not rows:
        say("No watch is paired yet: switch pairing mode on at the watch, then `wearsync pair`.")
    else:
        columns = ("name", "wearer", "driver", "link", "trust", "battery")
        show_table(columns, [row.cells() for row in rows])
        for row in rows:
            for limit in row.limits:
                say(f"{row.name}: {limit}.")
            if row.trust not in (None, Trust.KEY) and not any(
                each.startswith("trust") for each in row.limits
            ):
                say(f"{row.name}: trust: {trust_words(Trust(row.trust))}.")


def rename(
    context: typer.Context,
    watch: Annotated[str, typer.Argument(help="Its name now.", autocompletion=completion.watches)],
    new_name: Annotated[str, typer.Argument(help="Its new name; its topics change with it.")],
) -> None:
    """Give a watch another name."""
    from wearsync.cli.terminal import say

    say(asyncio.run(_rename(options(context), watch, new_name)).text)


def forget(
    context: typer.Context,
    watch: Annotated[str, typer.Argument(help="Its name.", autocompletion=completion.watches)],
    radio: Radio = None,
) -> None:
    """Remove a watch's bond, key and topics; its history stays."""
    from wearsync.cli.terminal import say

    say(asyncio.run(_forget(options(context), watch, radio)).text)


async def _scan(chosen: Options, radio: str | None, seconds: float) -> "ScanResult":
    from wearsync.control.calls import ScanParams
    from wearsync.control.results import ScanResult
    from wearsync.daemon import borrow

    daemon = chosen.daemon()
    try:
        with radio_of_the_daemon(radio):
            return await daemon.call(ScanParams(seconds=seconds), ScanResult)
    except NotRunning:
        return await borrow.scan(chosen.settings(radio=radio), seconds)


@dataclass(frozen=True, slots=True)
class _Row:
    """One watch of yours, or of the service that you command (only that knows its `address`). `title`: of its
    driver; `limits`: what it can't do, a line each.
    """

    name: str
    id: str
    address: str | None
    driver: str
    wearer: str
    link: str
    trust: str | None
    battery: int | None
    title: str
    limits: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """For people."""
        battery = "" if self.battery is None else f"{self.battery} %"
        return (self.name, self.wearer, self.title, self.link, self.trust or "", battery)


async def _watches(chosen: Options) -> list[_Row]:
    from wearsync import families
    from wearsync.control.calls import StatusParams
    from wearsync.control.results import StatusResult
    from wearsync.drivers.limits import limits

    settings = chosen.settings()
    try:
        status = await chosen.daemon().call(StatusParams(), StatusResult)
        now = {watch.watch_id: watch for watch in status.watches}
    except (NotRunning, TryAgain):
        now = {}
    mine = {watch.id: watch for watch in settings.watches}
    rows = []
    # A service has a configuration of its own, with watches that ours does not know.
    for watch_id in dict.fromkeys((*mine, *now)):
        configured, seen = mine.get(watch_id), now.get(watch_id)
        about = configured or now[watch_id]
        driver = families.named(about.driver)
        row = _Row(
            name=about.name,
            id=watch_id,
            address=configured.address if configured else None,
            driver=about.driver,
            wearer=settings.wearer_of(configured) if configured else now[watch_id].wearer,
            link=seen.link if seen else "no daemon",
            trust=seen.trust.value if seen and seen.trust else None,
            battery=seen.battery_percent if seen else None,
            title=driver.title,
            limits=limits(driver.capabilities),
        )
        rows.append(row)
    return rows


async def _rename(chosen: Options, watch: str, new_name: str) -> "Done":
    from wearsync.control.calls import RenameParams
    from wearsync.control.results import Done
    from wearsync.daemon import borrow

    try:
        return await chosen.daemon().call(checked(RenameParams, watch=watch, name=new_name), Done)
    except NotRunning:
        return borrow.rename(chosen.settings(), watch, new_name)


async def _forget(chosen: Options, watch: str, radio: str | None) -> "Done":
    from wearsync.control.calls import ForgetParams
    from wearsync.control.results import Done
    from wearsync.daemon import borrow

    daemon = chosen.daemon()
    try:
        with radio_of_the_daemon(radio):
            return await daemon.call(checked(ForgetParams, watch=watch), Done)
    except NotRunning:
        return await borrow.forget(
            chosen.settings(radio=radio), watch, broker=lambda: chosen.settings(secrets=True).broker
        )
