"""What the page answers, address by address: an ASGI application of starlette.

Rule: a thin table; the guard stands before all of it, and what is at fault in here ends in here.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wearsync.control.calls import (
    Call,
    CommandParams,
    HistoryParams,
    HoldsParams,
    RoutineParams,
    StatusParams,
    TodayParams,
)
from wearsync.control.results import Done, StatusResult
from wearsync.control.server import Handler
from wearsync.errors import WearsyncError
from wearsync.model import Border
from wearsync.web.address import PageSettings
from wearsync.web.answers import NOT_STORED, done, failed, found, refused
from wearsync.web.desk import called, fit
from wearsync.web.files import INDEX, page_files, served
from wearsync.web.guard import COOKIE_PREFIX, SIGN_IN, Asked, Guard, Refusal
from wearsync.web.live import Live
from wearsync.web.metrics import CONTENT_TYPE, Figures, metrics_text
from wearsync.web.stream import EventStream
from wearsync.web.token import TOKEN_MAX_CHARS, Doorkeeper

# The longest command, a whole routine, is some 300 bytes.
BODY_MAX_BYTES = 4096
# An old tablet on the wall should not ask for the token each month.
COOKIE_S = 400 * 24 * 3600  # what browsers keep at most (RFC 6265bis)

log = logging.getLogger(__name__)


class SessionBody(Border):
    """`POST api/session`."""

    token: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What the page is made of. `doorkeeper` None: there is no token. `healthy`: whether the daemon makes
    progress; its clock runs `speed` times as fast as the wall's (a demo).
    """

    settings: PageSettings
    handler: Handler
    live: Live
    guard: Guard
    doorkeeper: Doorkeeper | None
    healthy: Callable[[], bool]
    speed: float = 1.0


