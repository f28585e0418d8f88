"""The page as a part of the daemon: begun with it, begun anew with other settings, ended with it.

Rule: where it can't be served at the start, the daemon does not start, and says why; later on that is only
told. uvicorn and starlette are needed by whoever has a page, and imported by nobody else.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wearsync.control.server import Handler
from wearsync.errors import Unavailable, WearsyncError
from wearsync.web.address import Listen, PageSettings, bracketed

if TYPE_CHECKING:
    from wearsync.web.token import Token

NEEDED = ("prometheus_client", "segno", "starlette", "uvicorn")

log = logging.getLogger(__name__)


class Page:
    """The page, if there is one. `now`: the daemon's clock, which runs `speed` times as fast as the wall's;
    `healthy`: whether the daemon makes progress; `needed`: libraries that must be there.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        healthy: Callable[[], bool],
        speed: float = 1.0,
        needed: Sequence[str] = NEEDED,
    ) -> None:
        self._now = now
        self._healthy = healthy
        self._speed = speed
        self._needed = needed
        self._stack = AsyncExitStack()
        self._settings: PageSettings | None = None
        self._handler: Handler | None = None
        self.listen: Listen | None = None
        self.token: Token | None = None

    @property
    def settings(self) -> PageSettings | None:
        """Of the page that is served."""
        return self._settings

    @property
    def address(self) -> str:
        """As it stands in a browser of this computer."""
        if self._settings is None or self.listen is None:
            return ""
        host = "127.0.0.1" if self.listen.is_everywhere else bracketed(self.listen.host)
        return f"{self._settings.scheme}://{host}:{self.listen.port}/"

    @asynccontextmanager
    async def served(self, settings: PageSettings | None, handler: Handler) -> AsyncIterator[None]:
        """The page, while the block runs. Raises `ConfigError`, `Unavailable`."""
        self._handler = handler
        try:
            await self.move(settings)
            yield
        finally:
            await self._end()

    async def move(self, settings: PageSettings | None) -> None:
        """Serve it with these settings from now on, or not at all. Raises `ConfigError`, `Unavailable`: then
        it is as before.
        """
        before = self._settings
        if settings == before:
            return
        await self._end()
        try:
            await self._begin(settings)
        except WearsyncError:
            await self._begin(before)
            raise

    async def _begin(self, settings: PageSettings | None) -> None:
        handler = self._handler
        if settings is None or handler is None:
            return
        if any(find_spec(name) is None for name in self._needed):
            raise Unavailable("the page needs more: pip install 'wearsync[web]'")
        from wearsync.web.app import Parts
        from wearsync.web.guard import Guard
        from wearsync.web.live import Live
        from wearsync.web.server import PageServer
        from wearsync.web.token import Doorkeeper, Token

        token = Token(settings.token_file) if settings.asks else None
        loop = asyncio.get_running_loop()
        parts = Parts(
            settings=settings,
            handler=handler,
            live=Live(handler, now=self._now, speed=self._speed),
            guard=Guard(settings),
            doorkeeper=None if token is None else Doorkeeper(token, clock=loop.time, speed=self._speed),
            healthy=self._healthy,
            speed=self._speed,
        )
        server = await self._stack.enter_async_context(PageServer(parts))
        self._settings, self.listen, self.token = settings, server.listen, token
        log.info("page.ready url=%s", self.address)

    async def _end(self) -> None:
        self._settings = self.listen = self.token = None
        await self._stack.aclose()
        self._stack = AsyncExitStack()
