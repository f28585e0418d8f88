"""How the commands speak: JSON on stdout for programs, tables and calm sentences for people, notes on stderr.

Rule: what a program reads is on stdout and nothing else is; without a terminal there is no colour and no
cursor movement.
"""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.text import Text

_BETWEEN_COLUMNS = 2


def speak_plainly() -> None:
    """Let no terminal or pipe be too old for a letter: what its encoding lacks becomes a question mark. What
    was started without stdout or stderr has them, and nobody hears it; no file gets their descriptors either.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # as long as the process
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_json(value: "BaseModel | object") -> None:
    """One JSON document on one line of stdout, flushed."""
    import json

    from pydantic import BaseModel

    text = value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value, ensure_ascii=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A sentence for people, on stdout."""
    from rich.console import Console

    # An address has `:AB:` in it, which rich would take for an emoji.
    Console(highlight=False, soft_wrap=True, emoji=False).print(text, markup=False)


def show(lines: "Iterable[Text]") -> None:
    """Lines that were made to fit, on stdout; in colour where there is a terminal."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)


def width() -> int:
    """Of the terminal; 80 columns where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def has_unicode(out: TextIO | None = None) -> bool:
    """Whether blocks and the like can be expected to show: not in the C locale."""
    if not ((out or sys.stdout).encoding or "utf-8").lower().startswith("utf"):
        return False
    # Python sets LC_CTYPE itself when it finds the C locale (PEP 538).
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return locale not in ("", "C", "POSIX")


def wrapped(text: str) -> str:
    """The text, broken between words where a terminal would break it anywhere; as it is without one."""
    return textwrap.fill(text, width(), break_long_words=False) if sys.stderr.isatty() else text


def note(text: str) -> None:
    """Progress or a remark for people, on stderr: never in the way of a pipe."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """A table on stdout; what stands in it is shown to the letter. Where the terminal is too narrow for it, a
    line for each cell, so that no word is broken.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    console = Console(highlight=False)
    widest = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
    if sum(widest) + _BETWEEN_COLUMNS * (len(columns) - 1) > console.width:
        _show_cells(columns, rows, title)
        return
    table = Table(
        title=Text(title) if title else None,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _show_cells(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None) -> None:
    if title is not None:
        say(title)
    label = max(map(len, columns)) + _BETWEEN_COLUMNS
    for number, row in enumerate(rows):
        if number or title is not None:
            say("")
        for column, cell in zip(columns, row, strict=True):
            if cell:
                say(f"{column:{label}}{cell}")
