"""The page as a part of the daemon: begun with it, begun anew with other settings, ended with it.

Rule: where it can't be served at the start, the daemon does not start, and says why; later on that is only
told, and it is as before. Its libraries are loaded at the start, where they are installed: an upgrade under
the running daemon must not mix two versions when a page is switched on by a reload.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wearsync.control.calls import PageParams
from wearsync.control.results import PageResult
from wearsync.control.server import Handler
from wearsync.errors import Unavailable, UsageError, WearsyncError
from wearsync.web.address import Listen, PageSettings
from wearsync.web.places import elsewhere, here

if TYPE_CHECKING:
    from wearsync.web.server import PageServer
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
        self._is_possible = all(find_spec(name) is not None for name in needed)
        if self._is_possible:
            import_module("wearsync.web.server")
        self._stack = AsyncExitStack()
        self._settings: PageSettings | None = None
        self._handler: Handler | None = None
        self._server: PageServer | None = None
        self.listen: Listen | None = None
        self.token: Token | None = None

    @property
    def settings(self) -> PageSettings | None:
        """Of the page that is served."""
        return self._settings

    def told(self, *, new_token: bool = False) -> PageResult | None:
        """Where it is; None: there is none. Raises `ConfigError` if there can't be another token,
        `UsageError` if there is none.
        """
        if self._settings is None or self.listen is None:
            return None
        if new_token:
            if self.token is None:
                raise UsageError(
                    "this page asks for no token: only this computer, or Home Assistant, sees it"
                )
            self.token.renew()
            log.warning("page.new_token: all who had signed in do it again")
        others = elsewhere(self._settings, self.listen)
        return PageResult(
            here=here(self._settings, self.listen),
            elsewhere=others,
            token=None if self.token is None else self.token.text,
            secure=all(address.startswith("https:") for address in others),
        )

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
            if self._server is not None:
                self._server.renew_certificate()
            return
        self._look_at_files(settings)
        await self._end()
        try:
            await self._begin(settings)
        except WearsyncError:
            await self._begin(before)
            raise

    def _look_at_files(self, settings: PageSettings | None) -> None:
        """What is wrong with them is found while the page is still served. Raises `ConfigError`."""
        if settings is None or not self._is_possible:
            return
        from wearsync.web.tls import context_of
        from wearsync.web.token import Token

        if settings.certificate is not None:
            context_of(settings.certificate, settings.key)
        if settings.asks:
            Token(settings.token_file)

    async def _begin(self, settings: PageSettings | None) -> None:
        handler = self._handler
        if settings is None or handler is None:
            return
        if not self._is_possible:
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
        self._settings, self._server, self.listen, self.token = settings, server, server.listen, token
        log.info("page.ready url=%s", here(settings, server.listen))

    async def _end(self) -> None:
        self._settings = self._server = self.listen = self.token = None
        await self._stack.aclose()
        self._stack = AsyncExitStack()


def whereabouts(page: Page | None, call: PageParams) -> PageResult:
    """The answer to `wearsync page`. Raises `UsageError`, `ConfigError`."""
    told = None if page is None else page.told(new_token=call.new_token)
    if told is None:
        raise UsageError(
            "this daemon has no page: start it with `wearsync run --web 8740`, or set listen in [web] of the "
            "configuration and `wearsync reload`"
        )
    return told
