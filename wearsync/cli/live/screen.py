"""The terminal as a picture: shown without flicker, given back as it was on every way out.

Rule: between `enter` and `leave` the terminal is ours: another screen where it has one, no cursor, no echo.
Only lines that have changed are written, in one go. Whoever ends or stops the process is obeyed, after the
terminal is back.
"""

import asyncio
import os
import signal
import termios
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self, TextIO

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from wearsync.cli.live.signs import ASCII, CONSOLE, UNICODE, Signs
from wearsync.cli.terminal import has_unicode

# What is assumed where a terminal does not know its own size (serial lines say 0).
SIZE = (80, 24)
# Terminals that take no positions.
UNDRAWABLE = frozenset({"", "dumb", "unknown"})
# Typed at once, a paste included.
READ_MAX_BYTES = 4096

_OTHER, _FIRST = "\x1b[?1049h", "\x1b[?1049l"
_HIDDEN, _VISIBLE = "\x1b[?25l", "\x1b[?25h"
_RESET, _CLEAR = "\x1b[0m", "\x1b[2J\x1b[H"
_TO_THE_END, _ALL_BELOW = "\x1b[K", "\x1b[J"

# Places in what termios gives.
_INPUT, _LOCAL, _CHARACTERS = 0, 3, 6


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a terminal can do. `alternate`: it has a second screen, and the first one comes back."""

    drawn_on: bool
    alternate: bool
    colours: bool
    signs: Signs


def abilities(out: TextIO, term: str, *, no_color: bool) -> Abilities:
    """Of the terminal behind `out`; `term`: its kind, from TERM."""
    drawn_on = out.isatty() and term not in UNDRAWABLE
    unicode = has_unicode(out)
    signs = ASCII if not unicode else CONSOLE if term.startswith("linux") else UNICODE
    known = _known(term, out.fileno()) if drawn_on else None
    if known is None:
        return Abilities(drawn_on, True, not no_color, signs)
    return Abilities(known.drawn_on, known.alternate, known.colours and not no_color, signs)


def keyboard_of(source: TextIO | None) -> int | None:
    """The descriptor of what is typed; None: nobody is there to type."""
    return source.fileno() if source is not None and source.isatty() else None


def _known(term: str, terminal: int) -> Abilities | None:
    """What the system's own description of that kind says; None: it has none."""
    try:
        import curses
    except ImportError:
        return None
    try:
        curses.setupterm(term, terminal)
    except curses.error:
        return None
    return Abilities(
        drawn_on=curses.tigetstr("cup") is not None,
        alternate=curses.tigetstr("smcup") is not None,
        colours=curses.tigetnum("colors") > 0,
        signs=UNICODE,
    )


