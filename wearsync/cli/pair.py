"""`pair`: from a watch that is held in the hand to one that is yours.

Rule: a running daemon owns the radio, so it is asked first; without one the radio is opened here. The person
is the same in both.
"""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli import completion
from wearsync.cli.daemon import Radio
from wearsync.cli.options import Options, checked, options, radio_of_the_daemon
from wearsync.errors import NotRunning

if TYPE_CHECKING:
    from wearsync.cli.person import Person
    from wearsync.control.calls import ImportParams, PairParams, RemoveAppParams
    from wearsync.control.results import Done, PairResult
    from wearsync.daemon.pairing.owner import Owner
    from wearsync.model import Trust


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("pair", rich_help_panel="Watches")(pair)


def pair(
    context: typer.Context,
    radio: Radio = None,
    name: Annotated[str | None, typer.Option("--name", help="What you call it.")] = None,
    wearer: Annotated[
        str | None, typer.Option("--wearer", help="Who wears it.", autocompletion=completion.wearers)
    ] = None,
    address: Annotated[
        str | None, typer.Option("--address", help="Which one, if several are in pairing mode.")
    ] = None,
    driver: Annotated[
        str | None, typer.Option("--driver", help="Of which kind it is, if nothing shows that.")
    ] = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="Feel each cue pattern, and tell them apart.")
    ] = False,
    remove_app: Annotated[
        bool, typer.Option("--remove-app", help="Take our app off a Bangle.js, in place of pairing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing (scripts).")] = False,
    passkey_stdin: Annotated[
        bool,
        typer.Option("--passkey-stdin", help="Read the six digits that the watch shows from standard input."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
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
    person.require_name(name)
    params = checked(
        PairParams, name=name, address=address, driver=driver, wearer=wearer, yes=yes, learn=learn
    )
    result, by_daemon = enrolled(context, radio, params, person)
    if as_json:
        print_json(result)
    else:
        show_paired(result, radio=radio, by_daemon=by_daemon)


def show_paired(result: "PairResult", *, radio: str | None, by_daemon: bool) -> None:
    """What has become of it, for people, and what comes next."""
    from wearsync.cli.terminal import say, wrapped

    for line in paired_words(result):
        say(wrapped(line))
    run = f"wearsync run --radio {radio}" if radio else "wearsync run"
    daemon = "" if by_daemon else f"`{run}` starts the daemon, then "
    say(wrapped(f"Next: {daemon}`wearsync start` starts a session."))


def paired_words(result: "PairResult") -> tuple[str, str]:
    """What has become of it, and what stands behind its word."""
    buzz = "you felt the test buzz" if result.felt else _buzzed(result.buzz)
    return (
        f"{result.name} is paired ({result.watch_id[:8]}…, worn by {result.wearer}); {buzz}.",
        f"Trust: {result.trust.value}: {trust_words(result.trust)}.",
    )


def trust_words(trust: "Trust") -> str:
    """What stands behind the watch's word, for people."""
    from wearsync.model import Trust

    match trust:
        case Trust.KEY:
            return "the watch proves itself with a key of its own at each connection"
        case Trust.BOND:
            return "Bluetooth encrypts the link, but the watch has no key of its own to prove itself"
        case Trust.NONE:
            return "anybody nearby can listen, or pose as this watch; for a laboratory only"


def enrolled(
    context: typer.Context, radio: str | None, params: "PairParams | ImportParams", person: "Person"
) -> tuple["PairResult", bool]:
    """The new watch, and whether a running daemon did it."""
    from wearsync.cli.terminal import note

    try:
        return asyncio.run(enrol(options(context), radio, params, person))
    except KeyboardInterrupt:
        if person.paired_as is not None:
            note(f"{person.paired_as} is paired all the same; `wearsync watches rename` renames it")
        raise


async def enrol(
    chosen: Options, radio: str | None, params: "PairParams | ImportParams", person: "Person"
) -> tuple["PairResult", bool]:
    """The same, as a part of something else."""
    from wearsync.control.results import PairResult
    from wearsync.daemon import borrow

    daemon = chosen.daemon()
    try:
        with radio_of_the_daemon(radio):
            call = daemon.call(params, PairResult, on_event=person.event, on_ask=person.answer)
            return await call, True
    except NotRunning:
        settings = chosen.settings(radio=radio)
        return await borrow.pair(settings, params, agent=person, owner=owner_of(person)), False


async def _remove_app(
    chosen: Options, radio: str | None, params: "RemoveAppParams", person: "Person"
) -> "Done":
    from wearsync.control.results import Done
    from wearsync.daemon import borrow

    daemon = chosen.daemon()
    try:
        with radio_of_the_daemon(radio):
            call = daemon.call(params, Done, on_event=person.event, on_ask=person.answer)
            return await call
    except NotRunning:
        return await borrow.remove_app(chosen.settings(radio=radio), params, owner=owner_of(person))


def owner_of(person: "Person") -> "Owner":
    """The person at this terminal, for who pairs in this process."""
    from wearsync.daemon.pairing.owner import Owner

    return Owner(
        go_ahead=person.go_ahead,
        say=person.told,
        progress=person.progressed,
        asked=person.asked,
        choose=person.choose,
        named=person.named,
        paired=person.paired,
    )


def _buzzed(result: str) -> str:
    """What became of the test buzz: no more than the watch can say."""
    match result:
        case "scheduled":
            return "the test buzz was scheduled: more this watch can't say"
        case "unknown":
            return "the test buzz was sent: whether it ran, this watch can't say"
        case "suppressed":
            return "the watch is in quiet mode, and kept the test buzz to itself"
        case _:
            return f"the test buzz was {result}"
