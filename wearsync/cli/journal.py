"""`backup` and `delete`: copies of the journal, and what is to be in it no more.

Rule: a running daemon is asked; without one it is done here, under the daemon's lock. A backup is put back
without a daemon only.
"""

import asyncio
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli import completion
from wearsync.cli.options import AsJson, Options, checked, day, options
from wearsync.errors import AlreadyRunning, NotRunning, UsageError

if TYPE_CHECKING:
    from wearsync.control.calls import BackupParams, DeleteParams
    from wearsync.control.results import BackupResult, Done


# Neither done nor a mistake.
DECLINED = 1
# What is typed to delete.
WORD = "delete"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Copy the journal; list copies, or put one back.", invoke_without_command=True)
    group.callback()(backup)
    group.command("list")(list_)
    group.command("restore")(restore)
    app.add_typer(group, name="backup", rich_help_panel="Journal")
    app.command("delete", rich_help_panel="Journal")(delete)


def backup(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option("--to", help="A file that is not there yet.")] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the journal now, in place of today's daily copy; --to: elsewhere."""
    if context.invoked_subcommand is not None:
        return
    from wearsync.cli.terminal import print_json, say
    from wearsync.control.calls import BackupParams

    params = checked(BackupParams, path=None if to is None else str(to.absolute()))
    made = asyncio.run(_backup(options(context), params))
    if as_json:
        print_json(made)
    else:
        say(f"{made.path} ({_size(made.bytes)})")


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the daily copies, newest first."""
    from wearsync.cli.terminal import print_json, say
    from wearsync.journal.backup import newest_first

    paths = newest_first(options(context).settings().paths.backups)
    found = [(path, path.stat().st_size) for path in paths]
    if as_json:
        print_json({"backups": [{"path": str(path), "bytes": size} for path, size in found]})
    elif not found:
        say("There is no backup yet: the daemon makes one a day, and `wearsync backup` one at once.")
    for path, size in () if as_json else found:
        say(f"{path} ({_size(size)})")


def restore(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Which; the newest, if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the journal's place; stop the daemon before."""
    from wearsync.cli.terminal import note, print_json, say
    from wearsync.daemon import offline

    settings = options(context).settings()
    try:
        found = offline.restore(settings, file and file.absolute())
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error}, restore, and start it again") from error
    if as_json:
        print_json({"restored": str(found), "journal": str(settings.paths.journal)})
    else:
        say(f"{found} is the journal now")
    note(f"What was there is kept beside it, as {settings.paths.journal.name}.replaced-…")
    note("What the watches have recorded since comes again from them, with the same ids.")
    note("What was logged or amended by hand since then does not.")


def delete(
    context: typer.Context,
    wearer: Annotated[
        str | None, typer.Option("--wearer", help="Only of this wearer.", autocompletion=completion.wearers)
    ] = None,
    before: Annotated[
        date | None,
        typer.Option("--before", parser=day, metavar="DATE", help="Only what was before this day."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing (scripts).")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete holds, sessions and all that tells of them, for good."""
    from wearsync.cli.terminal import note, print_json, say
    from wearsync.control.calls import DeleteParams

    chosen = options(context)
    params = checked(DeleteParams, wearer=wearer, before=before)
    if not yes:
        _ask(params)
    done = asyncio.run(_delete(chosen, params))
    if as_json:
        print_json({"ok": True, "text": done.text})
    else:
        say(done.text)
    note(
        "What the watch and your broker have kept, they keep: reset the watch, clear the dashboard's history."
    )


def _ask(params: "DeleteParams") -> None:
    """Let the person at the terminal say so."""
    from wearsync.cli.terminal import note

    if not sys.stdin.isatty():
        raise UsageError("deleting is for good, and nobody is here to ask: say --yes")
    whose = f"of {params.wearer}" if params.wearer else "of everybody"
    when = f" before {params.before}" if params.before else ""
    sys.stderr.write(f'All holds and sessions {whose}{when}, and every backup. Type "{WORD}" to go on: ')
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != WORD:
        note("Nothing was deleted.")
        raise typer.Exit(DECLINED)


async def _backup(chosen: Options, params: "BackupParams") -> "BackupResult":
    from wearsync.control.results import BackupResult
    from wearsync.daemon import offline

    try:
        return await chosen.daemon().call(params, BackupResult)
    except NotRunning:
        return await offline.back_up(chosen.settings(), params)


async def _delete(chosen: Options, params: "DeleteParams") -> "Done":
    from wearsync.control.results import Done
    from wearsync.daemon import offline

    try:
        return await chosen.daemon().call(params, Done)
    except NotRunning:
        return await offline.delete(chosen.settings(), params)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1000:,.0f} kB"
