"""How the commands speak: JSON on stdout for programs, tables and calm sentences for people, notes on stderr.

Rule: what a program reads is on stdout and nothing else is; without a terminal there is no colour and no
cursor movement.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel


def speak_plainly() -> None:
    """Let no terminal or pipe be too old for a letter: what its encoding lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_json(value: "BaseModel | object") -> None:
    """One JSON document on one line of stdout, flushed."""
    from pydantic import BaseModel

    text = value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value, ensure_ascii=False)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A sentence for people, on stdout."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def note(text: str) -> None:
    """Progress or a remark for people, on stderr: never in the way of a pipe."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """A table on stdout, as wide as the terminal at most."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
