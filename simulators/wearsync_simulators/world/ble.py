"""The air of the world with real ATT, GATT and SMP: the product's own `BleakRadio` over Bumble, in virtual
time.

Rule: as `air.py`, a `WorldAir`. Of the faults it has those that can be brought about from outside of
Bluetooth; keys and numbers come from the system, so that only the fast air has the same trace each time.
"""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from bleak.exc import BleakError
from bumble import hci, ll
from bumble.controller import Connection

from wearsync.drivers.base import Attribute, Characteristic
from wearsync.errors import RadioUnavailable
from wearsync.ports import PairingAgent, Sighting
from wearsync.radio.adapter import BleakRadio
from wearsync.radio.faults import connect_fault, link_fault
from wearsync.radio.link import OPERATION_DEADLINE_S, BleakLink
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.controller import Advertisement, AirController, LinkParameters
from wearsync_simulators.radio.provider import InProcessRadio, VirtualRadio
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.world.ether import GONE
from wearsync_simulators.world.fast_link import ABSENT_S
from wearsync_simulators.world.fast_radio import FAILED_CONNECT_S
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.process import Dead, Process
from wearsync_simulators.world.radio_faults import Fate, Noise, When

__all__ = ["BleAir", "BleWorldLink", "BleWorldRadio"]

# Above the supervision timeout that a Bumble central asks for (0.42 s).
LOST_FOR_S = 1.0
# In an ACL packet before an attribute's value: L2CAP's header, ATT's opcode and handle.
BEFORE_VALUE_BYTES = 7
# Shorter values are not frames of the profile: a descriptor's two bytes.
FRAME_BYTES_MIN = 5
_ATT_CHANNEL = b"\x04\x00"
_WRITE_REQUEST, _NOTIFICATION = 0x12, 0x1B

log = logging.getLogger(__name__)


class BleAir:
    """A `WorldAir` on Bumble. `directory`: the host's adapter keeps its bonds there."""

    def __init__(self, *, faults: Faults, directory: Path) -> None:
        self.faults = faults
        self.context = contextvars.copy_context()
        self._directory = directory
        self._air = _NoisyAir(faults, self.context)
        self._away: dict[str, bool] = {}
        self._absent_until_s = 0.0
        self._radios: list[BleWorldRadio] = []

    async def add(self, watch: SimulatedWatch) -> None:
        """See `WorldAir`."""
        await watch.power_on(self._air)

    async def radio(self, process: Process) -> "BleWorldRadio":
        """See `WorldAir`."""
        process.point("radio.open")
        self.require_adapter()
        opened = await InProcessRadio(self._air).open(state_dir=self._directory)
        radio = BleWorldRadio(self, opened, process)
        self._radios.append(radio)
        process.point("radio.open")
        return radio

    async def drop(self, process: Process) -> None:
        """See `WorldAir`."""
        for radio in self._radios:
            if radio.process is process:
                radio.vanish()
        self._radios = [each for each in self._radios if each.process is not process]

    async def set_in_range(self, watch: SimulatedWatch, in_range: bool) -> None:
        """See `WorldAir`."""
        self._away[watch.address.upper()] = not in_range
        await watch.set_in_range(in_range)

    def lose(self, watch: SimulatedWatch) -> None:
        """See `WorldAir`."""
        self.lose_link(watch.address.upper())

    # What its radios ask.

    def lose_link(self, address: str) -> None:
        """The watch is out of reach until its link is over."""
        self._carry(address, False)
        asyncio.get_running_loop().call_later(LOST_FOR_S, self._carry_back, address, context=self.context)

    def take_away(self, name: str) -> None:
        """The adapter is pulled out, for some minutes; `name`: the fault that does it."""
        for_s = self.faults.draw(name).uniform(*ABSENT_S)
        self._absent_until_s = asyncio.get_running_loop().time() + for_s
        for radio in self._radios:
            radio.vanish()

    def require_adapter(self) -> None:
        """Raises RadioUnavailable while there is none."""
        if not self.faults.healed and asyncio.get_running_loop().time() < self._absent_until_s:
            raise RadioUnavailable(GONE)

    def _carry_back(self, address: str) -> None:
        self._carry(address, not self._away.get(address, False))

    def _carry(self, address: str, in_range: bool) -> None:
        with suppress(LookupError):  # it may have lost its power meanwhile
            self._air.set_in_range(address, in_range)


class BleWorldRadio:
    """`BleakRadio`, for one process."""

    def __init__(self, air: BleAir, opened: VirtualRadio, process: Process) -> None:
        self.process = process
        self._air = air
        self._opened = opened
        self._radio = BleakRadio(opened)

    async def scan(
        self, duration_s: float, found: Callable[[Sighting], None] | None = None
    ) -> tuple[Sighting, ...]:
        """See `ports.Radio`."""
        async with self._operation("radio.scan"):
            return await self._radio.scan(duration_s, found)

    async def find(self, address: str, timeout_s: float) -> Sighting | None:
        """See `ports.Radio`."""
        async with self._operation("radio.find"):
            return await self._radio.find(address, timeout_s)

    async def connect(self, sighting: Sighting) -> "BleWorldLink":
        """See `ports.Radio`."""
        faults = self._air.faults
        async with self._operation("radio.connect"):
            if faults.strikes("radio.connect_fails"):
                await asyncio.sleep(faults.draw("radio.connect_fails").uniform(*FAILED_CONNECT_S))
                raise connect_fault(BleakError("the connection could not be established"), sighting.name)
            link = await self._radio.connect(sighting)
            return BleWorldLink(self._air, link, self.process, sighting)

    def pairing(self, address: str, agent: PairingAgent) -> AbstractAsyncContextManager[None]:
        """See `ports.Radio`."""
        return self._radio.pairing(address, agent)

    async def is_bonded(self, address: str) -> bool:
        """See `ports.Radio`."""
        self.process.check()
        return await self._radio.is_bonded(address)

    async def forget(self, address: str) -> None:
        """See `ports.Radio`."""
        async with self._operation("radio.forget"):
            await self._radio.forget(address)

    async def close(self) -> None:
        """See `ports.Radio`."""
        self.process.check()
        await self._radio.close()

    def vanish(self) -> None:
        """Its controller loses power, at once."""
        controller = self._opened.central.radio.transport.source
        assert isinstance(controller, AirController), "a radio on the air of this process"
        controller.close()

    @asynccontextmanager
    async def _operation(self, name: str) -> AsyncIterator[None]:
        self.process.point(name)
        if self._air.faults.strikes("radio.no_adapter"):
            self._air.take_away("radio.no_adapter")
        self._air.require_adapter()
        yield
        self.process.point(name)


