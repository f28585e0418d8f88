"""`wearsync healthy`: for what restarts a daemon that hangs (a container's health check), by its exit code.

Rule: asks what the daemon itself has to answer for, its loop and its journal. A watch, an adapter or a broker
that is away is a state: a restart would bring back none of them.
"""

import asyncio
from typing import Annotated

import typer

from wearsync.cli.options import options
from wearsync.errors import TryAgain, Unavailable

# The journal's longest pause on a slow card is 5 s; health checks are given 10 to 30 s.
WITHIN_S = 10.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("healthy", rich_help_panel="Daemon")(healthy)


def healthy(
    context: typer.Context,
    within: Annotated[
        float, typer.Option("--within", min=0.1, max=600, help="Seconds for the answer.")
    ] = WITHIN_S,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Does the running daemon answer, its journal too? Ends with 0 if so, with 69 if it hangs."""
    from wearsync.cli.terminal import print_json, say

    said = asyncio.run(_asked(context, within))
    if as_json:
        print_json({"ok": True, "text": said})
    else:
        say(said)


async def _asked(context: typer.Context, within_s: float) -> str:
    from wearsync.control.calls import StatusParams
    from wearsync.control.results import StatusResult

    try:
        async with asyncio.timeout(within_s):
            status = await options(context).daemon().call(StatusParams(), StatusResult)
    except TimeoutError as error:
        raise Unavailable(
            f"the daemon has not answered within {within_s:g} s: look at its log, or restart it"
        ) from error
    except TryAgain as error:
        raise Unavailable(str(error)) from error
    watches = ", ".join(f"{watch.name} {watch.link}" for watch in status.watches) or "no watch yet"
    return f"the daemon answers: {watches}; broker {status.broker}"
