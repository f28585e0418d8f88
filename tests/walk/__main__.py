"""scripts/check-docs: walks README and tutorials, each page in a directory and on a network of its own.

Rule: the last line says that all is well, with exit 0, or there is a stumble on stderr, and exit 1.
"""

import argparse
import fcntl
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.walk.blocks import Block, PageError, Then, blocks, commands, exchanges, joined
from tests.walk.shell import Shell, Stumble

ROOT = Path(__file__).parents[2]
# How-tos as far as they are a story; most are for a reader who has something running.
STORIES = ("backup", "broker", "remove", "second-wearer", "upgrade")
# The longest first.
WALKED = (
    "docs/tutorials/first-session.md",
    "README.md",
    "docs/tutorials/*.md",
    *(f"docs/howto/{name}.md" for name in STORIES),
)
AT_ONCE = 4
# Of the page's longest wait, twice over.
PAGE_S = 400
# linux/if.h, linux/sockios.h
_SIOCSIFFLAGS = 0x8914
_UP_AND_RUNNING = 0x41
BROKER = "mosquitto -p 1883"
AIR = "wearsync-sim air --listen tcp:127.0.0.1:9747"
WATCH = "wearsync-sim watch --transport tcp-client:127.0.0.1:9747 --wearer diligent"
# There is nothing to be switched on at an InfiniTime.
NO_PAIRING_MODE = ("infinitime",)


def main(arguments: Sequence[str]) -> int:
    """From the command line to the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/check-docs", description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path, help="these, in place of README and tutorials")
    parser.add_argument("--verbose", "-v", action="store_true", help="each command, and what it says")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.alone:
        return _alone(options.alone, verbose=options.verbose)
    pages: list[Path] = options.pages or list(
        dict.fromkeys(page.relative_to(ROOT) for pattern in WALKED for page in sorted(ROOT.glob(pattern)))
    )
    with ThreadPoolExecutor(AT_ONCE) as readers:
        codes = list(readers.map(lambda page: _apart(page, verbose=options.verbose), pages))
    return 1 if any(codes) else 0


def _apart(page: Path, *, verbose: bool) -> int:
    """The page in a process of its own: on a network where only it is, if the system lets us."""
    command = [sys.executable, "-m", "tests.walk", "--alone", str(page), *(["-v"] if verbose else [])]
    for network in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if (
            shutil.which("unshare")
            and subprocess.run([*network, "true"], capture_output=True, check=False).returncode == 0
        ):
            command = [*network, *command]
            break
    done = subprocess.run(command, capture_output=not verbose, text=True, check=False, timeout=PAGE_S)
    sys.stdout.write(done.stdout or "")
    sys.stderr.write(done.stderr or "")
    return done.returncode


def _alone(page: Path, *, verbose: bool) -> int:
    _raise_loopback()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="walk.", dir="/tmp") as place:  # a socket's path is short
        shell = Shell(Path(place))
        try:
            count = _walk(page, shell, verbose=verbose)
        except (PageError, Stumble) as problem:
            sys.stderr.write(f"check-docs: {page}: {problem}\n")
            return 1
        finally:
            try:
                shell.leave()
            except Stumble as problem:
                sys.stderr.write(f"check-docs: {page}: at its end: {problem}\n")
                count = -1
    if count >= 0:
        sys.stdout.write(
            f"check-docs: {page}: {count} commands as shown ({time.monotonic() - began:.0f} s)\n"
        )
    return 0 if count >= 0 else 1


def _walk(page: Path, shell: Shell, *, verbose: bool) -> int:
    """The page's blocks, in order. Gives how many commands were run."""
    count = 0
    for part in joined(blocks((ROOT / page).read_text(encoding="utf-8"))):
        try:
            if isinstance(part, Then):
                shell.wait_for(part.command, part.text, part.within_s)
            else:
                count += _run(part, shell, verbose=verbose)
        except Stumble as stumble:
            raise Stumble(f"line {part.number}: {stumble}") from stumble
    return count


def _run(block: Block, shell: Shell, *, verbose: bool) -> int:
    if block.stage:
        _set_stage(shell, block.stage)
    if block.not_run:
        return 0
    if block.language == "console":
        parts = exchanges(block.lines)
        for part in parts:
            shell.converse(part.command, part.shown)
            if verbose:
                sys.stdout.write(f"$ {part.command}\n")
        return len(parts)
    count = 0
    for command in commands(block.lines):
        said = shell.run(command)
        count += 1
        if verbose:
            sys.stdout.write(f"$ {command}\n{said}")
    return count


def _set_stage(shell: Shell, driver: str) -> None:
    """What the reader has in reality: a broker, a radio, and a watch to be paired."""
    shell.run(BROKER)
    shell.run(AIR)
    shell.run(f"{WATCH} --driver {driver}" + ("" if driver in NO_PAIRING_MODE else " --pairing"))
    shell.export(WEARSYNC_RADIO_SPEC="tcp:127.0.0.1:9747")


def _raise_loopback() -> None:
    """A network of one's own begins with its loopback down. On the machine's own network it is up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket, suppress(PermissionError):
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
