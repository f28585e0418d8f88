"""The publisher: one fresh MQTT 5 connection after another, each with will, status and commands.

Rule: `connect` yields a session that works or raises one clear line; a session ends by raising from whatever
is awaited. It never falls back to plain text.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from wearsync.errors import BrokerUnavailable
from wearsync.ports import BrokerSession, Incoming
from wearsync.publish.address import BrokerAddress
from wearsync.publish.connection import ACK_DEADLINE_S, FAREWELL_DEADLINE_S, Connection, HungUp
from wearsync.publish.payloads import OFFLINE, ONLINE
from wearsync.publish.reasons import (
    FAILURE,
    PACKET_TOO_LARGE,
    connect_failed,
    connect_hung_up,
    connect_refused,
    refusal,
)
from wearsync.publish.tls import CertificateUnfit, tls_context
from wearsync.publish.topics import COMMANDS, STATUS, base, full, short, slug

# What an MQTT 5 PUBLISH needs beside topic and payload: fixed header, lengths, packet id, no properties;
# rounded up.
PUBLISH_OVERHEAD_BYTES = 16

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic filter beside the commands, as the broker knows it. `retained`: what stands there is wanted."""

    topic: str
    retained: bool = False


class MqttPublisher:
    """The way to one broker for one daemon; its client id and topics follow from `site`. `beside`: what it
    hears apart from commands, where the broker lets it.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        site: str,
        beside: tuple[Subscription, ...] = (),
        ack_deadline_s: float = ACK_DEADLINE_S,
    ) -> None:
        self._address = address
        self._ack_deadline_s = ack_deadline_s
        self._base = base(site)
        self._beside = beside
        # Stable: with a random one, the will of a connection that died could come after the next one's
        # "online".
        self._client_id = f"wearsync-{slug(site)}"

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        """A connection: status online, commands subscribed; offline again at the end. Raises
        `BrokerUnavailable`: also for certificates that became unfit after the configuration was read.
        """
        async with self.errand() as session:
            try:
                await session.open()
                yield session
            finally:
                await session.close()

    @contextlib.asynccontextmanager
    async def errand(self) -> AsyncIterator["_Session"]:
        """A connection of somebody who is no daemon, while none runs: nothing is said of the status, and no
        command heard. Raises as `connect`.
        """
        try:
            tls = await asyncio.to_thread(tls_context, self._address) if self._address.tls else None
        except CertificateUnfit as error:
            raise BrokerUnavailable(f"broker {self._address.url}: {error}") from error
        will = aiomqtt.Will(f"{self._base}/{STATUS}", OFFLINE, qos=1, retain=True)
        connection = Connection(
            self._address,
            client_id=self._client_id,
            will=will,
            tls=tls,
            ack_deadline_s=self._ack_deadline_s,
        )
        async with contextlib.AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(connection)
            except aiomqtt.MqttError as error:
                raise BrokerUnavailable(f"broker {self._address.url} {self._why(error)}") from error
            yield _Session(connection, self._address.url, self._base, self._beside)

    def _why(self, error: aiomqtt.MqttError) -> str:
        if isinstance(error, HungUp):
            return connect_hung_up(self._address)
        if isinstance(error, aiomqtt.MqttCodeError) and isinstance(error.rc, ReasonCode):
            return connect_refused(error.rc.value, self._address)
        # aiomqtt turns the socket's error into text, and leaves the error itself in the context.
        return connect_failed(error.__context__, self._address)


class _Session:
    """One connection, as the daemon sees it."""

    def __init__(self, connection: Connection, url: str, base: str, beside: tuple[Subscription, ...]) -> None:
        self._connection = connection
        self._url = url
        self._base = base
        self._beside = beside

    async def open(self) -> None:
        """Ask for commands, then say online: who answers to that is heard."""
        # Commands that are retained in the broker are not even asked for; those that say so on arrival are
        # refused.
        code = await self._ask_for(Subscription(f"{self._base}/{COMMANDS}"))
        if code >= FAILURE:
            log.warning("broker.denies_commands topic=%s/%s code=%#04x", self._base, COMMANDS, code)
        for subscription in self._beside:
            code = await self._ask_for(subscription)
            if code >= FAILURE:
                log.info("broker.denies topic=%s code=%#04x", subscription.topic, code)
        refused = await self.publish(STATUS, ONLINE, retain=True, qos=1)
        if refused is not None:
            log.warning("broker.refused topic=%s reason=%r", STATUS, refused)

    async def _ask_for(self, subscription: Subscription) -> int:
        options = SubscribeOptions(
            qos=1,
            noLocal=True,
            retainAsPublished=True,
            retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
            if subscription.retained
            else SubscribeOptions.RETAIN_DO_NOT_SEND,
        )
        try:
            return await self._connection.ask_for(subscription.topic, options)
        except aiomqtt.MqttError as error:
            raise self._gone(error) from error

    async def close(self) -> None:
        """Say offline while the broker still listens; a normal end takes the will back."""
        if self._connection.alive:
            with contextlib.suppress(BrokerUnavailable, TimeoutError):
                async with asyncio.timeout(FAREWELL_DEADLINE_S):
                    await self.publish(STATUS, OFFLINE, retain=True, qos=1)

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        """See `ports.BrokerSession`."""
        full_topic, data = full(self._base, topic), payload.encode()
        largest = self._connection.largest_packet
        if largest is not None and len(full_topic.encode()) + len(data) + PUBLISH_OVERHEAD_BYTES > largest:
            return refusal(PACKET_TOO_LARGE)
        if "\x00" in full_topic:  # a broker must not answer that, so the acknowledgement would never come
            return "the topic holds a NUL"
        try:
            code = await self._connection.publish_acknowledged(full_topic, data, retain=retain, qos=qos)
        except aiomqtt.MqttError as error:
            raise self._gone(error) from error
        except ValueError as error:
            return f"not a topic to publish to: {error}"
        return refusal(code) if code >= FAILURE else None

    async def incoming(self) -> AsyncIterator[Incoming]:
        """See `ports.BrokerSession`. A command is cut one byte after what it may have."""
        try:
            async for message in self._connection.messages:
                yield self._taken(message)
                for more in self._connection.waiting():
                    yield self._taken(more)
        except aiomqtt.MqttError as error:
            raise self._gone(error) from error

    def _taken(self, message: aiomqtt.Message) -> Incoming:
        topic = short(self._base, message.topic.value)
        return Incoming(topic, message.payload, bool(message.retain))

    def _gone(self, error: aiomqtt.MqttError) -> BrokerUnavailable:
        # Not every broker says why: mosquitto 2.0.11 doesn't when another client takes over the id.
        said = str(error) if self._connection.alive else "the connection was lost"
        why = self._connection.lost_because or f"is gone: {said}"
        return BrokerUnavailable(f"broker {self._url} {why}")
