"""One connection of the fast air, as the host's process has it: a `ports.Link`.

Rule: as `BleakLink` on the Bumble air: the same errors in the same places. Notifications are delivered in the
process's own context, so that a frozen process hears them when it goes on.
"""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from typing import TypeVar

from bleak.exc import BleakError, BleakGATTProtocolError

from wearsync.drivers.base import Attribute, Characteristic
from wearsync.errors import LinkLost, UnfitWatch
from wearsync.ports import PairingAgent
from wearsync.radio.faults import connect_fault, link_fault, pairing_fault
from wearsync.radio.provider import NoBond, PairingFailure
from wearsync_simulators.watches.gatt import DOWN, INFO, KEY, UP
from wearsync_simulators.world.ether import BATTERY, Adapter, Ether, FastAntenna
from wearsync_simulators.world.process import Dead, Process
from wearsync_simulators.world.wire import LATENCY_S, Refusal

__all__ = ["ABSENT_S", "FastLink"]

# As wearsync.radio.link.
PAIR_DEADLINE_S = 60.0
ATT_MTU_MIN = 23
# The longest attribute value (Vol 3, Part F, 3.2.9).
ATTRIBUTE_BYTES_MAX = 512
# Until an adapter is plugged in again, or bluetoothd has been restarted.
ABSENT_S = (20.0, 400.0)

_NOTIFYING = (UP, BATTERY)
_THERE = (INFO, UP, DOWN, KEY, BATTERY)

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


