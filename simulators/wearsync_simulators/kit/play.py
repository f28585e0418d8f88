"""Plays stories, plain and under faults, and says what came of each.

Rule: a driver under test may do anything: what it raises, and what the daemon has to log as an error because
of it, is a failure of that story, with the last of what passed over the link.
"""

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wearsync.drivers.base import Driver
from wearsync.errors import WearsyncError
from wearsync.model import Phase
from wearsync_simulators.kit.busy import has_busy_watch
from wearsync_simulators.kit.checks import violations
from wearsync_simulators.kit.faults import PLAIN, Fault, FaultKind
from wearsync_simulators.kit.lines import told_lines
from wearsync_simulators.kit.stage import Stage, Unmet
from wearsync_simulators.kit.stories import STORIES, Story, whole_session
from wearsync_simulators.kit.virtual import Scene, on_virtual_stage
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.view import Press
from wearsync_simulators.world.log import WorldLog
from wearsync_simulators.world.loop import run_jumping

__all__ = ["Outcome", "Result", "Verdict", "judged", "play", "play_all", "rounds_of", "told"]

Verdict = Literal["pass", "fail", "not applicable"]

# Stories that something goes wrong in; the others begin like one of them.
FAULTY_STORIES = ("session", "early-stop", "run-alone")
# Where in a story's operations a fault strikes, of all that a plain run has: early, in the middle, late.
CUTS_AT, REBOOTS_AT, SILENT_AT = (0.15, 0.5, 0.85), (0.3, 0.7), (0.25, 0.6)
# After a fault: a session whose watch never came back is set aside after some hours.
QUIETS_DOWN_S = 12 * 3600.0
# Of what passed, shown with a failure: a gap with its cues, and the hold after it.
LINES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one story under one fault. `reason`: why it failed, or what capability is missing;
    `lines`: the last of what passed over the link, of a failure; `operations`: how many there were.
    """

    driver: str
    story: str
    fault: str
    verdict: Verdict
    reason: str = ""
    lines: tuple[str, ...] = ()
    operations: int = 0


def play_all(
    driver: Driver, stories: Iterable[Story] = STORIES, *, seed: int = 1, quick: bool = False
) -> Iterator[Result]:
    """Each story plain, then those that faults can strike under each of them; `quick`: only the first one."""
    for story in stories:
        plain = play(driver, story, seed=seed)
        yield plain
        if plain.verdict == "pass" and story.name in FAULTY_STORIES:
            if quick and story.name != FAULTY_STORIES[0]:
                continue
            for fault in rounds_of(plain.operations, quick=quick):
                yield play(driver, story, seed=seed, fault=fault)


def rounds_of(operations: int, *, quick: bool = False) -> tuple[Fault, ...]:
    """The faults for a story that has so many operations when all goes well; `quick`: one of each kind."""
    places = ((FaultKind.CUT, CUTS_AT), (FaultKind.REBOOT, REBOOTS_AT), (FaultKind.SILENT, SILENT_AT))
    return (
        *(
            Fault(kind, max(1, round(share * operations)))
            for kind, shares in places
            for share in (shares[-1:] if quick else shares)
        ),
        Fault(FaultKind.SLOW),
    )


def play(driver: Driver, story: Story, *, seed: int = 1, fault: Fault = PLAIN) -> Result:
    """One story in virtual time, in less than a second of real time as a rule."""
    missing = story.missing(driver.capabilities)
    if story.busy and not has_busy_watch(driver.name):
        missing = "flow control"
    if missing is not None:
        return Result(driver.name, story.name, str(fault), "not applicable", f"no {missing}")
    scene = Scene(driver, seed, fault, story.busy, story.drift_ppm, story.foreign_key)
    log = WorldLog()
    with tempfile.TemporaryDirectory(prefix="wearsync-kit-") as directory, log.taken(), _hushed("bumble"):
        outcome = run_jumping(lambda: _staged(scene, story, Path(directory)))
    return judged(driver.name, story.name, fault, outcome, log)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a story came to. `reason`: why it failed, "" if it did not; `lines`: the last that passed."""

    reason: str
    lines: tuple[str, ...] = ()
    operations: int = 0


def judged(driver: str, story: str, fault: Fault, outcome: Outcome, log: WorldLog) -> Result:
    """The result; what the daemon has logged as an error is a failure, too, and a defect the reason for all
    that followed.
    """
    defect = next((f"a defect: {text.splitlines()[-1]}" for text in log.defects), "")
    logged = next((f"the daemon logged: {line}" for line in log.lines if line.startswith("ERROR")), "")
    reason = defect or outcome.reason or logged
    return Result(
        driver=driver,
        story=story,
        fault=str(fault),
        verdict="fail" if reason else "pass",
        reason=reason,
        lines=outcome.lines if reason else (),
        operations=outcome.operations,
    )


def told(stage: Stage, reason: str) -> Outcome:
    """The outcome of what was played on that stage."""
    lines = told_lines(stage.tap.operations, stage.began_s)[-LINES_SHOWN:]
    return Outcome(reason, tuple(lines), stage.tap.count)


@contextmanager
def _hushed(library: str) -> Iterator[None]:
    """It warns of links that it lost: here they are lost on purpose."""
    logger = logging.getLogger(library)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


async def _staged(scene: Scene, story: Story, directory: Path) -> Outcome:
    stage: Stage | None = None
    try:
        async with on_virtual_stage(scene, directory) as stage:
            reason = await (_plain if scene.fault.kind in (None, FaultKind.SLOW) else _struck)(stage, story)
    except WearsyncError as error:
        reason = f"the stage could not be set: {error}"
    except Exception as error:  # noqa: BLE001  # a driver's code: whatever it raises, it has failed
        reason = f"{type(error).__name__}: {error}"
    return Outcome(reason) if stage is None else told(stage, reason)


async def _plain(stage: Stage, story: Story) -> str:
    """As the story has it; slow or not."""
    try:
        await story.play(stage)
    except Unmet as unmet:
        return str(unmet)
    return next(violations(stage), "")


async def _struck(stage: Stage, story: Story) -> str:
    """What the story expects need not come; but nothing is lost or invented, and the next session whole."""
    with suppress(Unmet):  # it was struck
        await story.play(stage)
    try:
        await _calm(stage)
        found = next(violations(stage), "")
        if not found:
            stage.begin()
            await whole_session(stage)
    except Unmet as unmet:
        return f"after the fault: {unmet}"
    return found or next(violations(stage), "")


async def _calm(stage: Stage) -> None:
    """All is well again, and what was begun comes to its end."""
    inside = stage.inside
    assert inside is not None, "faults are for simulated watches"
    stage.tap.mischief = None
    inside.actor.absent, inside.actor.answer = False, Press.ANSWER_DONE
    await stage.until("the watch is on again", lambda: inside.watch.is_on)
    await inside.watch.set_in_range(True)
    inside.watch.motor(MotorState.WORKS)
    await stage.until("the session comes to its end", lambda: stage.phase is Phase.IDLE, QUIETS_DOWN_S)
    await stage.connected()
    await stage.settled()
