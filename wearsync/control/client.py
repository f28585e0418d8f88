"""The CLI's end of the control socket.

    status = await ControlClient(path).call(StatusParams(), StatusResult)
    seen = await ControlClient(path).call(ScanParams(), ScanResult, on_event=print)
    paired = await ControlClient(path).call(PairParams(name="W"), PairResult, on_ask=ask_person)

Rule: no policy; what the daemon raised is raised here again, as the same class.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from wearsync import __version__
from wearsync.control.calls import Call
from wearsync.control.protocol import (
    SERVER_LINE,
    Alive,
    Answer,
    Ask,
    Event,
    Failure,
    Question,
    Result,
    ServerLine,
    error_of,
    line,
)
from wearsync.errors import NotRunning, TryAgain, Unavailable

# A daemon gives a sign of life every 5 s while it works (`server.ALIVE_INTERVAL_S`): four missed mean that it
# is stuck.
SILENCE_MAX_S = 20.0
# Results are our own, but memory has an end: a year of daily rows is some 200 kB of JSON.
LINE_MAX_BYTES = 1024 * 1024

OnEvent = Callable[[str], None]
OnAsk = Callable[[Question], Awaitable[Answer]]

_NOT_RUNNING = "no daemon is running: start it with `wearsync run`"

R = TypeVar("R", bound=BaseModel)

_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class ControlClient:
    """The daemon behind a control socket; the one behind `service`, when there is none. `on_other_version` is
    told, once a call, that its version is not ours: an upgrade leaves the running process as it was.
    """

    def __init__(
        self, path: Path, *, service: Path | None = None, on_other_version: OnEvent = lambda _words: None
    ) -> None:
        self._path = path
        self._service = service
        self._on_other_version = on_other_version

    async def call(
        self, call: Call, result: type[R], *, on_event: OnEvent | None = None, on_ask: OnAsk | None = None
    ) -> R:
        """Carry out one call; cancelling it cancels the daemon's side too.

        `on_event` is given each event as JSON; `on_ask` each question (without it, the answer is no).
        Raises `NotRunning`, `TryAgain` if the daemon is stuck, and whatever the daemon raised.
        """
        async with _connection(self._path, self._service) as (reader, writer):
            writer.write(line(call))
            outcome = await _Conversation(reader, writer, on_event, on_ask).outcome()
        if outcome.version != __version__:
            theirs = outcome.version or "an older version"
            self._on_other_version(f"the running daemon is {theirs}, this is {__version__}: restart it")
        if isinstance(outcome, Failure):
            raise error_of(outcome)
        try:
            return result.model_validate_json(_JSON.dump_json(outcome.result))
        except ValidationError as error:
            raise Unavailable("the running daemon is of another version: restart it") from error


class _Conversation:
    """What goes on after the call:
    lines are read on while the person thinks, for the daemon may give up first.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_event: OnEvent | None,
        on_ask: OnAsk | None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._on_ask = on_ask
        self._person: asyncio.Task[None] | None = None

    async def outcome(self) -> Result | Failure:
        """The last line of the daemon."""
        try:
            while True:
                match await self._next_line():
                    case Result() | Failure() as outcome:
                        return outcome
                    case Event(event=event) if self._on_event is not None:
                        self._on_event(_JSON.dump_json(event).decode())
                    case Ask(question=question):
                        self._person = asyncio.create_task(
                            self._put_to_person(question), name="control question"
                        )
                    case Event() | Alive():
                        pass
        finally:
            if self._person is not None:
                self._person.cancel()
                await asyncio.gather(self._person, return_exceptions=True)

    async def _next_line(self) -> ServerLine:
        reading = asyncio.create_task(_read_line(self._reader), name="control line")
        try:
            while not reading.done():
                person = self._person
                waited = {reading} if person is None else {reading, person}
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                if person is not None and person.done():
                    self._person = None
                    person.result()
            return reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _put_to_person(self, question: Question) -> None:
        answer = Answer() if self._on_ask is None else await self._on_ask(question)
        self._writer.write(line(answer))


@asynccontextmanager
async def _connection(
    path: Path, service: Path | None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    try:
        reader, writer = await _connected(path)
    except NotRunning:
        if service is None:
            raise
        reader, writer = await _served(service, has_own=path.parent.exists())
    try:
        yield reader, writer
    finally:
        writer.close()


async def _served(service: Path, *, has_own: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """`has_own`: for somebody with a journal of their own, a service that is not theirs is nobody."""
    try:
        return await _connected(service)
    except NotRunning as error:
        if isinstance(error.__cause__, PermissionError) and not has_own:
            raise Unavailable(
                "wearsync runs as a service, and you may not command it: have yourself added to its group "
                "(`sudo usermod -aG wearsync $USER`), and log in again"
            ) from error
        raise NotRunning(_NOT_RUNNING) from error


async def _connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_unix_connection(path, limit=LINE_MAX_BYTES)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NotRunning(_NOT_RUNNING) from error
    except OSError as error:
        raise NotRunning(f"can't reach the daemon at {path}: {error.strerror or error}") from error


async def _read_line(reader: asyncio.StreamReader) -> ServerLine:
    try:
        async with asyncio.timeout(SILENCE_MAX_S):
            text = await reader.readuntil(b"\n")
    except TimeoutError as error:
        raise TryAgain(
            f"the daemon has not stirred for {SILENCE_MAX_S:.0f} s: look at its log, or restart it"
        ) from error
    except (asyncio.IncompleteReadError, OSError) as error:
        raise NotRunning("the daemon ended in the middle of the call: see its log") from error
    try:
        return SERVER_LINE.validate_json(text)
    except ValidationError as error:
        raise Unavailable("the running daemon is of another version: restart it") from error
