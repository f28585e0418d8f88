"""`scan`, `pair` and `watches`: from something that advertises to a watch of yours.

Rule: a running daemon owns the radio, so these ask it first; without one they open the radio themselves.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli.daemon import Radio
from wearsync.cli.options import Options, checked, options
from wearsync.errors import NotRunning, TryAgain

if TYPE_CHECKING:
    from wearsync.cli.person import Person
    from wearsync.control.calls import PairParams, RemoveAppParams
    from wearsync.control.results import Done, PairResult, ScanResult
    from wearsync.daemon.app_install import Owner

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("scan", rich_help_panel="Watches")(scan)
    app.command("pair", rich_help_panel="Watches")(pair)
    group = typer.Typer(help="List, rename or forget your watches.", invoke_without_command=True)
    group.callback()(watches)
    group.command("rename")(rename)
    group.command("forget")(forget)
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


def pair(
    context: typer.Context,
    radio: Radio = None,
    name: Annotated[str | None, typer.Option("--name", help="What you call it.")] = None,
    wearer: Annotated[str | None, typer.Option("--wearer", help="Who wears it.")] = None,
    address: Annotated[
        str | None, typer.Option("--address", help="Which one, if several are in pairing mode.")
    ] = None,
    driver: Annotated[
        str | None, typer.Option("--driver", help="Of which kind it is, if nothing shows that.")
    ] = None,
    remove_app: Annotated[
        bool, typer.Option("--remove-app", help="Take our app off a Bangle.js, in place of pairing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing (scripts).")] = False,
    passkey_stdin: Annotated[
        bool,
        typer.Option("--passkey-stdin", help="Read the six digits that the watch shows from standard input."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Pair a watch: bond, hand over a key if it takes one, prove it, and let it buzz."""
    from wearsync import families
    from wearsync.cli.person import Person
    from wearsync.cli.terminal import print_json, say
    from wearsync.control.calls import PairParams, RemoveAppParams

    person = Person(yes=yes, passkey_stdin=passkey_stdin)
    if remove_app:
        removal = checked(RemoveAppParams, address=address, driver=driver)
        done = asyncio.run(_remove_app(options(context), radio, removal, person))
        if as_json:
            print_json(done)
        else:
            say(f"{done.text}.")
        return
    if driver is not None:
        families.require(driver)
    chosen = name or person.name()
    params = checked(PairParams, name=chosen, address=address, driver=driver, wearer=wearer, yes=yes)
    result, by_daemon = asyncio.run(_pair(options(context), radio, params, person))
    if as_json:
        print_json(result)
        return
    trust = f"trust: {result.trust.value}"
    say(f"{result.name} is paired ({result.watch_id[:8]}…, {trust}); {_buzzed(result.buzz)}.")
    run = f"wearsync run --radio {radio}" if radio else "wearsync run"
    daemon = "" if by_daemon else f"`{run}` starts the daemon, then "
    say(f"Next: {daemon}`wearsync start` starts a session.")


def watches(context: typer.Context, as_json: AsJson = False) -> None:
    """List your watches."""
    if context.invoked_subcommand is not None:
        return
    from wearsync.cli.terminal import print_json, say, show_table

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


def rename(
    context: typer.Context,
    watch: Annotated[str, typer.Argument(help="Its name now.")],
    new_name: Annotated[str, typer.Argument(help="Its new name; its topics change with it.")],
) -> None:
    """Give a watch another name."""
    from wearsync.cli.terminal import say

    say(asyncio.run(_rename(options(context), watch, new_name)).text)


def forget(
    context: typer.Context,
    watch: Annotated[str, typer.Argument(help="Its name.")],
    radio: Radio = None,
) -> None:
    """Remove a watch's bond, key and topics; its history stays."""
    from wearsync.cli.terminal import say

    say(asyncio.run(_forget(options(context), watch, radio)).text)


@contextmanager
def _radio_of_the_daemon(named: str | None) -> Iterator[None]:
    """Around a call: a running daemon uses its own radio, and who named one is told."""
    from wearsync.cli.terminal import note

    try:
        yield
    except NotRunning:
        named = None
        raise
    finally:
        if named is not None:
            note(f"the running daemon used its own radio; --radio {named} is for when none runs")


async def _scan(chosen: Options, radio: str | None, seconds: float) -> "ScanResult":
    from wearsync.control.calls import ScanParams
    from wearsync.control.results import ScanResult
    from wearsync.daemon import borrow

    try:
        with _radio_of_the_daemon(radio):
            return await chosen.daemon().call(ScanParams(seconds=seconds), ScanResult)
    except NotRunning:
        return await borrow.scan(chosen.settings(radio=radio), seconds)


async def _pair(
    chosen: Options, radio: str | None, params: "PairParams", person: "Person"
) -> tuple["PairResult", bool]:
    """The new watch, and whether a running daemon did it."""
    from wearsync.control.results import PairResult
    from wearsync.daemon import borrow

    try:
        with _radio_of_the_daemon(radio):
            call = chosen.daemon().call(params, PairResult, on_event=person.event, on_ask=person.answer)
            return await call, True
    except NotRunning:
        settings = chosen.settings(radio=radio)
        return await borrow.pair(settings, params, agent=person, owner=_owner(person)), False


async def _remove_app(
    chosen: Options, radio: str | None, params: "RemoveAppParams", person: "Person"
) -> "Done":
    from wearsync.control.results import Done
    from wearsync.daemon import borrow

    try:
        with _radio_of_the_daemon(radio):
            call = chosen.daemon().call(params, Done, on_event=person.event, on_ask=person.answer)
            return await call
    except NotRunning:
        return await borrow.remove_app(chosen.settings(radio=radio), params, owner=_owner(person))


def _owner(person: "Person") -> "Owner":
    from wearsync.daemon.app_install import Owner

    return Owner(go_ahead=person.go_ahead, say=person.told, progress=person.progressed)


def _buzzed(result: str) -> str:
    """What became of the test buzz: no more than the watch can say."""
    match result:
        case "scheduled":
            return "the test buzz was scheduled: more this watch can't say"
        case "unknown":
            return "the test buzz was sent: whether it ran, this watch can't say"
        case _:
            return f"the test buzz was {result}"


@dataclass(frozen=True, slots=True)
class _Row:
    """One watch of yours. `title`: of its driver; `limits`: what it can't do, a line each."""

    name: str
    id: str
    address: str
    driver: str
    wearer: str
    link: str
    trust: str | None
    battery: int | None
    title: str
    limits: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """For people."""
        battery = "" if self.battery is None else str(self.battery)
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
    rows = []
    for watch in settings.watches:
        driver, seen = families.named(watch.driver), now.get(watch.id)
        row = _Row(
            name=watch.name,
            id=watch.id,
            address=watch.address,
            driver=watch.driver,
            wearer=settings.wearer_of(watch),
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

    try:
        with _radio_of_the_daemon(radio):
            return await chosen.daemon().call(checked(ForgetParams, watch=watch), Done)
    except NotRunning:
        return await borrow.forget(chosen.settings(radio=radio), watch)
