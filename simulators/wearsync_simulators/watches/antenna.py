"""The watch's Bluetooth: one powered device with the services, its only link, and what is to be sent over it.

Where a watch stands is a `Ground`: `BumbleGround` is the real thing; a world may bring one without Bluetooth.

Rule: callbacks in, jobs out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias

from bumble.device import Connection, Device
from bumble.pairing import PairingConfig, PairingDelegate

from wearsync import __version__
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.bonds import BondStore
from wearsync_simulators.radio.peripheral import PoweredDevice, open_device
from wearsync_simulators.watches.body import Transmitter
from wearsync_simulators.watches.gatt import Reached, Services, advertisement, scan_response
from wearsync_simulators.watches.link_jobs import LinkJobs
from wearsync_simulators.watches.on_air import Radio

__all__ = ["Aerial", "Antenna", "BumbleGround", "Ears", "Ground", "HoldOutfit", "Identity", "Outfit"]

# Found within a second, and no burden for the air of a hundred watches.
ADVERTISING_INTERVAL_MS = 100.0


class Ears(Protocol):
    """Whom the antenna tells; each call is instant, but `compare`, which a person answers."""

    def info(self) -> bytes: ...
    def battery_percent(self) -> int: ...
    def advertised(self) -> int: ...
    def link_up(self, mtu: int) -> None: ...
    def link_mtu(self, mtu: int) -> None: ...
    def link_down(self) -> None: ...
    def down(self, raw: bytes) -> None: ...
    def key(self, raw: bytes) -> int | None: ...
    def pairing_asked(self) -> bool: ...
    def pairing_failed(self) -> None: ...
    def compare(self, code: int) -> Awaitable[bool]: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """How the device shows itself. `bonds` None: where they are kept is `keystore_path`'s business."""

    name: str
    address: str
    lab: bool
    display: bool
    keystore_path: Path | None = None
    bonds: BondStore | None = None


class Aerial(Transmitter, Radio, Protocol):
    """An open radio that its body speaks by."""


class Outfit(Protocol):
    """What a family of watches has on the air: its services, how it pairs, how it advertises."""

    def pairing(self) -> PairingConfig:
        """For a pairing that begins now."""

    def advertising(self, flags: int) -> tuple[bytes, bytes]:
        """Advertisement and scan response."""

    async def notify(self, link: Connection, frame: bytes) -> None:
        """Send a frame up, if the host has subscribed."""

    async def notify_battery(self, link: Connection) -> None:
        """Tell the battery's level, if the host has subscribed."""


# Device, identity, whom to tell, and whom to give what was written down.
Outfitter: TypeAlias = Callable[[Device, Identity, Ears, Callable[[Connection, bytes], None]], Outfit]


class Ground(Protocol):
    """Where a watch stands."""

    async def antenna(self, identity: Identity, ears: Ears) -> Aerial:
        """Power on, and advertise. Raises RadioUnavailable."""


@dataclass(frozen=True, slots=True)
class BumbleGround:
    """An air of this process, or a transport that Bumble knows. `capture`: a btsnoop file of the traffic;
    `outfitter` None: the hold profile's.
    """

    where: Air | str
    capture: Path | None = None
    outfitter: Outfitter | None = None

    async def antenna(self, identity: Identity, ears: Ears) -> "Antenna":
        """See `Ground`."""
        return await Antenna.open(self.where, identity, ears, outfitter=self.outfitter, capture=self.capture)


