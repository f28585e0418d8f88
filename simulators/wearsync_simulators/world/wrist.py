"""One wearer and the watch on the wrist: the day's appointments are kept, and things befall the watch.

Rule: what the watch has ever written is noted as it writes it, for the checkers; nothing here looks into the
host.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random

from wearsync.model import Verb
from wearsync_simulators.watches.memory import Memory
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import read_record
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.watches.words import Reset
from wearsync_simulators.wearer import Deed as Hand
from wearsync_simulators.wearer import Diligent, Forgetful, Hasty, Wearer
from wearsync_simulators.world.faults import Fault, Faults
from wearsync_simulators.world.people import Appointment, Walk, day

__all__ = ["FAULTS", "Wrist", "Written"]

DAY_S = 24 * 3600.0
# A ring that holds weeks; and one that a long absence overwrites: a session is some 25 records.
RING = 4096
SMALL_RING = 120
# How long, and how often, it is waited for the moment that hurts.
LOOKS = 4000
LOOK_EVERY_S = 0.9
# A watch that is off is missed sooner or later.
OFF_S = (60.0, 3600.0, 20 * 3600.0)

FAULTS = (
    Fault("watch.range", "the watch is carried out of reach, often in the middle of a hold", (7, 9)),
    Fault("watch.reboot", "the watch restarts in mid-hold, between holds, or just after a buzz", (43,)),
    Fault("watch.dead_battery", "the watch is off for a while, and has lost the time", (43, 64)),
    Fault("watch.new_journal", "the watch begins a new journal (reset, flash rolled back)", (43, 53)),
    Fault("watch.bad_flash", "a record in the watch's flash is damaged", (51,)),
    Fault("watch.quiet", "the watch is in quiet mode, or its motor fails", ()),
    Fault("watch.laid_down", "the watch lies on its charger, nobody answers", ()),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A record as the watch wrote it; `unix_ms`: when it happened in truth, None: not noted."""

    journal_id: int
    seq: int
    raw: bytes
    unix_ms: int | None = None


