"""The model's console: what an installer says, and what the real one would answer."""

import base64
import json
import zlib

import pytest

from wearsync_simulators.watches.banglejs.console import Console, Load

STORAGE = 'require("Storage")'


def ask(console: Console, expression: str) -> object:
    """Its value, as an installer has it; None: undefined."""
    said = console.run(f'Bluetooth.println(JSON.stringify({{t:"wearsync-app",n:7,v:{expression}}}))')
    assert isinstance(said, str)
    told = json.loads(said)
    assert (told.pop("t"), told.pop("n")) == ("wearsync-app", 7)
    return told.get("v")


def write(console: Console, name: str, data: bytes, offset: int, size: int) -> object:
    return ask(
        console, f'{STORAGE}.write("{name}",atob("{base64.b64encode(data).decode()}"),{offset},{size})'
    )


def crc(console: Console, name: str) -> object:
    return ask(console, f'E.CRC32({STORAGE}.read("{name}")||"")')


def test_a_file_is_written_in_chunks_checked_and_erased() -> None:
    console = Console({})
    assert write(console, "a.js", b"0123", 0, 10) is True
    assert console.files == {"a.js": b"0123" + b"\xff" * 6}
    assert write(console, "a.js", b"456789", 4, 10) is True
    assert crc(console, "a.js") == zlib.crc32(b"0123456789")
    assert write(console, "a.js", b"x", 10, 10) is False, "there is no room beyond the end"
    assert write(console, "b.js", b"x", 4, 10) is False, "nothing was begun"
    assert ask(console, f'({STORAGE}.erase("a.js"),true)') is True
    assert console.files == {}
    assert crc(console, "a.js") == 0


@pytest.mark.parametrize(
    ("content", "version"),
    [
        (b'{"version":"1.2"}', "1.2"),
        (b'{"version":12}', None),
        (b"{}", None),
        (b"[]", None),
        (b"\xff\xff", None),
        (None, None),
    ],
)
def test_the_version_of_the_app(content: bytes | None, version: str | None) -> None:
    console = Console({} if content is None else {"wearsync.info": content})
    assert console.version() == version
    asked = f'process.env.HWVERSION==2?({STORAGE}.readJSON("wearsync.info",1)||{{}}).version:0'
    assert ask(console, asked) == version


def test_what_is_no_such_statement() -> None:
    console = Console({"a": b"1"})
    assert console.run("") == ""
    assert console.run("load()") == Load()
    for line in ("1+1", "reset()", 'Bluetooth.println(JSON.stringify({t:"wearsync-app",n:1,v:2+2}))'):
        said = console.run(line)
        assert isinstance(said, str)
        assert said.startswith("Uncaught SyntaxError")
    assert console.files == {"a": b"1"}
