"""How the app comes onto a Bangle.js, or goes: expressions for its console, with the answers they must give.

Rule: the firmware runs every `*.boot.js` at each start, and lists every `*.info` in its launcher. So these go
first and come last, each by one command, which is carried out whole or not at all: wherever the way is cut,
the watch has no app of ours, and all else works as before.
"""

import json
from base64 import b64encode
from binascii import crc32
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

INFO_FILE: Final = "wearsync.info"
BOOT_SUFFIX: Final = ".boot.js"
# What the app itself writes: its journal, its memory with the keys, and what it has to go on with.
# An update leaves them; they go with the app.
DATA_FILES: Final = ("wearsync.j0", "wearsync.j1", "wearsync.m0", "wearsync.m1", "wearsync.run")

# Espruino's own loader sends as much at a time: a line of 1.4 kB, of which some are taken before XOFF.
CHUNK_MAX_BYTES: Final = 1024
# What is written by one command: 2.8 kB of line, and the whole of it on the interpreter's stack (some 30 kB).
WHOLE_MAX_BYTES: Final = 2048

# What another board answers: the first Bangle.js goes by the same name, and has another screen.
OTHER_BOARD: Final = 0
VERSION_EXPRESSION: Final = (
    f'process.env.HWVERSION==2?(require("Storage").readJSON("{INFO_FILE}",1)||{{}}).version:{OTHER_BOARD}'
)
# Starts the interpreter anew, and with it what stands in Storage; there is no answer.
LOAD_LINE: Final = b"\x10load()\n"


@dataclass(frozen=True, slots=True)
class Command:
    """One expression (ASCII), the answer it must give, and how many bytes are done with it."""

    expression: str
    answer: int | bool
    done_bytes: int = 0


# Commands that are done again together when one of their answers is wrong: those of one file.
Task = tuple[Command, ...]


def installation(files: Mapping[str, bytes]) -> tuple[Task, ...]:
    """The way to these files on the watch. Raises `ValueError` for a boot or info file that is too large."""
    last = [*(name for name in files if name.endswith(BOOT_SUFFIX)), INFO_FILE]
    for name in last:
        if len(files[name]) > WHOLE_MAX_BYTES:
            raise ValueError(f"{name} has {len(files[name])} bytes; {WHOLE_MAX_BYTES} can be written at once")
    erased = [(_erased(name),) for name in reversed(last)]
    chunked = [_written(name, files[name], CHUNK_MAX_BYTES) for name in files if name not in last]
    return (*erased, *chunked, *(_written(name, files[name], WHOLE_MAX_BYTES) for name in last))


def removal(files: Mapping[str, bytes]) -> tuple[Task, ...]:
    """The way to a watch without these files, and without what the app has written."""
    first = [INFO_FILE, *(name for name in files if name.endswith(BOOT_SUFFIX))]
    names = [*first, *(name for name in files if name not in first), *DATA_FILES]
    return tuple((_erased(name, len(files.get(name, b""))),) for name in names)


def _erased(name: str, done_bytes: int = 0) -> Command:
    return Command(f'(require("Storage").erase({json.dumps(name)}),true)', answer=True, done_bytes=done_bytes)


def _written(name: str, content: bytes, chunk_bytes: int) -> Task:
    quoted = json.dumps(name)
    checked = Command(f'E.CRC32(require("Storage").read({quoted})||"")', answer=crc32(content))
    return (*_chunks(quoted, content, chunk_bytes), checked)


def _chunks(quoted: str, content: bytes, chunk_bytes: int) -> Iterator[Command]:
    for offset in range(0, len(content), chunk_bytes):
        chunk = content[offset : offset + chunk_bytes]
        data = f'atob("{b64encode(chunk).decode()}")'
        yield Command(
            f'require("Storage").write({quoted},{data},{offset},{len(content)})',
            answer=True,
            done_bytes=len(chunk),
        )
