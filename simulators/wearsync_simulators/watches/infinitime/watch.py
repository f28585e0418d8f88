"""A simulated PineTime: InfiniTime 1.16's peripheral on Bumble, for demo, conformance kit and tests.

    watch = SimulatedInfiniTime(wearer=Diligent(Random(1)), on_change=show)
    await watch.power_on(air)          # an Air of this process, or a Bumble transport ("tcp-client:…")
    watch.view                         # what a person reads off it: WatchView; view.code while pairing
    watch.screen, watch.notices        # the music app's labels and bar; the notifications, newest first
    watch.press(Press.TAP)             # a hand on it, beside the wearer's
    await watch.reboot()               # the screen is forgotten, bonds and the time of day are not
    watch.motor_log                    # every pulse that was felt, in true time

Rule: this shell decides nothing; `firmware.Firmware` does. Time is the running event loop's `time()`, so
that one scaled loop speeds everything.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.bonds import BondStore
from wearsync_simulators.watches.infinitime.antenna import Antenna, Identity
from wearsync_simulators.watches.infinitime.body import Body
from wearsync_simulators.watches.infinitime.firmware import App, Firmware
from wearsync_simulators.watches.infinitime.music import MusicScreen
from wearsync_simulators.watches.infinitime.notices import CallAnswer, Notice
from wearsync_simulators.watches.infinitime.time_of_day import TimeOfDay
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.on_air import REBOOT_S, OnAir
from wearsync_simulators.watches.records import Record
from wearsync_simulators.watches.view import Press, WatchView
from wearsync_simulators.wearer import Wearer

__all__ = ["SimulatedInfiniTime"]


class SimulatedInfiniTime(OnAir[Body]):
    """A PineTime on a wrist; `wearer` None: on nobody's, then `press` is the hand. It satisfies `AnyWatch`.

    `state_dir`: where address and bonds are kept (None: in this object, through its power cycles). `seed`:
    address and passkeys are drawn from it; None: from the system. `firmware`: the version that it tells.
    `refuses_short_time` False: fewer than ten bytes of time are ignored without an error, as releases are
    said to do (InfiniTime#1724); 1.16.0's source answers ATT error 0x0D. `on_change(view)` is called at each
    change of what can be seen or felt.
    """

    def __init__(
        self,
        *,
        name: str = "InfiniTime",
        wearer: Wearer | None = None,
        seed: int | None = None,
        state_dir: Path | None = None,
        on_change: Callable[[WatchView], None] | None = None,
        firmware: str = "1.16.0",
        refuses_short_time: bool = True,
    ) -> None:
        super().__init__(name=name, wearer=wearer, seed=seed, state_dir=state_dir, on_change=on_change)
        self._bonds = BondStore(None if state_dir is None else state_dir / "bonds.json")
        self._firmware_revision = firmware
        self._refuses_short_time = refuses_short_time
        self._motor = MotorState.WORKS
        self._where: Air | str = ""
        self._capture: Path | None = None

    # What can be seen of it.

    @property
    def screen(self) -> MusicScreen:
        """What the music app shows, or would if it were open. The watch must be on."""
        return self._running().firmware.screen

    @property
    def app(self) -> App:
        """What has the display. The watch must be on."""
        return self._running().firmware.app

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Its notifications, newest first. The watch must be on."""
        return self._running().firmware.notices

    @property
    def ringing(self) -> bool:
        """Whether a call waits for its answer. The watch must be on."""
        return self._running().firmware.ringing

    @property
    def clock(self) -> TimeOfDay:
        """What it believes the time to be. The watch must be on."""
        return self._running().firmware.clock

    def journal(self) -> tuple[Record, ...]:
        """Nothing: this family keeps no journal."""
        return ()

    # Power.

    async def power_on(self, where: Air | str, *, capture: Path | None = None) -> None:
        """Boot, and be on the air. `capture`: a btsnoop file of the HCI traffic.

        From here on a radio that goes away is looked for again every second. Raises RadioUnavailable if
        there is none now, StorageError if the state directory can't be used.
        """
        assert self._body is None, "power_off() comes before another power_on()"
        self._where, self._capture = where, capture
        self._boot(clock=None)
        try:
            await self._open_radio()
        except BaseException:
            await self._silence()
            raise
        self._keep_radio()

    async def power_off(self) -> None:
        """Be gone, without a word to anybody; does nothing if it is off."""
        await self._silence()

    async def reboot(self) -> None:
        """Reset the processor, whatever it does: back on the air a second later, with an empty screen."""
        clock = self.clock
        await self._silence()
        await asyncio.sleep(REBOOT_S)
        self._boot(clock=clock)
        await self._back_on_air()

    async def forget_bonds(self) -> None:
        """Lose all bonds, as after an update of the firmware (InfiniTime#2093). Drops no link."""
        for address, _keys in await self._bonds.get_all():
            await self._bonds.delete(address)

    # Hands.

    def press(self, press: Press) -> None:
        """A hand on the watch: TAP and START press play, DOUBLE_PRESS pause, SKIP next, BACK previous."""
        self._running().press(press)

    def answer_call(self, answer: CallAnswer) -> None:
        """A button of the call that is on the display, if one is."""
        self._running().answer_call(answer)

    def confirm_code(self, *, same: bool = True) -> None:
        """Nothing: its code is typed at the host, not compared."""

    def open_pairing(self) -> None:
        """Nothing: it pairs with whoever asks, at any time."""

    def motor(self, state: MotorState) -> None:
        """Notifications off (QUIET), or a broken motor; a setting, so it outlives a reset."""
        self._motor = state
        if self._body is not None:
            self._body.motor(state)

    def set_battery(self, percent: int) -> None:
        """What the battery has left; it is told to the host."""
        self._running().set_battery(percent)

    def _boot(self, *, clock: TimeOfDay | None) -> None:
        self._body = Body(
            firmware=Firmware(
                now_s=asyncio.get_running_loop().time(),
                entropy=self._entropy,
                motor_log=self.motor_log,
                motor=self._motor,
                clock=clock,
            ),
            wearer=self._wearer,
            on_view=lambda _view: self._show(),
            refuses_short_time=self._refuses_short_time,
        )

    async def _antenna_of(self, body: Body) -> Antenna:
        identity = Identity(
            name=self.name,
            address=self.address,
            firmware=self._firmware_revision,
            bonds=self._bonds,
        )
        body.transmitter = antenna = await Antenna.open(self._where, identity, body, capture=self._capture)
        return antenna

    async def _silence(self) -> None:
        """No power, no radio."""
        await self._off_air()
        body, self._body = self._body, None
        if body is not None:
            body.stop()
