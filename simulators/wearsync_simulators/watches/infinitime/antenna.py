"""The watch's Bluetooth: one powered device with the services, its only link, and what is to be told over it.

Rule: callbacks in, jobs out. Jobs are done in their order by one task, so what is told keeps its order; a job
of a link that is gone is forgotten.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never

from bumble.core import UUID, BaseBumbleError
from bumble.device import Connection
from bumble.pairing import PairingConfig, PairingDelegate

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.bonds import BondStore
from wearsync_simulators.radio.peripheral import PoweredDevice, open_device
from wearsync_simulators.watches.infinitime.firmware import Tell
from wearsync_simulators.watches.infinitime.gatt import Reached, Services, advertisement, scan_response

__all__ = ["Antenna", "Ears", "Identity"]

# NimbleController.cpp, StartAdvertising: 15 rounds of 2 s at 32 to 47 units of 0.625 ms, then 1636 to 1651.
FAST_S = 30.0
FAST_INTERVAL_MS = (20.0, 29.375)
SLOW_INTERVAL_MS = (1022.5, 1031.875)
# SystemTask.cpp: "bleDiscoveryTimer" counts six updates of 100 ms, then the host's services are looked for.
DISCOVERY_S = 0.6
# A controller answers within milliseconds; one that does not by now is not waited for.
JOB_DEADLINE_S = 1.0
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


@dataclass(frozen=True, slots=True)
class _Notify:
    link: Connection
    tell: Tell


@dataclass(frozen=True, slots=True)
class _Advertise:
    interval_ms: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _End:
    """No job comes after this one."""


_Job = _Notify | _Advertise | _End


class Antenna:
    """An open radio. Raises RadioUnavailable where `open_device` does."""

    def __init__(self, radio: PoweredDevice, identity: Identity, ears: Ears) -> None:
        self._radio = radio
        self._identity = identity
        self._ears = ears
        self._link: Connection | None = None
        self._closed = False
        self._discovery: asyncio.Task[None] | None = None
        # Bounded by what feeds it: a hand, and one link's coming and going.
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._slower: asyncio.TimerHandle | None = None
        device = radio.device
        device.keystore = identity.bonds
        device.pairing_config_factory = lambda _link: PairingConfig(
            sc=True, mitm=True, bonding=True, delegate=_Display(ears)
        )
        self._services = Services(device, reached=ears.reached(), firmware=identity.firmware)
        device.on(device.EVENT_CONNECTION, self._connected)
        self._worker = asyncio.create_task(self._work(), name=f"antenna of {identity.name}")
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
        if self._link is not None:
            self._jobs.put_nowait(_Notify(self._link, tell))

    async def set_in_range(self, in_range: bool) -> None:
        """Leave everybody's range, or come back. Raises RadioUnavailable on a real adapter."""
        await self._radio.set_in_range(in_range)

    async def close(self) -> None:
        """Fall silent."""
        self._closed = True
        self._stop_discovery()
        if self._slower is not None:
            self._slower.cancel()
        self._jobs.put_nowait(_End())
        # A job that is cut off leaves an HCI command open, and the next one's answer out of step.
        await asyncio.wait(
            {self._worker, self.lost}, timeout=JOB_DEADLINE_S, return_when=asyncio.FIRST_COMPLETED
        )
        self._worker.cancel()
        await asyncio.wait({self._worker})
        await self._radio.close()

    def _advertise(self) -> None:
        """Fast for half a minute, then slowly."""
        self._jobs.put_nowait(_Advertise(FAST_INTERVAL_MS))
        self._slower = asyncio.get_running_loop().call_later(
            FAST_S, self._jobs.put_nowait, _Advertise(SLOW_INTERVAL_MS)
        )

    def _connected(self, link: Connection) -> None:
        self._link = link
        if self._slower is not None:
            self._slower.cancel()
        link.on(link.EVENT_DISCONNECTION, lambda _reason: self._disconnected(link))
        link.on(link.EVENT_PAIRING, lambda _keys: self._ears.hide_code())
        link.on(link.EVENT_PAIRING_FAILURE, lambda _reason: self._ears.hide_code())
        self._discovery = asyncio.create_task(self._discover(link), name="discovery of the host")
        self._ears.link_up()

    def _disconnected(self, link: Connection) -> None:
        if link is self._link:
            self._link = None
            self._stop_discovery()
            self._ears.link_down()
            if not self._closed:
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

    async def _work(self) -> None:
        # Until Python 3.12 a wait_for inside Bumble may swallow the cancellation (python/cpython#86296).
        while not self._closed:
            job = await self._jobs.get()
            try:
                await self._do(job)
            except (BaseBumbleError, ConnectionError):
                # The link, or the whole radio, went while it was being used: its own event tells of that.
                continue

    async def _do(self, job: _Job) -> None:
        match job:
            case _Notify(link, tell):
                if link is self._link:
                    await self._services.tell(link, tell)
            case _Advertise((least_ms, most_ms)):
                if self._link is None:
                    await self._radio.device.start_advertising(
                        advertising_data=advertisement(),
                        scan_response_data=scan_response(self._identity.name),
                        advertising_interval_min=least_ms,
                        advertising_interval_max=most_ms,
                    )
            case _End():
                pass
            case _:
                assert_never(job)


class _Display(PairingDelegate):
    """A display and no keys: a passkey is shown, whoever asks; a host without a keyboard is let in unseen."""

    def __init__(self, ears: Ears) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)
        self._ears = ears

    async def generate_passkey(self) -> int:
        return self._ears.show_code()
