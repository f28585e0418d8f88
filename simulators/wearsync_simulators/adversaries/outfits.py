"""What hostile watches have on the air beside their frames: advertisements and attributes that lie.

    HostileWatch(guise, outfitter=mute(Opcode.ATT_READ_REQUEST))

Rule: each is an `Outfitter`: the hold profile's service, with one thing wrong with it.
"""

from collections.abc import Callable, Sequence
from enum import Enum

from bumble import att
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt_server import Server

from wearsync import __version__
from wearsync_simulators.watches.antenna import Ears, HoldOutfit, Identity, Outfit, Outfitter
from wearsync_simulators.watches.gatt import SERVICE, Reached, Services

__all__ = ["Endless", "advertises", "endless", "mute", "service_data", "twice"]

_BATTERY = UUID.from_16_bits(0x180F).to_bytes()
# Declaration of a characteristic: properties (read), handle of its value, UUID (Vol 3, Part G, 3.3.1).
_READ = 0x02
# Attributes of one service that never ends: from here to the last handle there is.
_LAST_HANDLE = 0xFFFF

Heard = Callable[[Connection, bytes], None]


class Endless(Enum):
    """What never ends: services, characteristics or descriptors; each answer holds one more."""

    SERVICES = "services"
    CHARACTERISTICS = "characteristics"
    DESCRIPTORS = "descriptors"


def advertises(*scan_responses: bytes) -> Outfitter:
    """Advertises these scan responses, the next one each time that it begins again; the last one stays."""

    def outfit(device: Device, identity: Identity, ears: Ears, heard: Heard) -> Outfit:
        return _Advertising(device, identity, ears, heard, scan_responses)

    return outfit


def service_data(data: bytes, name: bytes = b"") -> bytes:
    """A scan response with that service data, and with a name if there is room for one."""
    structures = [(int(AdvertisingData.SERVICE_DATA_128_BIT_UUID), bytes(UUID(SERVICE)) + data)]
    if name:
        structures.append((int(AdvertisingData.COMPLETE_LOCAL_NAME), name))
    return bytes(AdvertisingData(structures))


def mute(opcode: int) -> Outfitter:
    """Never answers requests of that ATT opcode."""

    def outfit(device: Device, identity: Identity, ears: Ears, heard: Heard) -> Outfit:
        device.gatt_server = _Mute(device, opcode)
        return HoldOutfit(device, identity, ears, heard)

    return outfit


def endless(what: Endless) -> Outfitter:
    """Has services, characteristics or descriptors without end."""

    def outfit(device: Device, identity: Identity, ears: Ears, heard: Heard) -> Outfit:
        device.gatt_server = _Endless(device, what)
        return HoldOutfit(device, identity, ears, heard)

    return outfit


def twice(device: Device, identity: Identity, ears: Ears, heard: Heard) -> Outfit:
    """Has the service two times, with the same UUIDs."""
    outfit = HoldOutfit(device, identity, ears, heard)
    reached = Reached(ears.info, heard, ears.key, ears.battery_percent)
    Services(device, reached=reached, firmware=__version__, lab=identity.lab, display=identity.display)
    return outfit


class _Advertising(HoldOutfit):
    def __init__(
        self, device: Device, identity: Identity, ears: Ears, heard: Heard, scan_responses: Sequence[bytes]
    ) -> None:
        super().__init__(device, identity, ears, heard)
        self._waiting = list(scan_responses)

    def advertising(self, flags: int) -> tuple[bytes, bytes]:
        advertised, scanned = super().advertising(flags)
        if self._waiting:
            scanned = self._waiting[0] if len(self._waiting) == 1 else self._waiting.pop(0)
        return advertised, scanned


class _Mute(Server):
    def __init__(self, device: Device, opcode: int) -> None:
        super().__init__(device)
        self._opcode = opcode

    def on_gatt_pdu(self, bearer: att.Bearer, att_pdu: att.ATT_PDU) -> None:
        if att_pdu.op_code != self._opcode:
            super().on_gatt_pdu(bearer, att_pdu)


class _Endless(Server):
    """One attribute for each question, at the handle where the question begins."""

    def __init__(self, device: Device, what: Endless) -> None:
        super().__init__(device)
        self._what = what

    def on_gatt_pdu(self, bearer: att.Bearer, att_pdu: att.ATT_PDU) -> None:
        answer = self._answer(att_pdu)
        if answer is None:
            super().on_gatt_pdu(bearer, att_pdu)
        else:
            self.send_response(bearer, answer)

    def _answer(self, asked: att.ATT_PDU) -> att.ATT_PDU | None:
        match asked:
            case att.ATT_Read_By_Group_Type_Request(starting_handle=first):
                last = first if self._what is Endless.SERVICES else _LAST_HANDLE
                return att.ATT_Read_By_Group_Type_Response(
                    length=4 + len(_BATTERY), attribute_data_list=_handles(first, last) + _BATTERY
                )
            case att.ATT_Read_By_Type_Request(starting_handle=first):
                if self._what is Endless.DESCRIPTORS and first > 1:
                    return None
                declared = bytes([_READ]) + _handles(first + 1) + _BATTERY
                return att.ATT_Read_By_Type_Response(
                    length=2 + len(declared), attribute_data_list=_handles(first) + declared
                )
            case att.ATT_Find_Information_Request(starting_handle=first):
                return att.ATT_Find_Information_Response(
                    format=1, information_data=_handles(first) + _BATTERY
                )
            case _:
                return None


def _handles(*handles: int) -> bytes:
    return b"".join(handle.to_bytes(2, "little") for handle in handles)
