"""The Bangle's Nordic UART on Bumble: one characteristic in, one out, and how it advertises and pairs.

Rule: bytes only. As on the real one, what is sent while nobody has subscribed is lost, an MTU above the
firmware's own is not to be had, and while a passkey is set nobody gets at the service who has not typed it
(targets/nrf5x/bluetooth.c, jsble_update_security).
"""

from collections.abc import Callable
from typing import Protocol

from bumble import att
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Descriptor,
    Service,
)
from bumble.pairing import PairingConfig, PairingDelegate

from wearsync_simulators.radio.pairing import LinkSecurity, link_security
from wearsync_simulators.watches.antenna import Ears, Identity

__all__ = ["PACKET_MAX_BYTES", "UART", "UART_RX", "UART_TX", "Lock", "UartOutfit"]

UART = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
UART_RX = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
UART_TX = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
# The hold profile's service, under which the app advertises its byte.
PROFILE = "f69b0000-d1cb-4904-adda-db6c343c41a1"
# Espruino's buffer for one packet; with the header of 3 bytes that is its MTU of 131.
PACKET_MAX_BYTES = 128
ATT_HEADER_BYTES = 3

_Properties = Characteristic.Properties
_Permissions = att.Attribute.Permissions


class Lock(Protocol):
    """What pairing needs of the watch, and what the watch wants to know of the link."""

    def passkey(self) -> int | None:
        """The digits on the display; None: it pairs without."""

    def secured(self, security: LinkSecurity) -> None:
        """What protects the link now."""


class UartOutfit:
    """The Nordic UART service. Espruino pairs by a passkey if a program has set one, else Just Works."""

    def __init__(
        self,
        device: Device,
        identity: Identity,
        ears: Ears,
        heard: Callable[[Connection, bytes], None],
        *,
        lock: Lock,
        mtu: int,
    ) -> None:
        self._device = device
        self._name = identity.name
        self._ears = ears
        self._heard = heard
        self._lock = lock
        device.gatt_server.max_mtu = mtu
        self._tx = Characteristic[bytes](UUID(UART_TX), _Properties.NOTIFY, _Permissions(0), b"")
        self._tx.descriptors = [
            Descriptor(
                GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
                _Permissions.READABLE | _Permissions.WRITEABLE,
                att.AttributeValueV2(
                    lambda bearer: device.gatt_server.read_cccd(bearer, self._tx), self._subscribed
                ),
            )
        ]
        rx = Characteristic[bytes](
            UUID(UART_RX),
            _Properties.WRITE | _Properties.WRITE_WITHOUT_RESPONSE,
            _Permissions.WRITEABLE,
            CharacteristicValue(write=self._written),
        )
        device.add_service(Service(UUID(UART), [rx, self._tx]))

    def pairing(self) -> PairingConfig:
        """See `Outfit`."""
        passkey = self._lock.passkey()
        return PairingConfig(
            sc=True, mitm=passkey is not None, bonding=True, delegate=_Display(self._ears, passkey)
        )

    def advertising(self, flags: int) -> tuple[bytes, bytes]:
        """See `Outfit`. The name is what a Bangle is known by: so the app's byte, while it has something to
        say, takes the place of the service's UUID.
        """
        if flags:
            told = (AdvertisingData.SERVICE_DATA_128_BIT_UUID, bytes(UUID(PROFILE)) + bytes([flags]))
        else:
            told = (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(UART)))
        name = (AdvertisingData.COMPLETE_LOCAL_NAME, self._name.encode())
        known = [(AdvertisingData.FLAGS, b"\x06"), name]
        return bytes(AdvertisingData(known)), bytes(AdvertisingData([told]))

    async def notify(self, link: Connection, frame: bytes) -> None:
        """See `Outfit`: in packets."""
        size = min(link.att_mtu - ATT_HEADER_BYTES, PACKET_MAX_BYTES)
        for at in range(0, len(frame), size):
            await self._device.notify_subscriber(link, self._tx, frame[at : at + size])

    async def notify_battery(self, link: Connection) -> None:
        """See `Outfit`: it has no such service."""

    def _written(self, link: Connection, data: bytes) -> None:
        self._lock.secured(self._passed(link))
        self._heard(link, data)

    def _subscribed(self, bearer: att.Bearer, data: bytes) -> None:
        assert isinstance(bearer, Connection), "Bangles have no enhanced bearers"
        self._passed(bearer)
        self._device.gatt_server.write_cccd(bearer, self._tx, data)

    def _passed(self, link: Connection) -> LinkSecurity:
        security = link_security(link)
        if self._lock.passkey() is not None and not security.authenticated:
            raise att.ATT_Error(att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR)
        return security


class _Display(PairingDelegate):
    """A display without keys, as Bumble asks for it in pairing; without a passkey, nothing at all."""

    def __init__(self, ears: Ears, passkey: int | None) -> None:
        super().__init__(
            PairingDelegate.NO_OUTPUT_NO_INPUT if passkey is None else PairingDelegate.DISPLAY_OUTPUT_ONLY
        )
        self._ears = ears
        self._passkey = passkey

    async def accept(self) -> bool:
        return self._ears.pairing_asked()

    async def generate_passkey(self) -> int:
        assert self._passkey is not None, "a passkey is asked of a display only"
        return self._passkey
