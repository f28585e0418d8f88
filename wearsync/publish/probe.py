"""A broker tried step by step: name, port, TLS, login, and what it lets us do and keeps.

Rule: a client of its own, which takes the id of no daemon, says nothing on a watch's topic, and leaves
nothing behind: what it publishes stands below `PROBE`, a level that no watch can have. What arrives is
believed, not what is answered: mosquitto says yes to a subscription that it will never serve.
"""

import asyncio
import contextlib
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from wearsync.errors import BrokerUnavailable
from wearsync.publish.address import BrokerAddress
from wearsync.publish.connection import CONNECT_DEADLINE_S, Connection, HungUp
from wearsync.publish.reasons import (
    CREDENTIALS,
    EXPIRED,
    FAILURE,
    KEEPS_NOTHING,
    NOT_MQTT_5,
    OTHER_HOST,
    connect_hung_up,
    connect_refused,
    refusal,
)
from wearsync.publish.tls import tls_context
from wearsync.publish.topics import COMMANDS, PROBE, Leaf, base, of_probe

# A broker passes a message on within milliseconds; one that denies it never does.
ARRIVAL_DEADLINE_S = 3.0
# What is retained comes with the subscription's answer.
RETAINED_DEADLINE_S = 0.7


class Trouble(Enum):
    """What a step ran into."""

    NO_NAME = "no such name"
    REFUSES = "nothing listens there"
    SILENT = "no answer"
    UNREACHED = "no way there"
    NOT_TLS = "no TLS"
    CERTIFICATE_EXPIRED = "the certificate is not valid now"
    CERTIFICATE_OF_OTHER = "the certificate is for another name"
    CERTIFICATE_UNTRUSTED = "the certificate is of an authority that is not trusted"
    NEEDS_PASSWORD = "user name and password are wanted"  # noqa: S105  # no password
    WRONG_PASSWORD = "user name or password are refused"  # noqa: S105
    NOT_MQTT_5 = "no MQTT 5"
    KEEPS_NOTHING = "it keeps nothing"
    HANGS_UP = "it hangs up"
    REFUSED = "it refuses us"


_REFUSALS = {NOT_MQTT_5: Trouble.NOT_MQTT_5, KEEPS_NOTHING: Trouble.KEEPS_NOTHING}


class StepFailed(BrokerUnavailable):
    """A step came to nothing; `trouble`: what it ran into, the text: in whose words."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Agreed:
    """TLS, as agreed on. `until`: the certificate's end, UTC."""

    version: str
    until: datetime


async def reach(address: BrokerAddress, *, within_s: float = CONNECT_DEADLINE_S) -> None:
    """Resolve the name, and have the port answer. Raises `StepFailed`."""
    with _told():
        async with asyncio.timeout(within_s):
            _, writer = await asyncio.open_connection(address.host, address.port)
        writer.close()


async def agree(address: BrokerAddress, *, within_s: float = CONNECT_DEADLINE_S) -> Agreed:
    """Agree on TLS, as a connection does. Raises `StepFailed`; `CertificateUnfit` for files of ours."""
    context = await asyncio.to_thread(tls_context, address)
    with _told():
        async with asyncio.timeout(within_s):
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    until = ssl.cert_time_to_seconds(str((tls.getpeercert() or {}).get("notAfter", "")))
    writer.close()
    return Agreed(tls.version() or "TLS", datetime.fromtimestamp(until, UTC))