class Screen:
    """The terminal behind `out`, and the keyboard at `keyboard`, while the context is entered.

    `pressed` is given what is typed, empty when the keyboard is gone; `stale` is called when the picture is
    to be drawn anew. Needs a running loop.
    """

    def __init__(
        self,
        out: TextIO,
        able: Abilities,
        *,
        keyboard: int | None,
        pressed: Callable[[str], None],
        stale: Callable[[], None],
    ) -> None:
        self._out = out
        self._able = able
        self._keyboard = keyboard
        self._pressed = pressed
        self._stale = stale
        self._shown: list[Text] = []
        self._is_ours = False
        self._before: list[Any] | None = None  # as termios has it
        self._console = Console(file=out)  # knows the styles

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines, now."""
        try:
            columns, lines = os.get_terminal_size(self._out.fileno())
        except OSError:
            return SIZE
        return (columns, lines) if columns > 0 and lines > 0 else SIZE

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number, handler in self._handlers().items():
            # Who has it ignored (nohup) goes on ignoring it.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, handler)
        self.enter()
        if self._keyboard is not None:
            loop.add_reader(self._keyboard, self._read, self._keyboard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        if self._keyboard is not None:
            loop.remove_reader(self._keyboard)
        self.leave()
        for number in self._handlers():
            loop.remove_signal_handler(number)

    def enter(self) -> None:
        """Take the terminal."""
        self._is_ours = True
        self._quieten()
        with suppress(OSError):
            self._write((_OTHER if self._able.alternate else "") + _HIDDEN + _RESET + _CLEAR)
        self.redraw()

    def leave(self) -> None:
        """Give it back."""
        if not self._is_ours:
            return
        self._is_ours = False
        with suppress(OSError):
            self._write(_RESET + (_FIRST if self._able.alternate else _CLEAR) + _VISIBLE)
        self._restore()

    def redraw(self) -> None:
        """Nothing of what is on it counts any more."""
        self._shown = []
        self._stale()

    def show(self, lines: Sequence[Text]) -> None:
        """Make it look like that; no line is wider than the terminal, nor are there more than it has.

        Raises `BrokenPipeError` when the terminal is gone.
        """
        if not self._is_ours:
            return
        columns, _ = self.size
        parts = [] if self._shown else [_CLEAR]
        before = dict(enumerate(self._shown))
        for number, line in enumerate(lines):
            if before.get(number) != line:
                rest = "" if line.cell_len >= columns else _TO_THE_END
                parts.append(f"\x1b[{number + 1}H{self._coded(line)}{rest}")
        if len(lines) < len(before):
            parts.append(f"\x1b[{len(lines) + 1}H{_ALL_BELOW}")
        self._shown = list(lines)
        if parts:
            try:
                self._write("".join(parts))
            except OSError as error:
                raise BrokenPipeError from error

    def _coded(self, line: Text) -> str:
        segments: Iterable[Segment] = Segment.apply_style(
            line.render(self._console, end=""), self._console.get_style(line.style)
        )
        if not self._able.colours:
            segments = Segment.remove_color(segments)
        return "".join(
            segment.text
            if segment.style is None
            else segment.style.render(segment.text, color_system=ColorSystem.STANDARD)
            for segment in segments
        )

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    def _handlers(self) -> dict[signal.Signals, Callable[[], None]]:
        return {
            signal.SIGTERM: partial(self._end, signal.SIGTERM),
            signal.SIGHUP: partial(self._end, signal.SIGHUP),
            signal.SIGQUIT: partial(self._end, signal.SIGQUIT),
            signal.SIGWINCH: self.redraw,
            signal.SIGTSTP: self._stop,
            signal.SIGCONT: self.enter,
        }

    def _end(self, number: signal.Signals) -> None:
        """As it would have ended without us."""
        self.leave()
        asyncio.get_running_loop().remove_signal_handler(number)
        os.kill(os.getpid(), number)

    def _stop(self) -> None:
        """Ctrl-Z; what comes after the signal comes after `fg`."""
        self.leave()
        loop = asyncio.get_running_loop()
        loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self.enter()

    def _read(self, keyboard: int) -> None:
        try:
            typed = os.read(keyboard, READ_MAX_BYTES)
        except OSError:
            typed = b""
        if not typed:
            asyncio.get_running_loop().remove_reader(keyboard)
        self._pressed(typed.decode("utf-8", "ignore"))

    def _quieten(self) -> None:
        """Each key at once, none of them shown; Ctrl-S is no trap. Ctrl-C and Ctrl-Z stay what they are."""
        if self._keyboard is None:
            return
        with suppress(termios.error):
            if self._before is None:
                self._before = termios.tcgetattr(self._keyboard)
            quiet = termios.tcgetattr(self._keyboard)
            quiet[_INPUT] &= ~termios.IXON
            quiet[_LOCAL] &= ~(termios.ECHO | termios.ICANON)
            quiet[_CHARACTERS][termios.VMIN], quiet[_CHARACTERS][termios.VTIME] = 1, 0
            termios.tcsetattr(self._keyboard, termios.TCSAFLUSH, quiet)

    def _restore(self) -> None:
        if self._keyboard is not None and self._before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)
