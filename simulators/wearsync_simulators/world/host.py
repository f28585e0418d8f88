"""A computer of the world: its clock, its disk, and the daemon on it, life after life.

Rule: wired as `wearsync.daemon.supervise` does it, with the world's ports; the daemon is the product's own,
unchanged. A life ends by `kill -9`, by SIGTERM, or by a documented error; then a supervisor starts the next.
"""

import asyncio
import gc
import logging
import os
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Protocol, TypeVar

from wearsync.config import Settings
from wearsync.daemon.clock import HostClock
from wearsync.daemon.compose import Daemon
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.patient_radio import PatientRadio
from wearsync.errors import StorageError, WearsyncError
from wearsync.journal import mark, recovery
from wearsync.journal.backup import newest_first
from wearsync.journal.store import SqliteJournal
from wearsync.ports import Publisher, Radio
from wearsync_simulators.world.disk import Disk
from wearsync_simulators.world.faults import Fault, Faults
from wearsync_simulators.world.loop import Frost, in_frost
from wearsync_simulators.world.process import Dead, Process

__all__ = ["FAULTS", "Host", "Outside"]

Found = TypeVar("Found")

# SIGTERM: a service manager's patience (design of the daemon: 5 s).
STOP_S = 5.0
# What the next life waits for: a supervisor is quick, a person who plugs it in again is not.
RESTART_S = (1.0, 5.0, 30.0, 600.0)
# Points between two crashes are spread over orders of magnitude: some lives end in their first second.
POINTS_TO_CRASH = (1, 10, 100, 500, 2000, 8000)

# Small: a world has little room, and the real disk below it has much.
BALLAST_BYTES = 64 * 1024
# A disk has others to serve too: most calls are over at once, some take as long as a card that erases.
BUSY_SHARE = 0.1
BUSY_S = (0.001, 0.01, 0.05, 0.5)
# Of the crashes, those that are the computer's and not the daemon's alone.
POWER_CUT_SHARE = 0.15

# Of a card that wears out; more than one, or it may hit nothing that is in use. Whole pages: SQLite has no
# checksums, a bit that flips inside of a value is not found by anybody.
DAMAGED_PAGES = 3
PAGE_BYTES = 4096

FAULTS = (
    Fault("host.kill", "the daemon is killed between any two steps (kill -9, no memory)", (7, 8, 67, 107)),
    Fault("host.restart", "the daemon is stopped in order, in whatever state", (104,)),
    Fault("host.suspend", "the computer sleeps, for seconds to hours", (63,)),
    Fault("host.stopped", "the daemon is stopped (SIGSTOP) and goes on later", (63, 108)),
    Fault("host.blocked", "the event loop is blocked for three seconds", (66,)),
    Fault("host.clock_step", "the wall clock jumps, by seconds or years, and comes back", (57, 58)),
    Fault("host.wal_lost", "the journal's -wal file is lost: it is older than it was", (55, 76), rate=0.03),
    Fault("host.damaged", "pages of the journal's file are damaged", (75,), rate=0.03),
    Fault("host.restored", "a person puts back the backup of another day", (55,), rate=0.03),
    Fault("host.no_clock", "the computer boots in 1970, and learns the time later", (59,), rate=0.04),
)


class _BusyJournal(SqliteJournal):
    """The product's, on a thread that has other things to do, too: calls take time, one after the other."""

    busy: tuple[Random, asyncio.Lock] | None = None

    async def _call(self, work: Callable[[], Found]) -> Found:
        if self.busy is None:
            return await super()._call(work)
        chance, turn = self.busy
        async with turn:
            await _wait(chance)
            found = await super()._call(work)
            await _wait(chance)
            return found


