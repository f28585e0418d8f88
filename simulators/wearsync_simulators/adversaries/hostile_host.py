"""A hostile host: a Bluetooth LE central that writes to a watch what it likes, wherever it likes.

    async with HostileHost.at(air, address, watch.address, keystore_path=…) as host:
        await host.write(DOWN, b"…")      # the ATT error that answers it, None: it was taken
        await host.soon(); host.up        # what the watch said

Rule: it knows what anybody in range can know, and what it is given beside that: the key of a bond, or the
watch's key. Nothing that the watch answers is an error here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bleak.exc import BleakError, BleakGATTProtocolError
from bumble.device import Connection
from bumble.gatt_client import Client
from bumble.pairing import PairingConfig

from wearsync.ports import PairingAgent
from wearsync_simulators.radio.advertisement import bleak_uuid
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.central import Central, bleak_errors, while_linked
from wearsync_simulators.watches.gatt import DOWN, INFO, KEY, UP
from wearsync_simulators.watches.trust import Direction, Tags, TranscriptProofs, key_id

__all__ = ["DOWN", "INFO", "KEY", "UP", "HostileHost", "hello"]

_CONNECT_S = 30.0
_MTU = 517
_NONCE = bytes(range(16))
_VERSION = 1
# Of CHALLENGE: version, watch id, nonce.
_WATCH_ID, _WATCH_NONCE = slice(2, 18), slice(18, 34)


def hello(key_or_id: bytes, *, version_min: int = _VERSION, version_max: int = _VERSION) -> bytes:
    """HELLO with the id of that key; 4 bytes are an id."""
    named = key_or_id if len(key_or_id) == 4 else key_id(key_or_id)
    return bytes([1, version_min, version_max]) + named + _NONCE


@dataclass
class HostileHost:
    """One link. `handles`: of the characteristics, by UUID; `up`: what the watch notified; `lost`: how the
    link ended, None: it is there.
    """

    central: Central
    connection: Connection
    handles: dict[str, int] = field(default_factory=dict)
    up: list[bytes] = field(default_factory=list)
    lost: int | None = None
    _tags: Tags | None = None

    @classmethod
    @asynccontextmanager
    async def at(
        cls,
        air: Air,
        own_address: str,
        address: str,
        *,
        keystore_path: Path | None = None,
        agent: PairingAgent | None = None,
        subscribe: bool = True,
    ) -> AsyncIterator["HostileHost"]:
        """A link to that watch; encrypted if the key store has its bond, and `subscribe`d to Up then.

        Raises BleakError, TimeoutError.
        """
        central = await Central.open(air, address=own_address, keystore_path=keystore_path, agent=agent)
        try:
            link = await central.connect(address, timeout_s=_CONNECT_S)
            host = cls(central, link)
            link.on(Connection.EVENT_DISCONNECTION, host._ended)
            if central.is_bonded(address):
                await central.encrypt(link)
            await host._discover(subscribe=subscribe)
            yield host
            await central.disconnect(link)
        finally:
            await central.close()

    @property
    def _gatt(self) -> Client:
        return self.connection.gatt_client

    async def pair(self, *, just_works: bool = False) -> str | None:
        """Ask for a bond; why there is none, None: there is one. `just_works`: without a code."""
        if just_works:
            self.central.radio.device.pairing_config_factory = lambda _link: PairingConfig(mitm=False)
        try:
            await self.central.pair(self.connection)
        except BleakError as error:
            return str(error)
        return None

    async def write(self, where: str | int, data: bytes) -> int | None:
        """Write with response, in parts if it is long. The ATT error, None: taken; −1: the link is gone."""
        handle = where if isinstance(where, int) else self.handles[where]
        try:
            with bleak_errors(f"writing handle {handle}"):
                await while_linked(self.connection, self._gatt.write_value(handle, data, with_response=True))
        except BleakGATTProtocolError as error:
            return int(error.code)
        except BleakError:
            return -1
        return None

    async def command(self, where: str, data: bytes) -> None:
        """Write without response, to what may not allow it."""
        await self._gatt.write_value(self.handles[where], data, with_response=False)

    async def read(self, handle: int) -> bytes | None:
        """Read; None: refused, or the link is gone."""
        try:
            with bleak_errors(f"reading handle {handle}"):
                return bytes(await while_linked(self.connection, self._gatt.read_value(handle)))
        except BleakError:
            return None

    async def prove(self, key: bytes) -> None:
        """HELLO and PROVE with that key: whether it is the watch's is the watch's affair. Its answers to
        both are in `up`.
        """
        await self.write(DOWN, hello(key))
        challenge = self.up[-1] if self.up else b""
        if challenge[:1] != b"\x81":
            return
        proofs = TranscriptProofs.of(
            key=key,
            versions=bytes([_VERSION] * 3),
            watch_id=challenge[_WATCH_ID],
            host_nonce=_NONCE,
            watch_nonce=challenge[_WATCH_NONCE],
        )
        self._tags = Tags(proofs.session_key)
        await self.write(DOWN, b"\x02" + proofs.host)

    def seal(self, frame: bytes) -> bytes:
        """The frame with the next tag; the session must be proven."""
        assert self._tags is not None, "prove() comes first"
        return self._tags.seal(frame, Direction.DOWN)

    async def say(self, frame: bytes) -> int | None:
        """Write a frame with its tag."""
        return await self.write(DOWN, self.seal(frame))

    async def _discover(self, *, subscribe: bool) -> None:
        gatt = self._gatt
        await gatt.request_mtu(_MTU)
        for service in await gatt.discover_services():
            for characteristic in await service.discover_characteristics():
                uuid = bleak_uuid(characteristic.uuid)
                self.handles[uuid] = characteristic.handle
                await characteristic.discover_descriptors()
                if subscribe and uuid == UP:
                    await gatt.subscribe(characteristic, self._heard)

    def _heard(self, frame: bytes) -> None:
        self.up.append(bytes(frame))

    def _ended(self, reason: int) -> None:
        self.lost = reason
