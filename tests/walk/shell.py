"""A shell as the reader of a page has it: a directory of its own, a home of its own, commands in turn; those
that go on run behind, as in terminals of their own, until the page ends.

Rule: a command that ends in another way than with 0, or not at all, is a `Stumble`: the reader's.
"""

import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.walk.transcript import Obliging, Person, difference, plain

ROOT = Path(__file__).parents[2]
# By what a command that goes on is known, and what it says when it is up ("": at once).
GO_ON: Mapping[str, str] = {
    "mosquitto -": "running",
    "wearsync-sim air": "air: ",
    "wearsync-sim watch": "watch: ",
    "wearsync run": r"daemon\.ready",
    "wearsync demo --web": "http://",
    "wearsync live": "",
    "mosquitto_sub": "",
}
# What has questions, to which a shell block shows no answers.
ASKS = ("wearsync pair", "wearsync setup", "wearsync watches import")
# The longest is the installation of an app over the virtual air.
COMMAND_S = 90.0
UP_S = 20.0
# Lines and columns.
SCREEN = (24, 80)
# The watch shows its code while the question is on its way to the terminal.
CODE_S = 5.0
# What a program says into a file wakes nobody.
LOOK_EVERY_S = 0.05
# A daemon says goodbye within 5 s.
GOODBYE_S = 10.0
_GONE = (0, 130, -signal.SIGINT)
_CODE = re.compile(r"pairing: code (\d+)")


class Stumble(Exception):
    """Somebody who follows the page falls here."""


@dataclass(frozen=True, slots=True)
class _Behind:
    """A command that goes on, and what it has said so far."""

    command: str
    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


