"""Keys from a real terminal; the process that reads them is a child, for ours has none."""

import os
import sys
import termios

from tests.simulators.processes import running
from wearsync_simulators.keyboard import KEYS, OPEN_PAIRING, QUIT
from wearsync_simulators.watches.view import Press
from wearsync_simulators.wearer import Comparison

READER = """
import asyncio, sys
from wearsync_simulators.keyboard import keys_pressed
async def main():
    done = asyncio.Event()
    def pressed(key):
        print("key", repr(key), flush=True)
        if key == "q":
            done.set()
    with keys_pressed(pressed):
        print("ready", flush=True)
        await done.wait()
asyncio.run(main())
"""


def test_every_press_and_both_answers_to_a_code_have_a_key() -> None:
    assert {*KEYS.values()} == {*Press, Comparison(same=True), Comparison(same=False)}
    assert not {OPEN_PAIRING, QUIT} & KEYS.keys()


async def test_each_key_is_told_at_once_and_the_terminal_is_left_as_it_was() -> None:
    ours, theirs = os.openpty()
    before = termios.tcgetattr(theirs)
    async with running(sys.executable, "-c", READER, stdin=theirs) as reader:
        await reader.until("ready")
        assert not termios.tcgetattr(theirs)[3] & termios.ICANON
        os.write(ours, b" ")
        await reader.until("key ' '")
        os.write(ours, "ä1q".encode())
        assert await reader.ended() == 0
        assert reader.out == ["ready", "key ' '", "key 'ä'", "key '1'", "key 'q'"]
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


async def test_without_a_terminal() -> None:
    async with running(sys.executable, "-c", READER) as reader:
        assert await reader.ended() == 1
        assert "needs a terminal" in reader.err[-1]
