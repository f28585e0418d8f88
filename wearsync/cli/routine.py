"""`routine` and `set`: how the next session is planned, and changing it.

Rule: a running daemon is asked; without one the routine is read from the journal, and nothing can be set.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli.options import AsJson, Options, Watch, checked, options
from wearsync.errors import NotRunning, UsageError
from wearsync.model import Routine, Verb

if TYPE_CHECKING:
    from wearsync.daemon.routine_view import RoutineView

_WHOLE = re.compile(r"-?\d{1,9}")
_VALUES = {"true": True, "false": False}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("routine", rich_help_panel="Session")(routine)
    app.command("set", rich_help_panel="Session")(set_routine)


def routine(context: typer.Context, watch: Watch = None, as_json: AsJson = False) -> None:
    """Show how the next session is planned, and how far it is to longer holds."""
    from wearsync.cli.terminal import print_json, say

    view = asyncio.run(_routine(options(context), watch))
    if as_json:
        print_json(view)
        return
    for key, value in view.routine.model_dump(mode="json").items():
        say(f"{key:12} = {str(value).lower() if isinstance(value, bool) else value}")
    if view.progression is None:
        say("progression is off")
        return
    needed = view.progression.days_needed
    for side, told in (("left", view.progression.left), ("right", view.progression.right)):
        if told.next_s is None:
            say(f"{side}: {told.planned_s} s is the most")
        else:
            say(f"{side}: {told.full_days} of {needed} full days to {told.next_s} s")


def set_routine(
    context: typer.Context,
    changes: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE", help="As `wearsync routine` shows them.")
    ],
    watch: Watch = None,
    as_json: AsJson = False,
) -> None:
    """Change the routine, from the next session on: over the configuration, and for this watch."""
    from wearsync.cli.terminal import print_json, say
    from wearsync.control.calls import CommandParams
    from wearsync.control.results import Done

    call = checked(CommandParams, verb=Verb.SET, watch=watch, changes=_routine_of(changes))
    done = asyncio.run(options(context).daemon().call(call, Done))
    if as_json:
        print_json({"command": Verb.SET.value, "ok": True, "text": done.text})
    else:
        say(done.text)


async def _routine(chosen: Options, watch: str | None) -> "RoutineView":
    from wearsync.control.calls import RoutineParams
    from wearsync.daemon.routine_view import RoutineView, read_routine

    try:
        return await chosen.daemon().call(checked(RoutineParams, watch=watch), RoutineView)
    except NotRunning:
        return await read_routine(chosen.settings(), watch)


def _instead(key: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, Routine.model_fields, n=1)
    return f"write {close[0]}=VALUE" if close else f"keys are {', '.join(Routine.model_fields)}"


def _routine_of(changes: Sequence[str]) -> Routine:
    """The changes as a routine that has only these keys set."""
    from pydantic import ValidationError

    said = dict[str, bool | int | str]()
    for change in changes:
        key, is_one, value = change.partition("=")
        if not is_one or key not in Routine.model_fields:
            raise UsageError(f"{change!r:.60}: {_instead(key)}")
        said[key] = _VALUES.get(value, int(value) if _WHOLE.fullmatch(value) else value)
    try:
        return Routine.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0])
        raise UsageError(f"{key}={said[key]!s:.40}: {first['msg'].lower()}") from error
