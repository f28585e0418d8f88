"""The air over TCP: every HCI host that connects (H4 packets) has a controller of its own in the same air.

Rule: a connection is a controller's power: when it ends, the controller is gone, and its links time out.
"""

import asyncio
import logging
from dataclasses import dataclass

from bumble.core import InvalidPacketError
from bumble.transport.common import PacketParser

from wearsync.errors import RadioUnavailable, UsageError
from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.controller import AirController

__all__ = ["AirServer", "parse_host_port", "serve_air"]

# A live host has a few hundred bytes waiting for it; one that lets this much wait does not read any more.
UNREAD_BYTES_MAX = 1 << 20

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AirServer:
    """An air that is being served. `address` is HOST:PORT as bound, for `tcp-client:` and `--radio tcp:`."""

    air: Air
    address: str
    server: asyncio.Server
    hosts: "set[_Host]"

    async def close(self) -> None:
        """Stop listening, and take everybody's power."""
        self.server.close()
        for host in list(self.hosts):
            host.drop()
        await self.server.wait_closed()


async def serve_air(
    host: str, port: int, *, air: Air | None = None, controller: type[AirController] = AirController
) -> AirServer:
    """Serve an air (a new one by default) at host:port; port 0 takes a free one. `controller`: what each
    host gets.

    Raises RadioUnavailable if the address can't be had.
    """
    served, hosts = air or Air(), set[_Host]()
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Host(served, hosts, controller), host, port
        )
    except OSError as error:
        raise RadioUnavailable(
            f"can't serve a virtual air at {host}:{port}: {error.strerror or error}"
        ) from error
    bound_host, bound_port = server.sockets[0].getsockname()[:2]
    return AirServer(served, f"{bound_host}:{bound_port}", server, hosts)


def parse_host_port(spec: str) -> tuple[str, int]:
    """HOST:PORT, with or without `tcp:` before it. Raises UsageError with the right form."""
    host, separator, port = spec.removeprefix("tcp:").rpartition(":")
    if not (host and separator and port.isascii() and port.isdecimal() and int(port) < 1 << 16):
        raise UsageError(f"{spec!r} is not an address of a virtual air: write it as tcp:127.0.0.1:9747")
    return host.strip("[]"), int(port)


class _Host(asyncio.Protocol):
    """The TCP side of one controller: packets of its host in, packets for its host out."""

    def __init__(self, air: Air, hosts: "set[_Host]", controller: type[AirController]) -> None:
        self._air = air
        self._made = controller
        self._hosts = hosts
        self._parser = PacketParser()
        self._transport: asyncio.WriteTransport | None = None
        self._controller: AirController | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._controller = self._made(str(transport.get_extra_info("peername")), medium=self._air)
        self._controller.set_packet_sink(self)
        self._parser.set_packet_sink(self._controller)
        self._hosts.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except InvalidPacketError as error:
            logger.warning("a client of the air does not speak HCI (%s): dropped", error)
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._hosts.discard(self)
        if self._controller is not None:
            self._controller.close()

    def on_packet(self, packet: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(packet)
        if self._transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            logger.warning("a client of the air does not read: dropped")
            self.drop()

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()
