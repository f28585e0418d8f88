"""A simulated watch: the hold profile's peripheral on Bumble, for demo, tests and `wearsync-sim watch`.

    watch = SimulatedWatch(name="Sim", pairing=True, wearer=Diligent(Random(1)), on_change=show)
    await watch.power_on(air)          # an Air of this process, a Bumble transport ("tcp-client:…"), a Ground
    watch.view                         # what the display shows: WatchView
    watch.press(Press.TAP)             # a hand on it, beside the wearer's
    await watch.set_in_range(False)    # carried away; set_in_range(True): back
    await watch.reboot()               # in mid-hold or whenever: BOOTED follows
    watch.journal()                    # what its flash holds now, oldest first
    watch.motor_log                    # every pulse that was felt, in true time
    await watch.power_off()            # a later power_on() is another boot: same flash, keys and bonds

Rule: this shell decides nothing. HoldWatch decides; this carries its bytes to Bumble and wakes it when it is
due. Time is the running event loop's `time()`, so that one scaled loop speeds everything.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.bonds import BondStore
from wearsync_simulators.watches.antenna import Aerial, BumbleGround, Ground, Identity
from wearsync_simulators.watches.body import Body, Core
from wearsync_simulators.watches.flash import CAPACITY_RECORDS, Flash
from wearsync_simulators.watches.hold_watch import HoldWatch
from wearsync_simulators.watches.memory import MEMORY, Memory, write_memory
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.on_air import REBOOT_S, OnAir, end
from wearsync_simulators.watches.records import Record, read_record
from wearsync_simulators.watches.view import Face, WatchView
from wearsync_simulators.watches.words import Reset
from wearsync_simulators.wearer import Wearer

__all__ = ["Outage", "SimulatedWatch"]


@dataclass(frozen=True, slots=True)
class Outage:
    """Out of range from `at_s` after the first hold's start, for `for_s`."""

    at_s: float
    for_s: float


