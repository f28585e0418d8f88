"""The virtual air: which controllers hear each other, and what distance and time do to their links.

Rule: real radio delays and then gives up; it never drops, doubles or reorders a packet of a living link,
since the link layer sends again. So a device that leaves the range holds its packets up; if it is back before
the supervision timeout they arrive in order, else the link ends on both sides with 0x08.

Without `airtime` a packet takes `latency_ms`, however long it is and however many there are. With it, links
have connection events, and packets a length: `airtime.py` and `connection_events.py`.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from bumble import hci, ll, lmp
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.transport.common import Transport

from wearsync_simulators.radio.airtime import Airtime
from wearsync_simulators.radio.connection_events import ConnectionEvents, Load, Station, Timetable
from wearsync_simulators.radio.controller import Advertisement, AirController, LinkParameters, Medium

__all__ = ["Air"]

_Addresses = tuple[hci.Address, hci.Address]

# A control PDU of the link layer: none of those that Bumble's controller sends is longer (2.4.2).
CONTROL_PDU_OCTETS = 27
# HCI counts connection intervals in these.
_INTERVAL_UNIT_S = 0.00125


class Air(Medium):
    """The space that virtual controllers share. `latency_ms` is what a packet of a link takes, one way; an
    `airtime` comes on top of it.

    Controllers are asked in the order in which they were attached, so that the same run has the same trace.
    """

    def __init__(self, *, latency_ms: float = 0.0, airtime: Airtime | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble 0.0.236 annotates nothing there
        self.latency_ms = latency_ms
        self._airtime = airtime
        self._random = Random(None if airtime is None else airtime.seed)
        self._timetables: dict[AirController, Timetable] = {}
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

    def set_intervals(self, drawn_s: Callable[[], float]) -> None:
        """Give each link with connection events an interval of its own from now on, in seconds."""
        for link in {id(lane.link): lane.link for lane in self._lanes.values()}.values():
            if link.events is not None:
                link.events.set_interval(drawn_s())

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
        self._timetables.pop(controller, None)
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
        link.events = self._connection_events(central, link, how)
        stations = (None, None) if link.events is None else (link.events.central, link.events.peripheral)
        for station, sender, sender_address, receiver, receiver_address in (
            (stations[0], central, own, peripheral, heard.address),
            (stations[1], peripheral, heard.address, central, own),
        ):
            lane = _Lane(link, sender, sender_address, receiver, receiver_address, station)
            link.lanes.append(lane)
            self._lanes[sender_address, receiver_address] = lane
        peripheral.open_link(hci.Role.PERIPHERAL, heard.address, own, how)
        central.open_link(hci.Role.CENTRAL, own, heard.address, how)
        return True

    def send_acl(self, sender: AirController, connection: Connection, packet: hci.HCI_AclDataPacket) -> None:
        """Carry it, then free the sender's buffer: a host has 64 of them, which bounds what waits here."""
        if lane := self._lanes.get((connection.self_address, connection.peer_address)):
            arrived = partial(lane.receiver.receive_acl, lane.sender_address, packet)
            lane.put(
                Load(len(packet.data), arrived, partial(sender.complete_acl, connection)), self.latency_ms
            )

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Carry it, in order with the ACL packets; without a link it is lost."""
        if lane := self._lanes.get((sender_address, receiver_address)):
            if isinstance(packet, ll.ConnectionUpdateInd):
                lane.link.supervision_timeout_s = packet.timeout / 100
            arrived = partial(self._take_control_pdu, lane, packet)
            lane.put(Load(CONTROL_PDU_OCTETS, arrived, _nobody_asks), self.latency_ms)

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
            if lane.link.events is not None:
                lane.link.events.end()
            for each in lane.link.lanes:
                del self._lanes[each.sender_address, each.receiver_address]

    def _connection_events(
        self, central: AirController, link: "_Link", how: LinkParameters
    ) -> ConnectionEvents | None:
        if self._airtime is None:
            return None
        forced_ms = self._airtime.interval_ms
        return ConnectionEvents(
            self._airtime,
            interval_s=how.interval * _INTERVAL_UNIT_S if forced_ms is None else forced_ms / 1000,
            timetable=self._timetables.setdefault(central, Timetable()),
            random=self._random,
            is_reachable=lambda: link.countdown is None,
        )

    def _take_control_pdu(self, lane: "_Lane", packet: ll.ControlPdu) -> None:
        if (events := lane.link.events) is not None and self._airtime is not None:
            match packet:
                case ll.ConnectionUpdateInd(interval=interval) if self._airtime.interval_ms is None:
                    events.set_interval(interval * _INTERVAL_UNIT_S)
                case ll.StartEncRsp():
                    events.encrypted = True
                case _:
                    pass
        lane.receiver.on_ll_control_pdu(lane.sender_address, packet)

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
    events: ConnectionEvents | None = None

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
            if self.events is not None:
                self.events.go_on()

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
    """One direction of a link: first in, first out, no packet before its time, none while out of range.

    With airtime that is the affair of the link's events; `station` is then the sender's end.
    """

    link: _Link
    sender: AirController
    sender_address: hci.Address
    receiver: AirController
    receiver_address: hci.Address
    station: Station | None = None
    is_open: bool = True
    waiting: deque[tuple[float, Load]] = field(default_factory=deque)
    next_step: asyncio.Handle | None = None

    def put(self, load: Load, latency_ms: float) -> None:
        if not self.is_open:
            return
        if self.link.events is not None and self.station is not None:
            self.link.events.put(self.station, load, latency_s=latency_ms / 1000)
        else:
            self.waiting.append((asyncio.get_running_loop().time() + latency_ms / 1000, load))
            self.go_on()

    def close(self) -> None:
        self.is_open = False
        self.waiting.clear()
        if self.station is not None:
            self.station.clear()

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
            load = self.waiting.popleft()[1]
            load.arrived()
            load.acknowledged()
            self.go_on()


def _nobody_asks() -> None:
    """The link layer's own PDUs take no buffer of a host."""
