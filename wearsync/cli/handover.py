"""`watches export` and `watches import`: a watch, its key and all, from one host to another.

Rule: the line is a secret: it goes into a private file, or to stdout only for who says so; it is read from a
private file or from standard input, never from an argument.
"""

import sys
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from wearsync.cli import completion
from wearsync.cli.daemon import Radio
from wearsync.cli.options import checked, options
from wearsync.errors import UsageError

# "-" is standard output, as everywhere.
STDOUT = Path("-")


def register(group: typer.Typer) -> None:
    """Add the commands to those of `watches`."""
    group.command("export")(export)
    group.command("import")(take_over)


def export(
    context: typer.Context,
    watch: Annotated[str, typer.Argument(help="Its name.", autocompletion=completion.watches)],
    to: Annotated[
        Path | None, typer.Option("--to", help="A file that is not there yet; - for standard output.")
    ] = None,
) -> None:
    """Write a watch with its key into a private file, for another host."""
    from wearsync.cli.new_file import new_file
    from wearsync.cli.terminal import note
    from wearsync.daemon import borrow
    from wearsync.publish.topics import slug

    line = borrow.export(options(context).settings(), watch)
    if to == STDOUT:
        sys.stdout.write(f"{line}\n")
        return
    path = to or Path(f"{slug(watch)}.wearsync-key")
    with new_file(path) as out:
        out.write(f"{line}\n")
    note(f"{path} holds the key of {watch}: take it to the other computer by a way that is yours alone,")
    note("`wearsync watches import FILE` there, and delete it then")


def take_over(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="Of `watches export`; standard input if none is named.")
    ] = None,
    radio: Radio = None,
    name: Annotated[str | None, typer.Option("--name", help="What you call it here.")] = None,
    wearer: Annotated[
        str | None, typer.Option("--wearer", help="Who wears it.", autocompletion=completion.wearers)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing (scripts).")] = False,
    passkey_stdin: Annotated[
        bool,
        typer.Option("--passkey-stdin", help="Read the six digits that the watch shows from standard input."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Take over a watch that another host has exported: bond with it, and prove its key."""
    from wearsync.cli.pair import enrolled, show_paired
    from wearsync.cli.person import Person
    from wearsync.cli.terminal import note, print_json
    from wearsync.control.calls import ImportParams

    person = Person(yes=yes, passkey_stdin=passkey_stdin)
    line = _line(file)
    params = checked(ImportParams, exported=line, name=name, wearer=wearer)
    result, by_daemon = enrolled(context, radio, params, person)
    if as_json:
        print_json(result)
    else:
        show_paired(result, radio=radio, by_daemon=by_daemon)
    if file is not None and str(file) != "-":
        note(f"{file} is not needed any more: delete it, for it holds the key")


def _line(file: Path | None) -> str:
    """The exported line. Raises `ConfigError` for a file that others can read, `UsageError` for nothing."""
    from wearsync.config.credentials import NO_CREDENTIALS, SECRET_MAX_BYTES
    from wearsync.daemon.pairing.exported_watch import read_exported

    if file is not None and str(file) != "-":
        line = NO_CREDENTIALS.line(file, "what `wearsync watches export` wrote")
    elif sys.stdin.isatty():
        line = getpass("Paste the exported line (it is not shown): ")
    else:
        line = sys.stdin.readline(SECRET_MAX_BYTES)
    if not line.strip():
        raise UsageError("there is no exported watch on standard input: name its file, or pipe it")
    read_exported(line)  # before anything else could repeat what is wrong with it
    return line.strip()
