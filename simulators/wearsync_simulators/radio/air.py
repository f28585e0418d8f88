"""The virtual air: which controllers hear each other, and what distance and time do to their links.

Rule: real radio delays and then gives up; it never drops, doubles or reorders a packet of a living link,
since the link layer sends again. So a device that leaves the range holds its packets up; if it is back before
the supervision timeout they arrive in order, else the link ends on both sides with 0x08.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bumble import hci, ll, lmp
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.transport.common import Transport

from wearsync_simulators.radio.controller import Advertisement, AirController, LinkParameters, Medium

__all__ = ["Air"]

_Addresses = tuple[hci.Address, hci.Address]


class Air(Medium):
    """The space that virtual controllers share. `latency_ms` is what a packet of a link takes, one way.

    Controllers are asked in the order in which they were attached, so that the same run has the same trace.
    """

    def __init__(self, *, latency_ms: float = 0.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble 0.0.236 annotates nothing there
        self.latency_ms = latency_ms
        self._attached: dict[AirController, None] = {}
        self._away: set[AirController] = set()
        self._lanes: dict[_Addresses, _Lane] = {}

    def attach(self, name: str) -> Transport:
        """A new controller on this air, as a Bumble transport: a source and a sink of HCI packets."""
        controller = AirController(name, medium=self)
        return Transport(controller, controller)

    def set_in_range(self, address: str, in_range: bool) -> None:
        """Carry a device out of everybody's range, or back. Raises LookupError if it is not on this air."""
        self.carry(self._at(address), in_range)

    def set_rssi(self, address: str, rssi_dbm: int) -> None:
        """How strongly others hear a device. Raises LookupError if it is not on this air."""
        self._at(address).rssi_dbm = rssi_dbm

    # --- Medium

    def add_controller(self, controller: Controller) -> None:
        """A controller has power."""
        assert isinstance(controller, AirController)
        self._attached[controller] = None

    def remove_controller(self, controller: Controller) -> None:
        """A controller has lost its power."""
        assert isinstance(controller, AirController)
        self.forget(controller)
        del self._attached[controller]
        self._away.discard(controller)

    def is_quiet(self, advertiser: AirController) -> bool:
        """An idle watch advertises for days, and nobody scans."""
        return not any(each.listening for each in self._attached if each is not advertiser)

    def broadcast(self, advertisement: Advertisement) -> None:
        """Let everybody hear this who listens and is in range."""
        loop = asyncio.get_running_loop()
        for controller in self._attached:
            if controller.listening and controller is not advertisement.advertiser:
                loop.call_soon(self._hear, controller, advertisement)

    def connect(
        self, central: AirController, own: hci.Address, heard: Advertisement, how: LinkParameters
    ) -> bool:
        """Open the link if the advertiser still advertises, is in range, and has no link with us already."""
        peripheral = heard.advertiser
        taken = (own, heard.address) in self._lanes
        if (
            taken
            or not self._reach_each_other(central, peripheral)
            or not peripheral.advertiser_at(heard.address)
        ):
            return False
        link = _Link(how.supervision_timeout / 100)
        for sender, sender_address, receiver, receiver_address in (
            (central, own, peripheral, heard.address),
            (peripheral, heard.address, central, own),
        ):
            lane = _Lane(link, sender, sender_address, receiver, receiver_address)
            link.lanes.append(lane)
            self._lanes[sender_address, receiver_address] = lane
        peripheral.open_link(hci.Role.PERIPHERAL, heard.address, own, how)
        central.open_link(hci.Role.CENTRAL, own, heard.address, how)
        return True

    def send_acl(self, sender: AirController, connection: Connection, packet: hci.HCI_AclDataPacket) -> None:
        """Carry it, then free the sender's buffer: a host has 64 of them, which bounds what waits here."""
        if lane := self._lanes.get((connection.self_address, connection.peer_address)):
            lane.put(partial(_deliver_acl, lane, sender, connection, packet), self.latency_ms)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Carry it, in order with the ACL packets; without a link it is lost."""
        if lane := self._lanes.get((sender_address, receiver_address)):
            if isinstance(packet, ll.ConnectionUpdateInd):
                lane.link.supervision_timeout_s = packet.timeout / 100
            lane.put(partial(lane.receiver.on_ll_control_pdu, sender_address, packet), self.latency_ms)

    def end(self, connection: Connection) -> None:
        """One end is closed: nothing is carried to it any more; what it sent is still on its way."""
        if lane := self._lanes.get((connection.peer_address, connection.self_address)):
            self._close(lane)

    def forget(self, controller: AirController) -> None:
        """Its ends are gone without a word: the others find out by their supervision timeout."""
        for lane in list(self._lanes.values()):
            if lane.receiver is controller:
                lane.link.sever()
                self._close(lane)

    def carry(self, controller: AirController, in_range: bool) -> None:
        """Out of range its links hold their packets and count down; back in range they go on."""
        if in_range:
            self._away.discard(controller)
        else:
            self._away.add(controller)
        for lane in list(self._lanes.values()):
            if lane.sender is controller:
                lane.link.set_reachable(self._reach_each_other(lane.sender, lane.receiver))

    # --- what LocalLink has and nobody here uses

    def find_le_controller(self, address: hci.Address) -> Controller | None:
        """The first controller with this address."""
        return next(
            (each for each in self._attached if address in (each.random_address, each.public_address)), None
        )

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Classic and whole-PDU traffic: this air has none."""
        raise NotImplementedError("the virtual air carries LE fragments, by send_acl")

    def send_lmp_packet(
        self, sender_controller: Controller, receiver_address: hci.Address, packet: lmp.Packet
    ) -> None:
        """Classic traffic: this air has none."""
        raise NotImplementedError("the virtual air is Bluetooth LE only")

    # --- helpers

    def _close(self, lane: "_Lane") -> None:
        lane.close()
        if lane.link.is_over:
            lane.link.cancel_countdown()
            for each in lane.link.lanes:
                del self._lanes[each.sender_address, each.receiver_address]

    def _hear(self, controller: AirController, advertisement: Advertisement) -> None:
        if self._reach_each_other(controller, advertisement.advertiser):
            controller.hear(advertisement)

    def _reach_each_other(self, one: AirController, other: AirController) -> bool:
        return all(each in self._attached and each not in self._away for each in (one, other))

    def _at(self, address: str) -> AirController:
        found = self.find_le_controller(hci.Address(address))
        if not isinstance(found, AirController):
            raise LookupError(f"no device {address} on this air")
        return found


