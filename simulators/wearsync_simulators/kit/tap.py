"""A tap on the radio: every operation on a link is noted as it passes, and a fault may strike at one of them.

Rule: nothing is changed but by the fault that was asked for; a fault does what real radio does: an operation
is late, or it fails as `BleakLink` lets it fail.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from wearsync.drivers.base import Attribute, Characteristic
from wearsync.errors import WearsyncError
from wearsync.ports import Link, PairingAgent, Radio, Sighting

__all__ = ["Kind", "Mischief", "Operation", "Tap", "TappedLink", "TappedRadio"]

Kind = Literal["connect", "read", "write", "subscribe", "bond", "heard", "lost"]

# A session has some hundred operations; what a watch that floods says beyond this shows nothing new.
OPERATIONS_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on a link, or what was heard on it. `at_s`: the event loop's clock; `uuid`: of the
    characteristic, in full, "" for the link itself; `error`: why it failed, "" if it did not.
    """

    at_s: float
    kind: Kind
    uuid: str = ""
    data: bytes = b""
    error: str = ""


class Mischief(Protocol):
    """What a fault does to the operations of a link."""

    async def operation(self, number: int) -> None:
        """Before the operation of that number (from 1, over all links): be late, or raise `LinkLost`."""

    def hears_after_s(self) -> float | None:
        """How late the next notification is, in seconds; None: it is lost."""


class Tap:
    """What has passed, and what is to go wrong. `operations`: the latest; `count`: of operations, what was
    heard left aside.
    """

    def __init__(self) -> None:
        self.operations: deque[Operation] = deque(maxlen=OPERATIONS_KEPT)
        self.count = 0
        self.mischief: Mischief | None = None

    def note(self, kind: Kind, uuid: str = "", data: bytes = b"", error: str = "") -> Operation:
        """Something passes."""
        at_s = asyncio.get_running_loop().time()
        operation = Operation(at_s=at_s, kind=kind, uuid=uuid, data=data, error=error)
        self.operations.append(operation)
        return operation

    def failed(self, operation: Operation, error: str) -> None:
        """That one has failed; it keeps its place, if it is still among the latest."""
        with suppress(ValueError):
            self.operations[self.operations.index(operation)] = replace(operation, error=error)


class TappedRadio:
    """A `ports.Radio` whose links are tapped."""

    def __init__(self, radio: Radio, tap: Tap) -> None:
        self._radio = radio
        self._tap = tap

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """See `ports.Radio`."""
        return await self._radio.scan(duration_s, found)

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """See `ports.Radio`."""
        return await self._radio.find(address, timeout_s)

    async def connect(self, sighting: Sighting) -> "TappedLink":
        """See `ports.Radio`."""
        try:
            link = await self._radio.connect(sighting)
        except WearsyncError as error:
            self._tap.note("connect", error=str(error))
            raise
        self._tap.note("connect")
        return TappedLink(link, self._tap)

    def pairing(self, address: str, agent: PairingAgent) -> AbstractAsyncContextManager[None]:
        """See `ports.Radio`."""
        return self._radio.pairing(address, agent)

    async def is_bonded(self, address: str) -> bool:
        """See `ports.Radio`."""
        return await self._radio.is_bonded(address)

    async def forget(self, address: str) -> None:
        """See `ports.Radio`."""
        await self._radio.forget(address)

    async def close(self) -> None:
        """See `ports.Radio`."""
        await self._radio.close()


class TappedLink:
    """A `ports.Link`; what passes is noted in the tap."""

    def __init__(self, link: Link, tap: Tap) -> None:
        self._link = link
        self._tap = tap
        self._uuids: dict[Attribute, str] = {each.handle: each.uuid for each in link.characteristics}
        self._heard_s = 0.0

    @property
    def mtu(self) -> int:
        """See `ports.Link`."""
        return self._link.mtu

    @property
    def characteristics(self) -> tuple[Characteristic, ...]:
        """See `ports.Link`."""
        return self._link.characteristics

    async def read(self, attribute: Attribute) -> bytes:
        """See `ports.Link`."""
        uuid = self._uuid(attribute)
        try:
            await self._strike()
            data = await self._link.read(attribute)
        except WearsyncError as error:
            self._tap.note("read", uuid, error=str(error))
            raise
        self._tap.note("read", uuid, data)
        return data

    async def write(self, attribute: Attribute, data: bytes) -> None:
        """See `ports.Link`."""
        # Before it is done: the watch's answer may be here before the word that it was written.
        noted = self._tap.note("write", self._uuid(attribute), data)
        try:
            await self._strike()
            await self._link.write(attribute, data)
        except WearsyncError as error:
            self._tap.failed(noted, str(error))
            raise

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        """See `ports.Link`."""
        uuid = self._uuid(attribute)
        try:
            await self._strike()
            await self._link.subscribe(attribute, lambda data: self._heard(uuid, data, received))
        except WearsyncError as error:
            self._tap.note("subscribe", uuid, error=str(error))
            raise
        self._tap.note("subscribe", uuid)

    async def pair(self, *, needs_code: bool = True) -> None:
        """See `ports.Link`."""
        try:
            await self._strike()
            await self._link.pair(needs_code=needs_code)
        except WearsyncError as error:
            self._tap.note("bond", error=str(error))
            raise
        self._tap.note("bond")

    async def wait_lost(self) -> str:
        """See `ports.Link`."""
        why = await self._link.wait_lost()
        self._tap.note("lost", error=why)
        return why

    async def disconnect(self) -> None:
        """See `ports.Link`."""
        await self._link.disconnect()

    async def _strike(self) -> None:
        self._tap.count += 1
        if self._tap.mischief is not None:
            await self._tap.mischief.operation(self._tap.count)

    def _heard(self, uuid: str, data: bytes, received: Callable[[bytes], None]) -> None:
        late_s = 0.0 if self._tap.mischief is None else self._tap.mischief.hears_after_s()
        if late_s is None:
            return
        loop = asyncio.get_running_loop()
        # Notifications keep their order, however late they are.
        self._heard_s = max(self._heard_s, loop.time() + late_s)
        if self._heard_s <= loop.time():
            self._take(uuid, data, received)
        else:
            loop.call_at(self._heard_s, self._take, uuid, data, received)

    def _take(self, uuid: str, data: bytes, received: Callable[[bytes], None]) -> None:
        self._tap.note("heard", uuid, data)
        received(data)

    def _uuid(self, attribute: Attribute) -> str:
        return self._uuids.get(attribute, str(attribute))
