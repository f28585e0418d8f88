"""bleak on the virtual air.

    BleakScanner(backend=VirtualScanner, central=central)
    BleakClient(device, backend=VirtualClient, central=central)

Rule: what a caller of bleak's BlueZ backend sees, a caller of this one sees: the same errors, the same order.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError
from bumble import att
from bumble.device import Advertisement, Connection
from bumble.gatt_client import CharacteristicProxy, Client

from wearsync_simulators.radio.advertisement import advertisement_data, bleak_uuid
from wearsync_simulators.radio.central import Central, bleak_errors, while_linked
from wearsync_simulators.radio.pairing import link_security

__all__ = ["VirtualClient", "VirtualScanner"]

# The largest that ATT allows; what BlueZ asks for.
ATT_MTU_WANTED = 517

# The longest attribute value (Vol 3, Part F, 3.2.9).
ATTRIBUTE_BYTES_MAX = 512

# Writes without response that may wait in the host before the next one has to; a controller holds 64 packets.
WRITES_AHEAD_MAX = 64

# ATT errors that say "encrypt first" (Vol 3, Part F, 3.4.1.1).
_ENCRYPT_FIRST = (att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR, att.ATT_INSUFFICIENT_ENCRYPTION_ERROR)

# The descriptor that switches notifications on (Vol 3, Part G, 3.3.3.3).
_CCCD = "2902"

_Answer = TypeVar("_Answer")


class VirtualScanner(BaseBleakScanner):
    """bleak's scanner on a central."""

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str = "active",
        *,
        central: Central,
        **_other: object,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._central = central
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        """Forget what was seen, and scan."""
        self.seen_devices = {}
        await self._central.listen(self._heard, active=self._active)

    async def stop(self) -> None:
        """Scan no more."""
        await self._central.stop_listening(self._heard)

    def _heard(self, advertisement: Advertisement) -> None:
        data = advertisement_data(advertisement)
        if self.is_allowed_uuid(data.service_uuids):
            address = advertisement.address.to_string(with_type_qualifier=False)
            details = {"address_type": int(advertisement.address.address_type)}
            device = self.create_or_update_device(address, address, data.local_name, details, data)
            self.call_detection_callbacks(device, data)


