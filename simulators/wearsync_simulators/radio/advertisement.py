"""What bleak tells of an advertisement, out of its AD structures.

Rule: a structure that is too short for its type is left out; the rest is still told.
"""

import uuid

from bleak.backends.scanner import AdvertisementData
from bleak.uuids import normalize_uuid_16, normalize_uuid_32
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement

__all__ = ["advertisement_data", "bleak_uuid"]

_Type = AdvertisingData.Type

# Bytes of a UUID, by the AD type that carries it (Core Specification Supplement, Part A, 1.1 and 1.11).
_UUID_BYTES_OF_SERVICE_DATA = {
    _Type.SERVICE_DATA_16_BIT_UUID: 2,
    _Type.SERVICE_DATA_32_BIT_UUID: 4,
    _Type.SERVICE_DATA_128_BIT_UUID: 16,
}
_UUID_BYTES_OF_SERVICE_LIST = {
    _Type.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    _Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS: 2,
    _Type.INCOMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS: 4,
    _Type.COMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS: 4,
    _Type.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
    _Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS: 16,
}


def advertisement_data(advertisement: Advertisement) -> AdvertisementData:
    """As bleak has it: UUIDs as 36 lower-case characters, RSSI in dBm."""
    structures = advertisement.data.ad_structures
    by_type = dict(structures)
    name = by_type.get(_Type.COMPLETE_LOCAL_NAME, by_type.get(_Type.SHORTENED_LOCAL_NAME))
    tx_power = by_type.get(_Type.TX_POWER_LEVEL)
    return AdvertisementData(
        local_name=None if name is None else name.decode("utf-8", errors="replace"),
        manufacturer_data={
            int.from_bytes(data[:2], "little"): data[2:]
            for kind, data in structures
            if kind == _Type.MANUFACTURER_SPECIFIC_DATA and len(data) >= 2
        },
        service_data={
            _uuid(data[:width]): data[width:]
            for kind, data in structures
            if (width := _UUID_BYTES_OF_SERVICE_DATA.get(kind, 0)) and len(data) >= width
        },
        service_uuids=[
            _uuid(data[start : start + width])
            for kind, data in structures
            if (width := _UUID_BYTES_OF_SERVICE_LIST.get(kind, 0))
            for start in range(0, len(data) - width + 1, width)
        ],
        tx_power=None if tx_power is None else int.from_bytes(tx_power[:1], "little", signed=True),
        rssi=advertisement.rssi,
        platform_data=(advertisement,),
    )


def bleak_uuid(bumble_uuid: UUID) -> str:
    """A Bumble UUID as bleak writes it."""
    return _uuid(bumble_uuid.to_bytes())


def _uuid(data: bytes) -> str:
    # Not by way of Bumble's UUID: it looks each one up in a list of all that were ever seen.
    match len(data):
        case 2:
            return normalize_uuid_16(int.from_bytes(data, "little"))
        case 4:
            return normalize_uuid_32(int.from_bytes(data, "little"))
        case _:
            return str(uuid.UUID(bytes=data[::-1]))
