"""A person at a terminal as the wearer: one key, one deed.

Rule: only with a terminal; whatever happens, the terminal is left as it was.
"""

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wearsync.errors import UsageError
from wearsync_simulators.watches.view import Press
from wearsync_simulators.wearer import Comparison

__all__ = ["KEYS", "OPEN_PAIRING", "QUIT", "keys_pressed"]

KEYS: dict[str, Press | Comparison] = {
    " ": Press.TAP,
    "d": Press.DOUBLE_PRESS,
    "s": Press.START,
    "1": Press.ANSWER_DONE,
    "2": Press.ANSWER_TOO_MUCH,
    "3": Press.ANSWER_PAIN,
    "p": Press.PAUSE,
    "k": Press.SKIP,
    "b": Press.BACK,
    "e": Press.EXTRA,
    "z": Press.SNOOZE,
    "y": Comparison(same=True),
    "n": Comparison(same=False),
}
OPEN_PAIRING = "o"
QUIT = "q"
# More keys than a person has pressed since the loop last came round.
_READ_BYTES = 64


@contextmanager
def keys_pressed(pressed: Callable[[str], None]) -> Iterator[None]:
    """Calls `pressed` with each key that is struck meanwhile. Raises UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("--wearer keyboard needs a terminal: run it without a pipe, or name another wearer")
    stdin = sys.stdin.fileno()
    loop = asyncio.get_running_loop()

    def read() -> None:
        struck = os.read(stdin, _READ_BYTES)
        if not struck:
            loop.remove_reader(stdin)
        for key in struck.decode(errors="ignore"):
            pressed(key)

    before = termios.tcgetattr(stdin)
    tty.setcbreak(stdin)
    loop.add_reader(stdin, read)
    try:
        yield
    finally:
        loop.remove_reader(stdin)
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)
