"""`wearsync doctor`: what is wrong, why, and what mends it; and its printing, for whoever looks on the way.

Rule: what is found, and all words of it, are the doctor's; here they are laid out.
"""

import asyncio
import sys
import textwrap
from collections.abc import Collection
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wearsync.cli.daemon import Radio
from wearsync.cli.options import options
from wearsync.errors import ConfigError, Unavailable

if TYPE_CHECKING:
    from rich.text import Text

    from wearsync.doctor import Check, Request

# The longest name of a check, and two blanks.
NAME_COLUMNS = 17
# Below it texts stand under the names, not beside them.
NARROW_COLUMNS = 60

_STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}
_WORDS = {"pass": "ok", "warn": "warn", "fail": "FAIL", "skip": "skip"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", rich_help_panel="Set-up")(doctor)


def doctor(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", help="Only these checks, or sections of them.")
    ] = None,
    radio: Radio = None,
    broker: Annotated[
        str | None, typer.Option("--broker", help="Look at this one: mqtt[s]://HOST:PORT.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="For --broker mqtt://USER@HOST.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Find out why it does not work: each check says what is wrong, why, and what mends it.

    It changes nothing, and does not disturb a running daemon. Ends with 0 when
    nothing fails, 78 when it is the configuration, and 69 else.
    """
    from wearsync.doctor import Request

    chosen = options(context)
    request = Request(
        config_file=chosen.config_file,
        state_dir=chosen.state_dir,
        broker=broker,
        password_file=password_file,
        radio=radio,
    )
    checks = asyncio.run(examined(request, names or (), as_json=as_json, verbose=chosen.verbose > 0))
    raise typer.Exit(_code(checks))


async def examined(
    request: "Request", names: Collection[str] = (), *, as_json: bool = False, verbose: bool = False
) -> "tuple[Check, ...]":
    """Look at what is named (everything without), and print each check when it is known; gives them all.
    Raises `UsageError` for a name that there is not.
    """
    from wearsync.cli.terminal import print_json
    from wearsync.doctor import examine

    sheet = Sheet(is_quiet=as_json, verbose=verbose)
    found: list[Check] = []
    try:
        async with aclosing(examine(request, names=names, looking=sheet.looking)) as checks:
            async for check in checks:
                found.append(check)
                sheet.show(check)
    finally:
        sheet.clear()
    if as_json:
        print_json({"checks": [check.model_dump(mode="json") for check in found], "ok": is_ok(found)})
    else:
        sheet.sum_up(found)
    return tuple(found)


def is_ok(checks: "Collection[Check]") -> bool:
    """Whether nothing fails."""
    return all(check.status != "fail" for check in checks)


class Sheet:
    """The checks on paper, one under the other; and, at a terminal, which one is being done."""

    def __init__(self, *, is_quiet: bool = False, verbose: bool = False) -> None:
        from wearsync.doctor import SECTIONS

        self._is_quiet = is_quiet
        self._verbose = verbose
        self._titles = {name: section.title for section in SECTIONS for name in section.checks}
        self._title = ""
        self._shown = ""
        self._left_out: list[Check] = []

    def looking(self, name: str) -> None:
        """That check has begun."""
        # A sheet that goes elsewhere may come back to this terminal (a pager, `| tee`), over this line.
        if sys.stderr.isatty() and (self._is_quiet or sys.stdout.isatty()):
            self.clear()
            self._shown = f"  …     {name}"
            sys.stderr.write(self._shown)
            sys.stderr.flush()

    def show(self, check: "Check") -> None:
        """A check is known."""
        self.clear()
        if self._is_quiet:
            return
        if check.finding == "not_reached":
            if self._left_out and self._left_out[-1].says != check.says:
                self._tell_left_out()
            self._left_out.append(check)
            return
        self._tell_left_out()
        self._print(check)

    def sum_up(self, checks: "Collection[Check]") -> None:
        """How it stands, in a line."""
        from wearsync.cli.terminal import say

        self._tell_left_out()
        fails = sum(check.status == "fail" for check in checks)
        warns = sum(check.status == "warn" for check in checks)
        if fails:
            then = ": begin with the first" if fails > 1 else "; what to do stands beside it"
            say(f"\n{_counted(fails, 'check fails', 'checks fail')}{then}.")
        elif warns:
            say(f"\nNothing fails; {_counted(warns, 'check is', 'checks are')} worth a look.")
        else:
            say("\nAll is well.")

    def clear(self) -> None:
        """Take back what was said of progress."""
        if self._shown:
            sys.stderr.write("\r" + " " * len(self._shown) + "\r")
            sys.stderr.flush()
            self._shown = ""

    def _print(self, check: "Check", label: str = "") -> None:
        from wearsync.cli.terminal import show

        title = self._titles.get(check.name, "")
        if title != self._title:
            self._title = title
            show([_text(title, "bold")])
        show(_lines(check, label, verbose=self._verbose))

    def _tell_left_out(self) -> None:
        """Those that were not reached for one reason, in a line."""
        checks, self._left_out = self._left_out, []
        if len(checks) < 2:
            for check in checks:
                self._print(check)
            return
        names = ", ".join(check.name for check in checks)
        first = checks[0].model_copy(update={"says": f"{names}: {checks[0].says}"})
        self._print(first, label=f"({len(checks)} checks)")


def _lines(check: "Check", label: str, *, verbose: bool) -> "list[Text]":
    from wearsync.cli.terminal import width

    columns = width()
    name = label or f"{check.name} {check.about}".strip()
    is_beside = columns >= NARROW_COLUMNS and len(name) < NAME_COLUMNS
    indent = 8 + NAME_COLUMNS if columns >= NARROW_COLUMNS else 8
    head = _text("  ")
    head.append(f"{_WORDS[check.status]:<6}", _STYLES[check.status])
    head.append(f"{name:<{NAME_COLUMNS}}" if is_beside else name)
    is_trouble = check.status in ("warn", "fail")
    said = [("", check.says)]
    if check.why and (is_trouble or verbose):
        said.append(("why: ", check.why))
    if check.fix:
        said.append(("do:  ", check.fix))
    lines = [line for label, text in said for line in _folded(label, text, columns - indent)]
    first = 1 if is_beside else 0
    if is_beside:
        head.append(lines[0])
    return [head, *(_text(" " * indent + line) for line in lines[first:])]


def _folded(label: str, text: str, columns: int) -> list[str]:
    inner = " " * len(label)
    return textwrap.wrap(
        label + text,
        max(columns, 20),
        subsequent_indent=inner,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _text(words: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(words, style=style)


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _code(checks: "Collection[Check]") -> int:
    if is_ok(checks):
        return 0
    of_config = any(check.name in ("config", "secrets") and check.status == "fail" for check in checks)
    return ConfigError.exit_code if of_config else Unavailable.exit_code