class Visit:
    """A connection that tries things out. `largest_packet` in bytes, None: no limit."""

    def __init__(self, connection: Connection, site: str) -> None:
        self._connection = connection
        self._base = base(site)
        self._word = secrets.token_hex(8)
        self._messages = aiter(connection.messages)
        self.largest_packet = connection.largest_packet
        self._keeps = connection.keeps_retained

    async def publish(self) -> str | None:
        """Publish below our base; why that is refused, None: it is not. Raises `BrokerUnavailable`."""
        return await self._say(f"{self._base}/{PROBE}", "")

    async def command(self) -> bool | None:
        """Whether commands arrive; None: this user may not send one. A word stays retained: see `kept`."""
        topic = f"{self._base}/{COMMANDS}"
        await self._hear(topic)
        if await self._say(self._command, self._word, retain=self._keeps) is not None:
            return None
        return await self._arrived(self._command, self._word) is not None

    async def kept(self) -> bool:
        """Whether what was retained is there for who comes later; after `command`, whose word it takes
        back.
        """
        if not self._keeps:
            return False
        await self._hear(self._command)
        try:
            return await self._arrived(self._command, self._word) is not None
        finally:
            with contextlib.suppress(BrokerUnavailable):
                await self._say(self._command, "", retain=True)

    async def retained(self, topic: str) -> str | None:
        """What stands on that topic, None: nothing, or it may not be read."""
        await self._hear(topic)
        return await self._arrived(topic, None, within_s=RETAINED_DEADLINE_S)

    @property
    def _command(self) -> str:
        return f"{self._base}/{of_probe(Leaf.COMMAND)}"

    async def _hear(self, topic: str) -> None:
        options = SubscribeOptions(qos=1, retainAsPublished=False)
        with _gone():
            await self._connection.ask_for(topic, options)

    async def _say(self, topic: str, payload: str, *, retain: bool = False) -> str | None:
        with _gone():
            code = await self._connection.publish_acknowledged(topic, payload.encode(), retain=retain, qos=1)
        return refusal(code) if code >= FAILURE else None

    async def _arrived(
        self,
        topic: str,
        payload: str | None,
        *,
        within_s: float = ARRIVAL_DEADLINE_S,
    ) -> str | None:
        """The payload that comes on that topic in time."""
        with contextlib.suppress(TimeoutError), _gone():
            async with asyncio.timeout(within_s):
                while True:
                    message = await anext(self._messages)
                    said = message.payload.decode(errors="replace")
                    if message.topic.value == topic and payload in (None, said):
                        return said
        return None


@contextlib.asynccontextmanager
async def visit(
    address: BrokerAddress, *, site: str, within_s: float = CONNECT_DEADLINE_S
) -> AsyncIterator[Visit]:
    """A connection for as long as it is entered. `within_s`: for each of its answers. Raises `StepFailed`."""
    tls = await asyncio.to_thread(tls_context, address) if address.tls else None
    # Who is cut off in the midst of it leaves nothing behind either.
    will = aiomqtt.Will(f"{base(site)}/{of_probe(Leaf.COMMAND)}", "", qos=1, retain=True)
    client_id = f"wearsync-doctor-{secrets.token_hex(4)}"
    connection = Connection(address, client_id=client_id, will=will, tls=tls, ack_deadline_s=within_s)
    async with contextlib.AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(connection)
        except aiomqtt.MqttError as error:
            raise _refused(error, address) from error
        yield Visit(connection, site)


def _refused(error: aiomqtt.MqttError, address: BrokerAddress) -> StepFailed:
    if isinstance(error, HungUp):
        return StepFailed(Trouble.HANGS_UP, connect_hung_up(address))
    if isinstance(error, aiomqtt.MqttCodeError) and isinstance(error.rc, ReasonCode):
        code, text = error.rc.value, connect_refused(error.rc.value, address)
        if code in CREDENTIALS:
            has_name = address.username is not None
            return StepFailed(Trouble.WRONG_PASSWORD if has_name else Trouble.NEEDS_PASSWORD, text)
        return StepFailed(_REFUSALS.get(code, Trouble.REFUSED), text)
    cause = error.__context__
    if isinstance(cause, OSError) and not isinstance(cause, TimeoutError):
        return _of_socket(cause)
    return StepFailed(Trouble.HANGS_UP, "does not answer to MQTT: is it a broker, and is that its port?")


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # TimeoutError is one too
        raise _of_socket(error) from error


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except aiomqtt.MqttError as error:
        raise BrokerUnavailable(f"has ended the connection: {error}") from error


def _of_socket(error: OSError) -> StepFailed:
    text = error.strerror or str(error) or type(error).__name__
    match error:
        case ssl.SSLCertVerificationError():
            return StepFailed(_of_certificate(error), error.verify_message.rstrip("."))
        case ssl.SSLError():
            return StepFailed(Trouble.NOT_TLS, (error.reason or text).lower().replace("_", " "))
        case socket.gaierror():
            return StepFailed(Trouble.NO_NAME, text)
        case ConnectionRefusedError():
            return StepFailed(Trouble.REFUSES, text)
        case ConnectionResetError():
            return StepFailed(Trouble.NOT_TLS, "it hangs up")
        case TimeoutError():
            return StepFailed(Trouble.SILENT, "no answer")
        case _:
            return StepFailed(Trouble.UNREACHED, text)


def _of_certificate(error: ssl.SSLCertVerificationError) -> Trouble:
    if error.verify_code in EXPIRED:
        return Trouble.CERTIFICATE_EXPIRED
    if error.verify_code in OTHER_HOST:
        return Trouble.CERTIFICATE_OF_OTHER
    return Trouble.CERTIFICATE_UNTRUSTED
