"""What demo, conformance kit and tests need of a simulated watch, of whatever family."""

from collections import deque
from pathlib import Path
from typing import Protocol

from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import Record
from wearsync_simulators.watches.view import Press, Pulse, WatchView

__all__ = ["AnyWatch"]


class AnyWatch(Protocol):
    """A simulated watch on a simulated wrist. `SimulatedWatch` says what each of these does."""

    name: str
    motor_log: deque[Pulse]

    @property
    def address(self) -> str:
        """Its Bluetooth address."""

    @property
    def view(self) -> WatchView:
        """What can be seen of it now; `code`: the digits that it shows while pairing."""

    @property
    def is_on(self) -> bool:
        """Whether it has power."""

    def journal(self) -> tuple[Record, ...]:
        """The records that it holds, oldest first; none of a watch that keeps no journal."""

    def press(self, press: Press) -> None:
        """A hand on it. What the family has no gesture for does nothing."""

    def confirm_code(self, *, same: bool = True) -> None:
        """Answer a comparison of codes, where there is one."""

    def open_pairing(self) -> None:
        """Switch pairing mode on, where there is one."""

    def motor(self, state: MotorState) -> None:
        """Quiet mode, or a broken motor."""

    async def power_on(self, where: Air | str, *, capture: Path | None = None) -> None:
        """Boot, and be on the air."""

    async def power_off(self) -> None:
        """Be gone, without a word."""

    async def reboot(self) -> None:
        """Reset the processor, whatever it does."""

    async def set_in_range(self, in_range: bool) -> None:
        """Carry it out of everybody's range, or back."""
