"""One connection with one watch, on bleak.

Rule: every operation has a deadline of its own (BlueZ lets a read wait for ever when the watch wants a bond
and there is no agent), and ends in one of our errors. A link that is lost stays lost: the next one has a
fresh client.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from wearsync.drivers.base import Attribute, Characteristic
from wearsync.errors import LinkLost, RadioUnavailable, UnfitWatch, WearsyncError
from wearsync.radio.faults import NO_BOND_HERE, is_vague, link_fault, pairing_fault

# The protocol gives a request 30 s (Core, Vol 3, Part F, 3.3.3); a living watch answers within a few
# connection
# events, a second at the slowest interval, and a session in progress can't wait half a minute.
OPERATION_DEADLINE_S = 10.0
# A person finds the watch, reads six digits, and answers; a watch stays in pairing mode as long.
PAIR_DEADLINE_S = 60.0
# BlueZ gives up waiting for the controller after some seconds; then the link is forgotten anyway.
DISCONNECT_DEADLINE_S = 5.0
# Opcode and handle before the value, in a write without response (Core, Vol 3, Part F, 3.4.5.3).
ATT_HEADER_BYTES = 3
ATT_MTU_MIN = 23
NOTIFYING = {"notify", "indicate"}

log = logging.getLogger(__name__)


class Pair(Protocol):
    """`OpenRadio.pair` of one client."""

    async def __call__(self, *, needs_code: bool) -> None: ...


class BleakLink:
    """A `ports.Link` on a connected client; `watch` is what messages call it, `pair` the adapter's way to
    bond with it, `is_bonded` whether there is one.

    Whoever connected tells it of its `lose`.
    """

    def __init__(
        self,
        client: BleakClient,
        watch: str,
        *,
        pair: Pair,
        is_bonded: Callable[[], Awaitable[bool | None]],
    ) -> None:
        self._client = client
        self._watch = watch
        self._pair = pair
        self._is_bonded = is_bonded
        self._pairing = False
        self._lost_meanwhile: str | None = None
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def mtu(self) -> int:
        """The ATT MTU in bytes; 23 once the link is gone."""
        # Not bleak's mtu_size: on BlueZ that needs a private call, and this is the same figure.
        sizes = (each.max_write_without_response_size for each in self._characteristics())
        return max(sizes, default=ATT_MTU_MIN - ATT_HEADER_BYTES) + ATT_HEADER_BYTES

    @property
    def characteristics(self) -> tuple[Characteristic, ...]:
        """What the watch has, in the order of handles; none once the link is gone."""
        return tuple(
            Characteristic(each.service_uuid.lower(), each.uuid.lower(), each.handle)
            for each in sorted(self._characteristics(), key=lambda each: each.handle)
        )

    async def read(self, attribute: Attribute) -> bytes:
        """Read a characteristic."""
        async with self._operation():
            return bytes(await self._client.read_gatt_char(self._characteristic(attribute)))

    async def write(self, attribute: Attribute, data: bytes) -> None:
        """Write with response."""
        async with self._operation():
            await self._client.write_gatt_char(self._characteristic(attribute), data, response=True)

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        """Switch notifications on."""

        def deliver(_characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
            try:
                received(bytes(data))
            except Exception:
                # Inside bleak's reader it would end the reader, and all links with it: it ends this link.
                log.exception("radio.notification_failed watch=%s", self._watch)
                self.lose("a notification could not be taken")

        async with self._operation():
            characteristic = self._characteristic(attribute)
            if not NOTIFYING & set(characteristic.properties):
                raise UnfitWatch(f"{self._watch} sends nothing on {attribute}: is it a watch of this kind?")
            await self._client.start_notify(characteristic, deliver)

    async def pair(self, *, needs_code: bool = True) -> None:
        """Bond with the watch; the radio's agent asks the person."""
        self._pairing = True
        try:
            async with asyncio.timeout(PAIR_DEADLINE_S):
                await self._pair(needs_code=needs_code)
        except WearsyncError:
            raise
        except Exception as error:  # whatever lies beneath bleak: see faults.py
            raise pairing_fault(error, self._watch, connected=self._client.is_connected) from error
        finally:
            self._pairing = False
            if self._lost_meanwhile is not None:
                self.lose(self._lost_meanwhile)

    async def wait_lost(self) -> str:
        """Return why, once the link is gone."""
        return await asyncio.shield(self._lost)

    async def disconnect(self) -> None:
        """Let go; never raises."""
        self.lose("disconnected by this host")
        await let_go(self._client)

    def lose(self, why: str) -> None:
        """The link is gone; the first reason stands. A bond that fails takes the link with it: while one is
        made, its end is told first, for it has the reason.
        """
        if self._pairing:
            self._lost_meanwhile = self._lost_meanwhile or why
        elif not self._lost.done():
            self._lost.set_result(why)

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        if self._lost.done() or not self._client.is_connected:
            why = self._lost.result() if self._lost.done() else "disconnected"
            raise LinkLost(f"the link to {self._watch} is gone: {why}")
        try:
            async with asyncio.timeout(OPERATION_DEADLINE_S):
                yield
        except UnfitWatch:
            raise
        except Exception as error:  # whatever lies beneath bleak: see faults.py
            fault = link_fault(error, self._watch)
            if is_vague(error):
                with suppress(RadioUnavailable):
                    if await self._is_bonded() is False:
                        fault = type(fault)(f"{fault}; {NO_BOND_HERE}")
            raise fault from error

    def _characteristics(self) -> list[BleakGATTCharacteristic]:
        return list(self._client.services.characteristics.values()) if self._client.is_connected else []

    def _characteristic(self, attribute: Attribute) -> BleakGATTCharacteristic:
        match [each for each in self._characteristics() if attribute in (each.uuid, each.handle)]:
            case [characteristic]:
                return characteristic
            case []:
                raise UnfitWatch(
                    f"{self._watch} has no characteristic {attribute}: is it a watch of this kind?"
                )
            case _:
                raise UnfitWatch(
                    f"{self._watch} has characteristic {attribute} more than once: name its handle"
                )


async def let_go(client: BleakClient) -> None:
    """Disconnect, whatever state it is in; what can't be disconnected in time is left to the adapter."""
    try:
        async with asyncio.timeout(DISCONNECT_DEADLINE_S):
            await client.disconnect()
    except Exception:  # nothing is owed to a link that is being dropped
        log.debug("radio.disconnect_failed", exc_info=True)
