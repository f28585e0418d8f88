"""`cue_precision` and `cue_lateness`: when the motor goes on, and when is written what is written just in
time, while the daemon has all hands full.

Rule: the truth is the watches': their process says when a motor went on, and when a hold began. What is sent
just in time is given the daemon's own deadlines, the best that a host can know, and goes out on its links.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.busy import DRIFT_PPM, Scene, busy
from tests.bench.figure import Figure, Part, Round, at_most
from tests.bench.figures.live import p99
from tests.bench.stage import opened, until
from tests.bench.wrists import ALERT_LEVEL, Dump, Felt, Report
from wearsync.coordinator.cues import ahead
from wearsync.model import Phase
from wearsync_simulators.watches.words import Pattern

__all__ = ["CUE_LATENESS", "CUE_PRECISION"]

# Five cues a hold each: two hundred in a round, enough for a p99.
WATCHES = 40
# More InfiniTime watches than one host ever leads; 120 cues in a round.
HOSTED = 24
TICKS_PER_S = 1000 * (1 + DRIFT_PPM / 1e6)
# Of a hold of 30 s, after its start (design of the hold profile).
OFFSETS_S = {
    Pattern.START: 0.0,
    Pattern.FORM: 10.0,
    Pattern.HALFWAY: 15.0,
    Pattern.LAST_THREE: 27.0,
    Pattern.DONE: 30.0,
}
KINDS = tuple(OFFSETS_S)
# What is later than this has expired.
EXPIRED_S = 2.5
# A clock that is read to the millisecond may be a bit early.
EARLY_S = 0.005
# A gap of three seconds, a hold of thirty, the spread, and a busy machine.
ROUND_DEADLINE_S = 50.0
LOOK_EVERY_S = 0.1
LAST_S = 0.7
SLEEP_S = 0.02
NEW_ALERT = "00002a46-0000-1000-8000-00805f9b34fb"


# --- anchored, just in time, reactive ---------------------------------------------------------------------


@contextmanager
def _precision(place: Path) -> Iterator[Round]:
    with opened(_just_in_time_beside(place)) as (scene, runner):
        holds = 0

        def once() -> Mapping[str, float]:
            nonlocal holds
            holds += 1
            runner.run(_hold(scene, holds))
            anchored, just_in_time, reactive = _errors_s(scene, holds)
            return {
                "ratio": p99(anchored) / p99(just_in_time),
                "ms": p99(anchored) * 1000,
                "just_in_time_ms": p99(just_in_time) * 1000,
                "reactive_ms": p99(reactive) * 1000,
            }

        yield once


@asynccontextmanager
async def _just_in_time_beside(place: Path) -> AsyncIterator[Scene]:
    async with busy(place, watches=WATCHES, infinitime=False) as scene, asyncio.TaskGroup() as group:
        hosts = [group.create_task(_just_in_time(scene, number)) for number in range(WATCHES)]
        yield scene
        for host in hosts:
            host.cancel()


async def _just_in_time(scene: Scene, number: int) -> None:
    """What a host does that times its cues itself: at each deadline, a bare write on the watch's link."""
    loop, known, sending = asyncio.get_running_loop(), set[int](), set[asyncio.Task[None]]()
    link = scene.links[scene.address(number)]
    level = link.services.get_characteristic(ALERT_LEVEL) if link.services else None
    assert level is not None

    def write(value: int) -> None:
        if link.is_connected:
            data = value.to_bytes(2, "little")
            sending.add(asyncio.create_task(link.write_gatt_char(level, data, response=False)))

    while True:
        state = scene.task(number).state
        if state.phase is Phase.GAP and state.session is not None and state.session.step not in known:
            known.add(step := state.session.step)
            for kind, planned in enumerate(ahead(state)):
                loop.call_at(scene.seconds(planned.due_ms), write, step << 8 | kind)
        await asyncio.sleep(LOOK_EVERY_S)


async def _hold(scene: Scene, holds: int) -> None:
    """Until so many holds of all watches are over, and the reports are here."""
    if holds == 1:
        await scene.begin()
    stage, watches = scene.stage, range(scene.watches)
    await until(lambda: len(stage.said("stopped")) >= holds * scene.watches, ROUND_DEADLINE_S)
    await asyncio.sleep(LAST_S)
    before = len(stage.said("pulses"))
    stage.order(Dump(watches=tuple(watches)))
    await until(lambda: len(stage.said("pulses")) >= before + scene.watches)


def _errors_s(scene: Scene, holds: int) -> tuple[list[float], list[float], list[float]]:
    """Of the last hold of each watch: how far the motor was off, anchored; just in time; after the end."""
    anchored, just_in_time, reactive = list[float](), list[float](), list[float]()
    alerts, starts, stops = (scene.stage.said(what) for what in ("alert", "started", "stopped"))
    for dump in scene.stage.said("pulses")[-scene.watches :]:
        start = _of(starts, dump.watch)[holds - 1]
        stop = _of(stops, dump.watch)[holds - 1]
        pulses = _first_pulses(dump.pulses, after=start.tick)
        for kind, offset_s in OFFSETS_S.items():
            due = start.tick + offset_s * TICKS_PER_S
            felt = next((each for each in pulses if each.pattern == kind), None)
            # In true time: the watch counts its own thirty seconds, which are 3 ms shorter.
            anchored.append(EXPIRED_S if felt is None else abs(felt.tick - due) / TICKS_PER_S)
        began_s = pulses[0].on_s - (pulses[0].tick - start.tick) / TICKS_PER_S
        for alert in _of(alerts, dump.watch):
            if alert.seq >> 8 == start.step:
                just_in_time.append(abs(alert.at_s - began_s - OFFSETS_S[KINDS[alert.seq & 0xFF]]))
        reactive += [each.on_s - stop.at_s for each in pulses if each.pattern == Pattern.SWITCH]
    return anchored, just_in_time, reactive


