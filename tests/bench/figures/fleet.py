"""`fleet`: what a hundred watches in session cost one daemon, held against one watch and its daemon.

Rule: two daemons on one air, a household of one watch and one of a hundred, take turns: who trains next door
is idle, so the air is as full in either turn. The CPU is the daemon's process alone: the watches have theirs.
"""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figure import Figure, Part, Round, at_most
from tests.bench.figures.live import hold_latencies_s, p99
from tests.bench.interleave import alternately
from tests.bench.stage import Stage, cpu_s, on_stage, opened
from tests.bench.wrists import Rest, Wear

__all__ = ["FLEET", "HOLDS_HEARD", "Trained", "trained"]

MANY = 100
HOLDS_HEARD = "wearsync/+/+/hold"
# Seconds. A person's hold lasts 30 s, and the gap 10: these have theirs five times as often.
GAP_S, HOLD_S = (1.0, 3.0), (3.0, 7.0)
# The sessions have begun, and the watches are out of step.
SETTLING_S = 5.0
LOOK_S = 8.0
# One watch alone has few holds in that time: for its latency it trains in haste.
HASTE_S, HASTE_LASTS_S = (0.2, 0.3), 5.0
# The last events are on their way.
LAST_S = 1.0


@dataclass(slots=True)
class Trained:
    """What watches in session have cost: CPU seconds a second, and how soon each hold was heard."""

    cpu: float
    latencies_s: list[float]


@dataclass(slots=True)
class _Street:
    """The two households' daemons, and what of their latencies is known so far."""

    stage: Stage
    one: Process
    many: Process
    one_s: list[float] = field(default_factory=list)
    many_s: list[float] = field(default_factory=list)


async def trained(stage: Stage, daemon: Process, watches: tuple[int, ...]) -> Trained:
    """Let these train for a while, and look."""
    stage.order(Wear(watches=watches, gap_s=GAP_S, hold_s=HOLD_S))
    await asyncio.sleep(SETTLING_S)
    began_s, spent_s = asyncio.get_running_loop().time(), cpu_s(daemon.pid)
    await asyncio.sleep(LOOK_S)
    ended_s, spent_s = asyncio.get_running_loop().time(), cpu_s(daemon.pid) - spent_s
    stage.order(Rest(watches=watches))
    await asyncio.sleep(LAST_S)
    # Whoever is told to rest stops at once, all of them together: those holds are no part of it.
    return Trained(spent_s / (ended_s - began_s), hold_latencies_s(stage, since_s=began_s, until_s=ended_s))


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    with opened(_street(place)) as (street, runner):
        both = alternately(lambda: runner.run(_one(street)), lambda: runner.run(_many(street)))

        def once() -> Mapping[str, float]:
            one, many = both()
            return {
                "ratio": many / (MANY * one),
                "cpu": many * 100,
                "latency": p99(street.many_s) / p99(street.one_s),
                "p99_ms": p99(street.many_s) * 1000,
                "one_p99_ms": p99(street.one_s) * 1000,
            }

        yield once


@asynccontextmanager
async def _street(place: Path) -> AsyncIterator[_Street]:
    async with (
        on_stage(place, {"one": 1, "many": MANY}, topics=(HOLDS_HEARD,)) as stage,
        stage.daemon("one") as one,
        stage.daemon("many") as many,
    ):
        yield _Street(stage, one, many)


async def _one(street: _Street) -> float:
    stage, watches = street.stage, street.stage.households["one"].watches
    seen = await trained(stage, street.one, watches)
    began_s = asyncio.get_running_loop().time()
    stage.order(Wear(watches=watches, gap_s=HASTE_S, hold_s=HASTE_S, answer_s=HASTE_S[0]))
    await asyncio.sleep(HASTE_LASTS_S)
    stage.order(Rest(watches=watches))
    await asyncio.sleep(LAST_S)
    street.one_s += hold_latencies_s(stage, since_s=began_s)
    return seen.cpu


async def _many(street: _Street) -> float:
    seen = await trained(street.stage, street.many, street.stage.households["many"].watches)
    street.many_s += seen.latencies_s
    return seen.cpu


FLEET = Figure(
    name="fleet",
    says="CPU of 100 watches in session ÷ 100 × CPU of one; p99 live latency at 100 ÷ at 1",
    parts=(
        Part("ratio", "×", "CPU ÷ 100 × one watch's", at_most(1.1)),
        Part("latency", "×", "p99 latency ÷ one watch's", at_most(3)),
        Part("cpu", "%", "of a core, 100 watches"),
        Part("p99_ms", "ms", "p99 latency, 100 watches"),
        Part("one_p99_ms", "ms", "p99 latency, one watch"),
    ),
    rounds=2,
    prepared=_prepared,
    cause="events of a hundred watches take turns on one loop and one journal; one watch alone takes too"
    " little to divide by closely",
)