class PageApp:
    """The application."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._files = page_files()
        self._cookie = f"{COOKIE_PREFIX}{parts.settings.listen.port}"
        self._routes: ASGIApp = Router(
            [
                Route("/", self._page),
                Route("/static/{name:path}", self._file),
                Route("/healthz", self._health),
                Route("/metrics", self._metrics),
                Route("/api/live", self._live),
                Route("/api/status", self._looker(StatusParams)),
                Route("/api/today", self._looker(TodayParams)),
                Route("/api/history", self._looker(HistoryParams)),
                Route("/api/routine", self._looker(RoutineParams)),
                Route("/api/holds", self._looker(HoldsParams)),
                Route("/api/command", self._command, methods=["POST"]),
                Route("/api/session", self._sign_in, methods=["POST"]),
            ],
            redirect_slashes=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began = False

        async def answering(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                MutableHeaders(scope=message).update(self._parts.guard.headers)
            await send(message)

        try:
            await self._guarded(scope, receive, answering)
        except ClientDisconnect:
            log.debug("page.client_gone")
        except Exception as error:
            # The border between one browser's wish and the daemon, which has other things to live for.
            log.exception("page.failed path=%.60r", scope["path"])
            if not began:
                text = f"the page failed at this ({type(error).__name__}): see the daemon's log"
                await refused(500, "WearsyncError", text)(scope, receive, answering)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = Asked(
            method=request.method,
            path=scope["path"],
            headers=_headers(request),
            peer=request.client.host if request.client else "",
        )
        refusal = self._parts.guard.refusal(asked) or await self._sign_in_first(asked, request)
        answer = self._routes if refusal is None else _refusal(refusal)
        await answer(scope, receive, send)

    async def _sign_in_first(self, asked: Asked, request: Request) -> Refusal | None:
        doorkeeper = self._parts.doorkeeper
        if doorkeeper is None or not self._parts.guard.needs_token(asked):
            return None
        if self._has_cookie(request):
            return None
        text = _bearer(request)
        if text is None:
            return SIGN_IN
        return None if await doorkeeper.admits(text, asked.peer) else SIGN_IN

    def _has_cookie(self, request: Request) -> bool:
        doorkeeper = self._parts.doorkeeper
        return doorkeeper is not None and doorkeeper.token.is_cookie(request.cookies.get(self._cookie, ""))

    def _has_token(self, request: Request) -> bool:
        doorkeeper, text = self._parts.doorkeeper, _bearer(request)
        return doorkeeper is not None and text is not None and doorkeeper.token.is_it(text)

    async def _page(self, request: Request) -> Response:
        answer = served(self._files[INDEX], request)
        if self._has_cookie(request):  # who comes again stays signed in
            self._sign(answer, request)
        return answer

    async def _file(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        return refused(404, "UsageError", "there is no such file") if file is None else served(file, request)

    async def _health(self, _request: Request) -> Response:
        well = self._parts.healthy()
        return JSONResponse({"ok": well}, 200 if well else 503, headers=NOT_STORED)

    async def _metrics(self, _request: Request) -> Response:
        parts = self._parts
        try:
            status = await called(parts.handler, StatusParams(), StatusResult)
        except WearsyncError as error:
            return failed(error)
        figures = Figures(
            status=status,
            healthy=parts.healthy(),
            streams=parts.live.count,
            wrong_tokens=0 if parts.doorkeeper is None else parts.doorkeeper.wrong,
        )
        return Response(metrics_text(figures), headers={**NOT_STORED, "Content-Type": CONTENT_TYPE})

    async def _live(self, request: Request) -> Response:
        """A `Response` by its call alone."""
        by_cookie, by_token = self._has_cookie(request), self._has_token(request)
        parts = self._parts
        return _Streaming(
            EventStream(
                parts.live,
                may_stay=lambda: (
                    not (by_cookie or by_token) or self._has_cookie(request) or self._has_token(request)
                ),
                speed=parts.speed,
            )
        )

    def _looker(self, params: type[Call]) -> Callable[[Request], Awaitable[Response]]:
        async def look(request: Request) -> Response:
            try:
                call = fit(lambda: params.model_validate_strings(dict(request.query_params)))
                return found(await called(self._parts.handler, call, BaseModel))
            except WearsyncError as error:
                return failed(error)

        return look

    async def _command(self, request: Request) -> Response:
        try:
            body = await _body(request)
            call = fit(lambda: CommandParams.model_validate_json(body))
            return done((await called(self._parts.handler, call, Done)).text)
        except WearsyncError as error:
            return failed(error)
        except _Unfit as unfit:
            return _refusal(unfit.refusal)

    async def _sign_in(self, request: Request) -> Response:
        doorkeeper = self._parts.doorkeeper
        try:
            body = await _body(request)
            token = fit(lambda: SessionBody.model_validate_json(body)).token
        except WearsyncError as error:
            return failed(error)
        except _Unfit as unfit:
            return _refusal(unfit.refusal)
        if doorkeeper is None:
            return Response(status_code=204)
        peer = request.client.host if request.client else ""
        admitted = await doorkeeper.admits(token[: TOKEN_MAX_CHARS + 1], peer)
        if admitted is None:
            return refused(429, "TryAgain", "others are trying tokens: wait a moment, and try again")
        if not admitted:
            return refused(403, "SignIn", "that is not the token: `wearsync page` shows it")
        answer = Response(status_code=204, headers=NOT_STORED)
        self._sign(answer, request)
        return answer

    def _sign(self, answer: Response, request: Request) -> None:
        doorkeeper = self._parts.doorkeeper
        assert doorkeeper is not None, "without a token nobody signs in"
        answer.set_cookie(
            self._cookie,
            doorkeeper.token.cookie,
            max_age=COOKIE_S,
            path="/",
            secure=request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https",
            httponly=True,
            samesite="strict",
        )


class _Streaming(Response):
    """A stream in a response's place."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream(scope, receive, send)


class _Unfit(Exception):
    """A body that is not taken."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(status, "UsageError", text)


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Unfit(415, "send JSON, with Content-Type: application/json")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_MAX_BYTES:
            raise _Unfit(413, f"that is more than {BODY_MAX_BYTES} bytes: no command has so many")
    return body


def _bearer(request: Request) -> str | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _headers(request: Request) -> Mapping[str, str]:
    """By name; of two with one name the first one. With two of Host, h11 takes it for no request."""
    return {name: request.headers[name] for name in set(request.headers)}


def _refusal(refusal: Refusal) -> Response:
    return refused(refusal.status, refusal.error, refusal.text)
