"""The connection events of one link: who sends what when, on a loop's time (Bluetooth Core 5.4, Vol 6,
Part B, 4.5).

Rule: nothing is dropped, doubled or reordered: the sequence numbers of the link layer see to it (4.5.9).
Times are the model's, exact however late the loop is; nobody sends what was not there when the exchange
began.

A packet that is lost here is one whose CRC is wrong: its receiver knows that there was one, so the event goes
on with the next exchange, and "two consecutive packets received with an invalid CRC match within a connection
event shall close the event" (4.5.6). While nothing waits, nothing is simulated.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from random import Random

from wearsync_simulators.radio.airtime import T_IFS_US, Airtime

__all__ = ["ConnectionEvents", "Load", "Station", "Timetable"]

# 4.5.3: the first anchor comes a transmit window's delay after the connection was asked for.
_FIRST_ANCHOR_S = 0.00125
# Of two broken packets in a row the second ends the event (4.5.6).
_BROKEN_MAX = 2
# Below this two instants are one: far under the shortest packet (44 µs), far above a float's doubt.
_INSTANT_S = 1e-7


@dataclass(frozen=True, slots=True)
class Load:
    """What a host gave to be carried, `octets` of L2CAP or of a control PDU. `arrived`: called when the other
    end has it; `acknowledged`: when this end knows.
    """

    octets: int
    arrived: Callable[[], None]
    acknowledged: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Pdu:
    octets: int
    ready_s: float
    load: Load | None = None  # of the last PDU that carries a part of it


@dataclass(frozen=True, slots=True)
class _Packet:
    pdu: _Pdu
    sn: int
    nesn: int
    more: bool


_EMPTY = _Pdu(0, 0.0)


class Station:
    """One end of a link: what it has to send, and its sequence numbers (4.5.9)."""

    def __init__(self) -> None:
        self._waiting: deque[_Pdu] = deque()
        self._sent: _Pdu | None = None
        self._sn = self._nesn = 0

    def put(self, load: Load, *, fragments: list[int], ready_s: float) -> None:
        """Send this when all before it is sent, and not before `ready_s`."""
        *firsts, last = fragments
        self._waiting.extend(_Pdu(octets, ready_s) for octets in firsts)
        self._waiting.append(_Pdu(last, ready_s, load))

    def clear(self) -> None:
        """Its host has gone: there is nothing more to send."""
        self._waiting.clear()
        self._sent = None

    @property
    def ready_s(self) -> float | None:
        """Since when something waits, or is not acknowledged; None: nothing."""
        if self._sent is not None and self._sent is not _EMPTY:
            return self._sent.ready_s
        return self._waiting[0].ready_s if self._waiting else None

    def longest_next(self, began_s: float) -> int:
        """Octets that its next PDU can have."""
        sent = 0 if self._sent is None else self._sent.octets
        return max(sent, self._waiting[0].octets) if self._has_more(began_s) else sent

    def packet(self, began_s: float) -> _Packet:
        """What it sends in the exchange that began then: the last PDU again until it is acknowledged."""
        if self._sent is None:
            self._sent = self._waiting.popleft() if self._has_more(began_s) else _EMPTY
        return _Packet(self._sent, self._sn, self._nesn, self._has_more(began_s))

    def hear(self, packet: _Packet) -> None:
        """The other end's packet, whole: what of it is new is taken, what it acknowledges is done."""
        acknowledged = self._sent if packet.nesn != self._sn else None
        if acknowledged is not None:
            self._sn, self._sent = 1 - self._sn, None
        is_new = packet.sn == self._nesn
        if is_new:
            self._nesn = 1 - self._nesn
        # Last, for who is told may end the link.
        if acknowledged is not None and acknowledged.load is not None:
            acknowledged.load.acknowledged()
        if is_new and packet.pdu.load is not None:
            packet.pdu.load.arrived()

    def rest(self) -> None:
        """Nothing waits on either side: the empty PDUs of events to come are exchanged unseen."""
        self._sent, self._sn, self._nesn = None, 0, 0

    def _has_more(self, began_s: float) -> bool:
        return bool(self._waiting) and self._waiting[0].ready_s <= began_s + _INSTANT_S


@dataclass(eq=False, slots=True)
class Timetable:
    """The links of one central: it serves one at a time, each from its anchor to whichever comes next."""

    links: list["ConnectionEvents"] = field(default_factory=list)
    busy_until_s: float = 0.0

    def next_offset(self, interval_s: float) -> float:
        """Where a new link's anchors are put: in the middle of the others' gaps, as 0 1/2 1/4 3/4 1/8 …"""
        fraction, part, number = 0.0, 0.5, len(self.links)
        while number:
            number, digit = divmod(number, 2)
            fraction, part = fraction + digit * part, part / 2
        return fraction * interval_s

    def until_s(self, anchor_s: float) -> float:
        """The first anchor after this one, whosever it is: by then an event is over."""
        return min(link.anchor_s(anchor_s + 2 * _INSTANT_S) for link in self.links)