class VirtualClient(BaseBleakClient):
    """bleak's client on a central: one object, any number of connections one after the other."""

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        central: Central,
        disconnected_callback: Callable[[], None] | None = None,
        timeout: float = 10.0,
        **_other: object,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        self._central = central
        self._seen = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._connection: Connection | None = None
        self._notifying: set[int] = set()

    @property
    def name(self) -> str:
        """What it was called in the scan, else its address."""
        return (self._seen and self._seen.name) or self.address

    @property
    def mtu_size(self) -> int:
        """The negotiated ATT MTU in bytes."""
        return self._require_link().att_mtu

    @property
    def is_connected(self) -> bool:
        """Whether the link is there."""
        return self._connection is not None

    # --- connectivity

    async def connect(self, pair: bool, **kwargs: object) -> None:
        """Connect, encrypt if there is a bond, agree on the MTU, pair if asked to, discover the services.

        Raises TimeoutError (a device that was seen), BleakDeviceNotFoundError (a bare address), BleakError.
        """
        if self.is_connected:
            raise BleakError("already connected")
        wanted = kwargs.get("timeout", self._timeout)
        timeout_s = float(wanted) if isinstance(wanted, (int, float)) else self._timeout
        try:
            connection = await self._central.connect(self.address, timeout_s=timeout_s)
        except TimeoutError:
            if self._seen is None:
                raise BleakDeviceNotFoundError(self.address, f"no device {self.address} in range") from None
            raise
        ended = asyncio.Event()
        connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: ended.set())
        try:
            await self._set_up(connection, pair, timeout_s)
            if ended.is_set():
                raise BleakError(f"the link to {self.address} was lost while connecting")
        except BaseException:
            await self._central.disconnect(connection)
            raise
        self._connection = connection
        connection.once(Connection.EVENT_DISCONNECTION, self._ended)

    async def disconnect(self) -> None:
        """End the link; the disconnected callback has been called on return."""
        if self._connection is not None:
            await self._central.disconnect(self._connection)

    async def pair(self, *_args: object, needs_code: bool = False, **_kwargs: object) -> None:
        """Bond; on a bonded link, see that it is encrypted. Raises BleakError when refused."""
        await self._central.pair(self._require_link(), needs_code=needs_code)

    async def unpair(self) -> None:
        """Forget the bond, and disconnect."""
        await self._central.forget(self.address)
        await self.disconnect()

    # --- input and output

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_kwargs: object
    ) -> bytearray:
        """Read a value, however long. Nothing is cached."""
        return await self._read(characteristic.handle)

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_kwargs: object
    ) -> bytearray:
        """Read a descriptor. Nothing is cached."""
        return await self._read(descriptor.handle)

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write with response (longer ones in parts), or without (up to MTU − 3 bytes)."""
        await self._write(characteristic.handle, bytes(data), response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor, with response."""
        await self._write(descriptor.handle, bytes(data), True)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_kwargs: object
    ) -> None:
        """Subscribe: `callback` is called on the loop, in order, with each value."""
        handle = characteristic.handle
        if handle in self._notifying:
            raise BleakError(f"notifications of {characteristic.uuid} are on already")
        if characteristic.get_descriptor(_CCCD) is None:
            raise BleakError(f"{characteristic.uuid} does not notify")
        gatt = self._gatt()
        proxy: CharacteristicProxy[bytes] = characteristic.obj
        self._notifying.add(handle)
        try:
            await self._ask(
                f"subscribing to {characteristic.uuid}",
                lambda: gatt.subscribe(proxy, lambda value: callback(bytearray(value))),
            )
        except BaseException:
            self._notifying.discard(handle)
            gatt.notification_subscribers.pop(handle, None)
            gatt.indication_subscribers.pop(handle, None)
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        gatt = self._gatt()
        self._notifying.discard(characteristic.handle)
        await self._ask(
            f"unsubscribing from {characteristic.uuid}", lambda: gatt.unsubscribe(characteristic.obj)
        )

    # --- helpers

    async def _set_up(self, connection: Connection, pair: bool, timeout_s: float) -> None:
        if self._central.is_bonded(self.address):
            await self._central.encrypt(connection)
        elif pair:
            await self._central.pair(connection)  # it waits for a person, and has a deadline of its own
        gatt = connection.gatt_client
        with bleak_errors(f"discovering the services of {self.address}"):
            async with asyncio.timeout(timeout_s):
                self.services = await while_linked(connection, _discover(gatt, connection))

    def _ended(self, _reason: int) -> None:
        self._connection = None
        self.services = None
        self._notifying.clear()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    def _require_link(self) -> Connection:
        if self._connection is None:
            raise BleakError("not connected")
        return self._connection

    def _gatt(self) -> Client:
        return self._require_link().gatt_client

    async def _read(self, handle: int) -> bytearray:
        gatt = self._gatt()
        return bytearray(await self._ask(f"reading handle {handle}", lambda: gatt.read_value(handle)))

    async def _write(self, handle: int, data: bytes, response: bool) -> None:
        connection, gatt = self._require_link(), self._gatt()
        longest = ATTRIBUTE_BYTES_MAX if response else connection.att_mtu - 3
        if len(data) > longest:
            raise BleakError(f"{len(data)} bytes for handle {handle}, {longest} is the most")
        await self._ask(f"writing handle {handle}", lambda: gatt.write_value(handle, data, response))
        queue = connection.data_packet_queue
        if not response and queue is not None and queue.pending > WRITES_AHEAD_MAX:
            with bleak_errors(f"writing handle {handle}"):
                await while_linked(connection, connection.drain())

    async def _ask(self, doing: str, operation: Callable[[], Coroutine[object, None, _Answer]]) -> _Answer:
        """One ATT operation; if the peer wants encryption and there is a bond, encrypt and ask once more."""
        connection = self._require_link()
        with bleak_errors(doing):
            try:
                return await _to_the_end(connection, operation())
            except att.ATT_Error as error:
                bonded = self._central.is_bonded(self.address)
                if (
                    error.error_code not in _ENCRYPT_FIRST
                    or not bonded
                    or link_security(connection).encrypted
                ):
                    raise
            await self._central.encrypt(connection)
            return await _to_the_end(connection, operation())


async def _discover(gatt: Client, connection: Connection) -> BleakGATTServiceCollection:
    await gatt.request_mtu(ATT_MTU_WANTED)
    found = BleakGATTServiceCollection()
    for service in await gatt.discover_services():
        bleak_service = BleakGATTService(service, service.handle, bleak_uuid(service.uuid))
        found.add_service(bleak_service)
        for characteristic in await service.discover_characteristics():
            bleak_characteristic = BleakGATTCharacteristic(
                characteristic,
                characteristic.handle,
                bleak_uuid(characteristic.uuid),
                sorted(gatt_char_props_to_strs(int(characteristic.properties))),
                partial(_longest_command, connection),
                bleak_service,
            )
            found.add_characteristic(bleak_characteristic)
            for descriptor in await characteristic.discover_descriptors():
                found.add_descriptor(
                    BleakGATTDescriptor(
                        descriptor, descriptor.handle, bleak_uuid(descriptor.type), bleak_characteristic
                    )
                )
    return found


async def _to_the_end(connection: Connection, operation: Coroutine[object, None, _Answer]) -> _Answer:
    """Await it; when our caller gives up, let it go on alone.

    ATT allows one request at a time and answers carry no number: the answer to a request that was dropped
    half-way would be taken for the answer to the next one (Vol 3, Part F, 3.3.2).
    """
    request = asyncio.ensure_future(while_linked(connection, operation))
    request.add_done_callback(_retrieve)
    return await asyncio.shield(request)


def _longest_command(connection: Connection) -> int:
    return connection.att_mtu - 3


def _retrieve(request: asyncio.Future[_Answer]) -> None:
    if not request.cancelled():
        request.exception()
