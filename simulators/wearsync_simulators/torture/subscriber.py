"""A durable subscriber: what a dashboard with a persistent session gets, and in which order.

Rule: it shares nothing with the daemon but the broker. It notes each event before the broker hears that it
has it, so that what is missing here was never delivered.
"""

import asyncio
import json
import threading
from contextlib import suppress

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from wearsync_simulators.reckoning import Event

__all__ = ["DurableSubscriber"]

EVENT_LEAVES = frozenset({"hold", "session", "cue", "alert"})
# The broker keeps the session for as long as any run lasts.
SESSION_EXPIRY_S = 86_400
KEEPALIVE_S = 30
# The broker is killed often; paho doubles the wait up to the longest.
RECONNECT_S = 1


class DurableSubscriber:
    """Subscribed to one site over all restarts of the broker; runs between `start` and `stop`.

    `news` is set whenever something has come; who waits for it clears it.
    """

    def __init__(self, site: str) -> None:
        self.news = asyncio.Event()
        self.subscriptions = 0
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._phase = "idle"
        self._marks: set[str] = set()
        self._marked = 0
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"torture-{site}",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._received

    @property
    def events(self) -> tuple[Event, ...]:
        """All events, in the order that they came."""
        with self._lock:
            return tuple(self._events)

    @property
    def last_id(self) -> str | None:
        """The id of the latest event; None before the first."""
        with self._lock:
            return str(self._events[-1]["id"]) if self._events else None

    @property
    def phase(self) -> str:
        """Of the watch's session, as the broker tells it."""
        return self._phase

    def start(self, port: int) -> None:
        """Connect to the broker on that port of loopback, and again whenever the connection ends."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho annotates nothing there
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        self._client.reconnect_delay_set(RECONNECT_S, RECONNECT_S)
        self._client.connect_async("127.0.0.1", port, KEEPALIVE_S, clean_start=False, properties=properties)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def command(self, **command: str) -> None:
        """Publish a command to the watch, as an automation would; lost without a broker."""
        topic = f"wearsync/{self._site}/w/command"
        if self._client.is_connected():
            self._client.publish(topic, json.dumps(command), qos=0)

    async def has_all(self, deadline_s: float) -> bool:
        """Whether all is here that the broker has taken until now: a message of ours comes round after it."""
        self._marked += 1
        mark = str(self._marked)
        self._client.publish(self._mark_topic, mark, qos=1)
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                while mark not in self._marks:
                    self.news.clear()
                    await self.news.wait()
        return mark in self._marks

    @property
    def _mark_topic(self) -> str:
        return f"torture/{self._site}"

    def _connected(
        self,
        client: Client,
        userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        """A broker that was killed has forgotten us: subscribe each time."""
        client.subscribe([(f"wearsync/{self._site}/#", 1), (self._mark_topic, 1)])

    def _subscribed(
        self,
        client: Client,
        userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        self.subscriptions += 1
        self._tell()

    def _received(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        payload = message.payload.decode()
        leaf = message.topic.rpartition("/")[2]
        if message.topic == self._mark_topic:
            self._marks.add(payload)
        elif leaf in EVENT_LEAVES and payload:
            with self._lock:
                self._events.append(json.loads(payload))
        elif leaf == "state" and payload:
            self._phase = str(json.loads(payload)["phase"])
        self._tell()

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self.news.set)
