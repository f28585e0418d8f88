"""`wearsync run` and `wearsync live`: the daemon, and a look at it."""

import asyncio
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli import completion
from wearsync.cli.options import Options, options
from wearsync.errors import ConfigError

if TYPE_CHECKING:
    from wearsync.config import Settings
    from wearsync.control.results import PageResult

# SIGTERM leaves five seconds, a process's own end included.
END_DEADLINE_S = 4.5

Radio = Annotated[str | None, typer.Option("--radio", help="native, or tcp:HOST:PORT (a virtual air).")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run", rich_help_panel="Daemon")(run)
    app.command("live", rich_help_panel="Daemon")(live)
    app.command("reload", rich_help_panel="Daemon")(reload)
    app.command("resync", rich_help_panel="Daemon")(resync)


def run(
    context: typer.Context,
    broker: Annotated[
        str | None, typer.Option("--broker", help="mqtt://HOST:PORT or mqtts://HOST:PORT.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="For --broker mqtt://USER@HOST.")
    ] = None,
    radio: Radio = None,
    web: Annotated[
        str | None,
        typer.Option("--web", metavar="ADDR", help="The page: HOST:PORT, or a port of this computer's."),
    ] = None,
    lab: Annotated[
        bool, typer.Option("--lab", help="Also take open watches (no encryption: laboratory only).")
    ] = False,
) -> None:
    """Run the daemon in the foreground, until Ctrl-C or SIGTERM."""
    with _held_back(signal.SIGHUP):
        _run(options(context), broker=broker, password_file=password_file, radio=radio, web=web, lab=lab)


def _run(
    chosen: Options,
    *,
    broker: str | None,
    password_file: Path | None,
    radio: str | None,
    web: str | None,
    lab: bool,
) -> None:
    from wearsync.daemon.supervise import serve
    from wearsync.service.notify import ServiceManager

    def configured() -> "Settings":
        return chosen.settings(broker=broker, password_file=password_file, radio=radio, web=web, secrets=True)

    settings = configured()
    level = logging.DEBUG if chosen.verbose else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", force=True)
    logging.getLogger("wearsync").setLevel(level)
    logging.getLogger("wearsync_simulators").setLevel(level)
    if sys.__stderr__ is not None:
        # Where it hangs, when the watchdog ends it (SIGABRT); or in what, when its own code is at fault.
        faulthandler.enable(sys.__stderr__)
    try:
        asyncio.run(
            serve(
                settings,
                lab=lab,
                manager=ServiceManager.of(os.environ),
                asked_to_end=_end_in_time,
                reread=configured,
                page_ready=_show_page,
            )
        )
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None  # asked to stop a second time: at once


def _show_page(told: "PageResult") -> None:
    """For who stands before the terminal; in a log the token has no place."""
    from wearsync.cli.page import show

    if sys.stdout.isatty():
        show(told, qr=True)


def live(
    context: typer.Context,
    watch: Annotated[
        str | None, typer.Option("--watch", help="Only this watch.", autocompletion=completion.watches)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line at each change.")] = False,
) -> None:
    """Look on, and press keys for the verbs (`?` shows them); q ends the view, not the daemon."""
    from wearsync.cli.live.follow import follow

    asyncio.run(follow(options(context).daemon(), watch=watch, as_json=as_json))


def reload(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Let the running daemon read its configuration anew, as SIGHUP does; a bad file changes nothing."""
    from wearsync.cli.terminal import print_json, say, wrapped
    from wearsync.control.calls import ReloadParams
    from wearsync.control.results import KEPT, ReloadResult

    try:
        daemon = options(context).daemon()
    except ConfigError as error:  # we read it too, to find the daemon
        raise ConfigError(f"{error} ({KEPT})") from error
    told = asyncio.run(daemon.call(ReloadParams(), ReloadResult))
    if as_json:
        print_json(told)
        return
    if not (told.changed or told.after_session or told.at_next_start):
        say(wrapped(f"{told.file}: nothing in it is new."))
    for change in told.changed:
        say(wrapped(f"new: {change}"))
    if told.after_session:
        say(wrapped(f"when its session is over: {', '.join(told.after_session)}"))
    if told.at_next_start:
        say(wrapped(f"at the daemon's next start: {', '.join(told.at_next_start)}"))


def resync(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", help="Only what was sent after the event with this id.")
    ] = None,
) -> None:
    """Publish events again, for a broker that has lost them; subscribers tell them by their ids."""
    from wearsync.cli.terminal import say
    from wearsync.control.calls import ResyncParams
    from wearsync.control.results import Done

    say(asyncio.run(options(context).daemon().call(ResyncParams(since=since), Done)).text)


@contextmanager
def _held_back(number: signal.Signals) -> Iterator[None]:
    """Until somebody hears it, that signal would end the process, or say nothing of what is read already."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_in_time() -> None:
    """Whatever hangs by then, a disk perhaps: say where, and end. What was acknowledged is on the disk."""
    if sys.__stderr__ is not None:
        faulthandler.dump_traceback_later(END_DEADLINE_S, exit=True, file=sys.__stderr__)
