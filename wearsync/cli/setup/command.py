"""`wearsync setup`: the steps in their order, and the way out of them.

Rule: Ctrl-C, `q` and the end of the input leave at any question; what is done stays, and running it again
goes on from there.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli.daemon import Radio
from wearsync.cli.options import options
from wearsync.errors import UsageError

if TYPE_CHECKING:
    from wearsync.cli.setup.evening import Answers, Evening

# Asked about, or begun, in a later step.
_LATER = ("broker", "daemon", "watches", "page")
_AGAIN = "What is done so far stays: `wearsync setup` goes on from there."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("setup", rich_help_panel="Set-up")(setup)


def setup(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing (scripts): answers are options.")] = False,
    broker: Annotated[
        str | None, typer.Option("--broker", help="mqtt://HOST:PORT, mqtts://HOST:PORT, or none.")
    ] = None,
    username: Annotated[str | None, typer.Option("--username", help="At the broker.")] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="With its password: one line, chmod 600.")
    ] = None,
    pair: Annotated[bool | None, typer.Option("--pair/--no-pair", help="Pair a watch.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What you call the watch.")] = None,
    wearer: Annotated[str | None, typer.Option("--wearer", help="Who wears it.")] = None,
    address: Annotated[
        str | None, typer.Option("--address", help="Which watch, if there are several.")
    ] = None,
    driver: Annotated[
        str | None, typer.Option("--driver", help="Of which kind it is, if nothing shows that.")
    ] = None,
    passkey_stdin: Annotated[
        bool, typer.Option("--passkey-stdin", help="Read the watch's six digits from standard input.")
    ] = False,
    radio: Radio = None,
    hold: Annotated[bool | None, typer.Option("--hold/--no-hold", help="One trial hold.")] = None,
    service: Annotated[
        bool | None, typer.Option("--service/--no-service", help="Install the daemon as a service of yours.")
    ] = None,
) -> None:
    """Set everything up: computer, broker, watch, routine, a trial hold, service.

    Each step says what it does, and can be left out, repeated, or left with
    Ctrl-C. Running it again takes up what is there.
    """
    from wearsync.cli.setup.evening import Answers, Evening
    from wearsync.cli.setup.talk import Left, Talk

    answers = Answers(
        yes=yes,
        broker=broker,
        username=username,
        password_file=password_file,
        name=name,
        wearer=wearer,
        address=address,
        driver=driver,
        passkey_stdin=passkey_stdin,
        radio=radio,
        pair=pair,
        hold=hold,
        service=service,
    )
    evening = Evening(options(context), answers, Talk(yes=yes))
    if not evening.talk.is_there:
        _refuse_unanswered(evening, answers)
    try:
        asyncio.run(_evening(evening))
    except Left:
        evening.talk.say(_AGAIN)
        raise typer.Exit(130) from None
    except KeyboardInterrupt:
        evening.talk.say(f"\n{_AGAIN}")
        raise


def _refuse_unanswered(evening: "Evening", answers: "Answers") -> None:
    """Raises `UsageError` that names what has to be said by options."""
    pairs = answers.pair if answers.pair is not None else not evening.settings().watches
    missing = [
        text
        for text, is_missing in (
            ("--broker URL (or --broker none)", answers.broker is None),
            ("--name NAME (or --no-pair)", pairs and answers.name is None),
            ("--service or --no-service", answers.service is None),
        )
        if is_missing
    ]
    if missing:
        raise UsageError(f"nobody is asked here, so say {', '.join(missing)}")


async def _evening(evening: "Evening") -> None:
    from wearsync.cli.doctor import examined, is_ok
    from wearsync.cli.setup.broker import broker
    from wearsync.cli.setup.hold import hold
    from wearsync.cli.setup.service import farewell, service
    from wearsync.cli.setup.talk import Left
    from wearsync.cli.setup.watch import routine, watch
    from wearsync.doctor import SECTIONS, Request

    talk = evening.talk
    await evening.refuse_a_service()
    talk.head("This computer", "A look at what wearsync needs; it changes nothing.")
    file = evening.file if evening.file.exists() else None
    request = Request(config_file=file, state_dir=evening.options.state_dir, radio=evening.answers.radio)
    names = [section.name for section in SECTIONS if section.name not in _LATER]
    if not is_ok(await examined(request, names)) and not await talk.yes("Go on all the same?"):
        raise Left
    await broker(evening)
    await watch(evening)
    await routine(evening)
    await hold(evening)
    await service(evening)
    farewell(evening)
