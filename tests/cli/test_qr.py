"""The QR code on terminals of all kinds: its modules are those of the code, whatever they are drawn with."""

import re

import pytest
import segno

from wearsync.cli.qr import BORDER, colours_allowed, drawn

URL = "http://192.168.178.123:8740/#token=0123456789abcdefghijkl"
PIXELS = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
"""Light is drawn; dark (1) is the terminal's ground."""


def modules() -> list[list[int]]:
    code = segno.make(URL, error="l", micro=False)
    return [[int(module) for module in row] for row in code.matrix_iter(border=BORDER)]


def read(picture: str) -> list[list[int]]:
    rows = []
    for line in picture.splitlines():
        pixels = [PIXELS[each] for each in line]
        rows += [[upper for upper, _ in pixels], [lower for _, lower in pixels]]
    return rows[: len(rows[0])]


def test_it_can_be_read_and_fits_a_terminal() -> None:
    picture = drawn(URL, unicode=True, colours=False)
    assert read(picture) == modules()
    assert len(picture.splitlines()) <= 22
    assert max(map(len, picture.splitlines())) <= 42


def test_in_colour_light_is_white_and_dark_is_black() -> None:
    lines = drawn(URL, unicode=True, colours=True).splitlines()
    assert all(line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m") for line in lines)
    assert read("\n".join(line[8:-4] for line in lines)) == modules()


def test_without_unicode_it_is_of_blanks_in_two_colours() -> None:
    picture = drawn(URL, unicode=False, colours=True)
    assert picture.isascii()
    plain = re.sub(r"\x1b\[\d+m", "", picture)
    assert set(plain) == {" ", "\n"}
    assert max(map(len, plain.splitlines())) <= 80


@pytest.mark.parametrize(
    ("variables", "allowed"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_who_wants_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], allowed: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colours_allowed() is allowed