@dataclass(eq=False, slots=True)
class _Link:
    """Two lanes, and the time after which their ends give each other up."""

    supervision_timeout_s: float
    lanes: list["_Lane"] = field(default_factory=list)
    countdown: asyncio.TimerHandle | None = None
    is_severed: bool = False

    @property
    def is_over(self) -> bool:
        return not any(lane.is_open for lane in self.lanes)

    def sever(self) -> None:
        self.set_reachable(False)
        self.is_severed = True

    def set_reachable(self, reachable: bool) -> None:
        if self.is_severed:
            return
        if not reachable and self.countdown is None:
            self.countdown = asyncio.get_running_loop().call_later(self.supervision_timeout_s, self._give_up)
        elif reachable and self.countdown is not None:
            self.cancel_countdown()
            for lane in self.lanes:
                lane.go_on()

    def cancel_countdown(self) -> None:
        if self.countdown is not None:
            self.countdown.cancel()
            self.countdown = None

    def _give_up(self) -> None:
        for lane in self.lanes:
            if lane.is_open:
                lane.receiver.lose_link(lane.sender_address, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)


@dataclass(eq=False, slots=True)
class _Lane:
    """One direction of a link: first in, first out, no packet before its time, none while out of range."""

    link: _Link
    sender: AirController
    sender_address: hci.Address
    receiver: AirController
    receiver_address: hci.Address
    is_open: bool = True
    waiting: deque[tuple[float, Callable[[], None]]] = field(default_factory=deque)
    next_step: asyncio.Handle | None = None

    def put(self, deliver: Callable[[], None], latency_ms: float) -> None:
        if self.is_open:
            self.waiting.append((asyncio.get_running_loop().time() + latency_ms / 1000, deliver))
            self.go_on()

    def close(self) -> None:
        self.is_open = False
        self.waiting.clear()

    def go_on(self) -> None:
        if self.next_step is None and self.waiting and self.link.countdown is None:
            loop = asyncio.get_running_loop()
            due_s = self.waiting[0][0]
            if due_s <= loop.time():
                self.next_step = loop.call_soon(self._step)
            else:
                self.next_step = loop.call_at(due_s, self._step)

    def _step(self) -> None:
        self.next_step = None
        if self.waiting and self.link.countdown is None:
            self.waiting.popleft()[1]()
            self.go_on()


def _deliver_acl(
    lane: _Lane, sender: AirController, connection: Connection, packet: hci.HCI_AclDataPacket
) -> None:
    lane.receiver.receive_acl(lane.sender_address, packet)
    sender.complete_acl(connection)
