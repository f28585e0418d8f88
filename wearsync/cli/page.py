"""`wearsync page`: where the page is, and the code that signs a phone in.

Rule: the token is shown to who asks for it here, and nowhere else; the code holds it behind a #, which no
browser sends and no log gets.
"""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli.options import options

if TYPE_CHECKING:
    from wearsync.control.results import PageResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("page", rich_help_panel="Daemon")(page)


def page(
    context: typer.Context,
    qr: Annotated[bool, typer.Option("--qr", help="Draw the code also where there is no terminal.")] = False,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make another token: all who have signed in do it again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Where the running daemon's page is; for phones a QR code that signs in."""
    from wearsync.cli.terminal import print_json
    from wearsync.control.calls import PageParams
    from wearsync.control.results import PageResult

    told = asyncio.run(options(context).daemon().call(PageParams(new_token=new_token), PageResult))
    if as_json:
        print_json(told)
    else:
        show(told, qr=qr or sys.stdout.isatty())


def show(told: "PageResult", *, qr: bool) -> None:
    """The page's addresses, for people."""
    from wearsync.cli.qr import colours_allowed, drawn
    from wearsync.cli.terminal import has_unicode, say

    say(f"The page on this computer: {told.here}")
    if not told.elsewhere:
        if told.token is None:
            say("Phones don't reach it; they would with `wearsync run --web 0.0.0.0`, or listen in [web].")
        else:
            say(f"Its token: {told.token}")
        return
    best, *others = told.elsewhere
    say(f"On a phone in the same network: {best}")
    if others:
        say(f"  or {' · '.join(others)}")
    if told.token is not None:
        say(f"It asks for this token: {told.token}")
    if qr:
        signed_in = best if told.token is None else f"{best}#token={told.token}"
        sys.stdout.write(drawn(signed_in, unicode=has_unicode(), colours=colours_allowed()) + "\n")
    if not told.secure:
        say("By plain http: others in the same network can read along (docs/howto/page.md).")
