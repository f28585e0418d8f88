"""A view as server-sent events, to one browser.

Rule: ends when the view ends, when the browser leaves, or when it takes nothing any more; nobody else
notices.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Message, Receive, Scope, Send

from wearsync.errors import WearsyncError
from wearsync.web.answers import failed, refused
from wearsync.web.live import CLOCK_EVERY_S, STREAMS_MAX, Live, View

# Two words of the clock that it did not take: stopped, or gone without a goodbye.
STALLED_S = 2 * CLOCK_EVERY_S

HEADERS = {
    b"content-type": b"text/event-stream; charset=utf-8",
    b"cache-control": b"no-store",
    # nginx collects an answer before it passes it on, unless it is told.
    b"x-accel-buffering": b"no",
}


class EventStream:
    """An ASGI answer. `may_stay`: asked before each event, for whom the token was changed."""

    def __init__(self, live: Live, *, may_stay: Callable[[], bool], speed: float = 1.0) -> None:
        self._live = live
        self._may_stay = may_stay
        self._stalled_s = STALLED_S * speed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._live.is_full:
            full = refused(503, "TryAgain", f"{STREAMS_MAX} pages are open already: close one of them")
            await full(scope, receive, send)
            return
        try:
            async with self._live.looking() as view:
                await self._serve(view, scope, receive, send)
        except WearsyncError as error:
            await failed(error)(scope, receive, send)

    async def _serve(self, view: View, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS.items())})
        sending = asyncio.create_task(self._send(view, send), name="page-stream")
        leaving = asyncio.create_task(_left(receive), name="page-browser")
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            stalled = sending.done() and not sending.cancelled() and sending.exception() is not None
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        if stalled:
            # It would wait for what is still to be sent, which nobody takes.
            scope["state"]["hang_up"]()

    async def _send(self, view: View, send: Send) -> None:
        """Raises `TimeoutError` when the browser takes nothing."""
        while events := await view.news():
            if not self._may_stay():
                break
            await self._one(send, {"type": "http.response.body", "body": events, "more_body": True})
        await self._one(send, {"type": "http.response.body", "body": b"", "more_body": False})

    async def _one(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._stalled_s):
            await send(message)


async def _left(receive: Receive) -> None:
    with suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
