"""`wearsync demo`: broker, simulated watch and wearer, daemon and live view in one process tree; nothing else
is needed.

Rule: the command line only; nothing of Bumble is imported before the extra is known to be there.
"""

from importlib.util import find_spec
from typing import Annotated

import typer

from wearsync.errors import Unavailable

# Beyond this, real milliseconds of radio and broker become seconds of the demo.
SPEED_MAX = 60.0
DEFAULT_AT = "127.0.0.1:8740"


def command(
    context: typer.Context,
    speed: Annotated[
        float, typer.Option("--speed", min=1, max=SPEED_MAX, help="So many times faster, all of it alike.")
    ] = 1.0,
    sessions: Annotated[int, typer.Option("--sessions", min=1, max=100, help="How many sessions.")] = 1,
    hold: Annotated[int, typer.Option("--hold", min=30, max=60, help="Seconds a hold.")] = 30,
    rounds: Annotated[int, typer.Option("--rounds", min=1, max=10, help="Rounds of one hold a side.")] = 2,
    watch: Annotated[
        str, typer.Option("--watch", help="Whose watch: wearsync, banglejs, infinitime …")
    ] = "wearsync",
    broker: Annotated[
        str | None, typer.Option("--broker", help="A broker of yours, in place of the embedded one.")
    ] = None,
    web: Annotated[
        bool, typer.Option("--web", help="Its page in your browser, too; the demo then stays, until Ctrl-C.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option("--web-at", metavar="ADDR", help="--web at HOST:PORT, or at a port of this computer's."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One object a line, the last one a summary.")
    ] = False,
) -> None:
    """See it work: a simulated watch and wearer, over real Bluetooth LE in software."""
    if find_spec("bumble") is None:
        raise Unavailable("the demo needs the simulator: pip install 'wearsync[all]'")
    from wearsync_simulators.demo_run import Wish, run

    wish = Wish(
        speed=speed,
        sessions=sessions,
        hold_s=hold,
        rounds=rounds,
        watch=watch,
        broker=broker,
        web=at or (DEFAULT_AT if web else None),
        as_json=as_json,
    )
    if not run(wish):
        raise typer.Exit(1)