class Shell:
    """One reader. `place`: a directory that is theirs alone, short enough for sockets below it."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._here = place / "here"
        self._state = place / "state.sh"
        self._behind: list[_Behind] = []
        self._lay_out()

    def run(self, command: str) -> str:
        """One command, to its end or until it is up; gives what it has said."""
        if goes_on := [begins for begins in GO_ON if command.startswith(begins)]:
            return self._leave_behind(command, GO_ON[goes_on[0]])
        if command.startswith(ASKS):
            said, code = self._at_a_terminal(command, Obliging())
            return self._ended_well(command, said, code)
        log = self._place / "said.log"
        with log.open("wb") as file:
            process = self._begin(command, subprocess.DEVNULL, file)
            code = _ended(process, COMMAND_S)
        return self._ended_well(command, log.read_text(encoding="utf-8", errors="replace"), code)

    def converse(self, command: str, shown: tuple[str, ...]) -> None:
        """One command at a terminal; questions are answered as the page shows it, and all is as it shows."""
        said = self._ended_well(command, *self._at_a_terminal(command, Person(shown)))
        if wrong := difference(shown, said):
            raise Stumble(
                f"`{command}` says something else than the page:\n{wrong}\nall of it:\n{plain(said)}"
            )

    def export(self, **variables: str) -> None:
        """Set variables for all that follows."""
        with self._state.open("a", encoding="utf-8") as file:
            file.writelines(f"export {name}={value}\n" for name, value in variables.items())

    def wait_for(self, command: str, text: str, within_s: float) -> None:
        """Until a command that goes on says this, as a pattern."""
        for each in self._behind:
            if each.command.startswith(command):
                self._wait(each, text, within_s)
                return
        raise Stumble(f"no `{command}` runs here")

    def leave(self) -> None:
        """Ctrl-C in each terminal, the last one first. Raises `Stumble` for what does not end well."""
        wrong = []
        for each in reversed(self._behind):
            if each.process.poll() is None:
                os.killpg(each.process.pid, signal.SIGINT)
            if (code := _ended(each.process, GOODBYE_S)) not in _GONE:
                wrong.append(
                    f"`{each.command}` {'hangs' if code is None else f'ends with {code}'}:\n{each.said()}"
                )
        self._behind = []
        if wrong:
            raise Stumble("\n".join(wrong))

    def _ended_well(self, command: str, said: str, code: int | None) -> str:
        if code != 0:
            raise Stumble(f"`{command}` {'does not end' if code is None else f'ends with {code}'}:\n{said}")
        return said

    def _lay_out(self) -> None:
        """What a reader in the checkout has: its scripts, and nothing else that could be spoilt."""
        (self._here / "scripts").mkdir(parents=True)
        (self._here / "docs").symlink_to(ROOT / "docs")
        for script in (ROOT / "scripts").iterdir():
            if os.access(script, os.X_OK):
                wrapper = self._here / "scripts" / script.name
                wrapper.write_text(f'#!/bin/sh\nexec "{script}" "$@"\n', encoding="utf-8")
                wrapper.chmod(0o755)
        (self._place / "home").mkdir()
        self._state.write_text(f"cd {self._here}\n", encoding="utf-8")

    def _begin(self, command: str, stdin: int, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        kept = f"{self._state}.new.$$"
        script = (
            f'. "{self._state}"\n{command}\nstatus=$?\n'
            f'{{ export -p; echo "cd \\"$PWD\\""; }} > "{kept}" && mv "{kept}" "{self._state}"\n'
            "exit $status\n"
        )
        # Without the way to the session's bus: `wearsync setup` would install a service of whoever runs this.
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WEARSYNC_", "XDG_"))
            and name not in ("NO_COLOR", "COLUMNS", "DBUS_SESSION_BUS_ADDRESS")
        }
        environment |= {
            "HOME": str(self._place / "home"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/local/sbin:/usr/sbin:/sbin",
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }
        return subprocess.Popen(
            ["bash", "-c", script],
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )

    def _leave_behind(self, command: str, up: str) -> str:
        log = self._place / f"behind-{len(self._behind)}.log"
        with log.open("wb") as file:
            each = _Behind(command, self._begin(f"exec {command}", subprocess.DEVNULL, file), log)
        self._behind.append(each)
        if up:
            self._wait(each, up, UP_S)
        return each.said()

    def _wait(self, each: _Behind, text: str, within_s: float) -> None:
        until = time.monotonic() + within_s
        while not re.search(text, each.said()):
            if (code := each.process.poll()) is not None:
                raise Stumble(f"`{each.command}` ends with {code}:\n{each.said()}")
            if time.monotonic() > until:
                raise Stumble(f"`{each.command}` does not say {text!r} within {within_s:g} s:\n{each.said()}")
            time.sleep(LOOK_EVERY_S)

    def _at_a_terminal(self, command: str, person: Person | Obliging) -> tuple[str, int | None]:
        screen, terminal = os.openpty()
        termios.tcsetwinsize(terminal, SCREEN)
        process = self._begin(command, terminal, terminal)
        os.close(terminal)
        said, until = b"", time.monotonic() + COMMAND_S
        try:
            while time.monotonic() < until:
                if not select.select([screen], [], [], 0.1)[0]:
                    if process.poll() is not None:
                        break
                    continue
                try:
                    said += os.read(screen, 65536)
                except OSError:  # the terminal is closed at its other end
                    break
                answer = person.answer(said.decode(errors="replace").rstrip(" "))
                if answer is not None:
                    os.write(screen, f"{self._as_the_watch_shows(answer)}\r".encode())
            return said.decode(errors="replace"), _ended(process, GOODBYE_S)
        finally:
            os.close(screen)

    def _as_the_watch_shows(self, answer: str) -> str:
        """Six digits are those on the watch of this run, not those of the page."""
        if not re.fullmatch(r"\d{3} ?\d{3}", answer):
            return answer
        until = time.monotonic() + CODE_S
        while time.monotonic() < until:
            codes: list[str] = [code for each in self._behind for code in _CODE.findall(each.said())]
            if codes:
                return codes[-1]
            time.sleep(LOOK_EVERY_S)
        return answer


def _ended(process: subprocess.Popen[bytes], within_s: float) -> int | None:
    """Its exit code; None: it had to be killed."""
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
