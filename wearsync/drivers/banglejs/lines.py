"""What is said with a Bangle.js over its console, line by line (docs/watches/banglejs.md, "The wire").

Rule: the console is shared with the interpreter, other apps and the phone. A line of ours is one that ends in
a whole JSON object beginning with `{"t":"wearsync`; whatever stands before that (a prompt, half a line) and
every other line is noise, and noise is no error: frames carry tags, and one that is missing breaks the link.
Text that people are shown is printable, or the line is noise: it could be a command to their terminal.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

# "XOFF 0x13, XON 0x11": anywhere among the watch's bytes; not part of any line.
XON: Final = 0x11
XOFF: Final = 0x13
# A line of ours is at most 320 bytes; a longer one is some other app's, and nobody has to keep it.
LINE_MAX_BYTES: Final = 4096

# Ends what an interrupted connection may have left in the console's input line: "ESC [ 2 H" empties it even
# where an open bracket makes the interpreter wait for more lines; with the console off the line feed does.
RESYNC_LINE: Final = b"\x1b[2H\n"
ASK_INFO_LINE: Final = b'\x10GB({"t":"wearsync","q":"info"})\n'


@dataclass(frozen=True, slots=True)
class InfoTold:
    """The app's answer to who it is: Info of the hold profile, and the version of the app."""

    info: bytes
    app: str


@dataclass(frozen=True, slots=True)
class FrameTold:
    """One Up frame of the hold profile."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class KeyTold:
    """Whether the app took the key."""

    taken: bool


@dataclass(frozen=True, slots=True)
class ConsoleTold:
    """What an expression of the installer's gave; `number`: which. None: it gave nothing."""

    number: int
    value: str | int | bool | None


Answer = InfoTold | FrameTold | KeyTold | ConsoleTold


def frame_line(frame: bytes) -> bytes:
    """The line that carries one Down frame."""
    return b'\x10GB({"t":"wearsync","d":"%b"})\n' % b64encode(frame)


def key_line(key: bytes) -> bytes:
    """The line that hands over a key."""
    return b'\x10GB({"t":"wearsync","q":"key","k":"%b"})\n' % b64encode(key)


def console_line(number: int, expression: str) -> bytes:
    """The line that has an expression of JavaScript (ASCII) evaluated, to be answered by `ConsoleTold`."""
    told = f'{{t:"wearsync-app",n:{number},v:{expression}}}'
    return f"\x10Bluetooth.println(JSON.stringify({told}))\n".encode("ascii")


def read_answer(line: bytes) -> Answer | None:
    """What a line says, or None for noise."""
    begin = line.rfind(b'{"t":"wearsync')
    if begin < 0:
        return None
    try:
        told: object = json.loads(line[begin:].decode())
        match told:
            case {"t": "wearsync", "info": str(info), "app": str(app)} if app.isprintable():
                return InfoTold(b64decode(info, validate=True), app)
            case {"t": "wearsync", "u": str(frame)}:
                return FrameTold(b64decode(frame, validate=True))
            case {"t": "wearsync", "key": "ok" | "refused" as word}:
                return KeyTold(word == "ok")
            case {"t": "wearsync-app", "n": int(number), "v": str(text)}:
                return ConsoleTold(number, text) if text.isprintable() else None
            case {"t": "wearsync-app", "n": int(number), "v": int() | None as value}:
                return ConsoleTold(number, value)
            case {"t": "wearsync-app", "n": int(number), **more} if "v" not in more:
                return ConsoleTold(number, None)
            case _:
                return None
    except (ValueError, RecursionError):
        return None


class LineReader:
    """The watch's bytes, however they are split into notifications → whole lines, without their line feed."""

    def __init__(self) -> None:
        self._half = b""
        self._too_long = False

    def take(self, data: bytes) -> tuple[bytes, ...]:
        """The lines that end in these bytes; what is longer than `LINE_MAX_BYTES` is dropped to its end."""
        *ends, half = data.translate(None, delete=bytes((XON, XOFF))).split(b"\n")
        lines: list[bytes] = []
        for end in ends:
            line = self._half + end
            if not self._too_long and len(line) <= LINE_MAX_BYTES:
                lines.append(line)
            self._half, self._too_long = b"", False
        self._half += half
        if len(self._half) > LINE_MAX_BYTES:
            self._half, self._too_long = b"", True
        return tuple(lines)
