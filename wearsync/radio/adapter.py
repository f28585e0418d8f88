"""The host's adapter on bleak: scan, find, connect, forget.

Rule: one thing at a time: one connection attempt, and no scan meanwhile. The wish to be connected, back-off
and the choice of whom to look for are the daemon's.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak_retry_connector import clear_cache, establish_connection

from wearsync.errors import RadioUnavailable, TryAgain, WearsyncError
from wearsync.ports import PairingAgent, Sighting
from wearsync.radio.faults import connect_fault, is_broken_off
from wearsync.radio.link import ATT_MTU_MIN, BleakLink, let_go
from wearsync.radio.mtu import refresh_mtu
from wearsync.radio.provider import OpenRadio
from wearsync.radio.scan import Heard, SharedScan

# bleak-retry-connector gives an attempt 20 s; one more starts within ours when the first fails sooner, as
# most do.
CONNECT_DEADLINE_S = 30.0
CONNECT_ATTEMPTS = 2
# Some backends learn the agreed MTU a moment after they say "connected"; a watch that has no more than 23
# costs this once.
MTU_DEADLINE_S = 1.0
MTU_POLL_S = 0.05
# A fair hall has some hundred devices; addresses change, and a scan's memory must not grow with them.
SEEN_MAX = 1000


class BleakRadio:
    """A `ports.Radio` on an open adapter."""

    def __init__(self, adapter: OpenRadio) -> None:
        """Takes the adapter over: `close` closes it. Wants a running loop."""
        self._adapter = adapter
        self._scan = SharedScan(self._scanner)
        self._connecting = asyncio.Lock()
        # How often in a row a bonded watch has broken off the connection while it was made, by address.
        self._broken_off: dict[str, int] = {}
        self._gone = asyncio.create_task(adapter.wait_closed(), name="radio gone")
        self._gone.add_done_callback(lambda _gone: self._scan.fail(_adapter_gone()))

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """Everything that advertises, best signal first;
        `found` is told of each at once, and when it says something new.
        """
        seen: dict[str, Sighting] = {}

        def note(sighting: Sighting) -> bool:
            before = seen.get(sighting.address)
            if before is not None or len(seen) < SEEN_MAX:
                seen[sighting.address] = sighting
                if found is not None and (before is None or _said(before) != _said(sighting)):
                    found(sighting)
            return False

        await self._listen(note, duration_s)
        return tuple(sorted(seen.values(), key=lambda sighting: -sighting.rssi))

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """Wait for that address to advertise; None: not seen in time."""
        wanted = address.upper()
        if not self._gone.done():
            # Whoever looks for a watch has no link to it; a process that was killed may have left one.
            await self._adapter.hang_up(wanted)
        seen: list[Sighting] = []

        def note(sighting: Sighting) -> bool:
            if sighting.address != wanted:
                return False
            seen.append(sighting)
            return True

        await self._listen(note, timeout_s)
        return seen[0] if seen else None

    async def connect(self, sighting: Sighting) -> BleakLink:
        """A fresh link, services discovered."""
        link = None
        try:
            async with self._connecting, self._scan.resting():
                link = await self._attempt(sighting)
            return link  # noqa: RET504  # the name is for the line below
        except BaseException:
            # Cancelled after the last await of the attempt: nobody else knows of this link.
            if link is not None:
                await link.disconnect()
            raise

    def pairing(self, address: str, agent: PairingAgent) -> AbstractAsyncContextManager[None]:
        """While it is entered, `agent` is asked what a bond with that address asks for."""
        return self._adapter.pairing(address.upper(), agent)

    async def is_bonded(self, address: str) -> bool:
        """Whether this computer has a bond with that address."""
        return bool(await self._adapter.is_bonded(address.upper()))

    async def forget(self, address: str) -> None:
        """Remove the bond with that address, if there is one."""
        await self._adapter.forget(address.upper())

    async def close(self) -> None:
        """Let the adapter go."""
        self._gone.cancel()
        with suppress(asyncio.CancelledError):
            await self._gone
        await self._adapter.close()

    async def _listen(self, enough: Callable[[Sighting], bool], timeout_s: float) -> None:
        if self._gone.done():
            raise _adapter_gone()
        await self._scan.listen(enough, timeout_s)

    def _scanner(self, heard: Heard) -> BleakScanner:
        return BleakScanner(heard, backend=self._adapter.scanner_backend, **self._options)

    @property
    def _options(self) -> Mapping[str, Any]:
        return self._adapter.client_options

    async def _attempt(self, sighting: Sighting) -> BleakLink:
        """Connect, unless the adapter goes meanwhile.

        However it ends, no attempt and no link is left behind.
        """
        connecting = asyncio.create_task(self._establish(sighting), name="connect")
        try:
            await asyncio.wait({connecting, self._gone}, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                raise _adapter_gone()
            return connecting.result()
        except BaseException:
            connecting.cancel()
            (outcome,) = await asyncio.gather(connecting, return_exceptions=True)
            if isinstance(outcome, BleakLink):
                await outcome.disconnect()
            raise

    async def _establish(self, sighting: Sighting) -> BleakLink:
        device = sighting.device
        assert isinstance(device, BLEDevice), "a sighting of this adapter"
        watch = sighting.name or "the watch"
        links: list[BleakLink] = []

        def disconnected(_client: BleakClient) -> None:
            for link in links:
                link.lose("out of range, switched off, or the watch hung up")

        try:
            async with asyncio.timeout(CONNECT_DEADLINE_S):
                client = await establish_connection(
                    BleakClient,
                    device,
                    watch,
                    disconnected,
                    max_attempts=CONNECT_ATTEMPTS,
                    use_services_cache=False,
                    backend=self._adapter.client_backend,
                    **self._options,
                )
        except Exception as error:  # whatever lies beneath bleak: see faults.py
            raise await self._fault(error, sighting) from error
        self._broken_off.pop(sighting.address, None)
        # Only now: the same client has told of its failed attempts before.
        links.append(
            link := BleakLink(
                client,
                watch,
                pair=partial(self._adapter.pair, client),
                is_bonded=partial(self._adapter.is_bonded, sighting.address),
            )
        )
        try:
            await self._settle(client, link, sighting)
        except BaseException:
            await let_go(client)
            raise
        return link

    async def _fault(self, error: Exception, sighting: Sighting) -> WearsyncError:
        """Why there is no link; a bonded watch that breaks it off again and again has forgotten its bond."""
        address, watch = sighting.address, sighting.name or sighting.address
        if not is_broken_off(error):
            return connect_fault(error, watch)
        with suppress(RadioUnavailable):
            times = self._broken_off.pop(address, 0) + 1
            if await self._adapter.is_bonded(address):
                self._broken_off[address] = times
        return connect_fault(error, watch, broken_off=self._broken_off.get(address, 0))

    async def _settle(self, client: BleakClient, link: BleakLink, sighting: Sighting) -> None:
        """Wait until the link is known well enough to be used."""
        await refresh_mtu(client)
        with suppress(TimeoutError):
            async with asyncio.timeout(MTU_DEADLINE_S):
                while client.is_connected and link.mtu <= ATT_MTU_MIN:  # bleak tells nobody
                    await asyncio.sleep(MTU_POLL_S)
                    await refresh_mtu(client)
        if not client.is_connected:
            raise TryAgain(f"{sighting.name or 'the watch'} hung up while connecting")
        if not client.services.characteristics:
            # BlueZ's memory of the watch may be of its last firmware.
            await clear_cache(sighting.address)
            raise TryAgain(f"{sighting.name or 'the watch'} shows no services: its cache is cleared")


def _said(sighting: Sighting) -> tuple[object, ...]:
    return sighting.name, sighting.service_uuids, sorted(sighting.service_data.items())


def _adapter_gone() -> RadioUnavailable:
    return RadioUnavailable("the Bluetooth adapter is gone: plug it in, or start the virtual air again")
