"""The dialogue of the first evening: titles, questions with a default, and the way out of each.

Rule: Enter takes the default, `q` and Ctrl-D leave, and nothing is lost by it. Without a terminal nothing is
asked: what has no answer by an option is left out.
"""

import sys
from collections.abc import Awaitable, Callable, Sequence

from wearsync.cli.keyboard import Keyboard
from wearsync.cli.person import NO, YES, chosen
from wearsync.cli.terminal import has_unicode, note, width
from wearsync.errors import WearsyncError

QUIT = {"q", "quit"}
# Who has mistyped so often is not there.
TRIES = 5


class Left(Exception):
    """The person wants to go on another time."""


class Talk:
    """With the person at the terminal; `yes`: nobody is to be asked."""

    def __init__(self, *, yes: bool) -> None:
        self.keyboard = Keyboard()
        self.is_there = not yes and sys.stdin.isatty()

    def head(self, title: str, text: str) -> None:
        """A step begins: its name, and what it will do."""
        dash = "─" if has_unicode() else "-"
        note(f"\n{dash * 2} {title} {dash * max(2, min(width(), 72) - len(title) - 4)}")
        self.say(text)

    def say(self, text: str) -> None:
        """For people; each line is folded by itself."""
        import textwrap

        columns = min(width() - 1, 79)
        for line in text.splitlines():
            inner = " " * (len(line) - len(line.lstrip(" -·")))
            note("\n".join(textwrap.wrap(line, columns, subsequent_indent=inner, break_long_words=False)))

    async def yes(self, text: str, *, default: bool = True) -> bool:
        """Yes or no. Raises `Left`."""
        if not self.is_there:
            return default
        for _ in range(TRIES):
            said = (await self._line(f"{text} [{'Y/n' if default else 'y/N'}] ")).lower()
            if not said:
                return default
            if said in YES | NO:
                return said in YES
            note("type y for yes, n for no, or q to leave")
        raise Left

    async def until_done(self, act: Callable[[], Awaitable[None]]) -> None:
        """Again and again, as long as it fails and the person wants to. Raises `Left`; without a person, what
        went wrong.
        """
        while True:
            try:
                return await act()
            except WearsyncError as error:
                if not self.is_there:
                    raise
                self.say(str(error))
            if not await self.yes("Try again?"):
                return None

    async def line(self, text: str, default: str = "") -> str:
        """In their words. Raises `Left`."""
        return await self._line(f"{text} [{default}] " if default else f"{text} ") or default

    async def secret(self, text: str) -> str:
        """The same, unseen. Raises `Left`."""
        said = await self.keyboard.secret(f"{text} ")
        if said is None:
            raise Left
        return said

    async def choice(self, text: str, options: Sequence[str], *, default: int = 0) -> int:
        """Which of them, from 0. Raises `Left`."""
        for number, option in enumerate(options, start=1):
            note(f"{number:3}  {option}")
        for _ in range(TRIES):
            said = await self._line(f"{text} [{default + 1}] ")
            found = chosen(said, tuple(options)) if said else default
            if found is not None:
                return found
            note(f"type a number from 1 to {len(options)}, or q to leave")
        raise Left

    async def _line(self, prompt: str) -> str:
        said = await self.keyboard.line(prompt)
        if said is None or said.lower() in QUIT:
            raise Left
        return said
