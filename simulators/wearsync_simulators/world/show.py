"""`wearsync-sim world`: a run for people, or for programs.

Rule: what differs from run to run (speed) goes to stderr; the line of JSON is the seed's alone.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from wearsync.errors import UsageError
from wearsync_simulators.world.plan import ANY, INVARIANTS
from wearsync_simulators.world.planted import BUGS, planted
from wearsync_simulators.world.world import KNOWN, Plan, Report, run_world

__all__ = ["bug_name", "fault_names", "invariant", "run"]

# A broken world breaks in many places at once; the first ones tell why.
SHOWN_VIOLATIONS = 20
# A week takes some tens of megabytes, with its backups; containers often have 64 MB of such memory.
ROOM_BYTES = 1_000_000_000


def fault_names(said: str) -> tuple[str, ...]:
    """The faults that were named, with commas; `none`: none. Raises `UsageError`."""
    names = () if said == "none" else tuple(name.strip() for name in said.split(","))
    there = {fault.name for fault in KNOWN}
    for name in names:
        if name not in there:
            raise UsageError(f"--faults {name!r}: there is none; there are: {', '.join(sorted(there))}")
    return names


def bug_name(said: str) -> str:
    """A bug that can be planted. Raises `UsageError`."""
    if said not in BUGS:
        raise UsageError(f"--plant {said!r}: there is none; there are: {', '.join(sorted(BUGS))}")
    return said


def invariant(said: str) -> str:
    """One of the invariants, or `I` for any. Raises `UsageError`."""
    if said not in (*INVARIANTS, ANY):
        raise UsageError(f"--until-violated {said!r}: there are {', '.join(INVARIANTS)}, and {ANY}: any")
    return said


def run(
    *,
    seed: int,
    days: int,
    faults: tuple[str, ...] | None,
    watches: int,
    radio: Literal["fast", "ble"],
    plant: str | None,
    until_violated: str | None,
    as_json: bool,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> int:
    """Run one world, and tell of it; the exit code: 1 if something was violated."""
    directory = Path(tempfile.mkdtemp(prefix="wearsync-world-", dir=_fast_directory()))
    began_s = time.monotonic()
    told = warn if sys.stderr.isatty() else lambda _line: None
    plan = Plan(
        seed=seed, days=days, faults=faults, watches=watches, radio=radio, until_violated=until_violated
    )
    try:
        with planted(plant):
            report = run_world(plan, directory, told=told)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    lasted_s = time.monotonic() - began_s
    for violation in report.violations[:SHOWN_VIOLATIONS]:
        warn(f"violated: {violation}")
    if len(report.violations) > SHOWN_VIOLATIONS:
        warn(f"… and {len(report.violations) - SHOWN_VIOLATIONS} more")
    speed = report.days * 86400 / lasted_s
    warn(f"{report.days} days in {lasted_s:.1f} s: {speed:,.0f} times as fast as life")
    for line in [report.json_line()] if as_json else _in_words(report):
        say(line)
    return 1 if report.violations else 0


def _in_words(report: Report) -> list[str]:
    struck = ", ".join(f"{name} {count}" for name, count in report.faults if count)
    return [
        f"seed {report.seed}: {report.days} days, {report.sessions} sessions, {report.records} records",
        f"crashes {report.crashes}, duplicates absorbed {report.duplicates_absorbed}",
        f"faults: {struck or 'none'}",
        f"violations: {len(report.violations)}",
        f"trace {report.trace}",
    ]


def _fast_directory() -> Path | None:
    """Memory, where there is enough: a world writes much, and keeps nothing."""
    memory = Path("/dev/shm")  # noqa: S108  # a directory of our own is made in it, as tempfile does
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES else None