class BleWorldLink:
    """`BleakLink`, for one process."""

    def __init__(self, air: BleAir, link: BleakLink, process: Process, sighting: Sighting) -> None:
        self._air = air
        self._link = link
        self._process = process
        self._watch = sighting.name or sighting.address
        self._address = sighting.address
        self._context = contextvars.copy_context()
        self._noise = Noise(air.faults)

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
        async with self._operation("radio.read"):
            return await self._link.read(attribute)

    async def write(self, attribute: Attribute, data: bytes) -> None:
        """See `ports.Link`."""
        async with self._operation("radio.write"):
            await self._link.write(attribute, data)

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        """See `ports.Link`."""
        loop = asyncio.get_running_loop()

        def deliver(data: bytes) -> None:
            try:
                self._process.point("radio.heard")
                received(data)
            except Dead:
                return
            except Exception:
                # As BleakLink has it, which does not see this one.
                log.exception("radio.notification_failed watch=%s", self._watch)
                self._link.lose("a notification could not be taken")

        def heard(data: bytes) -> None:
            # In the process's own context: while it is frozen it hears nothing.
            loop.call_soon(deliver, data, context=self._context)

        async with self._operation("radio.subscribe"):
            await self._link.subscribe(attribute, heard)

    async def pair(self, *, needs_code: bool = True) -> None:
        """See `ports.Link`."""
        self._process.point("radio.pair")
        await self._link.pair(needs_code=needs_code)
        self._process.point("radio.pair")

    async def wait_lost(self) -> str:
        """See `ports.Link`."""
        why = await self._link.wait_lost()
        self._process.check()
        return why

    async def disconnect(self) -> None:
        """See `ports.Link`."""
        self._process.point("radio.disconnect")
        await self._link.disconnect()
        self._process.point("radio.disconnect")

    @asynccontextmanager
    async def _operation(self, name: str) -> AsyncIterator[None]:
        self._process.point(name)
        fate = self._noise.operation()
        if self._air.faults.strikes("radio.adapter_gone"):
            self._air.take_away("radio.adapter_gone")
        if fate.lost is When.BEFORE:
            self._air.lose_link(self._address)
        await self._silence(fate, When.BEFORE)
        yield
        if fate.lost is When.AFTER:
            self._air.lose_link(self._address)
        await self._silence(fate, When.AFTER)
        await asyncio.sleep(fate.slow_s)
        self._process.point(name)

    async def _silence(self, fate: Fate, when: When) -> None:
        if fate.hangs is when:
            await asyncio.sleep(OPERATION_DEADLINE_S)
            raise link_fault(TimeoutError(), self._watch)


class _NoisyAir(Air):
    """Bumble's air. What happens on it is in the air's own context; now and then a frame has a wrong bit."""

    def __init__(self, faults: Faults, context: contextvars.Context) -> None:
        super().__init__()
        self._faults = faults
        self._context = context

    def broadcast(self, advertisement: Advertisement) -> None:
        self._context.copy().run(super().broadcast, advertisement)

    def connect(
        self, central: AirController, own: hci.Address, heard: Advertisement, how: LinkParameters
    ) -> bool:
        return self._context.copy().run(super().connect, central, own, heard, how)

    def send_acl(self, sender: AirController, connection: Connection, packet: hci.HCI_AclDataPacket) -> None:
        packet = self._corrupted(packet)
        self._context.copy().run(super().send_acl, sender, connection, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        self._context.copy().run(super().send_ll_control_pdu, sender_address, receiver_address, packet)

    def _corrupted(self, packet: hci.HCI_AclDataPacket) -> hci.HCI_AclDataPacket:
        data = packet.data
        carries_frame = (
            packet.pb_flag != hci.HCI_ACL_PB_CONTINUATION
            and len(data) >= BEFORE_VALUE_BYTES + FRAME_BYTES_MIN
            and data[2:4] == _ATT_CHANNEL
            and data[4] in (_WRITE_REQUEST, _NOTIFICATION)
        )
        if not carries_frame or not self._faults.strikes("radio.bit_flip"):
            return packet
        bit = self._faults.draw("radio.bit_flip").randrange(8 * BEFORE_VALUE_BYTES, 8 * len(data))
        flipped = data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]
        return hci.HCI_AclDataPacket(
            packet.connection_handle, packet.pb_flag, packet.bc_flag, packet.data_total_length, flipped
        )
