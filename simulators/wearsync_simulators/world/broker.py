"""A broker in virtual time that outlives the daemon: retained topics, a will, commands in, and its faults.

Rule: to the daemon it is what `publish.client` shows of a real one. It takes messages in the order in which
they were sent, and acknowledges them later; what the daemon's end has sent, its death does not take back.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from wearsync.errors import BrokerUnavailable
from wearsync.ports import Incoming, Publisher
from wearsync.publish.connection import ACK_DEADLINE_S, CONNECT_DEADLINE_S, INCOMING_KEPT_BYTES, KEEPALIVE_S
from wearsync.publish.payloads import OFFLINE
from wearsync.publish.reasons import NOT_AUTHORIZED, TAKEN_OVER, lost, refusal
from wearsync.publish.topics import STATUS, Leaf, watch_of_command
from wearsync_simulators.world.broker_session import (
    Answer,
    Message,
    Session,
    WorldPublisher,
    expire,
    settle,
)
from wearsync_simulators.world.faults import Fault, Faults
from wearsync_simulators.world.process import Process
from wearsync_simulators.world.rubbish import rubbish
from wearsync_simulators.world.subscriber import EVENT_LEAVES, Subscriber

__all__ = ["FAULTS", "WorldBroker"]

AWAY = "broker.away"
RESET = "broker.reset"
KILLED = "broker.killed_after_puback"
STALL = "broker.stall"
REFUSES = "broker.refuses"
TAKEOVER = "broker.takeover"
FLOOD = "broker.flood"
SLOW = "broker.slow"

# Rates are for each message. A day has some three sessions, and each of them about a hundred messages.
FAULTS = (
    Fault(AWAY, "the broker can't be reached, for minutes, hours or days", (81,)),
    Fault(RESET, "the connection is lost at a message, or before its PUBACK", (83, 84), 0.004),
    Fault(KILLED, "the broker dies, and forgets what it has just acknowledged", (87, 94), 0.002),
    Fault(STALL, "the broker answers nothing for minutes, and then all at once", (85, 86)),
    Fault(REFUSES, "an access list forbids one kind of event for hours", (88, 89)),
    Fault(TAKEOVER, "another client with our id pushes us off, again and again", (90,)),
    Fault(FLOOD, "a thousand commands a second that are none", (95, 96, 97)),
    Fault(SLOW, "each PUBACK takes half a second", (85,)),
)

# A broker in the same house: a message and its PUBACK, half of it more or less.
PUBACK_S = 0.005
SLOW_PUBACK_S = 0.5
CONNECT_S = 0.02
# MQTT 5, section 3.1.2.10: one and a half times the keepalive.
KEEPALIVE_MISSED_S = 1.5 * KEEPALIVE_S
# Another client that wants the same id tries again within this.
TAKEOVER_WITHIN_S = 2.0
# mosquitto writes to disk every half hour (autosave_interval), if nobody says otherwise.
UNSAVED_MAX_S = 1800.0
# A thousand a second.
FLOOD_EVERY_S, FLOOD_EACH = 0.01, 10
# For people who look for an answer to their command; nobody reads further back.
REPLIES_KEPT = 100

_GONE = "broker world is gone: the connection was lost"
_TAKEN = f"broker world {lost(TAKEN_OVER)}"
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class _Weather:
    """How trouble comes: on average every so many days; `lasts`: spans in seconds, each with its weight."""

    every_days: float
    lasts: tuple[tuple[float, float, float], ...]


_WEATHER = {
    AWAY: _Weather(
        3.0, ((_MINUTE_S, 30 * _MINUTE_S, 0.6), (_HOUR_S, 12 * _HOUR_S, 0.35), (_DAY_S, 3 * _DAY_S, 0.05))
    ),
    STALL: _Weather(2.0, ((5.0, 10 * _MINUTE_S, 1.0),)),
    REFUSES: _Weather(4.0, ((4 * _HOUR_S, _DAY_S, 1.0),)),
    TAKEOVER: _Weather(4.0, ((2 * _MINUTE_S, 20 * _MINUTE_S, 1.0),)),
    FLOOD: _Weather(3.0, ((10.0, 10.0, 1.0),)),
    SLOW: _Weather(2.0, ((_HOUR_S, 6 * _HOUR_S, 1.0),)),
}
# A broker that was killed is started again by its init system.
_RESTART_S = (1.0, 20.0)


class WorldBroker:
    """The broker of one world. Topics are without their base: there is one site.

    `note`: for the trace. `subscriber`: what a durable one got of the events; `retained`: states by topic;
    `replies`: (topic, payload), the latest; `connects_a_minute`: the most that one process has tried.
    """

    def __init__(self, *, faults: Faults, note: Callable[[str], None] = lambda _line: None) -> None:
        self.subscriber = Subscriber()
        self.retained: dict[str, str] = {}
        self.replies: deque[tuple[str, str]] = deque(maxlen=REPLIES_KEPT)
        self.connects_a_minute = 0
        self._faults = faults
        self._note = note
        self._latency = faults.draw("broker.latency")
        self._session: Session | None = None
        # Troubles under way, and whether they have been felt (then they are counted).
        self._troubles: dict[str, bool] = {}
        self._refused_leaf = EVENT_LEAVES[0]
        # What lies in the sockets of a broker that stands still.
        self._unread: list[Callable[[], None]] = []
        # Its own timers: those of a daemon's context stand still with the daemon.
        self._context = contextvars.copy_context()

    @property
    def connected(self) -> bool:
        """Whether a daemon is."""
        return self._session is not None

    @property
    def events(self) -> int:
        """How many the subscriber has, each counted once."""
        return len(self.subscriber.heard)

    def publisher(self, process: Process) -> Publisher:
        """The way to it for one life of the daemon."""
        return WorldPublisher(process, self._accept)

    def send(self, topic: str, payload: str | bytes, *, retained: bool = False) -> None:
        """Publish as a person or an automation does; what nobody is connected to hear is gone."""
        data = payload.encode() if isinstance(payload, str) else payload
        self._when_it_reads(partial(self._command, Incoming(topic, data[:INCOMING_KEPT_BYTES], retained)))

    def silent(self, for_s: float) -> None:
        """The daemon says nothing for so long (its computer sleeps): its keepalive is missed."""
        if for_s > KEEPALIVE_MISSED_S and self._session is not None:
            self._after(KEEPALIVE_MISSED_S, partial(self._drop, self._session))

    def lost_since(self) -> str | None:
        """What to give to `resync` if `subscriber.missing` has anything; None: all."""
        return self.subscriber.lost_since()

    # --- trouble --------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Bring the troubles that come as episodes, for ever."""
        async with asyncio.TaskGroup() as group:
            for name, weather in _WEATHER.items():
                group.create_task(self._bring(name, weather), name=name)

    def begin(self, name: str) -> None:
        """That trouble is here, until `end`; once more changes nothing."""
        if name in self._troubles:
            return
        self._troubles[name] = False
        if name in (AWAY, TAKEOVER):
            self._cut(_GONE if name == AWAY else _TAKEN)
        elif name == REFUSES:
            self._refused_leaf = self._faults.draw(REFUSES).choice(EVENT_LEAVES)
        elif name == STALL and self._session is not None:
            self._after(2 * KEEPALIVE_S, partial(self._unanswered, self._session))
        elif name == FLOOD:
            self._flood()

    def end(self, name: str) -> None:
        """That trouble is over."""
        if self._troubles.pop(name, None) is None or name != STALL:
            return
        unread, self._unread = self._unread, []
        for read in unread:
            read()

    def heal(self) -> None:
        """All that was wrong is over; `Faults.heal` sees to it that nothing comes again."""
        for name in tuple(self._troubles):
            self.end(name)

    def kill(self) -> None:
        """As kill -9: what was not on disk is gone, acknowledged or not."""
        draw = self._faults.draw(KILLED)
        self._troubles[KILLED] = True
        self._unread.clear()
        self._session, session = None, self._session
        if session is not None:
            session.fail(BrokerUnavailable(_GONE))
        self.retained.clear()
        self.subscriber.forget(self._now_s() - draw.uniform(0.0, UNSAVED_MAX_S))
        self._after(draw.uniform(*_RESTART_S), partial(self.end, KILLED))

    async def _bring(self, name: str, weather: _Weather) -> None:
        draw = self._faults.draw(name)
        while self._faults.on(name):
            await asyncio.sleep(draw.expovariate(1.0 / (weather.every_days * _DAY_S)))
            first_s, last_s, _ = draw.choices(weather.lasts, [weight for *_, weight in weather.lasts])[0]
            lasts_s = draw.uniform(first_s, last_s)
            if self._faults.on(name):
                self.begin(name)
                await asyncio.sleep(lasts_s)
                self.end(name)

    def _under(self, name: str) -> bool:
        """Whether that trouble is felt now: counted the first time."""
        felt = self._troubles.get(name)
        if felt is False:
            self._troubles[name] = True
            self._faults.count(name)
        return felt is not None

    def _flood(self) -> None:
        if FLOOD not in self._troubles:
            return
        draw = self._faults.draw(FLOOD)
        watches = [topic.partition("/")[0] for topic in self.retained if topic.endswith(f"/{Leaf.STATE}")]
        for _ in range(FLOOD_EACH if watches and self._session is not None and self._under(FLOOD) else 0):
            message = rubbish(draw, draw.choice(watches))
            self.send(message.topic, message.payload, retained=message.retained)
        self._after(FLOOD_EVERY_S, self._flood)

    # --- connections ----------------------------------------------------------------------------------------

    async def _accept(self, process: Process, connects_s: deque[float]) -> Session:
        process.point("broker.connect")
        self._count_connect(connects_s)
        if self._under(STALL):
            await asyncio.sleep(CONNECT_DEADLINE_S)
            process.check()
            raise BrokerUnavailable("broker world does not answer: is it the right address?")
        await asyncio.sleep(CONNECT_S)
        process.check()
        if self._under(AWAY) or self._under(KILLED):
            raise BrokerUnavailable("broker world refuses connections: is it running, and is the port right?")
        session = Session(process, send=self._send, leave=self._leave)
        self._cut(_TAKEN)
        self._session = session
        if self._under(TAKEOVER):
            within_s = self._faults.draw(TAKEOVER).uniform(0.0, TAKEOVER_WITHIN_S)
            self._after(within_s, partial(self._drop, session))
        return session

    def _drop(self, session: Session) -> None:
        if self._session is session:
            self._cut(_TAKEN if TAKEOVER in self._troubles else _GONE)

    def _count_connect(self, connects_s: deque[float]) -> None:
        now_s = self._now_s()
        connects_s.append(now_s)
        while connects_s[0] <= now_s - _MINUTE_S:
            connects_s.popleft()
        self.connects_a_minute = max(self.connects_a_minute, len(connects_s))

    def _cut(self, why: str) -> None:
        """The broker's end is closed, and so the will is told."""
        session = self._session
        if session is not None:
            session.fail(BrokerUnavailable(why))
            self._left(session)

    def _unanswered(self, session: Session) -> None:
        """Nobody has answered the keepalive of an idle connection."""
        if self._under(STALL) and session.fail(BrokerUnavailable(_GONE)):
            self._when_it_reads(partial(self._left, session))

    def _leave(self, session: Session, *, goodbye: bool) -> None:
        """The daemon's end is closed, by itself or by its kernel."""
        self._when_it_reads(partial(self._left, session, will=not goodbye))

    def _left(self, session: Session, *, will: bool = True) -> None:
        if self._session is session:
            self._session = None
            if will:
                self._retain(STATUS, OFFLINE)

    # --- messages -------------------------------------------------------------------------------------------

    def _send(self, session: Session, message: Message) -> Answer:
        """What the daemon sends; the answer is its PUBACK."""
        answer = session.expect()
        resets = self._faults.strikes(RESET)
        if resets and self._faults.draw(RESET).random() < 0.5:
            self._cut(_GONE)
            return answer
        if self._under(STALL):
            self._after(ACK_DEADLINE_S, partial(expire, answer))
        self._when_it_reads(partial(self._take, message, answer))
        if resets:
            self._cut(_GONE)
        elif message.qos == 0:
            settle(answer, None)
        return answer

    def _take(self, message: Message, answer: Answer) -> None:
        leaf = message.topic.rpartition("/")[2]
        is_event = leaf in EVENT_LEAVES and not message.retain
        if is_event and leaf == self._refused_leaf and self._under(REFUSES):
            self.subscriber.refused(message.payload)
            self._after(self._puback_s(), partial(settle, answer, refusal(NOT_AUTHORIZED)))
            return
        if message.qos:  # QoS 0 tells of the real machine
            self._note(f"{message.topic} {message.payload}")
        if message.retain:
            self._retain(message.topic, message.payload)
        elif is_event:
            self.subscriber.hears(message.topic, message.payload, self._now_s())
        elif leaf == Leaf.REPLY:
            self.replies.append((message.topic, message.payload))
        puback_s = self._puback_s()
        self._after(puback_s, partial(settle, answer, None))
        if is_event and KILLED not in self._troubles and self._faults.strikes(KILLED):
            self._after(puback_s + PUBACK_S, self.kill)

    def _command(self, message: Incoming) -> None:
        if message.retained:
            self.retained[message.topic] = message.payload.decode(errors="replace")
        if self._session is not None and watch_of_command(message.topic) is not None:
            self._session.hears(message)

    def _retain(self, topic: str, payload: str) -> None:
        if payload:
            self.retained[topic] = payload
        else:
            self.retained.pop(topic, None)

    def _puback_s(self) -> float:
        return SLOW_PUBACK_S if self._under(SLOW) else PUBACK_S * self._latency.uniform(0.5, 1.5)

    def _when_it_reads(self, read: Callable[[], None]) -> None:
        """Now; or, while it stands still, when it goes on."""
        if STALL in self._troubles:
            self._unread.append(read)
        else:
            read()

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _after(self, delay_s: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(delay_s, act, context=self._context)
