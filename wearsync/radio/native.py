"""This machine's own adapter, by bleak's own backend (on Linux: BlueZ over D-Bus).

Rule: it is tried before it is given out, so that whoever has no Bluetooth hears so at once.
Pairing that asks a person needs an agent of BlueZ's, which bleak has not: until there is one here,
`bluetoothctl` pairs.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient, get_platform_client_backend_type
from bleak.backends.scanner import BaseBleakScanner, get_platform_scanner_backend_type
from bleak.exc import BleakDeviceNotFoundError

from wearsync.errors import RadioUnavailable
from wearsync.ports import PairingAgent
from wearsync.radio.faults import adapter_fault
from wearsync.radio.provider import OpenRadio

# D-Bus activates bluetoothd on demand, which takes some seconds on a small computer.
OPEN_DEADLINE_S = 10.0
# BlueZ disconnects before it removes a device.
FORGET_DEADLINE_S = 10.0


async def open_native() -> OpenRadio:
    """The adapter, shown to scan. Raises `RadioUnavailable`."""
    try:
        async with asyncio.timeout(OPEN_DEADLINE_S), BleakScanner():
            pass
    except TimeoutError as error:
        raise RadioUnavailable(
            f"the Bluetooth service is silent for {OPEN_DEADLINE_S:.0f} s: `systemctl restart bluetooth`"
        ) from error
    except Exception as error:  # whatever lies beneath bleak: see faults.py
        raise adapter_fault(error) from error
    scanner, client = get_platform_scanner_backend_type()[0], get_platform_client_backend_type()[0]
    if sys.platform == "linux":
        # Its libraries are installed on Linux only.
        from wearsync.radio.bluez import BluezRadio

        return BluezRadio(scanner, client)
    return NativeRadio(scanner, client)


@dataclass(frozen=True, slots=True)
class NativeRadio:
    """bleak's own backends."""

    scanner_backend: type[BaseBleakScanner]
    client_backend: type[BaseBleakClient]

    @property
    def client_options(self) -> Mapping[str, object]:
        """None needed."""
        return {}

    @asynccontextmanager
    async def pairing(self, address: str, agent: PairingAgent) -> AsyncIterator[None]:
        """The operating system asks the person."""
        yield

    async def pair(self, client: BleakClient, *, needs_code: bool) -> None:
        """Bond over that link; what there is to ask, the operating system asks."""
        await client.pair()

    async def is_bonded(self, address: str) -> bool:
        """Not known."""
        return False

    async def forget(self, address: str) -> None:
        """Remove the bond, and what BlueZ remembers of the device."""
        try:
            async with asyncio.timeout(FORGET_DEADLINE_S):
                with suppress(BleakDeviceNotFoundError):
                    await BleakClient(address, backend=self.client_backend).unpair()
        except Exception as error:  # whatever lies beneath bleak: see faults.py
            raise adapter_fault(error) from error

    async def wait_closed(self) -> None:
        """Never returns: bleak does not tell; the next scan or connection does."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held open between operations."""
