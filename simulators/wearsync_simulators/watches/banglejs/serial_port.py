"""The serial port between radio and engine, with the manners of the real one: flow control, a full buffer,
and a console that talks in between.

Rule: it changes when bytes arrive, and what comes between lines; never a line.
"""

from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Final

from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.effects import Effect, Print, Send

__all__ = ["XOFF", "XON", "SerialPort"]

XON: Final = b"\x11"
XOFF: Final = b"\x13"
# "The rest of a notification of the phone's", cut by the loss of its link.
HALF_LINE: Final = b'\x10GB({"t":"notify","id":7,"title":"Caf'
NOISE: Final = (
    b"=undefined\r\n>\r\n",
    b'\x1b[J>print("a")\r\na\r\n',
    b'Uncaught Error: Unable to find "x"\r\n at line 1 col 1\r\nin function "t" called from system\r\n',
    b"\xff\xfe{\r\n\r\n",
)
OTHER_APPS: Final = (
    b'{"t":"status","bat":87,"volt":4.1,"chg":0}\r\n',
    b'{"t":"info","msg":"wearsync is not meant"}\r\n',
    b'{"t":"http","url":"a","id":"1"}\r\n',
)


class SerialPort:
    """What goes in and out; `due_s`: when `wake` is wanted."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks
        self._waiting = bytearray()
        self._since_xon_bytes = 0
        self._control: list[bytes] = []
        self._noise = cycle((NOISE if quirks.noise else ()) + (OTHER_APPS if quirks.other_apps else ()))
        self._is_noisy = quirks.noise or quirks.other_apps
        self.due_s: float | None = None

    def connected(self) -> bytes:
        """A host has connected: what is in the console from before."""
        self._restart()
        return HALF_LINE if self._quirks.half_line else b""

    def take(self, now_s: float, raw: bytes) -> bytes:
        """Bytes came in: those that go on at once; the others wait, and what has no room is lost."""
        if self.due_s is not None:
            self._waiting += raw[: self._quirks.room_bytes - len(self._waiting)]
            return b""
        limit, self._since_xon_bytes = self._quirks.xoff_after_bytes, self._since_xon_bytes + len(raw)
        if limit is not None and self._since_xon_bytes >= limit:
            self.due_s = now_s + self._quirks.xoff_ms / 1000
            self._control.append(XOFF)
        return raw

    def wake(self, now_s: float) -> bytes:
        """Time has passed: what goes on now."""
        if self.due_s is None or now_s < self.due_s:
            return b""
        waiting = bytes(self._waiting)
        self._restart()
        self._control.append(XON)
        return waiting

    def output(self, effects: Iterable[Effect]) -> Iterator[Effect]:
        """What goes out, with flow control before it, and noise after each line if it is noisy."""
        control, self._control = self._control, []
        yield from map(Print, control)
        for effect in effects:
            yield effect
            if self._is_noisy and isinstance(effect, Send | Print):
                yield Print(next(self._noise))

    def _restart(self) -> None:
        self._waiting.clear()
        self._since_xon_bytes = 0
        self.due_s = None