class ConnectionEvents:
    """What goes to and fro on one link. `is_reachable`: whether the two hear each other now."""

    def __init__(
        self,
        airtime: Airtime,
        *,
        interval_s: float,
        timetable: Timetable,
        random: Random,
        is_reachable: Callable[[], bool],
    ) -> None:
        self.central, self.peripheral = Station(), Station()
        self.encrypted = False
        self._airtime = airtime
        self._interval_s = interval_s
        self._timetable = timetable
        self._random = random
        self._is_reachable = is_reachable
        self._loop = asyncio.get_running_loop()
        first_s = self._loop.time() + _FIRST_ANCHOR_S
        base_s = timetable.links[0].anchor_s(first_s) if timetable.links else first_s
        self._anchor_s = base_s + timetable.next_offset(interval_s)
        self._timer: asyncio.TimerHandle | None = None
        self._until_s = 0.0
        self._broken = {self.central: 0, self.peripheral: 0}
        timetable.links.append(self)

    def put(self, sender: Station, load: Load, *, latency_s: float) -> None:
        """Carry this from that end to the other; its host takes `latency_s` to hand it over."""
        fragments = self._airtime.fragments(load.octets)
        sender.put(load, fragments=fragments, ready_s=self._loop.time() + latency_s)
        self.go_on()

    def set_interval(self, interval_s: float) -> None:
        """From the next anchor on (at once: the instant of 5.1.1 is left out)."""
        self._anchor_s, self._interval_s = self.anchor_s(self._loop.time()), interval_s

    def go_on(self) -> None:
        """Something waits, or the two hear each other again: at the next anchor there is an event."""
        if self._timer is None and self._is_reachable():
            self._rest_until_anchor(self._loop.time())

    def end(self) -> None:
        """The link is over."""
        if self._timer is not None:
            self._timer.cancel()
        if self in self._timetable.links:
            self._timetable.links.remove(self)

    def anchor_s(self, from_s: float) -> float:
        """The first anchor that is not before this instant."""
        events = ceil((from_s - self._anchor_s - _INSTANT_S) / self._interval_s)
        return self._anchor_s + max(0, events) * self._interval_s

    # An event is a chain of timers: begin, then packet and answer until it closes.

    def _rest_until_anchor(self, now_s: float) -> None:
        self._timer = None
        ends = (self.central, self.peripheral)
        if waiting := [ready_s for end in ends if (ready_s := end.ready_s) is not None]:
            self._at(self.anchor_s(max(now_s, min(waiting))), self._begin)
        else:
            self.central.rest()
            self.peripheral.rest()

    def _at(self, when_s: float, step: Callable[[float], None]) -> None:
        self._timer = self._loop.call_at(when_s, step, when_s)

    def _begin(self, anchor_s: float) -> None:
        if self._timetable.busy_until_s > anchor_s + _INSTANT_S:
            self._rest_until_anchor(anchor_s + self._interval_s / 2)  # the central is elsewhere: missed
            return
        self._until_s = self._timetable.until_s(anchor_s)
        self._broken = dict.fromkeys(self._broken, 0)
        self._exchange(anchor_s)

    def _exchange(self, now_s: float) -> None:
        packet = self.central.packet(now_s)
        self._at(now_s + self._packet_s(packet.pdu.octets), lambda end_s: self._answer(now_s, packet, end_s))

    def _answer(self, began_s: float, asked: _Packet, now_s: float) -> None:
        if self._carried(asked, self.peripheral):
            answer = self.peripheral.packet(began_s)
            end_s = now_s + T_IFS_US / 1e6 + self._packet_s(answer.pdu.octets)
            self._at(end_s, lambda end_s: self._answered(asked, answer, end_s))

    def _answered(self, asked: _Packet, answer: _Packet, now_s: float) -> None:
        self._timetable.busy_until_s = now_s
        if not self._carried(answer, self.central):
            return
        next_s = now_s + T_IFS_US / 1e6
        broken = self._broken.values()
        wanted = (asked.more or answer.more or any(broken)) and max(broken) < _BROKEN_MAX
        if wanted and next_s + self._longest_exchange_s(next_s) <= self._until_s:
            self._exchange(next_s)
        else:
            self._rest_until_anchor(next_s)

    def _carried(self, packet: _Packet, to: Station) -> bool:
        """Whether the event goes on: the link is there, and its ends hear each other."""
        if not self._is_reachable():
            self._timer = None
            return False
        if self._random.random() < self._airtime.loss:
            self._broken[to] += 1
        else:
            self._broken[to] = 0
            to.hear(packet)
        return self in self._timetable.links

    def _longest_exchange_s(self, began_s: float) -> float:
        """With an inter frame space after it: it is over "at least T_IFS before the anchor point" (4.5.6)."""
        ends = (self.central, self.peripheral)
        return sum(self._packet_s(end.longest_next(began_s)) for end in ends) + 2 * T_IFS_US / 1e6

    def _packet_s(self, octets: int) -> float:
        return self._airtime.pdu_us(octets, encrypted=self.encrypted) / 1e6