async def _wait(chance: Random) -> None:
    if chance.random() < BUSY_SHARE:
        await asyncio.sleep(chance.choice(BUSY_S))


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a life ended that was not killed: what its `storage` said, or the traceback of a `defect`."""

    storage: str = ""
    defect: str = ""


def _how(serving: asyncio.Task[None]) -> _Ended:
    error = None if serving.cancelled() else serving.exception()
    if isinstance(error, StorageError):
        return _Ended(storage=str(error))
    return _Ended() if error is None else _Ended(defect="".join(traceback.format_exception(error))[-3000:])


class Outside(Protocol):
    """What the host reaches."""

    async def radio(self, process: Process) -> Radio:
        """An adapter for that process."""

    async def drop(self, process: Process) -> None:
        """That process has nothing on the air any more."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a host is made of. `settings()`: as in the file now; `wall()`: true Unix time, seconds;
    `opened()`: a life has its journal open; `went_back()`: the journal is older, or another one, than it was.
    """

    directory: Path
    settings: Callable[[], Settings]
    air: Outside
    publisher: Callable[[Process], Publisher]
    wall: Callable[[], float]
    zone: tzinfo
    note: Callable[[str], None]
    defect: Callable[[str], None]
    opened: Callable[[], None] = lambda: None
    went_back: Callable[[], None] = lambda: None


class Host:
    """One computer. `daemon`: the one that runs now, None between two lives; `restored`: its journal has been
    older, or another one, than it was.
    """

    def __init__(self, name: str, wiring: Wiring, faults: Faults) -> None:
        self.name = name
        self.faults = faults
        self.disk = Disk(faults=faults, root=wiring.directory)
        self.daemon: Daemon | None = None
        self.crashes = 0
        self.lives = 0
        self.clock_errors_s: set[float] = set()
        self.clock_error_s = 0.0
        self.restored = False
        self.between_lives: Callable[[], Awaitable[None]] | None = None
        self._wiring = wiring
        self._chance = faults.draw(f"{name}.crashes")
        self._points = 0
        self._ending = False
        self._stop = asyncio.Event()
        self._switched_on = asyncio.Event()
        self._frost = Frost()
        self._process: Process | None = None
        self._last_point = ""
        self._asked: set[asyncio.Task[object]] = set()

    @cached_property
    def journal_path(self) -> Path:
        """The journal's file; the configuration does not move it."""
        return self._wiring.settings().paths.journal

    @property
    def process(self) -> Process | None:
        """The life that runs now."""
        return self._process

    @property
    def ready(self) -> Daemon | None:
        """The daemon, if somebody can talk to it."""
        return None if self._frost.frozen or self._process is None or not self._process.alive else self.daemon

    @property
    def clock_error_s(self) -> float:
        """How far its clock is from the true time."""
        return self._clock_error_s

    @clock_error_s.setter
    def clock_error_s(self, error_s: float) -> None:
        self._clock_error_s = error_s
        self.clock_errors_s.add(error_s)

    def wall(self) -> float:
        """What the clock on this computer says, Unix seconds."""
        return self._wiring.wall() + self.clock_error_s

    async def live(self) -> None:
        """One life after the other, until `end`."""
        while not self._ending:
            began = asyncio.get_running_loop().time()
            await self._one_life()
            if self.between_lives is not None:
                await self.between_lives()
            if not self._ending:
                await self._pause(self._pause_s(asyncio.get_running_loop().time() - began))

    async def _pause(self, for_s: float) -> None:
        self._switched_on.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                await self._switched_on.wait()

    def switch_on(self) -> None:
        """Who waits for somebody to switch it on again, waits no longer."""
        self._switched_on.set()

    async def end(self) -> None:
        """Stop for good, in order."""
        self._ending = True
        self._stop.set()

    def restart(self) -> None:
        """SIGTERM; the supervisor starts it again."""
        self._stop.set()

    def kill(self) -> None:
        """kill -9, now."""
        if self._process is not None:
            self._process.kill()

    def spawn(self, work: Coroutine[object, object, object]) -> None:
        """Let the process do something that was asked of it; what becomes of it is its own affair."""
        task = asyncio.get_running_loop().create_task(work, context=in_frost(self._frost))
        self._asked.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[object]) -> None:
        self._asked.discard(task)
        if not task.cancelled():
            error = task.exception()
            if error is not None and not isinstance(error, WearsyncError | Dead):
                self._wiring.defect("".join(traceback.format_exception(error))[-3000:])

    async def freeze(self, for_s: float, *, asleep: bool) -> None:
        """Nothing of the process runs for so long; `asleep`: the adapter sleeps too."""
        frost, process = self._frost, self._process
        frost.freeze()
        try:
            if asleep and process is not None:
                await self._wiring.air.drop(process)
            await asyncio.sleep(for_s)
        finally:
            frost.thaw()

    async def _one_life(self) -> None:
        loop = asyncio.get_running_loop()
        self.lives += 1
        dead = loop.create_future()

        def died() -> None:
            if not dead.done():
                dead.set_result(None)

        process = self._process = Process(f"{self.name}-{self.lives}", crashes=self._crashes, died=died)
        self._points = int(self._chance.choice(POINTS_TO_CRASH) * (1 + self._chance.random()))
        self._stop = asyncio.Event()
        self._frost = Frost()
        vfs = self.disk.mount(process)
        serving = loop.create_task(
            self._serve(process, vfs), name=process.name, context=in_frost(self._frost)
        )
        await asyncio.wait({serving, dead}, return_when=asyncio.FIRST_COMPLETED)
        killed = not process.alive
        process.kill()
        self._frost.thaw()
        for task in (serving, *self._asked):
            task.cancel()
        await asyncio.wait({serving, *self._asked})
        self.daemon = None
        await self._wiring.air.drop(process)
        ended = _how(serving)
        del serving, task
        self._let_go(vfs)
        self._post_mortem(ended, killed=killed)

    async def _serve(self, process: Process, vfs: str) -> None:
        settings = self._wiring.settings()
        loop = asyncio.get_running_loop()
        random = self.faults.draw(f"{self.name}.entropy")
        journal = await _BusyJournal.open(
            settings.paths.journal,
            inline=True,
            wall=self.wall,
            monotonic=loop.time,
            vfs=vfs,
            ballast_bytes=BALLAST_BYTES,
        )
        journal.busy = self.faults.draw(f"{self.name}.busy"), asyncio.Lock()
        self._wiring.opened()
        async with journal:
            clock = HostClock(
                loop_time=loop.time, wall=self.wall, zone=self._wiring.zone, resume=await journal.host_time()
            )
            radio = PatientRadio(lambda: self._wiring.air.radio(process))
            try:
                self.daemon = Daemon(
                    settings=settings,
                    radio=radio,
                    publisher=self._wiring.publisher(process),
                    journal=journal,
                    clock=clock,
                    keys=KeyStore(settings.paths.keys),
                    entropy=random.randbytes,
                    chance=self.faults.draw(f"{self.name}.chance").random,
                )
                await self.daemon.run(self._stop)
            finally:
                with suppress(WearsyncError):
                    await radio.close()

    def _crashes(self, where: str) -> bool:
        self._points -= 1
        if self._points > 0 or not self.faults.on("host.kill"):
            return False
        self.faults.count("host.kill")
        self.crashes += 1
        self._last_point = where
        return True

    def _let_go(self, vfs: str) -> None:
        """The kernel closes what a process had open; here, a traceback may still hold a cursor."""
        try:
            self.disk.unmount(vfs)
        except OSError:
            gc.collect()
            self.disk.unmount(vfs)

    def _post_mortem(self, ended: _Ended, *, killed: bool) -> None:
        if killed:
            self._wiring.note(f"{self.name} killed at {self._last_point}")
            if self.faults.on("disk.power_cut") and self._chance.random() < POWER_CUT_SHARE:
                self.disk.cut_power()
        elif ended.storage:
            self._wiring.note(f"{self.name} ended: {ended.storage}")
            logging.getLogger("wearsync").error("ended reason=%s", ended.storage)
        elif ended.defect:
            self._wiring.defect(ended.defect)
        self._calamity()
        self.clock_error_s = -self._wiring.wall() if self.faults.strikes("host.no_clock") else 0.0

    def _calamity(self) -> None:
        """What may happen to the files of a daemon that does not run. A journal that took something in: else
        nobody could tell it from somebody else's file.
        """
        journal = self.journal_path
        backups = tuple(newest_first(self._wiring.settings().paths.backups))
        if backups and self.faults.strikes("host.restored"):
            self._goes_back()
            recovery.restore(journal, self._chance.choice(backups), unix_s=int(self.wall()))
        elif journal.with_name(f"{journal.name}-wal").exists() and self.faults.strikes("host.wal_lost"):
            self._goes_back()
            for suffix in ("-wal", "-shm"):
                journal.with_name(journal.name + suffix).unlink(missing_ok=True)
        elif mark.read(journal) is not None and self.faults.strikes("host.damaged"):
            self._goes_back()
            self._damage(journal)

    def _goes_back(self) -> None:
        self.restored = True
        self._wiring.went_back()

    def _damage(self, journal: Path) -> None:
        """A page or two of it, its header perhaps."""
        with journal.open("r+b") as file:
            pages = file.seek(0, os.SEEK_END) // PAGE_BYTES
            for _ in range(DAMAGED_PAGES):
                file.seek(PAGE_BYTES * self._chance.choice((0, self._chance.randrange(max(1, pages)))))
                file.write(self._chance.randbytes(PAGE_BYTES))

    def _pause_s(self, lasted_s: float) -> float:
        return 5.0 if self.faults.healed else self._chance.choice(RESTART_S) * (0.5 + self._chance.random())
