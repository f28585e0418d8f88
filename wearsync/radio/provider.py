"""What a package that brings a radio provides, by an entry point in the group `wearsync.radio`.

Rule: bleak stays the interface: a provider brings backends for it, and only what bleak does not know besides.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner

from wearsync.ports import PairingAgent


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

    def set_agent(self, agent: PairingAgent | None) -> None:
        """Who answers while pairing; None refuses."""

    async def forget(self, address: str) -> None:
        """Remove the bond with that address, if there is one."""

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