class SimulatedWatch(OnAir[Body]):
    """A watch on a wrist; `wearer` None: on nobody's, then `press` and `confirm_code` are the hands.

    `state_dir`: where identity, keys, bonds and flash are kept (None: in this object, through its power
    cycles). `pairing`: in pairing mode until a key has been proven. `open_`: without encryption and tags
    (section 9). `display` False: no code to compare, and Key needs only encryption. `seed`: identity,
    nonces and sessions are drawn from it; None: from the system, as it should be for keys that matter.
    `on_change(view)` is called at each change of what can be seen or felt, `on_trace(line)` for each frame,
    `on_record(journal_id, raw)` for each record that is written, `on_memory(memory)` when a cursor or key
    has changed.
    """

    def __init__(
        self,
        *,
        name: str = "Sim",
        state_dir: Path | None = None,
        pairing: bool = False,
        open_: bool = False,
        display: bool = True,
        wearer: Wearer | None = None,
        drift_ppm: float = 0.0,
        seed: int | None = None,
        outages: Sequence[Outage] = (),
        flash_records: int = CAPACITY_RECORDS,
        on_change: Callable[[WatchView], None] | None = None,
        on_trace: Callable[[str], None] | None = None,
        on_record: Callable[[int, bytes], None] | None = None,
        on_memory: Callable[[Memory], None] | None = None,
    ) -> None:
        super().__init__(name=name, wearer=wearer, seed=seed, state_dir=state_dir, on_change=on_change)
        self.on_trace = on_trace
        self._on_record = on_record
        self._on_memory = on_memory
        self._pairing, self._open, self._display = pairing, open_, display
        self._drift_ppm = drift_ppm
        self._outages = tuple(outages)
        self._flash_records = flash_records
        self._flash: Flash | None = None
        self._bonds = BondStore() if state_dir is None else None
        self._ground: Ground = BumbleGround("")
        self._carrier: asyncio.Task[None] | None = None
        self._renewal: asyncio.Task[None] | None = None

    # Who it is, and what it has kept.

    @property
    def watch_id(self) -> bytes:
        """Its identity in the hold profile, 16 B."""
        return self._memory.watch_id

    @property
    def journal_id(self) -> int:
        """Of the journal in its flash. The watch must have been on."""
        return self._opened_flash().journal_id

    @property
    def first_seq(self) -> int:
        """The oldest record that was not overwritten; below it all is lost."""
        return self._opened_flash().first_seq

    @property
    def next_seq(self) -> int:
        """What the next record will be numbered."""
        return self._opened_flash().next_seq

    def journal(self) -> tuple[Record, ...]:
        """The records in its flash, oldest first; also after power_off(). The watch must have been on."""
        return tuple(read_record(raw) for raw in self._opened_flash().oldest_first())

    # Power.

    async def power_on(self, where: Air | str | Ground, *, capture: Path | None = None) -> None:
        """Boot, and be on the air. `capture`: a btsnoop file of the HCI traffic, if there is any.

        From here on a radio that goes away is looked for again every second. Raises RadioUnavailable if
        there is none now, AlreadyRunning if another watch has the state directory, StorageError if that
        can't be used.
        """
        assert self._body is None, "power_off() comes before another power_on()"
        self._ground = self._stand(where, capture) if isinstance(where, Air | str) else where
        self._boot(Reset.POWER_ON, unix_us=0)
        try:
            await self._open_radio()
            if self._outages:
                await self.set_in_range(True)
        except BaseException:
            await self._silence()
            raise
        self._keep_radio()

    async def power_off(self) -> None:
        """Be gone, without a word to anybody; does nothing if it is off."""
        await end(self._renewal)
        await end(self._carrier)
        await self._silence()

    async def reboot(self, reset: Reset = Reset.WATCHDOG) -> None:
        """Reset the processor, whatever it does; back on the air a second later. The time of day survives."""
        unix_us = await self._silence()
        await asyncio.sleep(REBOOT_S)
        self._boot(reset, unix_us=unix_us + int(REBOOT_S * 1e6) if unix_us else 0)
        await self._back_on_air()

    def format_flash(self) -> None:
        """Begin a new journal, as after a reset; the watch must be off, and keep its flash in this object."""
        assert self._body is None, "power_off() comes first"
        self._opened_flash().format()

    def damage_record(self, where: float) -> int | None:
        """Damage a record in the flash, `where` from the oldest (0) to the newest (1); gives its number."""
        return self._opened_flash().damage(where)

    # Hands.

    def confirm_code(self, *, same: bool = True) -> None:
        """Answer the comparison of the code that it shows (`view.code`)."""
        self._running().confirm_code(same=same)

    def open_pairing(self) -> None:
        """Switch pairing mode on, for 60 s."""
        self._running().open_pairing()

    def wear(self, *, worn: bool) -> None:
        """Put it on, or take it off."""
        self._running().wear(worn=worn)

    def motor(self, state: MotorState) -> None:
        """Quiet mode, or a broken motor; until the next boot."""
        self._running().motor(state)

    def _boot(self, reset: Reset, *, unix_us: int) -> None:
        if self._flash is None or self._state_dir is not None:
            path = None if self._state_dir is None else self._state_dir / "flash"
            self._flash = Flash(
                path, new_id=self._new_journal_id, capacity=self._flash_records, on_record=self._on_record
            )
        self._body = Body(
            core=self._core(self._flash, reset, unix_us),
            wearer=self._wearer,
            on_view=self._seen,
            on_renew=self._renew,
            on_trace=self.on_trace,
        )
        self._body.start()

    def _core(self, flash: Flash, reset: Reset, unix_us: int) -> Core:
        """What is inside, for one boot."""
        return HoldWatch(
            now_s=asyncio.get_running_loop().time(),
            reset=reset,
            flash=flash,
            memory=self._memory,
            remember=self._remember,
            entropy=self._entropy,
            pairing=self._pairing,
            motor_log=self.motor_log,
            drift_ppm=self._drift_ppm,
            unix_us=unix_us,
            lab=self._open,
            display=self._display,
        )

    def _stand(self, where: Air | str, capture: Path | None) -> Ground:
        """Bluetooth, with the services of this family."""
        return BumbleGround(where, capture)

    async def _antenna_of(self, body: Body) -> Aerial:
        identity = Identity(
            name=self.name,
            address=self.address,
            lab=self._open,
            display=self._display,
            keystore_path=None if self._state_dir is None else self._state_dir / "bonds.json",
            bonds=self._bonds,
        )
        body.transmitter = antenna = await self._ground.antenna(identity, body)
        return antenna

    async def _silence(self) -> int:
        """No power, no radio. What the clock said."""
        await self._off_air()
        body, self._body = self._body, None
        unix_us = 0
        if body is not None:
            self._pairing = body.waits_for_a_key
            unix_us = body.stop()
        if self._flash is not None and self._state_dir is not None:
            self._flash.close()
        return unix_us

    async def _carry(self, first_hold_s: float) -> None:
        loop = asyncio.get_running_loop()
        for outage in sorted(self._outages, key=lambda outage: outage.at_s):
            for at_s, in_range in ((outage.at_s, False), (outage.at_s + outage.for_s, True)):
                await asyncio.sleep(first_hold_s + at_s - loop.time())
                await self.set_in_range(in_range)

    def _renew(self) -> None:
        self._renewal = asyncio.create_task(self.reboot(Reset.RESET), name=f"renewal of {self.name}")

    def _seen(self, view: WatchView) -> None:
        if view.face is Face.HOLD and self._outages and self._carrier is None:
            self._carrier = asyncio.create_task(self._carry(view.since_s), name=f"carrier of {self.name}")
        self._show()

    def _remember(self, memory: Memory) -> None:
        self._memory = memory
        if self._on_memory is not None:
            self._on_memory(memory)
        if self._state_dir is not None:
            write_memory(self._state_dir / MEMORY, memory)

    def _new_journal_id(self) -> int:
        return int.from_bytes(self._entropy(4), "little")

    def _opened_flash(self) -> Flash:
        assert self._flash is not None, "the watch was never on"
        return self._flash
