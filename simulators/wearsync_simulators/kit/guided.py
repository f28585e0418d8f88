"""The same stories with a watch that somebody wears: `check --radio SPEC --watch NAME`. The person is told
what to do, and has so long for each thing.

Rule: the person's own state is only read: journal and keys are copies in a directory that is gone at the end,
and nothing is published. The daemon of that state directory must not run: a watch has one host.
"""

import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from wearsync import families
from wearsync.config import Settings, WatchSettings
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.keys import KEY_BYTES, KeyStore
from wearsync.daemon.supervise import machine_time
from wearsync.errors import StorageError, WearsyncError
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Radio
from wearsync_simulators.kit.checks import violations
from wearsync_simulators.kit.faults import PLAIN
from wearsync_simulators.kit.play import Result, judged, told
from wearsync_simulators.kit.stage import Stage, Unmet
from wearsync_simulators.kit.stories import Story
from wearsync_simulators.kit.tap import Tap, TappedRadio
from wearsync_simulators.kit.virtual import NoBroker, daemon_runs, foreign_key
from wearsync_simulators.world.log import WorldLog

__all__ = ["guide"]


async def guide(
    stories: Iterable[Story],
    *,
    settings: Settings,
    watch: WatchSettings,
    radio: Radio,
    prompt: Callable[[str], None],
    patience_s: float,
    wall: Callable[[], float] = time.time,
    host_s: Callable[[], float] | None = None,
) -> AsyncIterator[Result]:
    """One story after the other with that watch. `patience_s`: how long it waits for each thing that is asked
    of the person; `host_s`: seconds that never step back, None: the machine's.
    """
    driver = families.named(watch.driver)
    settings = replace(settings, watches=(watch,))
    for story in stories:
        missing = story.missing(driver.capabilities)
        reason = "only with a simulated watch" if story.simulated else f"no {missing}"
        if story.simulated or missing is not None:
            yield Result(driver.name, story.name, "plain", "not applicable", reason)
            continue
        prompt(f"{story.name}: {story.title}")
        log = WorldLog()
        with tempfile.TemporaryDirectory(prefix="wearsync-kit-") as directory, log.taken():
            async with _on_stage(
                settings,
                Path(directory),
                radio=radio,
                strange=story.foreign_key,
                prompt=prompt,
                patience_s=patience_s,
                wall=wall,
                host_s=host_s or machine_time(),
            ) as stage:
                outcome = told(stage, await _played(stage, story))
        yield judged(driver.name, story.name, PLAIN, outcome, log)


@asynccontextmanager
async def _on_stage(
    settings: Settings,
    directory: Path,
    *,
    radio: Radio,
    strange: bool,
    prompt: Callable[[str], None],
    patience_s: float,
    wall: Callable[[], float],
    host_s: Callable[[], float],
) -> AsyncIterator[Stage]:
    [watch] = settings.watches
    driver, tap = families.named(watch.driver), Tap()
    async with AsyncExitStack() as stack:
        path = directory / "journal.sqlite"
        await _copy_journal(settings.paths.journal, path)
        journal = await stack.enter_async_context(
            await SqliteJournal.open(path, inline=True, wall=wall, ballast_bytes=0)
        )
        clock = HostClock(loop_time=host_s, wall=wall, resume=await journal.host_time())
        keys = _copied_keys(settings.paths.keys, directory / "keys.json")
        if strange:
            foreign_key(keys, secrets.token_bytes(KEY_BYTES), clock)
        daemon = Daemon(
            settings=settings,
            radio=TappedRadio(radio, tap),
            publisher=NoBroker(),
            journal=journal,
            clock=clock,
            keys=keys,
            entropy=secrets.token_bytes,
            chance=Random().random,
        )
        running = await stack.enter_async_context(daemon_runs(daemon))
        stage = Stage(
            driver=driver,
            daemon=daemon,
            running=running,
            journal_path=path,
            tap=tap,
            inside=None,
            prompt=prompt,
            patience_s=patience_s,
        )
        if not strange:
            await _met(stage)
        stage.begin()
        yield stage


async def _met(stage: Stage) -> None:
    """What the watch has from before comes first. A visit may be over before it is looked at."""
    try:
        await stage.until(
            "the watch is near", lambda: stage.task.state.live or stage.task.link.state == "idle"
        )
    except Unmet:
        return  # the story will say so
    await stage.settled()


async def _played(stage: Stage, story: Story) -> str:
    """Why it failed; "" if it did not."""
    try:
        await story.play(stage)
    except (Unmet, WearsyncError) as error:
        return str(error)
    return next(violations(stage), "")


async def _copy_journal(journal: Path, copy: Path) -> None:
    """So that only what is new comes over, and a session that is open is known."""
    if _is_there(journal):
        async with await SqliteJournal.open_readonly(journal) as original:
            await original.backup(copy)


def _is_there(path: Path) -> bool:
    return path.exists()


def _copied_keys(keys: Path, copy: Path) -> KeyStore:
    try:
        if keys.exists():
            shutil.copy(keys, copy)
    except OSError as error:
        raise StorageError(f"{keys} can't be copied ({error.strerror}): check its owner and mode") from error
    return KeyStore(copy)
