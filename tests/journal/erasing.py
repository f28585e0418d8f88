"""A process that erases, and is killed at a given statement or deletion of a file."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from wearsync.journal.store import SqliteJournal
from wearsync.ports import Erasure

# Calls into C that change something on the disk.
STEPS = {"execute", "unlink", "close"}


def erase_until(path: Path, step: int, erasure: Erasure) -> None:
    """Die as by kill -9 before the step-th such call of the erasure; else end well."""
    asyncio.run(_erase_until(path, step, erasure))


async def _erase_until(path: Path, step: int, erasure: Erasure) -> None:
    async with await SqliteJournal.open(path, inline=True, ballast_bytes=0) as journal:
        steps_left = step

        def counted(frame: FrameType, event: str, called: object) -> None:
            nonlocal steps_left
            if event == "c_call" and getattr(called, "__name__", "") in STEPS:
                steps_left -= 1
                if steps_left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(counted)
        await journal.erase(erasure)
        sys.setprofile(None)
