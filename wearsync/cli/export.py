"""`export`: everything that was held, as JSON Lines or CSV, to stdout or into a file.

Rule: a running daemon is asked; without one the journal is read. What is written is whole or not written: it
waits in a file of its own until all of it is there, so that a slow reader keeps no daemon waiting either.
"""

import asyncio
import csv
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from wearsync.cli import completion
from wearsync.cli.new_file import new_file, unwritten
from wearsync.cli.options import Options, checked, day, options
from wearsync.errors import NotRunning, UsageError

if TYPE_CHECKING:
    from wearsync.control.calls import ExportParams
    from wearsync.daemon.export import ExportedHold, ExportedSession, ExportPart

# What makes a spreadsheet take a text for a formula, in both widths (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Format(StrEnum):
    """How it is written."""

    JSONL = "jsonl"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", rich_help_panel="Journal")(export)


def export(
    context: typer.Context,
    form: Annotated[
        Format, typer.Option("--format", help="JSON Lines, or CSV for spreadsheets.")
    ] = Format.JSONL,
    since: Annotated[
        date | None, typer.Option("--since", parser=day, metavar="DATE", help="From this day on.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=day, metavar="DATE", help="Up to this day, with it.")
    ] = None,
    wearer: Annotated[
        str | None,
        typer.Option("--wearer", help="Whose; else everybody's.", autocompletion=completion.wearers),
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="A file that is not there yet.")] = None,
) -> None:
    """Write all holds and sessions as they stand, corrections included."""
    from wearsync.cli.terminal import note
    from wearsync.control.calls import ExportParams

    if since is not None and until is not None and since > until:
        raise UsageError(f"--since {since} is after --until {until}: no day is left between them")
    params = checked(ExportParams, wearer=wearer, since=since, until=until)
    with _stdout() if to is None else new_file(to) as out:
        count = asyncio.run(_export(options(context), params, Writer(out, form)))
    if to is not None:
        note(f"{count} holds and sessions: {to}")


class Writer:
    """Writes rows as they come."""

    def __init__(self, out: IO[str], form: Format) -> None:
        self._out = out
        self._csv = csv.writer(out, lineterminator="\n") if form is Format.CSV else None
        self._columns = columns() if form is Format.CSV else ()
        self.count = 0
        if self._csv is not None:
            self._csv.writerow(self._columns)

    def write(self, part: "ExportPart") -> None:
        """One line a row."""
        for row in part.rows:
            self.count += 1
            if self._csv is None:
                self._out.write(row.model_dump_json() + "\n")
            else:
                self._csv.writerow(_cells(row, self._columns))


def columns() -> tuple[str, ...]:
    """Of the CSV: what holds and sessions have together, then what only one of them has."""
    from wearsync.daemon.export import ExportedHold, ExportedSession

    return tuple(dict.fromkeys((*ExportedHold.model_fields, *ExportedSession.model_fields)))


def _cells(row: "ExportedHold | ExportedSession", names: tuple[str, ...]) -> Iterator[str]:
    values = row.model_dump(mode="json")
    return (_cell(values.get(name)) for name in names)


def _cell(value: object) -> str:
    """Nothing is an empty cell; a text never a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
        case _:
            return str(value)


async def _export(chosen: Options, params: "ExportParams", writer: Writer) -> int:
    from wearsync.control.results import Done
    from wearsync.daemon import offline
    from wearsync.daemon.export import ExportPart

    try:
        await chosen.daemon().call(
            params, Done, on_event=lambda text: writer.write(ExportPart.model_validate_json(text))
        )
    except NotRunning:
        if writer.count:  # it ended in the middle: what it said is not all
            raise
        async for part in offline.export(chosen.settings(), params):
            writer.write(part)
    return writer.count


@contextmanager
def _stdout() -> Iterator[IO[str]]:
    """All of it at the end, or nothing. Raises `StorageError` where there is no room to gather it."""
    with ExitStack() as stack:
        try:
            whole = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))
            yield whole
            whole.seek(0)
        except OSError as error:
            raise unwritten(Path(tempfile.gettempdir()), error) from error
        shutil.copyfileobj(whole, sys.stdout)
    sys.stdout.flush()
