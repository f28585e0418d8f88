"""This machine's own adapter, by bleak's own backend; on Linux with what bleak has not (`bluez.py`).

Rule: it is tried before it is given out, so that whoever has no Bluetooth hears so at once.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient, get_platform_client_backend_type
from bleak.backends.scanner import BaseBleakScanner, get_platform_scanner_backend_type
from bleak.exc import BleakDeviceNotFoundError

from wearsync.errors import RadioUnavailable
from wearsync.ports import PairingAgent
from wearsync.radio.faults import adapter_fault
from wearsync.radio.provider import NoBond, OpenRadio, PairingFailure

# D-Bus starts bluetoothd on demand, which takes some seconds on a small computer.
OPEN_DEADLINE_S = 10.0
# A bond is removed after its link.
FORGET_DEADLINE_S = 10.0

log = logging.getLogger(__name__)


async def open_native() -> OpenRadio:
    """The adapter, shown to scan. Raises `RadioUnavailable`."""
    radio = _not_yet_tried()
    try:
        async with asyncio.timeout(OPEN_DEADLINE_S), BleakScanner():
            pass
    except TimeoutError as error:
        raise RadioUnavailable(
            f"the Bluetooth service is silent for {OPEN_DEADLINE_S:.0f} s: `systemctl restart bluetooth`"
        ) from error
    except Exception as error:  # whatever lies beneath bleak: see faults.py
        raise adapter_fault(error) from error
    return radio


def _not_yet_tried() -> OpenRadio:
    """All that it is made of is loaded here, also where there is no adapter yet: by the time that it comes,
    an upgrade may have replaced the files under the running daemon.
    """
    scanner, client = get_platform_scanner_backend_type()[0], get_platform_client_backend_type()[0]
    if sys.platform == "linux":
        # Its libraries are installed on Linux only.
        from wearsync.radio.bluez import BluezRadio

        return BluezRadio(scanner, client)
    return NativeRadio(scanner, client)


@dataclass(slots=True)
class NativeRadio:
    """bleak's own backends on macOS and Windows. There the system asks the person, in a window of its own,
    and tells no program what it has asked: what keeps strangers out is that the watch demands an
    authenticated link before it takes a key.
    """

    scanner_backend: type[BaseBleakScanner]
    client_backend: type[BaseBleakClient]
    _person: PairingAgent | None = field(default=None, init=False)

    @property
    def client_options(self) -> Mapping[str, object]:
        """None needed."""
        return {}

    @asynccontextmanager
    async def pairing(self, address: str, agent: PairingAgent) -> AsyncIterator[None]:
        """While it is entered, `agent` is asked what the system does not ask."""
        self._person = agent
        try:
            yield
        finally:
            self._person = None

    async def pair(self, client: BleakClient, *, needs_code: bool) -> None:
        """Let the system bond when the watch demands it; without a code, at once.

        bleak's backend for Windows bonds without a code only, and macOS has no way to ask for a bond: what
        needs a code is left to the system's own window.
        """
        if needs_code:
            return
        if self._person is None:
            raise PairingFailure(NoBond.NOBODY_TO_ASK)
        if not await self._person.confirm_just_works():
            raise PairingFailure(NoBond.DECLINED)
        with suppress(NotImplementedError):
            await client.pair()

    async def is_bonded(self, address: str) -> bool | None:
        """The system does not say."""
        return None

    async def forget(self, address: str) -> None:
        """Remove the bond; where the system lets no program do that, it is said in the log."""
        try:
            async with asyncio.timeout(FORGET_DEADLINE_S):
                with suppress(BleakDeviceNotFoundError):
                    await BleakClient(address, backend=self.client_backend).unpair()
        except NotImplementedError:
            log.warning("radio.bond_left address=%s do='remove it in the Bluetooth settings'", address)
        except Exception as error:  # whatever lies beneath bleak: see faults.py
            raise adapter_fault(error) from error

    async def hang_up(self, address: str) -> None:
        """Nothing: a connection ends with its process."""

    async def wait_closed(self) -> None:
        """Never returns: bleak does not tell; the next scan or connection does."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held open between operations."""
