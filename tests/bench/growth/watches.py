"""How the cost of one daemon grows with the watches that are in session at once."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from tests.bench.figures.fleet import HOLDS_HEARD, trained
from tests.bench.figures.live import p99
from tests.bench.growth import Growth, Point
from tests.bench.stage import on_stage

__all__ = ["WATCHES"]

SITE = "home"
COUNTS = (1, 3, 10, 30, 100)
CPU, LATENCY, MEMORY = "cpu", "latency", "memory"
# A single watch has too few holds in one look for its slowest.
HOLDS_MIN = 10


def _measured(place: Path) -> Iterable[Point]:
    for count in COUNTS:
        own = place / str(count)
        own.mkdir()
        yield from asyncio.run(_with(count, own))


async def _with(count: int, place: Path) -> list[Point]:
    cpu, latencies_s = list[float](), list[float]()
    async with (
        on_stage(place, {SITE: count}, topics=(HOLDS_HEARD,)) as stage,
        stage.daemon(SITE) as daemon,
    ):
        while len(latencies_s) < HOLDS_MIN:
            seen = await trained(stage, daemon, stage.households[SITE].watches)
            cpu.append(seen.cpu)
            latencies_s += seen.latencies_s
        memory_mb = _memory_mb(daemon.pid)
    return [
        Point(CPU, count, 100 * sum(cpu) / len(cpu)),
        Point(LATENCY, count, 1000 * p99(latencies_s)),
        Point(MEMORY, count, memory_mb),
    ]


def _memory_mb(pid: int) -> float:
    """What the process has in memory now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [resident] = [line for line in lines if line.startswith("VmRSS:")]
    return int(resident.split()[1]) / 1024


WATCHES = Growth(
    name="watches",
    title="One daemon and the watches in session at once",
    x="watches in session",
    panels={CPU: "CPU, % of a core", LATENCY: "p99 of live latency, ms", MEMORY: "memory, MB"},
    measured=_measured,
)
