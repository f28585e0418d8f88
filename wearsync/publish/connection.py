"""aiomqtt's client with what it leaves out, measured at 2.5.1: reason codes, a lost link that wakes who
waits, an end without noise.

Rule: one object a connection, never used again: a failed publish stays in paho's queue and would be sent by
the same object.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import aiomqtt
from aiomqtt.types import PahoSocket
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from wearsync.publish.address import BrokerAddress
from wearsync.publish.reasons import lost
from wearsync.publish.topics import Leaf

# TCP and TLS, each; longer than any home network needs, and shorter than a person's patience.
CONNECT_DEADLINE_S = 5.0
# CONNACK, SUBACK, PUBACK: a busy broker answers within milliseconds, a stalled one never.
ACK_DEADLINE_S = 10.0
# An idle link that is gone is noticed after twice this at most (paho sends one ping and waits for as long
# again).
KEEPALIVE_S = 20
# Saying goodbye must not hold up a daemon that was told to stop.
FAREWELL_DEADLINE_S = 1.0
# Commands that wait to be read; a flood beyond it is dropped (they are not answered either: design, manner
# 7).
INCOMING_MAX = 100
# So much of an incoming payload is kept: one byte more than a command may have is enough to refuse it.
INCOMING_KEPT_BYTES = 1025
# And so much of what is no command: an announcement of ours to Home Assistant has 24 kB.
ANNOUNCEMENT_KEPT_BYTES = 128 * 1024
# What is sent and not yet acknowledged, when the broker names no smaller number (Receive Maximum).
IN_FLIGHT = 20
# Without it a small packet waits until TCP has an acknowledgement of the one before, which a peer that has
# nothing to say puts off for 40 ms.
NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)


class HungUp(aiomqtt.MqttError):
    """The broker ended the connection before it answered to CONNECT."""


class Connection(aiomqtt.Client):
    """One connection. Use it with `async with`; raises `aiomqtt.MqttError` from whatever is awaited."""

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        will: aiomqtt.Will,
        tls: ssl.SSLContext | None,
        ack_deadline_s: float = ACK_DEADLINE_S,
    ) -> None:
        super().__init__(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            will=will,
            keepalive=KEEPALIVE_S,
            timeout=ack_deadline_s,
            max_inflight_messages=IN_FLIGHT,
            max_queued_incoming_messages=INCOMING_MAX,
            tls_context=tls,
            socket_options=NO_DELAY,
            logger=_silent(),
        )
        self._client.connect_timeout = CONNECT_DEADLINE_S
        self._answers: dict[int, asyncio.Future[int]] = {}
        self._window = asyncio.Semaphore(IN_FLIGHT)
        self._closed = asyncio.Event()
        self._abandoned = False
        self.in_flight_max = IN_FLIGHT
        self.largest_packet: int | None = None
        self.keeps_retained = True
        self.lost_because: str | None = None

    async def __aenter__(self) -> Self:
        """Connect."""
        try:
            with _heeding_cancellation():
                await super().__aenter__()
        except (aiomqtt.MqttError, asyncio.CancelledError):
            self._abandoned = True
            self.abort()
            raise
        self._disconnected.add_done_callback(self._fail_answers)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Say goodbye if the broker still listens, and close in any case."""
        self.timeout = FAREWELL_DEADLINE_S
        with contextlib.suppress(aiomqtt.MqttError):
            await super().__aexit__(exc_type, exc, tb)
        self.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_DEADLINE_S):
                await self._closed.wait()

    @property
    def alive(self) -> bool:
        """Whether the connection is not known to be lost."""
        return not self._disconnected.done()

    def waiting(self) -> Iterator[aiomqtt.Message]:
        """The messages that have arrived and are not taken yet.

        aiomqtt's own iterator makes a task for each, three turns of the loop, while one turn brings one more:
        at a thousand a second its queue overflows, and what it discards may be somebody else's command.
        """
        while not self._queue.empty():
            yield self._queue.get_nowait()

    async def ask_for(self, topic: str, options: SubscribeOptions) -> int:
        """Subscribe; returns the SUBACK's reason code. Raises `MqttError`."""
        with _heeding_cancellation():
            codes = await self.subscribe(topic, options=options)
        return codes[0] if isinstance(codes[0], int) else codes[0].value

    async def publish_acknowledged(self, topic: str, payload: bytes, *, retain: bool, qos: int) -> int:
        """Publish; returns the PUBACK's reason code (0 at QoS 0). Raises `MqttError` when the link is lost
        first, or after the deadline, `ValueError` for a topic that can't be.
        """
        async with self._window:
            if not self.alive:
                raise aiomqtt.MqttError("connection lost")
            info = self._client.publish(topic, payload, qos, retain)
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise aiomqtt.MqttCodeError(info.rc, "not connected")
            if qos == 0:
                return 0
            answer: asyncio.Future[int] = self._loop.create_future()
            self._answers[info.mid] = answer
            try:
                async with asyncio.timeout(self.timeout):
                    return await answer
            except TimeoutError as error:
                raise aiomqtt.MqttError(f"no acknowledgement in {self.timeout:.0f} s") from error
            finally:
                self._answers.pop(info.mid, None)

    def abort(self) -> None:
        """Cut the socket; paho finds out and clears up. The broker then publishes the will."""
        if isinstance(sock := self._client.socket(), socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._hush()

    def _on_connect(
        self,
        client: PahoClient,
        userdata: object,
        flags: ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self.largest_packet = getattr(properties, "MaximumPacketSize", None)
        self.keeps_retained = getattr(properties, "RetainAvailable", 1) != 0
        self.in_flight_max = min(IN_FLIGHT, getattr(properties, "ReceiveMaximum", IN_FLIGHT))
        self._window = asyncio.Semaphore(self.in_flight_max)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: PahoClient,
        userdata: object,
        flags: DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self.lost_because = lost(reason_code.value)
        if self._connected.cancelled():  # aiomqtt would ask it for its exception: nobody waits for either
            return
        if not self._connected.done():  # aiomqtt would wait on for the answer that can't come any more
            self._connected.set_exception(HungUp("hung up"))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        self._hush()

    def _on_publish(
        self, client: PahoClient, userdata: object, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        answer = self._answers.get(mid)
        if answer is not None and not answer.done():
            answer.set_result(reason_code.value)

    def _on_message(self, client: PahoClient, userdata: object, message: MQTTMessage) -> None:
        is_command = message.topic.endswith(f"/{Leaf.COMMAND}")
        message.payload = message.payload[: INCOMING_KEPT_BYTES if is_command else ANNOUNCEMENT_KEPT_BYTES]
        super()._on_message(client, userdata, message)

    def _on_socket_open(self, client: PahoClient, userdata: object, sock: PahoSocket) -> None:
        """Runs in the thread that connects, which can't be stopped: one that was given up ends here, before
        it says CONNECT and takes the client id away from the next connection.
        """
        if self._abandoned:
            sock.close()
            raise ConnectionAbortedError("given up")
        super()._on_socket_open(client, userdata, sock)

    def _on_socket_register_write(self, client: PahoClient, userdata: object, sock: PahoSocket) -> None:
        """As aiomqtt does it, but a socket that is closed by the loop's next turn is let alone: at the end of
        broker and daemon together, add_writer would report a bad file descriptor.
        """

        def write() -> None:
            try:
                client.loop_write()
            except OSError as error:
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        def watch() -> None:
            if sock.fileno() >= 0:
                self._loop.add_writer(sock.fileno(), write)

        # paho registers from the thread that connects, too.
        self._loop.call_soon_threadsafe(watch)

    def _on_socket_close(self, client: PahoClient, userdata: object, sock: PahoSocket) -> None:
        super()._on_socket_close(client, userdata, sock)
        self._closed.set()

    def _fail_answers(self, _: asyncio.Future[None]) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(aiomqtt.MqttError("connection lost"))

    def _hush(self) -> None:
        """Look at the reason for the end, so that asyncio does not report it as never retrieved."""
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()


@contextlib.contextmanager
def _heeding_cancellation() -> Iterator[None]:
    """`wait_for` of Python 3.11, which aiomqtt uses, may swallow a cancellation (CPython gh-86296).

    The number of requests is compared, since a TaskGroup of 3.11 may leave one behind.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    yield
    if task and task.cancelling() > before:
        raise asyncio.CancelledError


def _silent() -> logging.Logger:
    """A logger that goes nowhere: whatever aiomqtt and paho have to say arrives as an error here."""
    # Above all levels: paho writes two lines a message; nobody reads them, and every message pays.
    logger = logging.Logger("mqtt", logging.CRITICAL + 1)  # noqa: LOG001 one from getLogger would be everybody's
    logger.addHandler(logging.NullHandler())
    return logger
