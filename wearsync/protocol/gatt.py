"""What stands around the frames (docs/hold-profile.md, section 1): UUIDs, Info, the advertisement, limits.

Rule: nothing here is authenticated; what Info says is believed only as far as the handshake bears it out.
"""

import struct
from dataclasses import dataclass
from typing import Final

from wearsync.errors import UnfitWatch

SERVICE_UUID: Final = "f69b0000-d1cb-4904-adda-db6c343c41a1"
INFO_UUID: Final = "f69b0001-d1cb-4904-adda-db6c343c41a1"
UP_UUID: Final = "f69b0002-d1cb-4904-adda-db6c343c41a1"
DOWN_UUID: Final = "f69b0003-d1cb-4904-adda-db6c343c41a1"
KEY_UUID: Final = "f69b0004-d1cb-4904-adda-db6c343c41a1"

# The versions that this host speaks.
VERSION_MIN: Final = 1
VERSION_MAX: Final = 1

# "ATT MTU ≥ 72, or the host says so and leaves": a STEP with 40 bytes of text and a record of 52 fit.
MTU_MIN_BYTES: Final = 72
# "A frame is at most min(MTU − 3, 512) bytes": 3 are ATT's own, 512 is the longest attribute there is.
ATT_HEADER_BYTES: Final = 3
FRAME_MAX_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Info:
    """The characteristic Info. `watch_id`: 16 bytes."""

    version_min: int
    version_max: int
    watch_id: bytes
    flags: int

    @property
    def in_pairing_mode(self) -> bool:
        """A key can be written now."""
        return bool(self.flags & 1)

    @property
    def takes_key_unauthenticated(self) -> bool:
        """A watch without a display: the link that carries the key need only be encrypted."""
        return bool(self.flags & 2)

    @property
    def is_open(self) -> bool:
        """A laboratory watch: no permissions, no handshake, no tags."""
        return bool(self.flags & 4)


@dataclass(frozen=True, slots=True)
class Advertised:
    """The service data in the scan response. `has_news`: records that no host has acknowledged."""

    in_pairing_mode: bool
    has_news: bool
    asks_for_host: bool


def read_info(data: bytes) -> Info:
    """Take Info apart. Raises `UnfitWatch` when it is malformed, or when no version is common."""
    if len(data) != _INFO.size:
        raise UnfitWatch(f"not a wearsync watch: its Info has {len(data)} bytes, not {_INFO.size}")
    info = Info(*_INFO.unpack(data))
    if info.version_min > info.version_max:
        raise UnfitWatch(
            f"not a wearsync watch: its versions run from {info.version_min} to {info.version_max}"
        )
    if info.version_max < VERSION_MIN or info.version_min > VERSION_MAX:
        older = "the watch's firmware" if info.version_max < VERSION_MIN else "wearsync"
        raise UnfitWatch(
            f"the watch speaks hold profile {version_span(info.version_min, info.version_max)}, "
            f"this wearsync speaks {version_span(VERSION_MIN, VERSION_MAX)}: upgrade {older}"
        )
    return info


def version_span(first: int, last: int) -> str:
    """Versions in words: `1`, `2–3`."""
    return str(first) if first == last else f"{first}–{last}"


def read_advertised(service_data: bytes) -> Advertised:
    """Take the service data apart; no bytes mean nothing special, more than one are of a later version."""
    flags = service_data[0] if service_data else 0
    return Advertised(bool(flags & 1), bool(flags & 2), bool(flags & 4))


def frame_max_bytes(mtu: int) -> int:
    """The longest frame, tag included, that an ATT MTU carries. Raises `UnfitWatch` for too small a one."""
    if mtu < MTU_MIN_BYTES:
        raise UnfitWatch(
            f"the link carries an ATT MTU of {mtu}, the hold profile needs {MTU_MIN_BYTES}: "
            "use an adapter or a firmware that agrees on a larger one"
        )
    return min(mtu - ATT_HEADER_BYTES, FRAME_MAX_BYTES)


# version_min u8 | version_max u8 | watch_id 16 B | flags u8
_INFO = struct.Struct("<BB16sB")
