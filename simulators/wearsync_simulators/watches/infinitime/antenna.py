"""The watch's Bluetooth: one powered device with the services, its only link, and what is to be told over it.

Rule: callbacks in, jobs out.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from bumble.core import UUID, BaseBumbleError
from bumble.device import Connection
from bumble.pairing import PairingConfig, PairingDelegate

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.bonds import BondStore
from wearsync_simulators.radio.peripheral import PoweredDevice, open_device
from wearsync_simulators.watches.infinitime.firmware import Tell
from wearsync_simulators.watches.infinitime.gatt import Reached, Services, advertisement, scan_response
from wearsync_simulators.watches.link_jobs import LinkJobs

__all__ = ["Antenna", "Ears", "Identity"]

# NimbleController.cpp, StartAdvertising: 15 rounds of 2 s at 32 to 47 units of 0.625 ms, then 1636 to 1651.
FAST_S = 30.0
FAST_INTERVAL_MS = (20.0, 29.375)
SLOW_INTERVAL_MS = (1022.5, 1031.875)
# SystemTask.cpp: "bleDiscoveryTimer" counts six updates of 100 ms, then the host's services are looked for.
DISCOVERY_S = 0.6
CURRENT_TIME_SERVICE = UUID("1805")
CURRENT_TIME = UUID("2A2B")


class Ears(Protocol):
    """Whom the antenna tells; each call is instant."""

    def reached(self) -> Reached: ...
    def link_up(self) -> None: ...
    def link_down(self) -> None: ...
    def show_code(self) -> int: ...
    def hide_code(self) -> None: ...
    def set_time(self, raw: bytes) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """How the device shows itself, and whom it knows."""

    name: str
    address: str
    firmware: str
    bonds: BondStore


class Antenna:
    """An open radio. Raises RadioUnavailable where `open_device` does."""

    def __init__(self, radio: PoweredDevice, identity: Identity, ears: Ears) -> None:
        self._radio = radio
        self._identity = identity
        self._ears = ears
        self._discovery: asyncio.Task[None] | None = None
        self._slower: asyncio.TimerHandle | None = None
        device = radio.device
        device.keystore = identity.bonds
        device.pairing_config_factory = lambda _link: PairingConfig(
            sc=True, mitm=True, bonding=True, delegate=_Display(ears)
        )
        self._services = Services(device, reached=ears.reached(), firmware=identity.firmware)
        device.on(device.EVENT_CONNECTION, self._connected)
        self._jobs = LinkJobs(f"antenna of {identity.name}", lost=radio.lost)
        self._advertise()

    @classmethod
    async def open(
        cls, where: Air | str, identity: Identity, ears: Ears, *, capture: Path | None = None
    ) -> "Antenna":
        """Power on, and advertise."""
        radio = await open_device(where, name=identity.name, address=identity.address, capture=capture)
        return cls(radio, identity, ears)

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done when the radio is gone."""
        return self._radio.lost

    def tell(self, tell: Tell) -> None:
        """Notify the host."""
        self._jobs.over_link(lambda link: self._services.tell(link, tell))

    async def set_in_range(self, in_range: bool) -> None:
        """Leave everybody's range, or come back. Raises RadioUnavailable on a real adapter."""
        await self._radio.set_in_range(in_range)

    async def close(self) -> None:
        """Fall silent."""
        self._stop_discovery()
        if self._slower is not None:
            self._slower.cancel()
        await self._jobs.close()
        await self._radio.close()

    def _advertise(self) -> None:
        """Fast for half a minute, then slowly."""
        self._jobs.without_link(partial(self._advertise_every, FAST_INTERVAL_MS))
        self._slower = asyncio.get_running_loop().call_later(
            FAST_S, self._jobs.without_link, partial(self._advertise_every, SLOW_INTERVAL_MS)
        )

    async def _advertise_every(self, interval_ms: tuple[float, float]) -> None:
        least_ms, most_ms = interval_ms
        await self._radio.device.start_advertising(
            advertising_data=advertisement(),
            scan_response_data=scan_response(self._identity.name),
            advertising_interval_min=least_ms,
            advertising_interval_max=most_ms,
        )

    def _connected(self, link: Connection) -> None:
        self._jobs.link = link
        if self._slower is not None:
            self._slower.cancel()
        link.on(link.EVENT_DISCONNECTION, lambda _reason: self._disconnected(link))
        link.on(link.EVENT_PAIRING, lambda _keys: self._ears.hide_code())
        link.on(link.EVENT_PAIRING_FAILURE, lambda _reason: self._ears.hide_code())
        self._discovery = asyncio.create_task(self._discover(link), name="discovery of the host")
        self._ears.link_up()

    def _disconnected(self, link: Connection) -> None:
        if link is self._jobs.link:
            self._jobs.link = None
            self._stop_discovery()
            self._ears.link_down()
            if not self._jobs.is_closed:
                self._advertise()

    def _stop_discovery(self) -> None:
        if self._discovery is not None:
            self._discovery.cancel()

    async def _discover(self, link: Connection) -> None:
        """Look for the host's clock, and take its time. (Its alerts, which the firmware looks for too, are
        not asked for: wearsync's host has none.)
        """
        await asyncio.sleep(DISCOVERY_S)
        try:
            host = link.gatt_client
            for service in await host.discover_service(CURRENT_TIME_SERVICE):
                for clock in await service.discover_characteristics([CURRENT_TIME]):
                    self._ears.set_time(await host.read_value(clock))
        except (BaseBumbleError, TimeoutError):
            return  # the firmware gives up as quietly


class _Display(PairingDelegate):
    """A display and no keys: a passkey is shown, whoever asks; a host without a keyboard is let in unseen."""

    def __init__(self, ears: Ears) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)
        self._ears = ears

    async def generate_passkey(self) -> int:
        return self._ears.show_code()
