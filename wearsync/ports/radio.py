"""What the daemon asks of the host's Bluetooth adapter, and of a link to a watch."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from wearsync.drivers.base import Attribute, Characteristic


@dataclass(frozen=True, slots=True)
class Sighting:
    """A watch that was seen. `device` is the adapter's own handle of it; `service_data` by service UUID;
    `rssi` in dBm.
    """

    address: str
    name: str
    rssi: int
    service_uuids: tuple[str, ...]
    service_data: Mapping[str, bytes]
    device: object = field(compare=False, repr=False)


class Link(Protocol):
    """One connection. Each operation has a deadline of its own and raises `LinkLost`, `TryAgain`,
    `UnfitWatch` or `TrustError`.
    """

    @property
    def mtu(self) -> int:
        """The ATT MTU in bytes."""

    @property
    def characteristics(self) -> tuple[Characteristic, ...]:
        """What it has, in the order of handles; none once the link is gone."""

    async def read(self, attribute: Attribute) -> bytes:
        """Read a characteristic."""

    async def write(self, attribute: Attribute, data: bytes) -> None:
        """Write with response."""

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        """Switch notifications on; `received` is called on the loop for each."""

    async def pair(self, *, needs_code: bool = True) -> None:
        """Bond with the watch, within `Radio.pairing`, whose agent asks the person. A link that is bonded
        already is only encrypted.

        `needs_code`: a bond for which nobody compared or typed a code (Just Works) will not do. Raises
        `TrustError` when refused, and `TryAgain`; then there is no new bond.
        """

    async def wait_lost(self) -> str:
        """Return why, once the link is gone."""

    async def disconnect(self) -> None:
        """Let go; never raises."""


class PairingAgent(Protocol):
    """The person, asked while a bond is made. Not asked where the operating system does so itself, in a
    window of its own (macOS, Windows).
    """

    async def confirm_number(self, number: int) -> bool:
        """Does the watch show these six digits?"""

    async def passkey(self) -> int | None:
        """The six digits that the watch shows; None: given up."""

    async def confirm_just_works(self) -> bool:
        """Go on without any code (a watch without a display)?"""


class Radio(Protocol):
    """The host's adapter."""

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """Everything that advertises, best signal first; `found` is told of each at once. Raises
        `RadioUnavailable`.
        """

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """Wait for that address to advertise; None: not seen in time."""

    async def connect(self, sighting: Sighting) -> Link:
        """A fresh link, services discovered; encrypted, if there is a bond. Raises `TryAgain`, `UnfitWatch`,
        `TrustError` (`StaleBond`: the watch has forgotten its bond), `RadioUnavailable`.
        """

    def pairing(self, address: str, agent: PairingAgent) -> AbstractAsyncContextManager[None]:
        """While it is entered, `agent` is asked what a bond with that address asks for, and for no other
        device; outside nobody is asked, and no bond is made. Entered before connecting: some watches ask for
        a bond at once. Raises `RadioUnavailable` where nobody can be asked.
        """

    async def is_bonded(self, address: str) -> bool:
        """Whether this computer has a bond with that address, whichever program made it."""

    async def forget(self, address: str) -> None:
        """Remove the bond with that address, in range or not; nothing, if there is none."""

    async def close(self) -> None:
        """Let the adapter go."""
