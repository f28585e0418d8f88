"""The Bangle's console, as far as an installer talks to it: expressions of fixed forms, on a dict of files.

Rule: pure. What it does not know it answers as the real one answers what it can't run.
"""

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = ["APP_BOOT", "APP_INFO", "Console", "Load"]

APP_INFO: Final = "wearsync.info"
APP_BOOT: Final = "wearsync.boot.js"

# What an expression can give; None is JavaScript's `undefined`.
Value: TypeAlias = str | int | bool | None

_STORAGE = r'require\("Storage"\)'
_NAME = r'"(?P<name>[^"]{1,28})"'
_DATA = r'atob\("(?P<data>[A-Za-z0-9+/=]*)"\)'
_ANSWER = re.compile(
    r'Bluetooth\.println\(JSON\.stringify\(\{t:"(?P<t>[a-z-]+)",n:(?P<n>\d+),v:(?P<v>.*)\}\)\)'
)
_WRITE = re.compile(rf"{_STORAGE}\.write\({_NAME},{_DATA},(?P<offset>\d+),(?P<size>\d+)\)")
_ERASE = re.compile(rf"\({_STORAGE}\.erase\({_NAME}\),true\)")
_CRC = re.compile(rf'E\.CRC32\({_STORAGE}\.read\({_NAME}\)\|\|""\)')
_VERSION = re.compile(
    rf"process\.env\.HWVERSION==2\?\({_STORAGE}\.readJSON\({_NAME},1\)\|\|\{{\}}\)\.version:0"
)
_UNKNOWN = "Uncaught SyntaxError: Got ?, the model knows no such statement\r\n at line 1 col 1\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """The interpreter is to be started anew, with what the storage has."""


class Console:
    """`files`: the storage, by name; written to."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self._expressions: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Value]], ...] = (
            (_WRITE, self._write),
            (_ERASE, self._erase),
            (_CRC, lambda found: zlib.crc32(self.files.get(found["name"], b""))),
            (_VERSION, lambda found: self.version(found["name"])),
        )

    def version(self, name: str = APP_INFO) -> str | None:
        """What the file says of itself; None without it, or if it can't be read."""
        try:
            told = json.loads(self.files[name])
        except (KeyError, ValueError):
            return None
        match told:
            case {"version": str(version)}:
                return version
            case _:
                return None

    def run(self, line: str) -> str | Load:
        """Run a line; what is printed."""
        if not line:
            return ""
        if line == "load()":
            return Load()
        asked = _ANSWER.fullmatch(line)
        if asked is not None:
            for form, evaluate in self._expressions:
                if found := form.fullmatch(asked["v"]):
                    return _told(asked["t"], int(asked["n"]), evaluate(found))
        return _UNKNOWN

    def _write(self, found: re.Match[str]) -> bool:
        """As Espruino: offset 0 makes a new file of `size`; a part is written into what is there."""
        name, data = found["name"], b64decode(found["data"])
        offset, size = int(found["offset"]), int(found["size"])
        there = b"\xff" * size if offset == 0 else self.files.get(name, b"")
        if offset + len(data) > len(there):
            return False
        self.files[name] = there[:offset] + data + there[offset + len(data) :]
        return True

    def _erase(self, found: re.Match[str]) -> bool:
        self.files.pop(found["name"], None)
        return True


def _told(kind: str, number: int, value: Value) -> str:
    told: dict[str, Value] = {"t": kind, "n": number}
    if value is not None:
        told["v"] = value
    return json.dumps(told, separators=(",", ":")) + "\r\n"
