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

from wearsync.cli.app import build
from wearsync.cli.ending import exit_code, parsed


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
    yield from _as_stdin(reader)


@contextmanager
def at_a_terminal(typed: str) -> Iterator[None]:
    """Standard input is a terminal at which this is typed."""
    keyboard, terminal = os.openpty()
    os.write(keyboard, typed.encode())
    try:
        yield from _as_stdin(terminal)
    finally:
        os.close(keyboard)


def _as_stdin(descriptor: int) -> Iterator[None]:
    before = sys.stdin
    with open(descriptor, encoding="utf-8") as sys.stdin:
        try:
            yield
        finally:
            opened, sys.stdin = sys.stdin, before
            opened.close()
