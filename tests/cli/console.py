"""The command line in a test: run in this process, its output kept, its input from a real terminal or pipe.

Rule: what runs is what `wearsync` runs; only the process around it is not a new one.
"""

import asyncio
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from wearsync.cli.app import build
from wearsync.cli.ending import exit_code, parsed

# Ctrl-D
END_OF_INPUT = "\x04"


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


def wearsync(*arguments: str) -> Ended:
    """One command, to its end."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = exit_code("wearsync", parsed(build(), "wearsync", arguments))
    return Ended(code, out.getvalue(), err.getvalue())


async def wearsync_beside(*arguments: str) -> Ended:
    """The same while this test's own loop goes on."""
    return await asyncio.to_thread(wearsync, *arguments)


@contextmanager
def piped(text: str) -> Iterator[None]:
    """Standard input is a pipe with this in it, and its end."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    with _stdin(reader):
        yield


@contextmanager
def at_a_terminal(typed: str) -> Iterator[None]:
    """Standard input is a terminal at which this is typed, a line at each question; then it ends."""
    lines = iter(typed.splitlines(keepends=True))
    with typed_ahead("") as keyboard:
        read = sys.stdin.readline

        def asked(size: int = -1) -> str:
            os.write(keyboard, next(lines, END_OF_INPUT).encode())
            return read(size)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys.stdin, "readline", asked)
            yield


@contextmanager
def typed_ahead(text: str) -> Iterator[int]:
    """Standard input is a terminal at which this was typed already; gives the keyboard's descriptor."""
    keyboard, terminal = os.openpty()
    os.write(keyboard, text.encode())
    try:
        with _stdin(terminal):
            yield keyboard
    finally:
        os.close(keyboard)


@contextmanager
def _stdin(descriptor: int) -> Iterator[None]:
    before = sys.stdin
    with open(descriptor, encoding="utf-8") as sys.stdin:
        try:
            yield
        finally:
            opened, sys.stdin = sys.stdin, before
            opened.close()
