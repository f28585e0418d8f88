"""What a package that brings a radio provides, by an entry point in the group `wearsync.radio`.

Rule: bleak stays the interface: a provider brings backends for it, and only what bleak does not know besides.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from enum import Enum
from pathlib import Path
from typing import Protocol

from bleak import BleakClient
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakError

from wearsync.ports import PairingAgent


class NoBond(Enum):
    """Why there is no bond, where it is known better than bleak can say."""

    JUST_WORKS_ONLY = "the watch pairs without a code only, and one is needed"
    DECLINED = "pairing without a code was declined"
    NOT_CONFIRMED = "the numbers were not confirmed to be the same"
    NO_PASSKEY = "no passkey was typed"
    REFUSED = "the watch refused"
    REFUSED_AT_ONCE = "the watch refused, before it asked for anything"
    WRONG_PASSKEY = "the watch refused, or the passkey was wrong"
    SHOWN_HERE = "the watch wants a code typed on it"
    TOO_LATE = "nobody answered in time"
    NOT_IN_PAIRING_MODE = "the watch does not pair now"
    NOBODY_TO_ASK = "nobody is there to be asked"


class PairingFailure(BleakError):
    """There is no bond, and `why`."""

    def __init__(self, why: NoBond) -> None:
        super().__init__(why.value)
        self.why = why


class OpenRadio(Protocol):
    """An adapter that is open.

    The backends raise what bleak's own raise. A watch that has forgotten its bond is told by a `BleakError`
    while connecting, with the words "bond" and "stale" in it: bleak has no class for that.
    """

    @property
    def scanner_backend(self) -> type[BaseBleakScanner]:
        """For `BleakScanner(backend=…)`."""

    @property
    def client_backend(self) -> type[BaseBleakClient]:
        """For `BleakClient(backend=…)`."""

    @property
    def client_options(self) -> Mapping[str, object]:
        """More keyword arguments for the constructors of both."""

    def pairing(self, address: str, agent: PairingAgent) -> AbstractAsyncContextManager[None]:
        """While it is entered, `agent` is asked what a bond with that address asks for; see `ports.Radio`."""

    async def pair(self, client: BleakClient, *, needs_code: bool) -> None:
        """Bond over that link, within `pairing`; a link that is bonded already is only encrypted.

        Without a code (Just Works) there is a bond only if `needs_code` is false and the agent's
        `confirm_just_works` has said yes. Raises `PairingFailure`, and what bleak's own raise; then no new
        bond is left.
        """

    async def is_bonded(self, address: str) -> bool | None:
        """Whether there is a bond with that address; None: the system does not say."""

    async def forget(self, address: str) -> None:
        """Remove the bond with that address, if there is one."""

    async def hang_up(self, address: str) -> None:
        """End a connection with that address that outlived its process, if the system keeps such."""

    async def wait_closed(self) -> None:
        """Return when the adapter is gone."""

    async def close(self) -> None:
        """Let the adapter go."""


class RadioProvider(Protocol):
    """What the entry point names: a class that is made without arguments."""

    async def open(self, spec: str, *, state_dir: Path, agent: PairingAgent | None) -> OpenRadio:
        """Open the adapter that the whole spec (`tcp:HOST:PORT`) names; its address and bonds live in
        `state_dir`.

        Raises `RadioUnavailable`, and `UsageError` for a spec that is malformed.
        """
