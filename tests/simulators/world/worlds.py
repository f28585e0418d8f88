"""Worlds for tests, each in a process of its own.

Rule: the processes are forked from one in which everything is imported already, and nothing has run; that one
ends with the tests.
"""

import multiprocessing
import os
import shutil
import tempfile
import traceback
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path

from tests.conftest import MEMORY
from wearsync_simulators.world.plan import Plan, Report
from wearsync_simulators.world.planted import planted
from wearsync_simulators.world.world import run_world

# Of a week, which takes a tenth of that.
DEADLINE_S = 110
_FORKS = multiprocessing.get_context("forkserver")


def run(plan: Plan, *, bug: str | None = None) -> Report:
    """What comes of it, with that bug planted. Raises `TimeoutError`."""
    _prepare()
    here, there = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_live, args=(there, plan, bug), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(DEADLINE_S):
            raise TimeoutError(f"{plan} goes on after {DEADLINE_S} s")
        told = here.recv()
    finally:
        here.close()
        process.kill()
        process.join()
    assert isinstance(told, Report), told
    return told


@cache
def _prepare() -> None:
    """The process that others are forked from: under one hash seed, so that what fails will fail again."""
    _FORKS.set_forkserver_preload([__name__])
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before


def _live(there: Connection, plan: Plan, bug: str | None) -> None:
    directory = Path(tempfile.mkdtemp(prefix="w", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        with planted(bug):
            there.send(run_world(plan, directory))
    except BaseException:  # noqa: BLE001  # told over there
        there.send(traceback.format_exc())
    finally:
        shutil.rmtree(directory)
        there.close()
