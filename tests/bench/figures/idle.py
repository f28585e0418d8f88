"""`idle`: what the daemon takes while nothing happens: memory, wake-ups, writes that wait for the disk.

Rule: the daemon is `wearsync run`, a process, three watches connected, its journal full. Beside it stands an
interpreter that has imported the very modules which the daemon has by then, and done nothing else.
"""

import asyncio
import re
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from math import nan
from pathlib import Path

from tests.bench.figure import RATIO, Figure, Part, Round, at_most
from tests.bench.stage import on_stage, opened, until
from tests.journal import examples
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Commit

__all__ = ["IDLE"]

SITE = "home"
WATCHES = 3
RECORDS = 100_000
RECORDS_A_COMMIT = 5_000
# What the start, the links and the first sync have set going is over.
SETTLED_S = 6.0
WINDOW_S = 13.0

# `wearsync`, but for a signal at which it writes down what it has imported.
DAEMON = """\
import json, signal, sys
def told(_number, _frame):
    with open({modules!r}, "w") as file:
        json.dump([name for name in sys.modules if name != "__main__"], file)
signal.signal(signal.SIGUSR1, told)
from wearsync.__main__ import main
main()
"""
FLOOR = """\
import contextlib, importlib, json, signal
with open({modules!r}) as file:
    for name in json.load(file):
        with contextlib.suppress(ImportError):  # some are put together at run time
            importlib.import_module(name)
print("done", flush=True)
signal.pause()
"""


@dataclass(frozen=True, slots=True)
class _Idle:
    """The daemon and the interpreter beside it, by their numbers, and what strace sees, if it is there."""

    daemon: int
    floor: int
    trace: Path | None
    began_s: float

    async def once(self) -> Mapping[str, float]:
        """Look on for a while; what waited for the disk is counted from the beginning."""
        woken, since_s = _woken(self.daemon), time.monotonic()
        await asyncio.sleep(WINDOW_S)
        woken, now_s = _woken(self.daemon) - woken, time.monotonic()
        ours, floor = _resident_kb(self.daemon), _resident_kb(self.floor)
        return {
            RATIO: ours / floor,
            "wakeups": woken / (now_s - since_s),
            "fsyncs": _syncs(self.trace) / (now_s - self.began_s) * 60,
            "resident_mb": ours / 1024,
        }


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    with opened(_begun(place)) as (idle, runner):
        yield lambda: runner.run(idle.once())


@asynccontextmanager
async def _begun(place: Path) -> AsyncIterator[_Idle]:
    modules, trace = place / "modules.json", place / "trace" if shutil.which("strace") else None
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(on_stage(place, {SITE: WATCHES}, topics=()))
        await _fill(stage.households[SITE].state_dir / "journal.sqlite")
        program = ("-c", DAEMON.format(modules=str(modules)))
        daemon = await stack.enter_async_context(stage.daemon(SITE, program=program, under=_strace(trace)))
        await asyncio.sleep(SETTLED_S)
        daemon.send_signal(signal.SIGUSR1)
        await until(modules.exists)
        floor = await stack.enter_async_context(
            stage.process("-c", FLOOR.format(modules=str(modules)), log=place / "floor.log")
        )
        await until((place / "floor.log").read_text)
        if trace is not None:
            trace.write_text("")  # strace appends
        yield _Idle(daemon.pid, floor.pid, trace, time.monotonic())


def _strace(trace: Path | None) -> tuple[str, ...]:
    """Stops the process at these calls alone, and stands behind it, not before: the number is its own."""
    if trace is None:
        return ()
    calls = "trace=fsync,fdatasync,msync,sync_file_range"
    return (
        "strace",
        "-D",
        "-f",
        "--seccomp-bpf",
        "-qqq",
        "-A",
        "-e",
        "signal=none",
        "-e",
        calls,
        "-o",
        str(trace),
    )


async def _fill(path: Path) -> None:
    """A journal of years, of a watch that was there before these."""
    async with await SqliteJournal.open(path) as journal:
        opening = await journal.position(examples.WATCH, examples.JOURNAL_ID, 1, 2**31)
        for first in range(1, RECORDS + 1, RECORDS_A_COMMIT):
            numbers = range(first, first + RECORDS_A_COMMIT)
            await journal.commit(
                Commit(
                    examples.WATCH,
                    examples.WEARER,
                    opening=opening if first == 1 else None,
                    journal=opening.journal,
                    cursor=numbers.stop,
                    records=tuple(examples.record(number) for number in numbers),
                )
            )


def _resident_kb(process: int) -> int:
    [found] = re.findall(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    return int(found)


def _woken(process: int) -> int:
    """How often its threads have given the processor up to wait, and so were woken since."""
    told = "".join(each.read_text() for each in Path(f"/proc/{process}/task").glob("*/status"))
    return sum(map(int, re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", told, re.MULTILINE)))


def _syncs(trace: Path | None) -> float:
    """How often it has waited for the disk; without strace that is not known."""
    return nan if trace is None else trace.read_text().count("sync")


IDLE = Figure(
    name="idle",
    says="memory of the idle daemon, 3 watches, 100,000 records ÷ of an interpreter with the same imports",
    parts=(
        Part(RATIO, "×", "RSS ÷ same imports", at_most(1.3)),
        Part("wakeups", "1/s", "wake-ups", at_most(2)),
        Part("fsyncs", "1/min", "fsyncs", at_most(0)),
        Part("resident_mb", "MB", "RSS"),
    ),
    rounds=3,
    prepared=_prepared,
)
