"""InfiniTime's GATT services on Bumble, in the firmware's order (NimbleController.cpp: Init).

Rule: attributes only; what is written goes to the callbacks, what is read comes from them. Nothing needs
encryption: the firmware bonds, and asks for nothing that a bond would protect.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from bumble import att
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service

from wearsync_simulators.watches.infinitime.firmware import Tell, Told
from wearsync_simulators.watches.infinitime.music import Field

__all__ = ["Reached", "Services", "advertisement", "scan_response"]

# The firmware's preferred MTU (mynewt-nimble's syscfg.h).
ATT_MTU_BYTES = 256
HEART_RATE = "180D"
DFU = "00001530-1212-efde-1523-785feabcd123"
TX_POWER_DBM = 0

_Properties = Characteristic.Properties
_Permissions = att.Attribute.Permissions
_READ_WRITE = _Properties.READ | _Properties.WRITE
_READ_NOTIFY = _Properties.READ | _Properties.NOTIFY


def _uuid(service: int, characteristic: int) -> str:
    """SSSSCCCC-…: a service's number, and its characteristic's (doc/ble.md)."""
    return f"{service:04x}{characteristic:04x}-78fc-48fe-8e23-433b3a1942d0"


_MUSIC, _NAVIGATION, _CALL, _MOTION = range(4)
# As they stand in MusicService.cpp: LENGTH twice, by a slip, so that one UUID has two handles.
_FIELDS = (
    Field.STATUS,
    Field.TRACK,
    Field.ARTIST,
    Field.ALBUM,
    Field.POSITION,
    Field.LENGTH,
    Field.LENGTH,
    Field.TRACK_NUMBER,
    Field.TRACKS,
    Field.SPEED,
    Field.REPEAT,
    Field.SHUFFLE,
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a host reaches through the services. `set_time` gives the ATT error, None if it was taken."""

    music: Callable[[Field, bytes], None]
    alert: Callable[[bytes], None]
    alert_level: Callable[[bytes], None]
    time: Callable[[], bytes]
    set_time: Callable[[bytes], int | None]
    battery_percent: Callable[[], int]


class Services:
    """The services of one device. `firmware`: the revision that it tells, "1.16.0"."""

    def __init__(self, device: Device, *, reached: Reached, firmware: str) -> None:
        self._device = device
        self._reached = reached
        device.gatt_server.max_mtu = ATT_MTU_BYTES
        self._told = {
            Told.MUSIC: _notified(_uuid(_MUSIC, 1)),
            Told.CALL: _notified(_uuid(_CALL, 1)),
            Told.BATTERY: _read("2A19", lambda: bytes([reached.battery_percent()]), _READ_NOTIFY),
        }
        device.add_services(
            [
                _information(firmware),
                self._time(),
                self._music(),
                _navigation(),
                Service(UUID("1811"), [_written("2A46", reached.alert), self._told[Told.CALL]]),
                Service(UUID("180F"), [self._told[Told.BATTERY]]),
                Service(
                    UUID("1802"), [_written("2A06", reached.alert_level, _Properties.WRITE_WITHOUT_RESPONSE)]
                ),
                # Flags, and a rate that is 0 while nothing is measured.
                Service(UUID(HEART_RATE), [_read("2A37", lambda: b"\0\0", _READ_NOTIFY)]),
                Service(
                    UUID(_uuid(_MOTION, 0)),
                    [
                        _read(_uuid(_MOTION, 1), lambda: bytes(4), _READ_NOTIFY),  # steps, u32
                        _read(_uuid(_MOTION, 2), lambda: bytes(6), _READ_NOTIFY),  # x, y, z, i16
                    ],
                ),
            ]
        )

    async def tell(self, link: Connection, tell: Tell) -> None:
        """Notify, whether the host has subscribed or not."""
        await self._device.notify_subscriber(link, self._told[tell.on], tell.value, force=True)

    def _time(self) -> Service:
        def write(raw: bytes) -> None:
            error = self._reached.set_time(raw)
            if error is not None:
                raise att.ATT_Error(att.ErrorCode(error))

        zone = Characteristic(  # time zone and summer time; kept, and of no effect on the local time
            UUID("2A0F"),
            _READ_WRITE,
            _Permissions.READABLE | _Permissions.WRITEABLE,
            struct.pack("<bb", 0, 0),
        )
        return Service(UUID("1805"), [zone, _written("2A2B", write, _READ_WRITE, self._reached.time)])

    def _music(self) -> Service:
        def field(which: Field) -> Characteristic[bytes]:
            return _written(
                _uuid(_MUSIC, which), lambda raw: self._reached.music(which, raw), _READ_WRITE, bytes
            )

        return Service(UUID(_uuid(_MUSIC, 0)), [self._told[Told.MUSIC], *map(field, _FIELDS)])


def advertisement() -> bytes:
    """Flags, the heart rate service, the firmware update service, the transmit power."""
    kinds = AdvertisingData.Type
    return bytes(
        AdvertisingData(
            [
                (kinds.FLAGS, b"\x06"),
                (kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(HEART_RATE))),
                (kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(DFU))),
                (kinds.TX_POWER_LEVEL, struct.pack("b", TX_POWER_DBM)),
            ]
        )
    )


def scan_response(name: str) -> bytes:
    """The name."""
    return bytes(AdvertisingData([(AdvertisingData.Type.COMPLETE_LOCAL_NAME, name.encode())]))


def _information(firmware: str) -> Service:
    told = {
        "2A29": "PINE64",
        "2A24": "PineTime",
        "2A25": "0",
        "2A26": firmware,
        "2A27": "1.0.0",
        "2A28": "InfiniTime",
    }
    return Service(
        UUID("180A"),
        [
            Characteristic(UUID(uuid), _Properties.READ, _Permissions.READABLE, text.encode())
            for uuid, text in told.items()
        ],
    )


def _navigation() -> Service:
    """Flag, narrative, distance, progress: taken, for an app that nobody here has open."""
    return Service(
        UUID(_uuid(_NAVIGATION, 0)),
        [
            _written(_uuid(_NAVIGATION, number), lambda _raw: None, _READ_WRITE, bytes)
            for number in range(1, 5)
        ],
    )


def _notified(uuid: str) -> Characteristic[bytes]:
    return Characteristic(UUID(uuid), _Properties.NOTIFY, _Permissions(0), b"")


def _read(uuid: str, read: Callable[[], bytes], properties: _Properties) -> Characteristic[bytes]:
    return Characteristic(
        UUID(uuid), properties, _Permissions.READABLE, CharacteristicValue(read=lambda _link: read())
    )


def _written(
    uuid: str,
    write: Callable[[bytes], None],
    properties: _Properties = _Properties.WRITE,
    read: Callable[[], bytes] | None = None,
) -> Characteristic[bytes]:
    """`read` bytes(): the firmware takes a read of what was written, and answers with nothing."""
    permissions = _Permissions.WRITEABLE | (_Permissions(0) if read is None else _Permissions.READABLE)
    value = CharacteristicValue[bytes](
        read=None if read is None else lambda _link: read(), write=lambda _link, raw: write(raw)
    )
    return Characteristic(UUID(uuid), properties, permissions, value)
