"""`soak`: does the daemon grow? Its memory after a day of life, against that after the first hour.

    python -m tests.bench.figures.soak PLACE        one such day, in a process of its own: no memory is lent

Rule: the daemon, its journal on disk, the link over the virtual air and the watch are in one process, in
virtual time, with a session each hour; the broker takes everything and keeps nothing. What the watch
and the air grow by is in it too, and counts against us.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

from tests.bench.figure import RATIO, Figure, Part, Round, at_most
from tests.daemon.home import SHORT, at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.health import memory_mb
from wearsync.ports import BrokerSession, Incoming

__all__ = ["SOAK"]

HOUR_S = 3600.0
HOURS = 24


class _Sink:
    """A broker that takes everything, and has nothing to say."""

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        yield self

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        return None

    async def incoming(self) -> AsyncIterator[Incoming]:
        await asyncio.Event().wait()
        yield Incoming("", b"", retained=False)


def day_in(place: Path) -> list[float]:
    """The memory after each hour, in MB."""
    found = []

    @in_virtual_time
    async def life() -> None:
        loop = asyncio.get_running_loop()
        async with at_home(place, config=SHORT) as home, home.daemon(publisher=_Sink()) as running:
            began_s = loop.time()
            for hour in range(1, HOURS + 1):
                await running.start()
                await running.over()
                await asyncio.sleep(began_s + hour * HOUR_S - loop.time())
                found.append(memory_mb())

    life()
    return found


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    days = count(1)

    def once() -> Mapping[str, float]:
        own = place / str(next(days))
        own.mkdir()
        after_mb = _apart(own)
        first_mb, last_mb = after_mb[0], after_mb[-1]
        return {RATIO: last_mb / first_mb, "grown_kb": 1024 * (last_mb - first_mb), "resident_mb": last_mb}

    yield once


def _apart(place: Path) -> list[float]:
    """The same in a process of its own."""
    day = (sys.executable, "-m", "tests.bench.figures.soak", str(place))
    done = subprocess.run(day, check=True, capture_output=True, text=True)
    return [float(each) for each in done.stdout.split()]


SOAK = Figure(
    name="soak",
    says="memory after 24 simulated hours ÷ after 1",
    parts=(
        Part(RATIO, "×", "RSS after 24 h ÷ 1 h", at_most(1.05)),
        Part("grown_kb", "kB", "grown by"),
        Part("resident_mb", "MB", "RSS, watch and air too"),
    ),
    rounds=5,
    prepared=_prepared,
)

if __name__ == "__main__":
    sys.stdout.write(" ".join(map(str, day_in(Path(sys.argv[1])))))
