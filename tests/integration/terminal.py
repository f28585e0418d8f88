"""A terminal of 80 columns with a program at it: what it shows is read, and somebody types."""

import asyncio
import fcntl
import os
import re
import struct
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

COLUMNS, LINES = 80, 24
# A process that starts on a busy machine, then a scan of six seconds at most.
SOON_S = 40.0


class Terminal:
    """`shown`: all of it so far, with line feeds alone."""

    def __init__(self, keyboard: int) -> None:
        self._keyboard: int | None = keyboard
        self._came = asyncio.Event()
        self._raw = b""
        self._read_to = 0

    @property
    def shown(self) -> str:
        return self._raw.decode(errors="replace").replace("\r\n", "\n")

    def hang_up(self) -> None:
        """Close its window."""
        if self._keyboard is not None:
            asyncio.get_running_loop().remove_reader(self._keyboard)
            os.close(self._keyboard)
            self._keyboard = None

    def read(self) -> None:
        """What has come."""
        assert self._keyboard is not None
        try:
            part = os.read(self._keyboard, 4096)
        except OSError:  # nobody holds the other end any more
            part = b""
        if not part:
            asyncio.get_running_loop().remove_reader(self._keyboard)
        self._raw += part
        self._came.set()

    async def until(self, text: str) -> None:
        """Wait until it is shown, after what was waited for before.

        A line may be folded at any word, as the paths in it have it.
        """
        shown = re.compile(r"\s+".join(map(re.escape, text.split(" "))))
        try:
            async with asyncio.timeout(SOON_S):
                while (found := shown.search(self.shown, self._read_to)) is None:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(
                f"no {text!r} after {SOON_S:.0f} s: {self.shown[self._read_to :]!r}"
            ) from None
        self._read_to = found.end()

    async def answers(self, question: str, text: str) -> None:
        """Wait for that question, and type a line."""
        await self.until(question)
        self._type(f"{text}\n")

    async def interrupts(self, question: str) -> None:
        """Wait for that question, and press Ctrl-C."""
        await self.until(question)
        self._type("\x03")

    def _type(self, text: str) -> None:
        assert self._keyboard is not None
        os.write(self._keyboard, text.encode())


@asynccontextmanager
async def at_a_terminal(*arguments: str | Path) -> AsyncIterator[tuple[Terminal, asyncio.Task[int]]]:
    """`wearsync` with these arguments; the task gives its exit code."""
    keyboard, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM, *map(str, arguments)),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    one = Terminal(keyboard)
    asyncio.get_running_loop().add_reader(keyboard, one.read)
    ended = asyncio.create_task(process.wait())
    try:
        async with asyncio.timeout(2 * SOON_S):
            yield one, ended
            await ended
    finally:
        if process.returncode is None:
            process.kill()
        await ended
        one.hang_up()


# The terminal is the program's own, so Ctrl-C reaches it as it does at home.
_PROGRAM = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from wearsync.__main__ import main; main()"
)
