"""The watch's GATT services on Bumble (docs/hold-profile.md, section 1).

Rule: attributes and their permissions, nothing else; what is written goes to the callbacks, what is read
comes from them. Bumble takes a Just Works key for an authenticated one, so Key asks `link_security` itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

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
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService

from wearsync_simulators.radio.peripheral import link_security

__all__ = ["SERVICE", "Reached", "Services", "advertisement", "scan_response"]

SERVICE = "f69b0000-d1cb-4904-adda-db6c343c41a1"
INFO = "f69b0001-d1cb-4904-adda-db6c343c41a1"
UP = "f69b0002-d1cb-4904-adda-db6c343c41a1"
DOWN = "f69b0003-d1cb-4904-adda-db6c343c41a1"
KEY = "f69b0004-d1cb-4904-adda-db6c343c41a1"
# "The local name, at most 10 bytes": what the scan response has left.
NAME_MAX_BYTES = 10

_Properties = Characteristic.Properties
_Permissions = att.Attribute.Permissions


@dataclass(frozen=True, slots=True)
class Reached:
    """What a host reaches through the services. `key` gives the ATT error, None if the key was taken."""

    info: Callable[[], bytes]
    down: Callable[[Connection, bytes], None]
    key: Callable[[bytes], int | None]
    battery_percent: Callable[[], int]


class Services:
    """The services of one device. `lab`: open permissions; `display` False: Key needs only encryption."""

    def __init__(self, device: Device, *, reached: Reached, firmware: str, lab: bool, display: bool) -> None:
        self._device = device
        self._reached = reached
        self._vouched = display and not lab
        self._lab = lab
        self._up = self._notified(UP)
        self._battery = BatteryService(lambda _link: reached.battery_percent())
        device.add_service(
            Service(
                UUID(SERVICE),
                [
                    Characteristic(
                        UUID(INFO),
                        _Properties.READ,
                        _Permissions.READABLE,
                        CharacteristicValue(read=lambda _link: reached.info()),
                    ),
                    self._up,
                    self._written(DOWN, reached.down),
                    self._written(KEY, self._write_key),
                ],
            )
        )
        device.add_service(self._battery)
        device.add_service(
            DeviceInformationService(
                manufacturer_name="wearsync", model_number="simulated watch", firmware_revision=firmware
            )
        )

    async def notify(self, link: Connection, frame: bytes) -> None:
        """Send a frame up, if the host has subscribed."""
        await self._device.notify_subscriber(link, self._up, frame)

    async def notify_battery(self, link: Connection) -> None:
        """Tell the battery's level, if the host has subscribed."""
        await self._device.notify_subscriber(link, self._battery.battery_level_characteristic)

    def _write_key(self, link: Connection, key: bytes) -> None:
        if self._vouched and not link_security(link).authenticated:
            raise att.ATT_Error(att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR)
        error = self._reached.key(key)
        if error is not None:
            raise att.ATT_Error(att.ErrorCode(error))

    def _written(self, uuid: str, write: Callable[[Connection, bytes], None]) -> Characteristic[bytes]:
        return Characteristic(
            UUID(uuid), _Properties.WRITE, self._writable(), CharacteristicValue(write=write)
        )

    def _notified(self, uuid: str) -> Characteristic[bytes]:
        characteristic = Characteristic[bytes](UUID(uuid), _Properties.NOTIFY, _Permissions(0), b"")
        # Bumble's own descriptor is open: who may not read Up may not subscribe to it either.
        characteristic.descriptors = [
            Descriptor(
                GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
                _Permissions.READABLE | self._writable(),
                self._device.gatt_server.make_descriptor_value(characteristic),
            )
        ]
        return characteristic

    def _writable(self) -> att.Attribute.Permissions:
        if self._lab:
            return _Permissions.WRITEABLE
        return _Permissions.WRITEABLE | _Permissions.WRITE_REQUIRES_ENCRYPTION


def advertisement() -> bytes:
    """Flags (general discoverable, no BR/EDR) and the complete list of 128-bit service UUIDs."""
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, b"\x06"),
                (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(SERVICE))),
            ]
        )
    )


def scan_response(name: str, flags: int) -> bytes:
    """The service data's one byte, and the name."""
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.SERVICE_DATA_128_BIT_UUID, bytes(UUID(SERVICE)) + bytes([flags])),
                (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode()),
            ]
        )
    )
