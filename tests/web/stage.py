"""A page on a real port, before a desk that says what a test wants; and a browser of a few lines.

Rule: bytes go over real sockets; what the daemon itself makes of calls is tried in tests/daemon/test_page.py.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack

from pydantic import BaseModel

from wearsync.control.calls import Call, CommandParams, LiveParams, StatusParams
from wearsync.control.results import Done, LiveState, StatusResult, WatchStatus
from wearsync.control.session import Session
from wearsync.web.address import PageSettings, parse_listen
from wearsync.web.app import Parts
from wearsync.web.guard import Guard
from wearsync.web.live import Live
from wearsync.web.server import PageServer
from wearsync.web.token import Doorkeeper, Token

NOW = datetime(2026, 11, 23, 18, 4, 5, 120_000, UTC)
TOKEN = "0123456789abcdefghijkl"
SOON_S = 10.0
DONE = Done(text="done")


def live_state(watch: str = "W", word: str = "idle", watches: tuple[str, ...] | None = None) -> LiveState:
    return LiveState(
        watch=watch,
        state=json.dumps({"phase": word}),
        summary=json.dumps({"streak": 1}),
        watches=watches or (watch,),
    )


@dataclass
class Desk:
    """The daemon's desk: notes the calls, answers as told, and streams what is put into `states`."""

    calls: list[Call] = field(default_factory=list)
    via: list[str] = field(default_factory=list)
    answer: BaseModel | Exception = DONE
    watches: tuple[str, ...] = ("W",)
    broker: str = "connected"
    heard_s: float = 0.0
    states: asyncio.Queue[LiveState | Exception] = field(default_factory=asyncio.Queue)
    live_calls: int = 0
    lives: int = 0

    async def handle(self, call: Call, session: Session) -> BaseModel:
        self.calls.append(call)
        self.via.append(session.via)
        if isinstance(call, StatusParams):
            return self.status()
        if isinstance(call, LiveParams):
            return await self._live(session)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def commands(self) -> list[CommandParams]:
        return [call for call in self.calls if isinstance(call, CommandParams)]

    def status(self) -> StatusResult:
        self.heard_s += 1
        return StatusResult(
            version="1",
            pid=1,
            site="home",
            radio="native",
            broker=self.broker,
            outbox=0,
            outbox_oldest_s=self.heard_s,
            watches=tuple(
                WatchStatus(
                    name=name,
                    watch_id="0" * 32,
                    driver="wearsync",
                    wearer="you",
                    link="connected",
                    trust=None,
                    phase="idle",
                    battery_percent=80,
                    last_heard_s=self.heard_s,
                )
                for name in self.watches
            ),
        )

    async def _live(self, session: Session) -> BaseModel:
        self.live_calls += 1
        self.lives += 1
        try:
            for name in self.watches:
                await session.emit(live_state(name, watches=self.watches))
            while True:
                told = await self.states.get()
                if isinstance(told, Exception):
                    raise told
                await session.emit(told)
        finally:
            self.lives -= 1


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass
class Served:
    """A page, and what it is made of."""

    desk: Desk
    parts: Parts
    server: PageServer
    well: list[bool]

    @property
    def port(self) -> int:
        return self.server.listen.port

    @property
    def cookie_name(self) -> str:
        return f"wearsync-page-{self.parts.settings.listen.port}"

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def raw(self, request: bytes) -> Answer:
        """These bytes, and what the page makes of them."""
        reader, writer = await self.connect()
        try:
            writer.write(request)
            return await answer_of(reader)
        finally:
            writer.close()

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.raw(request_of("GET", path, headers))

    async def post(self, path: str, body: object, **headers: str) -> Answer:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.raw(request_of("POST", path, {"Content-Type": "application/json", **headers}, text))

    @asynccontextmanager
    async def stream(self, **headers: str) -> AsyncIterator["Events"]:
        """`api/live`, read."""
        reader, writer = await self.connect()
        try:
            writer.write(request_of("GET", "/api/live", headers))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), head
            yield Events(reader)
        finally:
            writer.close()


class Events:
    """A stream's events, one by one."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._text = ""

    async def next(self) -> tuple[str, dict[str, Any]]:
        """Its kind, and what it says. Raises `EOFError` at the end."""
        while "\n\n" not in self._text:
            async with asyncio.timeout(SOON_S):
                size = int((await self._reader.readuntil(b"\r\n")).strip() or b"0", 16)
                chunk = (await self._reader.readexactly(size + 2))[:-2]
            if not chunk:
                raise EOFError
            self._text += chunk.decode()
        event, _, self._text = self._text.partition("\n\n")
        lines = dict(line.split(": ", 1) for line in event.splitlines())
        return lines["event"], json.loads(lines["data"])

    async def of(self, kind: str) -> dict[str, Any]:
        """The next of that kind."""
        while True:
            found, data = await self.next()
            if found == kind:
                return data


def request_of(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as browsers write it; header names with _ for -; a value "" leaves a header out."""
    said = {"Host": "127.0.0.1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body:
        said["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def answer_of(reader: asyncio.StreamReader) -> Answer:
    async with asyncio.timeout(SOON_S):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", "0"))
        body = await reader.readexactly(length)
    return Answer(int(first.split()[1]), headers, body)


class Chosen(TypedDict, total=False):
    """Of a page's settings, what a test says otherwise."""

    hosts: tuple[str, ...]
    certificate: Path | None
    key: Path | None
    always_ask: bool
    ingress: bool
    ingress_from: tuple[str, ...]


class ChosenPlace(Chosen, total=False):
    listen: str


def settings_of(directory: Path, listen: str = "127.0.0.1:0", **chosen: Unpack[Chosen]) -> PageSettings:
    return PageSettings(listen=parse_listen(listen), token_file=directory / "page-token", **chosen)


@asynccontextmanager
async def page(
    directory: Path, desk: Desk | None = None, *, speed: float = 1.0, **place: Unpack[ChosenPlace]
) -> AsyncIterator[Served]:
    """A page, while the block runs; its token, where it asks for one, is `TOKEN`."""
    desk = desk or Desk()
    chosen = settings_of(directory, **place)
    doorkeeper = None
    if chosen.asks:
        chosen.token_file.write_text(TOKEN + "\n")
        chosen.token_file.chmod(0o600)
        loop = asyncio.get_running_loop()
        doorkeeper = Doorkeeper(Token(chosen.token_file), clock=loop.time, speed=speed)
    well = [True]
    parts = Parts(
        settings=chosen,
        handler=desk.handle,
        live=Live(desk.handle, now=lambda: NOW, speed=speed),
        guard=Guard(chosen, ("pi",)),
        doorkeeper=doorkeeper,
        healthy=lambda: well[0],
        speed=speed,
    )
    async with PageServer(parts) as server:
        yield Served(desk, parts, server, well)
