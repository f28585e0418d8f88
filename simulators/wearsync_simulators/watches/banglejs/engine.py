"""What is inside a simulated Bangle: a `Core` whose `down` takes the bytes that come in over the UART, and
whose effects are the bytes that go out.

Rule: one engine is one boot; what outlives it is given at its birth, and asked of it before its death.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from wearsync_simulators.radio.pairing import LinkSecurity
from wearsync_simulators.watches.banglejs.quirks import Quirks
from wearsync_simulators.watches.banglejs.serial_port import SerialPort
from wearsync_simulators.watches.effects import Effect
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import Record
from wearsync_simulators.watches.view import Press, WatchView

__all__ = ["OPEN", "Engine", "Kept"]

# A link that nobody has encrypted yet.
OPEN: Final = LinkSecurity(encrypted=False, authenticated=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the app has in its flash: who it is, and its journal, oldest first. Nothing before it has run."""

    watch_id: bytes = b""
    journal_id: int = 0
    next_seq: int = 1
    records: tuple[Record, ...] = ()


class _OnlyUart:
    """What a `Core` is asked by radios of other families, and a Bangle has no part in."""

    def link_mtu(self, mtu: int) -> None:
        """Packets are the radio's business."""

    def info(self, now_s: float) -> bytes:
        """There is no characteristic of that kind."""
        return b""

    def key(self, now_s: float, raw: bytes) -> int | None:
        """There is no characteristic of that kind."""
        return None

    def show_code(self, code: int | None) -> None:
        """There is no comparison of codes."""

    def pairing_asked(self, now_s: float) -> bool:
        """Espruino pairs with whoever asks."""
        return True

    def pairing_failed(self, now_s: float) -> None:
        """The app is not told."""


class Engine(_OnlyUart, ABC):
    """A `Core`; and what a Bangle has beside: a passkey, files, a console behind a `SerialPort`."""

    def __init__(self, quirks: Quirks) -> None:
        self._port = SerialPort(quirks)
        self._security = OPEN

    @property
    @abstractmethod
    def waits_for_a_key(self) -> bool:
        """Whether it is still in the lasting pairing mode that it was started in."""

    @property
    @abstractmethod
    def passkey(self) -> int | None:
        """The digits that pairing asks for; None: Bluetooth pairs without."""

    @abstractmethod
    def kept(self) -> Kept:
        """What is in the app's flash."""

    @abstractmethod
    def files(self) -> Mapping[str, bytes]:
        """What is in the watch's storage."""

    @abstractmethod
    def press(self, now_s: float, press: Press) -> None:
        """A hand on the watch."""

    @abstractmethod
    def open_pairing(self, now_s: float) -> None:
        """The wearer opens pairing mode in the app's menu."""

    @abstractmethod
    def wear(self, now_s: float, *, worn: bool) -> None:
        """The watch is put on, or taken off."""

    @abstractmethod
    def set_motor(self, now_s: float, state: MotorState) -> None:
        """Quiet mode, or a broken motor."""

    @abstractmethod
    def power_lost(self, now_s: float) -> int:
        """Nothing happens after this. What the clock says, for the next boot (Unix µs, 0 unknown)."""

    @abstractmethod
    def view(self, now_s: float) -> WatchView:
        """What can be seen."""

    @abstractmethod
    def advertised(self, now_s: float) -> int:
        """The byte of service data; 0: nothing to say."""

    # Between the port and the engine.

    @abstractmethod
    def _connect(self, now_s: float) -> None: ...

    @abstractmethod
    def _disconnect(self, now_s: float) -> None: ...

    @abstractmethod
    def _hear(self, now_s: float, raw: bytes) -> None: ...

    @abstractmethod
    def _wake(self, now_s: float) -> None: ...

    @abstractmethod
    def _due_s(self) -> float | None: ...

    @abstractmethod
    def _effects(self) -> Iterable[Effect]: ...

    # `Core`, as far as it is the same for all.

    def link_up(self, now_s: float, mtu: int) -> None:
        """A host has connected."""
        self._security = OPEN
        self._connect(now_s)
        if left := self._port.connected():
            self._hear(now_s, left)

    def secured(self, now_s: float, security: LinkSecurity) -> None:
        """What protects the link from now on."""
        self._security = security

    def link_down(self, now_s: float) -> None:
        """The link is gone, and what waited in the port with it."""
        self._port.connected()
        self._disconnect(now_s)

    def down(self, now_s: float, raw: bytes) -> None:
        """The host wrote to the UART."""
        self.wake(now_s)
        if raw := self._port.take(now_s, raw):
            self._hear(now_s, raw)

    def wake(self, now_s: float) -> None:
        """Let happen what is due."""
        self._wake(now_s)
        if raw := self._port.wake(now_s):
            self._hear(now_s, raw)

    def due_s(self) -> float | None:
        """When `wake` is wanted."""
        return min((time for time in (self._due_s(), self._port.due_s) if time is not None), default=None)

    def effects(self) -> list[Effect]:
        """What is to be done, in order; once."""
        return list(self._port.output(self._effects()))