def _of(reports: list[Report], watch: int) -> list[Report]:
    return [report for report in reports if report.watch == watch]


def _first_pulses(pulses: tuple[Felt, ...], *, after: int) -> list[Felt]:
    """The first of each cue's, from that tick on."""
    first: dict[int | None, Felt] = {}
    for pulse in pulses:
        if pulse.tick >= after:
            first.setdefault(pulse.cue, pulse)
    return list(first.values())


# --- what is written just in time -------------------------------------------------------------------------


@dataclass(slots=True)
class _Beside:
    """The scene, and how late the sleeps beside it were."""

    scene: Scene
    slept_s: list[float] = field(default_factory=list)
    # By watch and step: when its cues are due, on the loop's clock.
    due_s: dict[tuple[int, int], list[float]] = field(default_factory=dict)


@contextmanager
def _lateness(place: Path) -> Iterator[Round]:
    with opened(_sleep_beside(place)) as (beside, runner):
        holds = 0

        def once() -> Mapping[str, float]:
            nonlocal holds
            holds += 1
            beside.slept_s.clear()
            late_s = runner.run(_led(beside, holds))
            return {
                "ratio": p99(late_s) / p99(beside.slept_s),
                "ms": p99(late_s) * 1000,
                "sleep_ms": p99(beside.slept_s) * 1000,
            }

        yield once


@asynccontextmanager
async def _sleep_beside(place: Path) -> AsyncIterator[_Beside]:
    async with busy(place, watches=HOSTED, infinitime=True) as scene, asyncio.TaskGroup() as group:
        beside = _Beside(scene)
        helpers = (group.create_task(_sleep(beside)), group.create_task(_look(beside)))
        yield beside
        for helper in helpers:
            helper.cancel()


async def _sleep(beside: _Beside) -> None:
    """A bare `asyncio.sleep`, again and again, in the same loop."""
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + SLEEP_S
        await asyncio.sleep(SLEEP_S)
        beside.slept_s.append(loop.time() - due_s)


async def _look(beside: _Beside) -> None:
    """When the cues of each hold are due, from the daemon's own plan."""
    while True:
        for number in range(HOSTED):
            state = beside.scene.task(number).state
            if state.phase is Phase.HOLD and state.session is not None:
                due_s = [beside.scene.seconds(planned.due_ms) for planned in ahead(state)]
                beside.due_s.setdefault((number, state.session.step), due_s)
        await asyncio.sleep(LOOK_EVERY_S)


async def _led(beside: _Beside, holds: int) -> list[float]:
    """How late each cue of the last hold was written."""
    scene = beside.scene
    if holds == 1:
        await scene.begin()
    await until(lambda: len(beside.due_s) >= holds * HOSTED, ROUND_DEADLINE_S)
    last = [(number, dues_s) for (number, step), dues_s in beside.due_s.items() if step == holds - 1]
    ends_s = max(dues_s[-1] for _, dues_s in last)
    await asyncio.sleep(ends_s + LAST_S - asyncio.get_running_loop().time())
    return [
        min(
            (
                max(0.0, each.at_s - due_s)
                for each in scene.written
                if (each.address, each.uuid) == (scene.address(number), NEW_ALERT)
                and -EARLY_S < each.at_s - due_s < EXPIRED_S
            ),
            default=EXPIRED_S,
        )
        for number, dues_s in last
        for due_s in dues_s
    ]


CUE_PRECISION = Figure(
    name="cue_precision",
    says="p99 of |motor on − (hold's start + offset)|: anchored cues ÷ cues sent just in time",
    parts=(
        Part("ratio", "×", "anchored ÷ just in time", at_most(0.1)),
        Part("ms", "ms", "anchored, p99", at_most(10)),
        Part("just_in_time_ms", "ms", "just in time, p99"),
        Part("reactive_ms", "ms", "after a hold's end, p99"),
    ),
    rounds=1,
    prepared=_precision,
)
CUE_LATENESS = Figure(
    name="cue_lateness",
    says="p99 of deadline → GATT write issued ÷ p99 of a bare asyncio.sleep beside it",
    parts=(
        Part("ratio", "×", "÷ a sleep's lateness", at_most(2)),
        Part("ms", "ms", "deadline → write, p99"),
        Part("sleep_ms", "ms", "the sleep's lateness, p99"),
    ),
    rounds=1,
    prepared=_lateness,
    cause="after the sleep come the daemon's turn, the driver and bleak, each behind what the loop is doing",
)
