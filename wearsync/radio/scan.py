"""One scan for all who look for something; it rests while a connection is being made.

Rule: an adapter scans once or not at all. BlueZ refuses a second scan of the same process (InProgress), and
many controllers lose a connection attempt to a running scan. When nobody listens, nothing scans.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from wearsync.errors import WearsyncError
from wearsync.ports import Sighting
from wearsync.radio.faults import adapter_fault

# Starting and stopping is a word with the controller; a busy BlueZ takes a second or two over it.
SWITCH_DEADLINE_S = 10.0

Heard = Callable[[BLEDevice, AdvertisementData], None]

log = logging.getLogger(__name__)


class SharedScan:
    """The adapter's scan. `make_scanner` gives a fresh scanner that tells of each advertisement."""

    def __init__(self, make_scanner: Callable[[Heard], BleakScanner]) -> None:
        self._make_scanner = make_scanner
        self._listeners: list[_Listener] = []
        self._resting = 0
        self._switching = asyncio.Lock()
        self._scanner: BleakScanner | None = None

    async def listen(self, enough: Callable[[Sighting], bool], timeout_s: float) -> None:
        """Tell `enough` of each advertisement until it says so, or the time is over.

        Raises `RadioUnavailable`.
        """
        listener = _Listener(enough, asyncio.get_running_loop().create_future())
        self._listeners.append(listener)
        try:
            await self._switch()
            await asyncio.wait({listener.ended}, timeout=timeout_s)
        finally:
            self._listeners.remove(listener)
            await self._switch()
        if listener.ended.done() and (fault := listener.ended.result()) is not None:
            raise fault

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """No scan while this is entered; who listens goes on listening afterwards."""
        self._resting += 1
        try:
            await self._switch()
            yield
        finally:
            self._resting -= 1
            await self._switch()

    def fail(self, fault: WearsyncError) -> None:
        """Tell all who listen that there is no scan any more."""
        for listener in self._listeners:
            listener.end(fault)

    async def _switch(self) -> None:
        """On or off, as wanted now; goes on when its caller is cancelled, for half a switch is neither."""
        await asyncio.shield(asyncio.create_task(self._switch_over(), name="scan switch"))

    async def _switch_over(self) -> None:
        async with self._switching:
            wanted = bool(self._listeners) and not self._resting
            if wanted and self._scanner is None:
                await self._start()
            elif not wanted and self._scanner is not None:
                scanner, self._scanner = self._scanner, None
                await _stop(scanner)

    async def _start(self) -> None:
        """A scan that can't be started is told to who listens, not to who happened to switch it on."""
        scanner = self._make_scanner(self._heard)
        try:
            async with asyncio.timeout(SWITCH_DEADLINE_S):
                await scanner.start()
        except Exception as error:  # noqa: BLE001  # whatever lies beneath bleak: see faults.py
            await _stop(scanner)
            fault = adapter_fault(error)
            fault.__cause__ = error
            self.fail(fault)
        else:
            self._scanner = scanner

    def _heard(self, device: BLEDevice, advertisement: AdvertisementData) -> None:
        sighting = sighting_of(device, advertisement)
        for listener in self._listeners:
            listener.hear(sighting)


def sighting_of(device: BLEDevice, advertisement: AdvertisementData) -> Sighting:
    """What bleak has seen, as the daemon takes it; addresses in capitals, UUIDs in small letters; "?" in a
    name for what can't be printed: anybody may advertise a command to the terminal.
    """
    name = advertisement.local_name or device.name or ""
    return Sighting(
        address=device.address.upper(),
        name="".join(letter if letter.isprintable() else "?" for letter in name),
        rssi=advertisement.rssi,
        service_uuids=tuple(uuid.lower() for uuid in advertisement.service_uuids),
        service_data={uuid.lower(): bytes(data) for uuid, data in advertisement.service_data.items()},
        device=device,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    """Somebody who looks for something. `ended`: why there is nothing more to hear, None:
    has heard enough.
    """

    enough: Callable[[Sighting], bool]
    ended: "asyncio.Future[WearsyncError | None]"

    def hear(self, sighting: Sighting) -> None:
        if not self.ended.done() and self.enough(sighting):
            self.end(None)

    def end(self, fault: WearsyncError | None) -> None:
        if not self.ended.done():
            self.ended.set_result(fault)


async def _stop(scanner: BleakScanner) -> None:
    try:
        async with asyncio.timeout(SWITCH_DEADLINE_S):
            await scanner.stop()
    except Exception:  # the adapter may be gone; the next start will say so
        log.debug("radio.scan_stop_failed", exc_info=True)