class Changing:
    """A wearer with moods: diligent, hasty or forgetful from one face to the next."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._moods: tuple[Wearer, ...] = (
            Diligent(random),
            Diligent(random),
            Hasty(random),
            Forgetful(random),
        )
        self.away = False

    def sees(self, view: WatchView) -> Sequence[Hand]:
        """As the mood is; nothing while the watch lies on its charger."""
        if self.away and view.code is None:
            return []
        return self._random.choice(self._moods).sees(view)


class Wrist:
    """A watch and its wearer. `wall()`: true Unix time, seconds; `command(verb, how)`: somebody gives it a
    command; `move(in_range)`: in and out of reach; `power_on(watch)`: onto the air; `note`: for the trace.
    """

    def __init__(
        self,
        *,
        name: str,
        number: int,
        seed: int,
        faults: Faults,
        wall: Callable[[], float],
        remembers: Callable[["Wrist", Memory], None],
        command: Callable[[str, Verb, str], Awaitable[None]],
        move: Callable[[SimulatedWatch, bool], Awaitable[None]],
        power_on: Callable[[SimulatedWatch], Awaitable[None]],
        note: Callable[[str], None],
    ) -> None:
        self.name = name
        self.written: list[Written] = []
        # (journal_id, seq) of what has rotted in the flash; and what hosts have acknowledged, by journal_id.
        self.damaged: set[tuple[int, int]] = set()
        self.acknowledged: dict[int, int] = {}
        # The same, while the host's journal is the one that took them.
        self.promised: dict[int, int] = {}
        # Cues that no session asked for: the test buzz while pairing.
        self.own_cues: frozenset[int] = frozenset()
        self._faults = faults
        self._wall = wall
        self._booted_unix_s: dict[tuple[int, int], float] = {}
        self._random = faults.draw(f"wrist.{number}")
        self._fate = faults.draw(f"fate.{number}")
        self._command = command
        self._move = move
        self._power_on = power_on
        self._note = note
        self.wearer = Changing(faults.draw(f"wearer.{number}"))
        self._drift_ppm = 500.0 if number % 2 == 0 else -20.0
        self.ring = SMALL_RING if (seed + number) % 3 == 0 else RING
        self.watch = SimulatedWatch(
            name=name[:10],
            pairing=True,
            wearer=self.wearer,
            seed=seed * 1000 + number,
            drift_ppm=self._drift_ppm,
            flash_records=self.ring,
            on_record=self._wrote,
            on_memory=lambda memory: remembers(self, memory),
        )

    def _wrote(self, journal_id: int, raw: bytes) -> None:
        record = read_record(raw)
        # A boot's first record is of its first instant.
        booted_s = self._booted_unix_s.setdefault((journal_id, record.boot), self._wall())
        unix_ms = int((booted_s + record.tick / (1000.0 * (1.0 + self._drift_ppm / 1e6))) * 1000)
        self.written.append(Written(journal_id, record.seq, raw, unix_ms))
        self._note(f"{self.name} wrote {journal_id} {raw.hex()}")

    async def live(self, days: int) -> None:
        """So many days, from midnight to midnight."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for number in range(days):
            appointments, walks = day(self._random)
            async with asyncio.TaskGroup() as group:
                midnight_s = began_s + number * DAY_S
                for appointment in appointments:
                    group.create_task(self._keep(midnight_s, appointment))
                group.create_task(self._go(midnight_s, walks))
                group.create_task(self._befall(midnight_s))
                group.create_task(_until(midnight_s + DAY_S))

    async def calm(self) -> None:
        """All is well again: on, worn, in reach, its motor works."""
        if not self.watch.is_on:
            await self._power_on(self.watch)
        self.wearer.away = False
        self.watch.wear(worn=True)
        self.watch.motor(MotorState.WORKS)
        await self._move(self.watch, True)

    # --- appointments ---------------------------------------------------------------------------------------

    async def _keep(self, midnight_s: float, appointment: Appointment) -> None:
        await _until(midnight_s + appointment.at_s)
        if appointment.how == "watch":
            self.press(Press.START)
        else:
            await self._command(self.name, Verb.START, appointment.how)
        began_s = asyncio.get_running_loop().time()
        for deed in sorted(appointment.deeds, key=lambda deed: deed.after_s):
            await _until(began_s + deed.after_s)
            await self._command(self.name, deed.verb, deed.how)
            if self._random.random() < 0.3:
                self.press(self._random.choice((Press.SKIP, Press.BACK, Press.PAUSE, Press.EXTRA, Press.TAP)))

    def press(self, press: Press) -> None:
        """A hand on the watch, if it is on."""
        if self.watch.is_on:
            self.watch.press(press)

    async def _go(self, midnight_s: float, walks: tuple[Walk, ...]) -> None:
        for walk in walks:
            await _until(midnight_s + walk.at_s)
            if self._faults.on("watch.range"):
                self._faults.count("watch.range")
                self._note(f"{self.name} leaves")
                await self._move(self.watch, False)
                await asyncio.sleep(walk.for_s)
                self._note(f"{self.name} is back")
                await self._move(self.watch, True)

    # --- what befalls it ------------------------------------------------------------------------------------

    async def _befall(self, midnight_s: float) -> None:
        """Once or twice a day something happens to the watch."""
        fate = self._fate
        befalls = (
            ("watch.reboot", self._reboot),
            ("watch.reboot", self._reboot),
            ("watch.dead_battery", self._dead_battery),
            ("watch.new_journal", self._new_journal),
            ("watch.bad_flash", self._bad_flash),
            ("watch.quiet", self._quiet),
            ("watch.laid_down", self._laid_down),
        )
        times_s = sorted(fate.uniform(0.0, DAY_S - 3600.0) for _ in range(fate.choice((0, 1, 1, 2, 3))))
        for at_s in times_s:
            name, befall = fate.choice(befalls)
            await _until(midnight_s + at_s)
            if self.watch.is_on and self._faults.on(name):
                self._faults.count(name)
                self._note(f"{self.name} {name}")
                await befall()

    async def _reboot(self) -> None:
        """At a moment that hurts: in a hold, or while the motor runs, if one comes soon."""
        wanted = self._fate.choice(("hold", "motor", "now"))
        for _ in range(LOOKS):
            view = self.watch.view
            if wanted == "now" or (wanted == "hold" and view.face is Face.HOLD) or view.motor:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        if self.watch.is_on:
            await self.watch.reboot(self._fate.choice((Reset.WATCHDOG, Reset.RESET, Reset.UPDATE)))

    async def _dead_battery(self) -> None:
        await self.watch.power_off()
        await asyncio.sleep(self._fate.choice(OFF_S) * self._fate.uniform(0.5, 1.0))
        await self._power_on(self.watch)

    async def _new_journal(self) -> None:
        await self.watch.power_off()
        self.watch.format_flash()
        await asyncio.sleep(5.0)
        await self._power_on(self.watch)

    async def _bad_flash(self) -> None:
        seq = self.watch.damage_record(self._fate.random())
        if seq is not None:
            self.damaged.add((self.watch.journal_id, seq))

    async def _quiet(self) -> None:
        self.watch.motor(self._fate.choice((MotorState.QUIET, MotorState.BROKEN)))
        await asyncio.sleep(3600.0)
        if self.watch.is_on:
            self.watch.motor(MotorState.WORKS)

    async def _laid_down(self) -> None:
        self.wearer.away = True
        self.watch.wear(worn=False)
        await asyncio.sleep(3 * 3600.0)
        self.wearer.away = False
        if self.watch.is_on:
            self.watch.wear(worn=True)


async def _until(loop_s: float) -> None:
    await asyncio.sleep(max(0.0, loop_s - asyncio.get_running_loop().time()))
