"""`scripts/torture`: the command line.

Rule: how it goes is told on stderr; the last line, on stdout, is the result. Exit 0 only if nothing was lost,
nothing was counted twice, and all came to rest.
"""

import asyncio
import secrets
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from wearsync.cli.ending import exit_code, parsed
from wearsync.cli.terminal import note
from wearsync_simulators.torture.run import Result, Wish, run

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def torture(
    minutes: Annotated[float, typer.Option(min=0.05, help="How long the fire burns.")] = 3.0,
    seed: Annotated[
        int | None, typer.Option(help="Which faults, and when; drawn if it is not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The last line only, as JSON.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep logs and journals there (else all is removed).")
    ] = None,
) -> None:
    """Kill, stop, cut and starve the real processes, and count what is lost, and what is counted twice."""
    wish = Wish(minutes=minutes, seed=secrets.randbits(32) if seed is None else seed, keep=keep)
    try:
        result = asyncio.run(_run(wish, quiet=as_json))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None  # SIGTERM: asked to end
    sys.stdout.write((result.json_text() if as_json else result.told()) + "\n")
    raise typer.Exit(0 if result.ok else 1)


async def _run(wish: Wish, *, quiet: bool) -> Result:
    main = asyncio.current_task()
    assert main is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main.cancel)
    return await run(wish, say=lambda text: None if quiet else note(text))


if __name__ == "__main__":
    sys.exit(exit_code("torture", parsed(app, "torture"), more=""))
