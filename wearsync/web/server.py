"""The page on its port: uvicorn, as part of the daemon's loop.

    async with PageServer(settings, parts):
        …

Rule: no signals, no log of its own, no wake-up while nobody comes. It costs so many connections at most, and
each of them so long: who floods or stalls it harms the page alone, and never the sync.
"""

import asyncio
import errno
import logging
import os
import socket
import ssl
import sys
from collections.abc import Collection
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import h11
import uvicorn
import uvicorn.lifespan.off  # by its name else, when a page begins
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from wearsync.errors import ConfigError, Unavailable
from wearsync.web.address import Listen, literal
from wearsync.web.app import PageApp, Parts
from wearsync.web.tls import context_of, load

# Streams and as many other requests; the daemon needs its descriptors for the journal and the watches.
CONNECTIONS_MAX = 64
# Beyond those it says that it is full; beyond these it says nothing.
DOOR_MAX = CONNECTIONS_MAX + 8
# All headers of a request; a browser's, with cookies of other services on the same name, are some 2 kB.
HEAD_MAX_BYTES = 16 * 1024
# From the first byte to the last one of a request: a phone at the edge of the Wi-Fi needs some seconds.
REQUEST_DEADLINE_S = 10.0
KEEP_ALIVE_S = 20
# A browser that vanished (its Wi-Fi is gone) is noticed at the next word that it does not acknowledge.
VANISHED_AFTER_MS = 45_000
# The end of the daemon must not wait for a browser.
GOODBYE_S = 1.0

log = logging.getLogger(__name__)


class PageServer:
    """The page, while the context is entered. Entering raises `ConfigError` if the address or a certificate
    can't be used, `Unavailable` if the port is taken.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settings = parts.settings

    @property
    def listen(self) -> Listen:
        """Where it is: with the port that the system chose, where none was named."""
        port = self._door.getsockname()[1]
        return Listen(self._settings.listen.host, port)

    @property
    def connections(self) -> Collection[object]:
        """Whoever is connected."""
        return self._state.connections

    def renew_certificate(self) -> None:
        """Whoever connects from now on is shown what the files have now. Raises `ConfigError`."""
        if self._context is not None and self._settings.certificate is not None:
            load(self._context, self._settings.certificate, self._settings.key)

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._context = context = (
            None if settings.certificate is None else context_of(settings.certificate, settings.key)
        )
        self._door = await _open(settings.listen)
        self._config = _config(PageApp(self._parts), context, speed=self._parts.speed)
        self._config.load()
        self._state = ServerState()
        self._server = await asyncio.get_running_loop().create_server(
            self._connection, sock=self._door, ssl=context
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._parts.live.close()
        for connection in tuple(self._state.connections):
            connection.shutdown()
        if tasks := tuple(self._state.tasks):
            await asyncio.wait(tasks, timeout=GOODBYE_S * self._parts.speed)
        for task in tuple(self._state.tasks):
            task.cancel()
        for connection in tuple(self._state.connections):
            connection.transport.abort()
        if tasks := tuple(self._state.tasks):
            await asyncio.wait(tasks, timeout=GOODBYE_S * self._parts.speed)

    def _connection(self) -> asyncio.Protocol:
        return _Connection(self._config, self._state, {}, speed=self._parts.speed)


class _Connection(H11Protocol):
    """uvicorn's, with an end to requests that never get whole."""

    def __init__(
        self, config: uvicorn.Config, server_state: ServerState, app_state: dict[str, Any], *, speed: float
    ) -> None:
        super().__init__(config, server_state, {**app_state, "hang_up": self._hang_up})
        self._deadline_s = REQUEST_DEADLINE_S * speed
        self._deadline: asyncio.TimerHandle | None = None

    # uvicorn's own signature, which is narrower than asyncio's already.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        peer = transport.get_extra_info("socket")
        if sys.platform == "linux" and peer is not None:
            with suppress(OSError):
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_AFTER_MS)
        self._begin()

    def data_received(self, data: bytes) -> None:
        try:
            super().data_received(data)
        except h11.LocalProtocolError:
            # What came is nonsense, and the answer to what came before is under way: uvicorn has no way to
            # say so, and asyncio would write a page into the log for each.
            self._hang_up()
            return
        # h11's words: who has sent all of a request is DONE.
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._begin()
        else:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._deadline_s, self._hang_up)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class _Answering:
    """The application; an answer that can't be sent any more is a browser that left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            try:
                await send(message)
            except h11.LocalProtocolError as error:
                scope["state"]["hang_up"]()
                raise ClientDisconnect from error

        await self._app(scope, receive, sending)


class _Door(socket.socket):
    """Listens, and closes to who comes when `DOOR_MAX` are in: also before TLS is settled."""

    def __init__(self, family: socket.AddressFamily) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._inside: WeakSet[socket.socket] = WeakSet()

    def accept(self) -> tuple[socket.socket, object]:
        """As a socket's; asyncio takes `ConnectionAbortedError` for somebody who has left again."""
        peer, address = super().accept()
        if sum(each.fileno() >= 0 for each in self._inside) >= DOOR_MAX:
            peer.close()
            raise ConnectionAbortedError("the page is full")
        self._inside.add(peer)
        return peer, address


async def _open(listen: Listen) -> _Door:
    """Bound there."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(
            listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ConfigError(f"web.listen: this computer does not know the address {listen.host}") from error
    family, _, _, _, address = found[0]
    door = _Door(family)
    try:
        door.setblocking(False)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # `::` is this computer's IPv4 addresses, too, as it is elsewhere on Linux.
            is_all = literal(listen.host) is not None and listen.is_everywhere
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_all)
        door.bind(address)
        return door
    except OSError as error:
        door.close()
        raise _unopened(listen, error) from error


def _unopened(listen: Listen, error: OSError) -> ConfigError | Unavailable:
    match error.errno:
        case errno.EADDRINUSE:
            return Unavailable(
                f"the page can't be at {listen}: another program has that port: stop it, or choose another "
                "one (--web, or listen in [web])"
            )
        case errno.EADDRNOTAVAIL:
            return ConfigError(f"web.listen: {listen.host} is no address of this computer")
        case errno.EACCES:
            return ConfigError(
                f"web.listen: ports below 1024 are for root: choose another one than {listen.port}"
            )
        case _:
            return ConfigError(f"web.listen: the page can't be at {listen}: {os.strerror(error.errno or 0)}")


def _config(app: PageApp, context: ssl.SSLContext | None, *, speed: float) -> uvicorn.Config:
    # What uvicorn has to say of requests is of no use to who runs a sync, and names who looked at what.
    for name in ("uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]
    return uvicorn.Config(
        _Answering(app),
        loop="none",
        http=_Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=round(KEEP_ALIVE_S * speed),
        h11_max_incomplete_event_size=HEAD_MAX_BYTES,
        ssl_context_factory=None if context is None else lambda _config, _default: context,
    )