class FastLink:
    """A link of `process` with the watch at `antenna`. `is_stale`: the host takes its services for those of
    another firmware.
    """

    def __init__(
        self,
        *,
        air: Ether,
        adapter: Adapter,
        antenna: FastAntenna,
        process: Process,
        agent: Callable[[], PairingAgent | None],
    ) -> None:
        self.is_stale = False
        self.wire = air.wire(self, antenna)
        self._air = air
        self._adapter = adapter
        self._antenna = antenna
        self._process = process
        self._agent = agent
        self._watch = antenna.identity.name
        self._address = antenna.identity.address.upper()
        self._context = contextvars.copy_context()
        self._loop = asyncio.get_running_loop()
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._received: dict[str, Callable[[bytes], None]] = {}

    @property
    def mtu(self) -> int:
        """The ATT MTU in bytes; 23 once the link is gone."""
        return ATT_MTU_MIN if self._lost.done() else self.wire.mtu

    @property
    def characteristics(self) -> tuple[Characteristic, ...]:
        """The profile's own, which its driver reaches by UUID: none is listed."""
        return ()

    async def read(self, attribute: Attribute) -> bytes:
        """See `ports.Link`."""
        uuid = self._characteristic(attribute)
        return await self._ask("radio.read", lambda: self._antenna.read(uuid))

    async def write(self, attribute: Attribute, data: bytes) -> None:
        """See `ports.Link`."""
        uuid = self._characteristic(attribute)
        if len(data) > ATTRIBUTE_BYTES_MAX:
            raise link_fault(BleakError(f"{len(data)} bytes, {ATTRIBUTE_BYTES_MAX} is the most"), self._watch)
        await self._ask("radio.write", lambda: self._antenna.write(self.wire, uuid, data))

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        """See `ports.Link`."""
        uuid = self._characteristic(attribute)
        if uuid not in _NOTIFYING:
            raise UnfitWatch(f"{self._watch} sends nothing on {attribute}: is it a watch of this kind?")
        if uuid in self._received:
            raise link_fault(BleakError(f"notifications of {uuid} are on already"), self._watch)
        self._received[uuid] = received
        try:
            await self._ask("radio.subscribe", lambda: self._antenna.subscribe(self.wire, uuid))
        except BaseException:
            self._received.pop(uuid, None)
            raise

    async def pair(self, *, needs_code: bool = True) -> None:
        """See `ports.Link`."""
        self._process.point("radio.pair")
        try:
            if self._address in self._adapter.bonds:
                await self.encrypt()
            else:
                async with asyncio.timeout(PAIR_DEADLINE_S):
                    await self._bond(needs_code=needs_code)
        except (BleakError, TimeoutError) as error:
            raise pairing_fault(error, self._watch, connected=not self._lost.done()) from error
        self._process.point("radio.pair")

    async def wait_lost(self) -> str:
        """See `ports.Link`."""
        why = await asyncio.shield(self._lost)
        self._process.check()
        return why

    async def disconnect(self) -> None:
        """See `ports.Link`."""
        self._process.point("radio.disconnect")
        self.let_go()
        await asyncio.sleep(LATENCY_S[1])
        self._process.point("radio.disconnect")

    # What the radio does with it.

    async def open(self) -> bool:
        """Connect; False: somebody else was faster."""
        return await self._ask_calmly(lambda: self._antenna.link(self.wire))

    async def agree(self, mtu: int) -> None:
        """Exchange MTUs."""
        await self._ask_calmly(lambda: self._antenna.agree(self.wire, mtu))

    async def encrypt(self) -> None:
        """Encrypt with the bond, if there is one. Raises `TrustError` if the watch has forgotten it."""
        ours = self._adapter.bonds.get(self._address)
        if ours is None or self.wire.encrypted:
            return
        theirs = await self._ask_calmly(lambda: self._air.bond_of_watch(self._address, self._adapter))
        if ours != theirs:
            raise connect_fault(BleakError(f"the bond with {self._address} is stale"), self._watch)
        self._protect(authenticated=ours.authenticated)

    def let_go(self) -> None:
        """Disconnect, by a word to the watch."""
        self.lose("disconnected by this host")
        self.wire.leave()

    # What the wire tells.

    def heard(self, attribute: str, value: bytes) -> None:
        """See `wire.HostEnd`."""
        self._loop.call_soon(self._deliver, attribute, value, context=self._context)

    def lose(self, why: str) -> None:
        """See `wire.HostEnd`. The first reason stands; a dead process hears none."""
        if self._process.alive and not self._lost.done():
            self._lost.set_result(why)

    # --- helpers

    def _deliver(self, attribute: str, value: bytes) -> None:
        received = self._received.get(attribute)
        if received is None:
            return
        try:
            self._process.point("radio.heard")
            received(value)
        except Dead:
            return
        except Exception:
            # As BleakLink has it: whatever the product's callback raises ends this link, and nothing else.
            log.exception("radio.notification_failed watch=%s", self._watch)
            self.lose("a notification could not be taken")

    def _characteristic(self, attribute: Attribute) -> str:
        self._require_link()
        if self.is_stale or attribute not in _THERE:
            raise UnfitWatch(f"{self._watch} has no characteristic {attribute}: is it a watch of this kind?")
        return str(attribute)

    def _require_link(self) -> None:
        self._process.check()
        if self._lost.done():
            raise LinkLost(f"the link to {self._watch} is gone: {self._lost.result()}")

    async def _ask(self, name: str, act: Callable[[], _Answer]) -> _Answer:
        """One operation that counts. Raises what `BleakLink` raises."""
        self._process.point(name)
        faults = self._air.faults
        if faults.strikes("radio.adapter_gone"):
            absent_s = faults.draw("radio.adapter_gone").uniform(*ABSENT_S)
            self._loop.call_soon(self._air.take_away, self._adapter, absent_s, context=self._air.context)
        answer = await self.wire.request(act)
        self._process.point(name)
        return self._answered(answer)

    async def _ask_calmly(self, act: Callable[[], _Answer]) -> _Answer:
        """A part of an operation, that has no fate of its own."""
        answer = await self.wire.request(act, calm=True)
        self._process.check()
        return self._answered(answer)

    def _answered(self, answer: _Answer | Refusal) -> _Answer:
        if not isinstance(answer, Refusal):
            return answer
        if answer.code is not None:
            raise link_fault(BleakGATTProtocolError(answer.code), self._watch)
        self._require_link()
        raise link_fault(TimeoutError(), self._watch)

    # --- pairing

    async def _bond(self, *, needs_code: bool) -> None:
        self._require_link()
        if not await self._ask_calmly(self._antenna.ears.pairing_asked):
            raise PairingFailure(NoBond.NOT_IN_PAIRING_MODE)
        vouched, agreed = self._antenna.identity.display, False
        try:
            if needs_code and not vouched:
                raise PairingFailure(NoBond.JUST_WORKS_ONLY)
            agreed = await (self._compared() if vouched else self._just_works())
        finally:
            self._process.check()
            if not agreed:
                self.wire.request(self._antenna.ears.pairing_failed, calm=True)
        if not agreed:
            if self._lost.done():
                raise BleakError("the link was lost")
            raise PairingFailure(NoBond.NOT_CONFIRMED if vouched else NoBond.DECLINED)
        self._adapter.bonds[self._address] = await self._ask_calmly(
            lambda: self._air.bond(self._address, self._adapter, authenticated=vouched)
        )
        self._protect(authenticated=vouched)

    async def _just_works(self) -> bool:
        agent = self._agent()
        return agent is not None and await agent.confirm_just_works()

    async def _compared(self) -> bool:
        """Whether both persons say that the numbers are the same; the first no is enough."""
        agent, number = self._agent(), self._air.faults.draw("air.numbers").randrange(1_000_000)
        if agent is None:
            return False
        answers = [asyncio.create_task(_asked(agent, number)), self._antenna.compare(number)]
        waiting = answers
        try:
            while waiting and not self._lost.done():
                ends: list[asyncio.Future[bool] | asyncio.Future[str]] = [*waiting, self._lost]
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if any(each.done() and not _is_yes(each) for each in waiting):
                    return False
                waiting = [each for each in waiting if not each.done()]
        finally:
            for each in waiting:
                each.cancel()
        self._require_link()
        return True

    def _protect(self, *, authenticated: bool) -> None:
        self.wire.encrypted = True
        self.wire.authenticated = authenticated


async def _asked(agent: PairingAgent, number: int) -> bool:
    return await agent.confirm_number(number)


def _is_yes(answer: "asyncio.Task[bool]") -> bool:
    return not answer.cancelled() and answer.exception() is None and answer.result()
