"""The world: hosts, wearers, watches and broker, some days of it, then the healing, and the reckoning.

Rule: nothing is asserted in here; the reckoning looks, while it runs and at its end. The trace is a hash over
all that anybody outside could have seen, in order and with its time.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from wearsync.config import Settings, load
from wearsync.control.calls import PairParams
from wearsync.daemon.clock import HostClock
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing import enrol
from wearsync.errors import StorageError
from wearsync.model import Command, Verb
from wearsync.publish.topics import slug
from wearsync_simulators.watches.memory import Memory
from wearsync_simulators.watches.records import CueAck, read_record
from wearsync_simulators.watches.view import Press
from wearsync_simulators.world import air, beliefs, broker, disk, host, wrist
from wearsync_simulators.world.air import FastAir, WorldAir
from wearsync_simulators.world.ble import BleAir
from wearsync_simulators.world.broker import WorldBroker
from wearsync_simulators.world.evidence import Violation
from wearsync_simulators.world.fate import Fate
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.host import Host, Wiring
from wearsync_simulators.world.kept import ack_before_commit
from wearsync_simulators.world.log import WorldLog
from wearsync_simulators.world.loop import run_jumping
from wearsync_simulators.world.people import ROUTINE
from wearsync_simulators.world.plan import Plan, Report
from wearsync_simulators.world.process import Dead, Process
from wearsync_simulators.world.reckoning import Reckoning
from wearsync_simulators.world.wrist import DAY_S, Wrist

__all__ = ["KNOWN", "Plan", "Report", "home_in", "run_world"]

KNOWN = (*host.FAULTS, *wrist.FAULTS, *air.FAULTS, *broker.FAULTS, *disk.FAULTS)
ZONE = ZoneInfo("Europe/Berlin")
# Midnights before which clocks are put forward or back, a year ends, or nothing special happens.
BEGINNINGS = (
    datetime(2026, 3, 27, tzinfo=ZONE),
    datetime(2026, 10, 22, tzinfo=ZONE),
    datetime(2026, 12, 28, tzinfo=ZONE),
    datetime(2026, 6, 1, tzinfo=ZONE),
)
# When all faults have ended, everything is drained in a minute, plus what the transfer takes …
DRAIN_S = 60.0
# … unless a watch had just been refused: it is looked for again after five minutes (connector).
REFUSED_S = 330.0
LOOK_EVERY_S = 1.0
# Who still misses events asks once more.
ASKED_EVERY_S = 60.0
# A clock that was put right shows in summaries when the day is looked at again (reporter: ten minutes).
SETTLE_S = 700.0
# What may never be is looked for so often: a look costs what twenty minutes of life do.
LOOKS_A_DAY = 4
# Of a directory's path, in letters: temporary ones have fewer, and a control socket has room below it.
PLACE_LENGTH = 72


def run_world(plan: Plan, directory: Path, *, told: Callable[[str], None] = lambda _line: None) -> Report:
    """Run it, in an empty directory. `told`: of each simulated day."""

    async def run() -> Report:
        return await _World(plan, directory, told).run()

    return run_jumping(run)


def home_in(directory: Path) -> Path:
    """Where the host of a world in that directory has its files: its path has one length, for it stands in
    what is stored, and that fills the disk.
    """
    return directory / ("w" * max(1, PLACE_LENGTH - len(str(directory)) - 1)) / "home"


class _World:
    """One run."""

    def __init__(self, plan: Plan, directory: Path, told: Callable[[str], None]) -> None:
        self._plan = plan
        self._home = home_in(directory)
        self._place = str(self._home.parent)
        self._told = told
        loop = asyncio.get_running_loop()
        names = tuple(fault.name for fault in KNOWN) if plan.faults is None else plan.faults
        self._faults = Faults(plan.seed, KNOWN, names)
        self._faults.heal()
        self._trace = hashlib.sha256()
        # In the order in which they were seen; each once.
        self._violations: dict[Violation, None] = {}
        self._broke_off_on_day: int | None = None
        self._log = WorldLog()
        self._began = BEGINNINGS[plan.seed % len(BEGINNINGS)].astimezone(UTC).timestamp()
        self._began_s = loop.time()
        self._broker = WorldBroker(faults=self._faults)
        self._air: WorldAir = (
            FastAir(faults=self._faults)
            if plan.radio == "fast"
            else BleAir(faults=self._faults, directory=directory / "air")
        )
        self._host = Host("home", self._wiring(), self._faults)
        self._fate = Fate(self._host, self._broker, note=self._note)
        self._wrists = tuple(self._wrist(number) for number in range(plan.watches))
        self._reckoning = Reckoning(
            host=self._host,
            broker=self._broker,
            wrists=self._wrists,
            log=self._log,
            keys=self._settings().paths.keys,
            wall=self._wall,
            zone=ZONE,
        )

    async def run(self) -> Report:
        """From the pairing to the reckoning."""
        asyncio.get_running_loop().set_exception_handler(self._unhandled)
        with self._log.taken():
            await self._pair()
            living = asyncio.create_task(self._host.live(), name="host")
            self._faults.begin()
            await self._days()
            self._faults.heal()
            if self._broke_off_on_day is None:
                if not await self._heal():
                    text = f"not drained {DRAIN_S + REFUSED_S:.0f} s after the healing"
                    self._violated(Violation("I8", text))
                await asyncio.sleep(SETTLE_S)
            else:
                self._host.kill()
            await self._host.end()
            await living
        return self._report()

    # --- the days -------------------------------------------------------------------------------------------

    async def _days(self) -> None:
        befalling = asyncio.gather(
            self._fate.run(), self._broker.run(), self._fate.resync_when_lost(), self._look_at_beliefs()
        )
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(each.live(self._plan.days), name=each.name) for each in self._wrists]
            group.create_task(self._look(lives))
        befalling.cancel()
        with suppress(asyncio.CancelledError):
            await befalling

    async def _look_at_beliefs(self) -> None:
        held = beliefs.Beliefs()
        while True:
            await asyncio.sleep(beliefs.LOOK_EVERY_S)
            self._violated(*held.judge(beliefs.look_at(self._host, self._wrists)))

    async def _look(self, lives: Sequence[asyncio.Task[None]]) -> None:
        """Tells of the days, and looks for what may never be; it breaks off when that is enough."""
        for number in range(1, self._plan.days * LOOKS_A_DAY + 1):
            await asyncio.sleep(DAY_S / LOOKS_A_DAY)
            self._violated(*self._reckoning.so_far())
            day = -(-number // LOOKS_A_DAY)
            if any(self._plan.ends_with(violation.invariant) for violation in self._violations):
                self._broke_off_on_day = day
                for each in lives:
                    each.cancel()
                return
            if number % LOOKS_A_DAY == 0:
                heard = len(self._broker.subscriber.heard)
                self._told(f"day {day}: {self._host.crashes} crashes, {heard} events")

    # --- the healing ----------------------------------------------------------------------------------------

    async def _heal(self) -> bool:
        """All is well again: whether everything is drained in time."""
        self._note("healed")
        self._host.clock_error_s = 0.0
        self._host.switch_on()
        self._broker.heal()
        for each in self._wrists:
            await each.calm()
        waited_s = 0.0
        asked_s: float | None = None
        # Rows that were refused are parked until somebody asks for them; once more, if the journal was put
        # back just then.
        while waited_s < REFUSED_S + DRAIN_S:
            await asyncio.sleep(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
            daemon = self._host.ready
            if daemon is None:
                continue
            if daemon.broker.connected and (asked_s is None or waited_s - asked_s >= ASKED_EVERY_S):
                asked_s = waited_s
                await self._fate.resync()
            with suppress(StorageError):  # of a journal that is being recovered
                if asked_s is not None and await self._drained():
                    return True
        return False

    async def _drained(self) -> bool:
        daemon = self._host.ready
        if daemon is None or set(daemon.watches) != {each.name for each in self._wrists}:
            return False
        depth = await daemon.journal.outbox_depth()
        if depth.waiting or depth.parked:
            return False
        for each in self._wrists:
            watch = each.watch
            position = await daemon.journal.position(
                watch.watch_id.hex(), watch.journal_id, watch.first_seq, watch.next_seq
            )
            if position.news != "known" or position.cursor != watch.next_seq:
                return False
        return True

    # --- how it is made -------------------------------------------------------------------------------------

    def _wall(self) -> float:
        return self._began + asyncio.get_running_loop().time() - self._began_s

    def _settings(self) -> Settings:
        return load(
            self._home / "config.toml",
            state_dir=self._home / "state",
            radio="world",
            broker="mqtt://127.0.0.1:1",
        )

    def _wiring(self) -> Wiring:
        (self._home / "state").mkdir(mode=0o700, parents=True)
        (self._home / "config.toml").write_text(f'site = "home"\nwearer = "you"\n{ROUTINE}', encoding="utf-8")
        return Wiring(
            directory=self._home / "state",
            settings=self._settings,
            air=self._air,
            publisher=self._broker.publisher,
            wall=self._wall,
            zone=ZONE,
            note=self._note,
            defect=lambda text: self._violated(Violation("I6", text)),
            opened=self._what_was_told_is_there,
            went_back=self._nothing_is_promised,
        )

    def _wrist(self, number: int) -> Wrist:
        return Wrist(
            name=f"Watch{number}",
            number=number,
            seed=self._plan.seed,
            faults=self._faults,
            wall=self._wall,
            remembers=self._remembers,
            command=self._command,
            move=self._air.set_in_range,
            power_on=self._air.add,
            note=self._note,
        )

    async def _pair(self) -> None:
        """As `wearsync pair` without a daemon, one watch after the other; nothing goes wrong yet."""
        process = Process("pairing", crashes=lambda _where: False, died=lambda: None)
        radio = await self._air.radio(process)
        random = self._faults.draw("pairing")
        for each in self._wrists:
            await self._air.add(each.watch)
            settings = self._settings()
            clock = HostClock(loop_time=asyncio.get_running_loop().time, wall=self._wall, zone=ZONE)
            await enrol.pair(
                PairParams(name=each.name, wearer=f"wearer {each.name}", yes=True),
                settings=settings,
                radio=radio,
                keys=KeyStore(settings.paths.keys),
                clock=clock,
                agent=_Agreeing(),
                entropy=random.randbytes,
            )
            each.own_cues = frozenset(_cues(each))
        await radio.close()
        process.kill()
        await self._air.drop(process)

    # --- what people and watches do -------------------------------------------------------------------------

    async def _command(self, name: str, verb: Verb, how: str) -> None:
        """Somebody wants something; who gets no answer at the terminal starts on the watch."""
        self._note(f"{how}: {verb.value} {name}")
        if how == "mqtt":
            self._broker.send(f"{slug(name)}/command", json.dumps({"command": verb.value}))
            return
        daemon = self._host.ready
        task = None if daemon is None else daemon.named(name)
        if daemon is None or task is None:
            if verb is Verb.START:
                next(each for each in self._wrists if each.name == name).press(Press.START)
            return
        self._host.spawn(daemon.commands.give(task, Command(verb), via="cli"))

    def _remembers(self, wrist: Wrist, memory: Memory) -> None:
        """The watch has moved a host's cursor: what it was told must be durable (I3)."""
        for known in memory.hosts:
            if known.cursor and wrist.acknowledged.get(known.journal_id) != known.cursor:
                wrist.acknowledged[known.journal_id] = known.cursor
                wrist.promised[known.journal_id] = known.cursor
                self._is_durable(wrist, known.journal_id, known.cursor)

    def _what_was_told_is_there(self) -> None:
        """A new life has its journal open: whatever ended the last one, what was acknowledged is in there."""
        for each in self._wrists:
            for journal_id, seq in each.promised.items():
                self._is_durable(each, journal_id, seq)

    def _is_durable(self, wrist: Wrist, journal_id: int, seq: int) -> None:
        violation = ack_before_commit(self._host.journal_path, wrist.watch.watch_id.hex(), journal_id, seq)
        if violation is not None:
            self._violated(violation)

    def _nothing_is_promised(self) -> None:
        self._reckoning.told_before = frozenset(self._broker.subscriber.seen)
        for each in self._wrists:
            each.promised.clear()

    def _violated(self, *found: Violation) -> None:
        self._violations.update(dict.fromkeys(found))

    def _unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """What the event loop would complain of: of a dead process it is nothing, else a defect."""
        error = context.get("exception")
        if not isinstance(error, Dead):
            self._violated(Violation("I6", f"{context.get('message')}: {error!r}"))

    def _report(self) -> Report:
        days = self._broke_off_on_day or self._plan.days
        if self._broke_off_on_day is None:
            self._violated(*self._reckoning.at_the_end(days=days))
        return Report(
            seed=self._plan.seed,
            days=days,
            sessions=len(self._reckoning.books.sessions),
            records=sum(len(each.written) for each in self._wrists),
            crashes=self._host.crashes,
            duplicates_absorbed=self._broker.subscriber.duplicates,
            faults=tuple((fault.name, self._faults.counts[fault.name]) for fault in KNOWN),
            violations=tuple(str(violation) for violation in self._violations),
            trace=self._trace.hexdigest(),
        )

    def _note(self, line: str) -> None:
        line = line.replace(self._place, "")  # it stands in messages, and is another one each time
        self._trace.update(f"{asyncio.get_running_loop().time():.6f} {line}\n".encode())


class _Agreeing:
    """Who sits at the computer while it is paired: the numbers are the same."""

    async def confirm_number(self, number: int) -> bool:
        return True

    async def passkey(self) -> int | None:
        return None

    async def confirm_just_works(self) -> bool:
        return True


def _cues(wrist: Wrist) -> list[int]:
    bodies = (read_record(written.raw).body for written in wrist.written)
    return [body.cue_id for body in bodies if isinstance(body, CueAck)]
