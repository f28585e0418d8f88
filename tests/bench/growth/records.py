"""How a backlog's time, and the host's part of it, grow with the records that the watch has to tell."""

from collections.abc import Iterable
from pathlib import Path

from tests.bench.draining import a_home_with_backlog
from tests.bench.figures.drain import ideal_us, over_the_air
from tests.bench.growth import Growth, Point

__all__ = ["RECORDS"]

COUNTS = (1_000, 3_000, 10_000, 30_000, 100_000)
TIME, IDEAL, HOST = "time", "ideal", "host"


def _measured(place: Path) -> Iterable[Point]:
    for count in COUNTS:
        home = place / str(count) / "home"
        home.mkdir(parents=True)
        a_home_with_backlog(home, count)
        told, busy_s = over_the_air(home)
        yield Point(TIME, count, told.took_s)
        yield Point(IDEAL, count, told.took_s / ideal_us(told) * 1e6)
        yield Point(HOST, count, busy_s / count * 1e6)


RECORDS = Growth(
    name="records",
    title="A backlog of records comes in (2M, MTU 247, 30 ms)",
    x="records",
    panels={
        TIME: "START to last ACK (s)",
        IDEAL: "that ÷ ideal airtime",
        HOST: "the host is busy (µs a record)",
    },
    measured=_measured,
)
