"""Measures a figure in a process of its own: what one leaves behind, another does not pay for.

Rule: nothing of it outlives the figure: not its process, not what that has begun, not its directory.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.figure import Figure, Measured
from tests.bench.report import Outcome

__all__ = ["LIMIT_S", "measured_apart", "measured_here"]

# With its preparation. The whole set is to take a quarter of an hour.
LIMIT_S = 90.0


async def measured_apart(
    figure: Figure, rounds: int, place: Path, *, python: str = sys.executable, limit_s: float = LIMIT_S
) -> Outcome:
    """Run it there, and read what it says. `place`: the directory in which its own is made."""
    process = await asyncio.create_subprocess_exec(
        *(python, "-m", "tests.bench", figure.name, "--here", "--rounds", str(rounds)),
        *("--place", str(place)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limit_s):
            said, complained = await process.communicate()
    except TimeoutError:
        return f"it took longer than {limit_s:g} s"
    finally:
        # Also what it has begun and left, a broker for example.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if process.returncode:
        last = complained.decode(errors="replace").strip().rpartition("\n")[2]
        return f"it ended with {process.returncode}: {last or 'it said nothing'}"
    return Measured.read(figure, said.decode().strip().rpartition("\n")[2])


def measured_here(figure: Figure, rounds: int, place: Path) -> Measured:
    """In this process."""
    with _directory(figure, place) as own:
        return figure.measured(own, rounds)


@contextmanager
def _directory(figure: Figure, place: Path) -> Iterator[Path]:
    place.mkdir(parents=True, exist_ok=True)
    # A short name: Unix sockets are below it, and their paths end at 107 bytes.
    own = Path(tempfile.mkdtemp(dir=place, prefix=f"{figure.name[:4]}."))
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)
