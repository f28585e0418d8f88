"""Radios for wearsync: `--radio tcp:HOST:PORT` (entry point `wearsync.radio`), and one on an air in-process.

Rule: what they give is two bleak backend classes and the keyword arguments that these need.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bleak import BleakClient
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bumble.hci import Address
from pydantic import BaseModel, ConfigDict, ValidationError

from wearsync.errors import RadioUnavailable
from wearsync.ports import PairingAgent
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.backend import VirtualClient, VirtualScanner
from wearsync_simulators.radio.bonds import write_private
from wearsync_simulators.radio.central import Central
from wearsync_simulators.radio.peripheral import static_random_address
from wearsync_simulators.radio.tcp import parse_host_port

__all__ = ["InProcessRadio", "TcpRadio", "VirtualRadio"]

# In the state directory: the adapter's own address, and its bonds.
ADAPTER_FILE = "virtual-adapter.json"
BONDS_FILE = "virtual-bonds.json"


@dataclass(frozen=True, slots=True)
class VirtualRadio:
    """An open radio: give bleak one of the classes as `backend=`, and `client_options`."""

    central: Central
    scanner_backend: type[BaseBleakScanner] = VirtualScanner
    client_backend: type[BaseBleakClient] = VirtualClient

    @property
    def client_options(self) -> Mapping[str, object]:
        """Keyword arguments for the constructors of BleakClient and BleakScanner."""
        return {"central": self.central}

    def set_agent(self, agent: PairingAgent | None) -> None:
        """Who answers from now on, whichever watch asks; None refuses."""
        self.central.set_agent(agent)

    @asynccontextmanager
    async def pairing(self, address: str, agent: PairingAgent) -> AsyncIterator[None]:
        """While it is entered, `agent` is asked what a bond with that address asks for."""
        self.central.set_agent(agent, address=address)
        try:
            yield
        finally:
            self.central.set_agent(None)

    async def pair(self, client: BleakClient, *, needs_code: bool) -> None:
        """Bond over that link; a link that is bonded already is only encrypted."""
        # bleak passes on what its backends take besides.
        await client.pair(needs_code=needs_code)

    async def is_bonded(self, address: str) -> bool:
        """Whether there is a bond with that address."""
        return self.central.is_bonded(address)

    async def forget(self, address: str) -> None:
        """Remove the bond with that address, if there is one."""
        await self.central.forget(address)

    async def hang_up(self, address: str) -> None:
        """Nothing: a connection ends with its process."""

    async def wait_closed(self) -> None:
        """Return when the adapter is gone: the air has ended, or `close` was called."""
        await asyncio.wait({self.central.radio.lost})

    async def close(self) -> None:
        """Let the adapter go."""
        await self.central.close()


class TcpRadio:
    """A central on an air that `wearsync-sim air` serves; its address and bonds are kept in `state_dir`."""

    async def open(self, spec: str, *, state_dir: Path, agent: PairingAgent | None) -> VirtualRadio:
        """`spec`: tcp:HOST:PORT. Raises RadioUnavailable, UsageError."""
        # It logs, with a traceback, that an air has gone, and raises it as well.
        logging.getLogger("bumble.host").setLevel(logging.CRITICAL)
        host, port = parse_host_port(spec)
        return await _open(f"tcp-client:{host}:{port}", state_dir, agent)


class InProcessRadio:
    """A central on an air of this process. Without a state directory nothing persists."""

    def __init__(self, air: Air) -> None:
        self._air = air

    async def open(
        self, spec: str = "", *, state_dir: Path | None = None, agent: PairingAgent | None = None
    ) -> VirtualRadio:
        """`spec` says nothing here."""
        return await _open(self._air, state_dir, agent)


class _Adapter(BaseModel):
    """The adapter's file."""

    model_config = ConfigDict(strict=True, extra="forbid")

    address: str


async def _open(where: Air | str, state_dir: Path | None, agent: PairingAgent | None) -> VirtualRadio:
    address = _own_address(None if state_dir is None else state_dir / ADAPTER_FILE)
    bonds = None if state_dir is None else state_dir / BONDS_FILE
    return VirtualRadio(await Central.open(where, address=address, keystore_path=bonds, agent=agent))


def _own_address(path: Path | None) -> str:
    """The address kept in the file; a new random static one if there is none yet."""
    if path is not None and path.exists():
        try:
            return str(static_random_address(_Adapter.model_validate_json(path.read_bytes()).address))
        except (ValidationError, ValueError) as error:
            raise RadioUnavailable(
                f"{path} holds no Bluetooth address: remove it, and pair the watches again"
            ) from error
    address = str(Address.generate_static_address())
    if path is not None:
        write_private(path, _Adapter(address=address).model_dump_json())
    return address
