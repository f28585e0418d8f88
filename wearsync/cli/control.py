"""The verbs: what a wearer can say to a session, sent to the running daemon."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from wearsync.cli.options import AsJson, Watch, checked, options
from wearsync.model import Side, Verb

# What a watch offers, and what MQTT takes.
SNOOZES_MIN = (10, 30, 60)


class OnOff(StrEnum):
    """A switch."""

    ON = "on"
    OFF = "off"


VERBS = {
    Verb.START: "Ask on the watch for a tap, then begin today's session.",
    Verb.STOP: "End the session (not the daemon).",
    Verb.PAUSE: "Stop the hold and wait.",
    Verb.RESUME: "Go on with a full hold.",
    Verb.SKIP: "Leave this step out.",
    Verb.BACK: "Do the step before once more.",
    Verb.BUZZ: "Let the watch buzz once.",
}


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb, text in VERBS.items():
        app.command(verb.value, help=text, rich_help_panel="Session")(_plain(verb))
    app.command("extra", rich_help_panel="Session")(extra)
    app.command("snooze", rich_help_panel="Session")(snooze)
    app.command("away", rich_help_panel="Session")(away)
    app.command("remind", rich_help_panel="Session")(remind)


def extra(
    context: typer.Context,
    side: Annotated[Side, typer.Argument(help="Which hip.")],
    watch: Watch = None,
    as_json: AsJson = False,
) -> None:
    """Add one more hold of one side to the session."""
    _send(context, Verb.EXTRA, watch=watch, as_json=as_json, side=side)


def snooze(
    context: typer.Context,
    minutes: Annotated[int, typer.Argument(help="10, 30 or 60.")] = 10,
    watch: Watch = None,
    as_json: AsJson = False,
) -> None:
    """Not now: ask again in 10, 30 or 60 minutes."""
    if minutes not in SNOOZES_MIN:
        raise typer.BadParameter("it is 10, 30 or 60", ctx=context, param_hint="'minutes'")
    _send(context, Verb.SNOOZE, watch=watch, as_json=as_json, minutes=minutes)


def away(
    context: typer.Context,
    back: Annotated[bool, typer.Option("--back", help="You are back.")] = False,
    watch: Watch = None,
    as_json: AsJson = False,
) -> None:
    """You can't stretch for some days: the streak waits for you."""
    _send(context, Verb.AWAY, watch=watch, as_json=as_json, away=not back)


def remind(
    context: typer.Context,
    switch: Annotated[OnOff, typer.Argument(help="on or off.")],
    watch: Watch = None,
    as_json: AsJson = False,
) -> None:
    """Switch the reminders off, or on again; on also when pain has stopped them."""
    _send(context, Verb.REMIND, watch=watch, as_json=as_json, on=switch is OnOff.ON)


def _plain(verb: Verb) -> Callable[..., None]:
    """A command without arguments of its own."""

    def command(context: typer.Context, watch: Watch = None, as_json: AsJson = False) -> None:
        _send(context, verb, watch=watch, as_json=as_json)

    return command


def _send(
    context: typer.Context,
    verb: Verb,
    *,
    watch: str | None,
    as_json: bool,
    side: Side | None = None,
    minutes: int | None = None,
    away: bool | None = None,
    on: bool | None = None,
) -> None:
    from wearsync.cli.terminal import print_json, say
    from wearsync.control.calls import CommandParams
    from wearsync.control.results import Done

    call = checked(CommandParams, verb=verb, watch=watch, side=side, minutes=minutes, away=away, on=on)
    done = asyncio.run(options(context).daemon().call(call, Done))
    if as_json:
        print_json({"command": verb.value, "ok": True, "text": done.text})
    else:
        say(done.text or "done")
