"""A run: set up, burn, heal, drain, compare.

Rule: whatever happens, no process and no file of it outlives it, but what was asked to be kept.
"""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from wearsync.model import Verb
from wearsync.publish.payloads import SummaryPayload
from wearsync_simulators.torture.evidence import read_flash, read_host_journal
from wearsync_simulators.torture.stage import Stage
from wearsync_simulators.torture.strikes import KILLS, Fire
from wearsync_simulators.torture.user import Caller, command, status, use
from wearsync_simulators.torture.verdict import Evidence, Verdict, judge
from wearsync_simulators.watches.records import CueAck, read_record

__all__ = ["Result", "Wish", "run", "tracebacks"]

# "When faults stop, all is drained within 60 s + transfer time": connecting, and a session that is ended.
DRAIN_DEADLINE_S = 60.0 + 30.0
POLL_S = 0.5
# What the product promises for SIGTERM.
END_DEADLINE_S = 5.0
# With what a process may end by itself. A watch that starts where no air is says 69, a daemon that starts
# while its configuration is of no use 78.
EXITS_EXPLAINED = {"watch": (69,), "daemon": (74, 75, 78)}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. `keep`: where logs and journals go at the end, None: nowhere."""

    minutes: float
    seed: int
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`wrong`: what else is not as it must be, one line each; `exits`: codes of processes that ended
    unasked.
    """

    wish: Wish
    verdict: Verdict
    faults: dict[str, int]
    full_by: str
    drained_s: float
    exits: dict[str, list[int]]
    wrong: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing twice, and all came to rest in time."""
        return not (self.verdict.lost or self.verdict.doubled or self.wrong)

    def told(self) -> str:
        """For people: what is wrong, then the last line."""
        verdict = self.verdict
        lines = [f"lost: {each}" for each in verdict.lost] + [f"doubled: {each}" for each in verdict.doubled]
        return "\n".join([*lines, *(f"wrong: {each}" for each in self.wrong), self.json_text()])

    def json_text(self) -> str:
        """The last line, for programs."""
        faults: dict[str, object] = dict(self.faults)
        if "full disk" in self.faults:
            faults["full disk"] = {"times": self.faults["full disk"], "by": self.full_by}
        return json.dumps(
            {
                "lost": len(self.verdict.lost),
                "doubled": len(self.verdict.doubled),
                "kills": sum(count for name, count in self.faults.items() if name in KILLS),
                "faults": faults,
                "sessions": self.verdict.sessions,
                "holds": self.verdict.holds,
                "duplicates": self.verdict.duplicates,
                "drained_s": round(self.drained_s, 1),
                "exits": self.exits,
                "wrong": self.wrong,
                "seed": self.wish.seed,
                "minutes": self.wish.minutes,
            }
        )


def tracebacks(said: str) -> Iterator[str]:
    """The entries of a log that hold one, by their first line and their last; the debug log may."""
    for entry in re.split(r"(?m)^(?=\d{4}-\d\d-\d\d )", said):
        lines = entry.splitlines()
        if "Traceback" in entry and " DEBUG " not in lines[0]:
            yield f"{lines[0]} … {lines[-1]}"


async def run(wish: Wish, say: Callable[[str], None]) -> Result:
    """One run; `say` is told how it goes. Raises `WearsyncError` when it can't be set up, `CancelledError`
    when it is asked to end: then all has been cleared away.
    """
    with _directory() as directory:
        stage = Stage(directory, Random(f"{wish.seed}:stage"))
        try:
            say(f"seed {wish.seed}: starting all, and pairing; the disk is full by: {stage.disk.by}")
            await stage.open()
            return await _torture(stage, wish, say)
        finally:
            await stage.close(keep=wish.keep)


async def _torture(stage: Stage, wish: Wish, say: Callable[[str], None]) -> Result:
    own_cues = _cues(stage)
    caller = Caller(stage)
    fire = Fire(stage, Random(f"{wish.seed}:fire"), broker_lost=caller.broker_lost)
    async with _meanwhile(caller.run()):
        say(f"fire for {wish.minutes:g} min")
        async with _meanwhile(use(stage, Random(f"{wish.seed}:user"))):
            await fire.burn(wish.minutes * 60)
        say("all is mended; waiting for what is under way")
        began = time.monotonic()
        waits_for = await _drained(stage, caller, own_cues)
        drained_s = time.monotonic() - began
    ended = await _ended(stage)
    sides, wrong_sum = await _sides(stage)
    return Result(
        wish=wish,
        verdict=judge(_evidence(stage, own_cues), read_host_journal(stage.journal, sides)),
        faults=dict(sorted(fire.counts.items())),
        full_by=stage.disk.by,
        drained_s=drained_s,
        exits={each.name: each.exits for each in stage.services if each.exits},
        wrong=(
            *(f"not drained in {drained_s:.0f} s: {each}" for each in waits_for),
            *ended,
            *wrong_sum,
            *_defects(stage),
        ),
    )


async def _drained(stage: Stage, caller: Caller, own_cues: frozenset[int]) -> tuple[str, ...]:
    """Wait until all has come to rest, and leave the watch frozen there; what was still awaited at the
    deadline.
    """
    began = time.monotonic()
    while waits_for := await _awaited(stage, caller, own_cues):
        if time.monotonic() - began > DRAIN_DEADLINE_S:
            break
        stage.watch.thaw()
        await asyncio.sleep(POLL_S)
    return waits_for


async def _awaited(stage: Stage, caller: Caller, own_cues: frozenset[int]) -> tuple[str, ...]:
    """What has not come to rest yet. When nothing seems to be awaited, the watch is frozen for a closer
    look.
    """
    now = await status(stage)
    if now is None:
        return ("the daemon does not answer",)
    [watch] = now.watches
    if watch.phase != "idle":
        await command(stage, Verb.STOP)
    faults = {
        f"the watch is {watch.link}": watch.link != "connected",
        f"the session is in phase {watch.phase}": watch.phase != "idle",
        f"the broker is {now.broker}": now.broker != "connected",
        f"{now.outbox} events are in the outbox": now.outbox > 0,
        "nobody could call for what the broker has lost": caller.owes,
        "the subscriber is not connected": not await stage.subscriber.has_all(POLL_S),
    }
    if any(faults.values()):
        return tuple(what for what, is_so in faults.items() if is_so)
    stage.watch.freeze()
    lost = judge(_evidence(stage, own_cues), read_host_journal(stage.journal, {})).lost
    return (f"{len(lost)} that the watch or the host tells of have not come",) if lost else ()


async def _ended(stage: Stage) -> Iterable[str]:
    """End the daemon in order; what is wrong with how it ends."""
    began = time.monotonic()
    code = await stage.daemon.stop()
    took_s = time.monotonic() - began
    if code == 0 and took_s < END_DEADLINE_S:
        return ()
    return (f"the daemon, asked to end, took {took_s:.1f} s and gave {code}",)


async def _sides(stage: Stage) -> tuple[Mapping[str, tuple[int, float]], Iterable[str]]:
    """Holds and seconds of each side, as `wearsync today` adds them up; what is wrong with its answer.

    A run over midnight has two days, of which the last is shown: then nothing is compared.
    """
    code, said = await stage.wearsync("today", "--json")
    if code != 0:
        return {}, (f"wearsync today ended with {code}: {said}",)
    summary = SummaryPayload.model_validate_json(said)
    if sum(day.left_s + day.right_s > 0 for day in summary.days) > 1:
        return {}, ()
    left, right = summary.today.left, summary.today.right
    return {"left": (left.holds, left.seconds), "right": (right.holds, right.seconds)}, ()


def _evidence(stage: Stage, own_cues: frozenset[int]) -> Evidence:
    journal_id, raw = read_flash(stage.flash)
    return Evidence(
        watch_id=stage.watch_id,
        journal_id=journal_id,
        records=[read_record(each) for each in raw.values()],
        raw=raw,
        own_cues=own_cues,
        events=stage.subscriber.events,
    )


def _cues(stage: Stage) -> frozenset[int]:
    """The cues that the watch has answered so far."""
    bodies = [read_record(raw).body for raw in read_flash(stage.flash)[1].values()]
    return frozenset(body.cue_id for body in bodies if isinstance(body, CueAck))


def _defects(stage: Stage) -> Iterator[str]:
    """Ends and words that no fault explains."""
    for service in stage.services:
        for code in service.exits:
            if code not in EXITS_EXPLAINED.get(service.name, ()):
                yield f"the {service.name} ended by itself, with {code}"
        yield from (f"the {service.name} said: {each}" for each in tracebacks(service.said))


@asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """While the block runs, this does too."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


@contextmanager
def _directory() -> Iterator[Path]:
    """One directory for everything, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="wt-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)
