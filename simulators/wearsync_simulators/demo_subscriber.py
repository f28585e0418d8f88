"""The demo's own subscriber: what any dashboard would get, and nothing from inside.

Rule: it shares nothing with the daemon but the broker's address.
"""

import asyncio
import json
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import aiomqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

from wearsync.errors import BrokerUnavailable
from wearsync.publish.address import BrokerAddress
from wearsync_simulators.reckoning import Event

# Seconds of the scaled clock, at a speed of 60: ten real seconds for an answer of the broker.
TIMEOUT_S = 600.0
# It must outlast pauses of the demo's process, not of a network.
KEEPALIVE_S = 3600
EVENT_LEAVES = frozenset({"hold", "session", "cue", "alert"})


class Hears(Protocol):
    """Is told of each message as it comes; `topic` whole."""

    def __call__(self, topic: str, payload: str, *, retained: bool) -> None: ...


class Subscriber:
    """Subscribed to all of one site, while the context is entered."""

    def __init__(self, address: BrokerAddress, site: str, hears: Hears) -> None:
        self._address = address
        self._site = site
        self._hears = hears
        self._events: list[tuple[str, Event]] = []
        self._client = aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            identifier=f"wearsync-subscriber-{site}",
            timeout=TIMEOUT_S,
            keepalive=KEEPALIVE_S,
        )
        self._listening: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        """Connect and subscribe. Raises `BrokerUnavailable`."""
        try:
            await self._client.__aenter__()
            options = SubscribeOptions(qos=1, retainAsPublished=True)
            await self._client.subscribe(f"wearsync/{self._site}/#", options=options)
        except aiomqtt.MqttError as error:
            raise BrokerUnavailable(
                f"no broker answers at {self._address.url} ({error}): start it, or leave --broker out"
            ) from error
        self._listening = asyncio.create_task(self._listen(), name="subscriber")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave."""
        self._listening.cancel()
        await asyncio.wait({self._listening})
        with suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)

    def listens(self) -> bool:
        """True. Raises what ended the listening: `BrokerUnavailable`, or what `hears` raised."""
        if self._listening.done():
            try:
                self._listening.result()
            except aiomqtt.MqttError as error:
                raise BrokerUnavailable(f"the broker at {self._address.url} went away ({error})") from error
        return True

    def events(self) -> tuple[Event, ...]:
        """All events so far, in the order that they came."""
        return tuple(event for _, event in self._events)

    def events_of(self, leaf: str) -> tuple[Event, ...]:
        """Those of one topic's last level."""
        return tuple(event for topic, event in self._events if topic.endswith(f"/{leaf}"))

    async def _listen(self) -> None:
        async for message in self._client.messages:
            topic = message.topic.value
            payload = bytes(message.payload).decode()
            if topic.rpartition("/")[2] in EVENT_LEAVES and payload:
                self._events.append((topic, json.loads(payload)))
            self._hears(topic, payload, retained=bool(message.retain))
