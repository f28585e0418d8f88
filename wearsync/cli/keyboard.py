"""Lines that a person types, one for each question; without a terminal, lines of standard input.

Rule: a question is answered by what is typed after it was asked. One line is read at a time, whoever waits
for it: a question that was given up takes no answer from the next one.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Keyboard:
    """Standard input, for all questions of a command."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._taker: Callable[[str], None] | None = None
        self._reads = False

    async def line(self, prompt: str) -> str | None:
        """One line, without blanks around it; None at its end. The prompt goes to stderr, and to people
        only.
        """
        if sys.stdin.isatty():
            _drop_what_was_typed()
            sys.stderr.write(prompt)
            sys.stderr.flush()
        try:
            text = await self._next()
        except asyncio.CancelledError:
            if sys.stdin.isatty():
                sys.stderr.write("\n")  # what went wrong meanwhile is told on a line of its own
            raise
        if not text and sys.stdin.isatty():
            sys.stderr.write("\n")
        return text.strip() if text else None

    async def secret(self, prompt: str) -> str | None:
        """The same, and nobody sees it."""
        with _unseen():
            text = await self.line(prompt)
        if text:
            sys.stderr.write("\n")
        return text

    async def _next(self) -> str:
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str] = loop.create_future()

        def take(text: str) -> None:
            if not line.done():
                line.set_result(text)

        with self._turn:
            self._taker = lambda text: _call(loop, take, text)
            if not self._reads:
                self._reads = True
                # A daemon thread: a pairing that fails must not wait for a line that nobody will type.
                threading.Thread(target=self._read, name="stdin", daemon=True).start()
        try:
            return await line
        finally:
            with self._turn:
                self._taker = None

    def _read(self) -> None:
        text = sys.stdin.readline()
        with self._turn:
            self._reads = False
            if self._taker is not None:
                self._taker(text)


def _call(loop: asyncio.AbstractEventLoop, take: Callable[[str], None], text: str) -> None:
    with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits for it any more
        loop.call_soon_threadsafe(take, text)


def _drop_what_was_typed() -> None:
    """What was typed before the question was seen is no answer to it: a code would go uncompared."""
    with suppress(ImportError, OSError):  # Windows; what only looks like a terminal
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


@contextmanager
def _unseen() -> Iterator[None]:
    """What is typed is not shown, while the block runs."""
    if not sys.stdin.isatty():
        yield
        return
    import termios

    where = sys.stdin.fileno()
    before = termios.tcgetattr(where)
    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(where, termios.TCSAFLUSH, quiet)
    try:
        yield
    finally:
        with suppress(OSError, termios.error):  # the terminal is gone
            termios.tcsetattr(where, termios.TCSAFLUSH, before)