class Antenna:
    """An open radio. Raises RadioUnavailable where `open_device` does."""

    def __init__(self, radio: PoweredDevice, identity: Identity, ears: Ears, outfitter: Outfitter) -> None:
        self._radio = radio
        self._ears = ears
        device = radio.device
        if identity.bonds is not None:
            device.keystore = identity.bonds
        self._outfit = outfitter(device, identity, ears, self._heard)
        device.pairing_config_factory = lambda _link: self._outfit.pairing()
        device.on(device.EVENT_CONNECTION, self._connected)
        self._jobs = LinkJobs(f"antenna of {identity.name}", lost=radio.lost)

    @classmethod
    async def open(
        cls,
        where: Air | str,
        identity: Identity,
        ears: Ears,
        *,
        outfitter: Outfitter | None = None,
        capture: Path | None = None,
    ) -> "Antenna":
        """Power on, and advertise. `outfitter` None: the hold profile's."""
        radio = await open_device(
            where,
            name=identity.name,
            address=identity.address,
            keystore_path=identity.keystore_path,
            capture=capture,
        )
        antenna = cls(radio, identity, ears, outfitter or HoldOutfit)
        antenna.advertise()
        return antenna

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done when the radio is gone."""
        return self._radio.lost

    def notify(self, frame: bytes) -> None:
        """Send a frame up the link."""
        self._jobs.over_link(lambda link: self._outfit.notify(link, frame))

    def drop(self) -> None:
        """Disconnect, after what was sent."""
        self._jobs.over_link(lambda link: link.disconnect())

    def tell_battery(self) -> None:
        """The battery's level has changed."""
        self._jobs.over_link(self._outfit.notify_battery)

    def advertise(self) -> None:
        """Advertise, with the flags as they are now; while connected there is nothing to advertise for."""
        if self._jobs.link is None:
            self._jobs.without_link(partial(self._advertise, self._ears.advertised()))

    async def set_in_range(self, in_range: bool) -> None:
        """Leave everybody's range, or come back. Raises RadioUnavailable on a real adapter."""
        await self._radio.set_in_range(in_range)

    async def close(self) -> None:
        """Fall silent."""
        await self._jobs.close()
        await self._radio.close()

    def _connected(self, link: Connection) -> None:
        self._jobs.link = link
        link.on(link.EVENT_DISCONNECTION, lambda _reason: self._disconnected(link))
        link.on(link.EVENT_CONNECTION_ATT_MTU_UPDATE, lambda: self._ears.link_mtu(link.att_mtu))
        link.on(link.EVENT_PAIRING_FAILURE, lambda _reason: self._ears.pairing_failed())
        self._ears.link_up(link.att_mtu)

    def _disconnected(self, link: Connection) -> None:
        if link is self._jobs.link:
            self._jobs.link = None
            self._ears.link_down()
            self.advertise()

    def _heard(self, link: Connection, raw: bytes) -> None:
        if link is self._jobs.link:
            self._ears.down(raw)

    async def _advertise(self, flags: int) -> None:
        advertised, scanned = self._outfit.advertising(flags)
        await self._radio.device.start_advertising(
            advertising_data=advertised,
            scan_response_data=scanned,
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        )


class HoldOutfit:
    """The hold profile's service; pairing by comparison, or Just Works without a display."""

    def __init__(
        self, device: Device, identity: Identity, ears: Ears, heard: Callable[[Connection, bytes], None]
    ) -> None:
        self._identity = identity
        self._ears = ears
        services = Services(
            device,
            reached=Reached(ears.info, heard, ears.key, ears.battery_percent),
            firmware=__version__,
            lab=identity.lab,
            display=identity.display,
        )
        self.notify, self.notify_battery = services.notify, services.notify_battery

    def pairing(self) -> PairingConfig:
        """See `Outfit`."""
        display = self._identity.display
        return PairingConfig(
            sc=True, mitm=display, bonding=True, delegate=_Wrist(self._ears, display=display)
        )

    def advertising(self, flags: int) -> tuple[bytes, bytes]:
        """See `Outfit`."""
        return advertisement(), scan_response(self._identity.name, flags)


class _Wrist(PairingDelegate):
    """Display and buttons, as Bumble asks for them in pairing."""

    def __init__(self, ears: Ears, *, display: bool) -> None:
        super().__init__(
            PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT if display else PairingDelegate.NO_OUTPUT_NO_INPUT
        )
        self._ears = ears

    async def accept(self) -> bool:
        return self._ears.pairing_asked()

    async def compare_numbers(self, number: int, digits: int) -> bool:
        return await self._ears.compare(number)
