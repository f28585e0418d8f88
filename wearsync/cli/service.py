"""`wearsync service`: the unit that systemd runs the daemon by."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("service", rich_help_panel="Set-up")(service)


def service(
    user: Annotated[bool, typer.Option("--user", help="A service of yours, not of the system.")] = False,
    program: Annotated[
        Path | None,
        typer.Option("--program", help="The `wearsync` that it is to run, if not this one."),
    ] = None,
) -> None:
    """Print the systemd unit that runs the daemon.

    To install it (docs/howto/service.md has more), as a service of yours:

    mkdir -p ~/.config/systemd/user

    wearsync service --user > ~/.config/systemd/user/wearsync.service

    systemctl --user enable --now wearsync; loginctl enable-linger

    As one of the system, which has a user of its own; members of the group
    wearsync command it with the same `wearsync start`, `today` …:

    sudo useradd --system --user-group --home-dir /var/lib/wearsync wearsync

    sudo install -d -o wearsync -g wearsync -m 750 /etc/wearsync

    sudo usermod -aG wearsync $USER

    wearsync service > wearsync.service

    sudo install -m 644 wearsync.service /etc/systemd/system/

    sudo systemctl enable --now wearsync

    systemd restarts the daemon when it ends unasked, or hangs: within a minute
    it must show that its loop turns, that its journal's thread gets on, and
    that reminders are looked after. Neither Bluetooth nor broker count.
    """
    from wearsync.cli.terminal import note
    from wearsync.service.units import expect_visible, system_unit, user_unit

    command = this_program() if program is None else (str(program.absolute()),)
    if program is not None and not os.access(program, os.X_OK):
        note(f"on this computer there is no program {program.absolute()}: the unit is for one where there is")
    if user:
        typer.echo(user_unit(command), nl=False)
        return
    if program is None:
        expect_visible(Path(command[0]), Path(sys.prefix), Path(sys.base_prefix), Path(__file__))
    typer.echo(system_unit(command), nl=False)


def this_program() -> tuple[str, ...]:
    """What has been started, if it has a file of its own; else this Python, with our module."""
    started = Path(sys.argv[0])
    if started.name == "wearsync" and started.is_file():
        return (str(started.absolute()),)
    return (sys.executable, "-m", "wearsync")
