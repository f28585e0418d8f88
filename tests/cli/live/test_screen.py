"""The terminal is written sparingly, and given back as it was on every way out."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import pytest
from rich.text import Text

from tests.cli.live.stage import HOLD, Daemon
from tests.cli.live.terminal import Shown, echoes, nowhere, opened, pair, resize, written
from wearsync.cli.live.screen import Abilities, Screen, abilities
from wearsync.cli.live.signs import ASCII, CONSOLE, UNICODE

# A machine may have other things to do; nothing here takes a second.
PATIENCE_S = 30
PLAIN = Abilities(drawn_on=True, alternate=True, colours=True, signs=UNICODE)


class Stand:
    """A screen on a pseudo-terminal."""

    def __init__(self, person: int, program: int, out: TextIO, able: Abilities = PLAIN) -> None:
        self.person, self.program = person, program
        self.shown = Shown()
        self.typed: list[str] = []
        self.stale = 0
        self.screen = Screen(
            out, able, keyboard=program, pressed=self.typed.append, stale=self._becomes_stale
        )

    def look(self) -> str:
        self.shown.write(written(self.person))
        return self.shown.text().strip()

    def _becomes_stale(self) -> None:
        self.stale += 1


@pytest.fixture
def terminal() -> Iterator[tuple[int, int, TextIO]]:
    with pair() as (person, program), opened(program) as out:
        yield person, program, out


def lines(*texts: str) -> Sequence[Text]:
    return [Text(text) for text in texts]


async def test_only_lines_that_have_changed_are_written(terminal: tuple[int, int, TextIO]) -> None:
    stand = Stand(*terminal)
    with stand.screen:
        stand.screen.show(lines("one", "two", "three"))
        assert stand.look() == "one\ntwo\nthree"
        before = stand.shown.writes
        stand.screen.show(lines("one", "2", "three"))
        assert stand.look() == "one\n2\nthree"
        assert stand.shown.writes == before + 1
        stand.screen.show(lines("one", "2", "three"))
        assert written(stand.person) == ""
        stand.screen.show(lines("one"))
        assert stand.look() == "one"


async def test_a_line_as_wide_as_the_terminal_keeps_its_last_sign(terminal: tuple[int, int, TextIO]) -> None:
    stand = Stand(*terminal)
    with stand.screen:
        stand.screen.show(lines("x" * 80, "y"))
        # In the last column the cursor stays where it is: to delete up to the end would take the sign.
        assert "x\x1b[K" not in written(stand.person)


async def test_the_terminal_is_taken_and_given_back(terminal: tuple[int, int, TextIO]) -> None:
    stand = Stand(*terminal)
    assert echoes(stand.program)
    with stand.screen:
        stand.screen.show(lines("one"))
        stand.look()
        assert stand.shown.alternate
        assert not stand.shown.cursor
        assert not echoes(stand.program)
        assert not termios.tcgetattr(stand.program)[0] & termios.IXON, "Ctrl-S is a key like others"
    stand.look()
    assert termios.tcgetattr(stand.program)[0] & termios.IXON
    assert not stand.shown.alternate
    assert stand.shown.cursor
    assert echoes(stand.program)
    stand.screen.show(lines("late"))
    assert written(stand.person) == "", "it is not ours any more"


async def test_it_is_given_back_also_when_something_breaks(terminal: tuple[int, int, TextIO]) -> None:
    stand = Stand(*terminal)
    with pytest.raises(LookupError), stand.screen:
        raise LookupError
    stand.look()
    assert (stand.shown.alternate, stand.shown.cursor, echoes(stand.program)) == (False, True, True)


async def test_a_terminal_without_another_screen_is_left_empty(terminal: tuple[int, int, TextIO]) -> None:
    stand = Stand(*terminal, Abilities(drawn_on=True, alternate=False, colours=True, signs=ASCII))
    with stand.screen:
        stand.screen.show(lines("one"))
        assert stand.look() == "one"
        assert not stand.shown.alternate
    assert stand.look() == ""
    assert stand.shown.cursor


async def test_without_colours_a_style_is_still_bold(terminal: tuple[int, int, TextIO]) -> None:
    stand = Stand(*terminal, Abilities(drawn_on=True, alternate=True, colours=False, signs=UNICODE))
    with stand.screen:
        stand.screen.show([Text("one", "bold cyan"), Text("two", "red")])
        assert stand.look() == "one\ntwo"
        assert stand.shown.styles == {"0", "1"}
    coloured = Stand(*terminal)
    with coloured.screen:
        coloured.screen.show([Text("one", "bold cyan")])
        coloured.look()
        assert {"1", "36"} <= coloured.shown.styles


async def test_another_size_is_drawn_anew(terminal: tuple[int, int, TextIO]) -> None:
    stand = Stand(*terminal)
    with stand.screen:
        stand.screen.show(lines("one"))
        assert stand.screen.size == (80, 24)
        before = stand.stale
        resize(stand.person, 100, 30)
        os.kill(os.getpid(), signal.SIGWINCH)
        async with asyncio.timeout(PATIENCE_S):
            while stand.stale == before:
                await asyncio.sleep(0.001)
        assert stand.screen.size == (100, 30)
        stand.look()
        stand.screen.show(lines("one"))
        assert "one" in written(stand.person), "nothing of what was there counts"
        resize(stand.person, 0, 0)
        assert stand.screen.size == (80, 24), "a serial line that does not know"


async def test_what_is_typed_is_heard_until_the_keyboard_is_gone() -> None:
    reader, keyboard = os.pipe()
    typed: list[str] = []
    heard = asyncio.Event()

    def pressed(text: str) -> None:
        typed.append(text)
        heard.set()

    with nowhere() as out:
        screen = Screen(out, PLAIN, keyboard=reader, pressed=pressed, stale=lambda: None)
        with screen:
            assert screen.size == (80, 24)
            for sent in ("p", "ä", ""):
                heard.clear()
                if sent:
                    os.write(keyboard, sent.encode())
                else:
                    os.close(keyboard)
                async with asyncio.timeout(PATIENCE_S):
                    await heard.wait()
    os.close(reader)
    assert typed == ["p", "ä", ""]


async def test_a_terminal_that_is_gone_ends_it_quietly() -> None:
    with pair() as (_, program), opened(program) as out:
        screen = Screen(out, PLAIN, keyboard=None, pressed=lambda _: None, stale=lambda: None)
        with screen:
            os.dup2(os.open("/dev/full", os.O_WRONLY), out.fileno())
            with pytest.raises(BrokenPipeError):
                screen.show(lines("one"))
            with contextlib.suppress(OSError):
                out.flush()
            os.dup2(program, out.fileno())


def test_what_a_terminal_can_do_is_known_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    with pair() as (_, program), opened(program) as out:
        xterm = abilities(out, "xterm-256color", no_color=False)
        assert (xterm.drawn_on, xterm.alternate, xterm.colours, xterm.signs) == (True, True, True, UNICODE)
        assert not abilities(out, "xterm-256color", no_color=True).colours
        assert abilities(out, "linux", no_color=False).signs is CONSOLE
        assert abilities(out, "of-somebody-s-own", no_color=False) == xterm, "most are like that"
        for term in ("dumb", ""):
            assert not abilities(out, term, no_color=False).drawn_on
        monkeypatch.setenv("LANG", "C")
        assert abilities(out, "xterm-256color", no_color=False).signs is ASCII
    with nowhere() as elsewhere:
        assert not abilities(elsewhere, "xterm-256color", no_color=False).drawn_on


async def test_a_terminal_from_before_colours_and_second_screens_is_known_as_one() -> None:
    """In a process of its own: the system's description of a terminal is read once a process."""
    asked = "print(abilities(open(1, closefd=False), 'vt100', no_color=False), file=sys.stderr)"
    with pair() as (_, program):
        told = await asyncio.create_subprocess_exec(
            sys.executable, "-c", f"import sys; from wearsync.cli.live.screen import abilities; {asked}",
            stdout=program, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, err = await told.communicate()
    assert b"drawn_on=True, alternate=False, colours=False" in err


# What a shell does: `fg` works for a job of its own, in a session with a terminal.
SCRIPT = 'set -m; "$PYTHON" -m wearsync live; echo "stopped $?"; stty -a; echo "go on"; fg; echo "ended $?"'


@pytest.mark.usefixtures("config")
async def test_stopped_and_taken_up_again_then_ended(home: Path) -> None:
    """Ctrl-Z gives the terminal back, `fg` takes it again; SIGTERM ends it as it ends any program."""
    async with Daemon(home / "s" / "control.sock").running() as daemon:
        await daemon.show(HOLD)
        with pair() as (person, program):
            shell = await asyncio.create_subprocess_exec(
                "setsid", "-c", "sh", "-c", SCRIPT,
                stdin=program, stdout=program, stderr=program,
                env={**os.environ, "PYTHON": sys.executable, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            )  # fmt: skip

            async def until(text: str) -> str:
                seen = ""
                async with asyncio.timeout(PATIENCE_S):
                    while text not in seen:
                        await asyncio.sleep(0.02)
                        seen += written(person)
                return seen

            try:
                await until("last cue")
                os.write(person, b"\x1a")
                stopped = await until("go on")
                picture, _, after = stopped.partition("stopped")
                assert "\x1b[?1049l\x1b[?25h" in picture
                assert "-icanon" not in after
                assert "-echo " not in after
                again = after.partition("go on")[2] + await until("last cue")
                assert "\x1b[?1049h\x1b[?25l" in again
                assert not echoes(program)
                [live] = _children(shell.pid)
                os.kill(live, signal.SIGTERM)
                ended = await until("ended")
                assert "\x1b[?1049l\x1b[?25h" in ended.partition("ended")[0]
                assert "ended 143" in ended + await _rest(shell, person)
                assert echoes(program)
            finally:
                if shell.returncode is None:
                    shell.kill()
                await shell.wait()


async def _rest(shell: asyncio.subprocess.Process, person: int) -> str:
    async with asyncio.timeout(10):
        await shell.wait()
    return written(person)


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(each) for each in text.split()]
