"""A terminal, played: understands the sequences that the live view uses, no others, and shows what it shows.

Rule: whatever it does not understand is an error, so that nothing is sent which some terminals lack.
"""

import fcntl
import os
import re
import select
import struct
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO, cast

_SEQUENCE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|\x1b|([^\x1b])", re.DOTALL)


@dataclass
class Shown:
    """What is seen of what was written. `alternate`: the other screen is; `writes`: how many lines were."""

    columns: int = 80
    lines: int = 24
    alternate: bool = False
    cursor: bool = True
    writes: int = 0
    styles: set[str] = field(default_factory=set)
    _cells: dict[tuple[int, int], str] = field(default_factory=dict)
    _row: int = 0
    _column: int = 0

    def write(self, text: str) -> None:
        """Take it in."""
        for match in _SEQUENCE.finditer(text):
            arguments, final, character = match.groups()
            if character is not None:
                self._put(character)
            else:
                assert final is not None, f"not a sequence: {text[match.start() :][:20]!r}"
                self._obey(arguments, final)

    def text(self) -> str:
        """The lines, without blanks at their ends."""
        rows = ("".join(self._cells.get((row, column), " ") for column in range(self.columns))
                for row in range(self.lines))  # fmt: skip
        return "\n".join(row.rstrip() for row in rows)

    def _put(self, character: str) -> None:
        if character in "\r\n":
            self._row += character == "\n"
            self._column = 0
            return
        assert self._column < self.columns, "written beyond the right border"
        assert self._row < self.lines, "written beyond the last line"
        self._cells[self._row, self._column] = character
        self._column += 1

    def _obey(self, arguments: str, final: str) -> None:
        match (arguments, final):
            case ("?1049", "h" | "l"):
                self.alternate = final == "h"
            case ("?25", "h" | "l"):
                self.cursor = final == "h"
            case ("2", "J"):
                self._cells.clear()
            case ("", "J"):
                self._drop(lambda row, column: row >= self._row)
            case ("", "K"):
                self._drop(lambda row, column: row == self._row and column >= self._column)
            case (place, "H"):
                self._row, self._column = int(place or 1) - 1, 0
                self.writes += 1
            case (style, "m"):
                self.styles |= set(style.split(";"))
            case _:
                raise AssertionError(f"no terminal has to know {arguments}{final}")

    def _drop(self, gone: Callable[[int, int], bool]) -> None:
        self._cells = {place: sign for place, sign in self._cells.items() if not gone(*place)}


@contextmanager
def pair(columns: int = 80, lines: int = 24) -> Iterator[tuple[int, int]]:
    """A pseudo-terminal of that size: the person's end, and the program's."""
    person, program = os.openpty()
    resize(person, columns, lines)
    os.set_blocking(person, False)
    try:
        yield person, program
    finally:
        os.close(person)
        os.close(program)


def opened(program: int, mode: str = "w") -> TextIO:
    """The program's end as a stream of its own."""
    return cast("TextIO", os.fdopen(os.dup(program), mode, encoding="utf-8"))


def nowhere() -> TextIO:
    """A stream that is no terminal."""
    return cast("TextIO", os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


def resize(person: int, columns: int, lines: int) -> None:
    """Give the terminal another size."""
    fcntl.ioctl(person, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def written(person: int) -> str:
    """What the program has written since the last look."""
    found = _read(person)
    while True:
        try:
            return found.decode()
        except UnicodeDecodeError:  # half a letter: the rest of it is on its way
            assert select.select([person], [], [], 5)[0], f"no letter: {found[-4:]!r}"
            found += _read(person)


def _read(person: int) -> bytes:
    found = b""
    with suppress(OSError):  # nothing more for now, or for ever
        while part := os.read(person, 65536):
            found += part
    return found


def echoes(program: int) -> bool:
    """Whether the terminal shows what is typed, and waits for whole lines: as a shell wants it."""
    local = termios.tcgetattr(program)[3]
    return bool(local & termios.ECHO) and bool(local & termios.ICANON)
