"""The daemon's end of the control socket: one call a connection, answered by the daemon's handler.

    async with ControlServer(settings.control_socket, handler):
        …
    async def handler(call: Call, session: Session) -> BaseModel:    # raises WearsyncError
        match call:
            case ScanParams(): await session.emit(SeenWatch(…)); return ScanResult(…)

Rule: whoever may write the daemon's files may command it, and a group if one is named; nobody else: the
socket's mode says so, and without a group the kernel is asked who the peer is. The group's members name no
file: the daemon would write it as itself, beside its keys. A client that leaves, stalls
or talks nonsense costs its own call only: its handler is cancelled.
"""

import asyncio
import grp
import logging
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pydantic import BaseModel, ValidationError

from wearsync import __version__
from wearsync.control.calls import CALL, BackupParams, Call, not_taken
from wearsync.control.protocol import Alive, Answer, Ask, Event, Question, Result, failure_of, line
from wearsync.control.session import Session
from wearsync.errors import AlreadyRunning, ConfigError, TryAgain, UsageError, WearsyncError

# The longest call is some hundred bytes; 64 KiB is room for a century of additions, and nothing to fill
# memory with.
LINE_MAX_BYTES = 64 * 1024
# A live view or two, a script, a person: more is a leak somewhere.
CONNECTIONS_MAX = 16
# A client that connects has its call ready.
CALL_DEADLINE_S = 5.0
# A person reads six digits off a wrist and types them; the pairing behind gives up after 60 s anyway.
ANSWER_DEADLINE_S = 90.0
# A client that takes nothing for so long is stopped or stuck: it must not hold the daemon's memory.
DRAIN_DEADLINE_S = 10.0
# Well below the silence that a client bears (`client.SILENCE_MAX_S`).
ALIVE_INTERVAL_S = 5.0
# The kernel's sun_path, less its ending zero.
SOCKET_PATH_MAX_BYTES = 107

Handler = Callable[[Call, Session], Awaitable[BaseModel]]

T = TypeVar("T")

log = logging.getLogger(__name__)


class SocketSession:
    """`Session` over the socket."""

    via = "cli"

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._asking = asyncio.Lock()
        self._answer: asyncio.Future[Answer] | None = None

    async def emit(self, event: BaseModel) -> None:
        """Send one event of a stream; waits while the client is behind."""
        await self.send(Event(event=event.model_dump(mode="json")))

    async def ask(self, question: Question) -> Answer:
        """Ask the person at the client. Raises `TryAgain` if nobody answers in time."""
        async with self._asking:
            self._answer = asyncio.get_running_loop().create_future()
            try:
                await self.send(Ask(question=question))
                async with asyncio.timeout(ANSWER_DEADLINE_S):
                    return await self._answer
            except TimeoutError as error:
                raise TryAgain(f"nobody answered within {ANSWER_DEADLINE_S:.0f} s: start again") from error
            finally:
                self._answer = None

    async def send(self, model: BaseModel) -> None:
        """Send one line of the protocol."""
        self._writer.write(line(model))
        try:
            async with asyncio.timeout(DRAIN_DEADLINE_S):
                await self._writer.drain()
        except (TimeoutError, OSError) as error:
            raise _ClientGone from error

    def take(self, answer: Answer) -> None:
        """Take a line of the client. Raises `UsageError` if it was not asked."""
        if self._answer is None or self._answer.done():
            raise UsageError("an answer came without a question")
        self._answer.set_result(answer)


class ControlServer:
    """The socket, while the context is entered.

    Entering raises `AlreadyRunning` if a daemon answers there, `ConfigError` if there can't be a socket.
    """

    def __init__(
        self,
        path: Path,
        handler: Handler,
        *,
        group: str | None = None,
        allowed_uids: Collection[int] | None = None,
    ) -> None:
        """`group`: whose members may command. Without one, `allowed_uids`; None: the daemon's own user and
        root.
        """
        self._path = path
        self._group = group
        self._handler = handler
        self._allowed_uids = {0, os.geteuid()} if allowed_uids is None else allowed_uids
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        listening = _bind(self._path, self._group)
        self._server = await asyncio.start_unix_server(self._connected, sock=listening, limit=LINE_MAX_BYTES)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        self._path.unlink(missing_ok=True)
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None, "asyncio runs this as a task"
        self._connections.add(connection)
        session = SocketSession(writer)
        try:
            await self._serve(reader, writer, session)
        except asyncio.CancelledError:
            # The daemon stops: say so without waiting; closing flushes what it can.
            writer.write(line(failure_of(TryAgain("the daemon is stopping: try again when it is back"))))
        except WearsyncError as error:
            with suppress(_ClientGone):
                await session.send(failure_of(error))
        except _ClientGone:
            log.debug("control.client_gone")
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: SocketSession
    ) -> None:
        is_guest = _peer_uid(writer) not in self._allowed_uids
        if self._group is None and is_guest:
            raise UsageError("this daemon belongs to another user: run the command as that user")
        try:
            async with asyncio.timeout(CALL_DEADLINE_S):
                call = _parse(CALL.validate_json, await _read_line(reader))
        except TimeoutError as error:
            raise UsageError(f"no call came within {CALL_DEADLINE_S:.0f} s") from error
        if is_guest and isinstance(call, BackupParams) and call.path is not None:
            raise UsageError(
                "the daemon belongs to another user, and would write that file as its own: leave --to out, "
                "or take `wearsync export --to`"
            )
        # Not before the call was read: a client that is hung up on while it writes never sees the reason.
        if len(self._connections) > CONNECTIONS_MAX:
            raise TryAgain(f"{CONNECTIONS_MAX} clients are connected already: end one of them")
        await session.send(await self._carry_out(call, reader, session))

    async def _carry_out(self, call: Call, reader: asyncio.StreamReader, session: SocketSession) -> Result:
        """Run the handler until it is done or the client is gone."""
        work = asyncio.create_task(_handled(self._handler, call, session), name=f"control {call.method}")
        client = asyncio.create_task(_listen(reader, session), name="control client")
        pulse = asyncio.create_task(_pulse(session), name="control pulse")
        tasks = (work, client, pulse)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        ended = work if work in done else done.pop()
        result = ended.result()
        assert isinstance(result, Result), "the other two only end by raising"
        return result


class _ClientGone(Exception):
    """The client has left or takes nothing any more."""


async def _handled(handler: Handler, call: Call, session: Session) -> Result:
    try:
        result = await handler(call, session)
    except (WearsyncError, _ClientGone):
        raise
    except Exception as error:
        # The boundary between one client's call and the daemon, which has other things to live for.
        log.exception("control.handler_failed method=%s", call.method)
        raise WearsyncError(
            f"{call.method} failed inside the daemon ({type(error).__name__}): see its log"
        ) from error
    return Result(result=result.model_dump(mode="json"), version=__version__)


async def _listen(reader: asyncio.StreamReader, session: SocketSession) -> None:
    while True:
        session.take(_parse(Answer.model_validate_json, await _read_line(reader)))


async def _pulse(session: SocketSession) -> None:
    while True:
        await asyncio.sleep(ALIVE_INTERVAL_S)
        await session.send(Alive())


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError as error:
        raise UsageError(f"a line is longer than {LINE_MAX_BYTES} bytes") from error
    except (asyncio.IncompleteReadError, OSError) as error:
        raise _ClientGone from error


def _parse(validate: Callable[[bytes], T], text: bytes) -> T:
    try:
        return validate(text)
    except ValidationError as error:
        raise not_taken(error) from error


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    """Whose process is at the other end."""
    if sys.platform == "linux":
        peer: socket.socket = writer.get_extra_info("socket")
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[1])
    return os.geteuid()  # elsewhere the mode of the socket has to do


def _bind(path: Path, group: str | None) -> socket.socket:
    """A bound socket at that path that only its owner can connect to, and the group's members."""
    if len(os.fsencode(path)) > SOCKET_PATH_MAX_BYTES:
        raise ConfigError(
            f"the control socket's path is longer than {SOCKET_PATH_MAX_BYTES} bytes: {path}; "
            "choose a shorter state directory"
        )
    _clear_stale(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        listening.bind(os.fspath(path))
        # Nobody can connect before listen(), which comes later: there is no moment of another mode.
        path.chmod(0o600)
        if group is not None:
            _open_to(group, path)
    except ConfigError:
        listening.close()
        path.unlink()
        raise
    except OSError as error:
        listening.close()
        raise ConfigError(f"can't make the control socket {path}: {error.strerror}") from error
    return listening


def _open_to(group: str, path: Path) -> None:
    try:
        number = grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise ConfigError(f"control.group: there is no group {group} on this machine") from error
    try:
        # Under a unit with that `Group=` it is so already, and its sandbox lets nobody change owners.
        if path.stat().st_gid != number:
            os.chown(path, -1, number)
    except PermissionError as error:
        raise ConfigError(
            f"control.group: the daemon's user is no member of {group}, and can't give it the socket"
        ) from error
    path.chmod(0o660)


def _clear_stale(path: Path) -> None:
    """Remove what a daemon that was killed has left; refuse if one answers."""
    if path.exists() and not path.is_socket():
        raise ConfigError(f"{path} is in the way of the control socket: move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"can't use the control socket {path}: {error.strerror}") from error
        else:
            raise AlreadyRunning(
                f"a daemon answers on {path} already: stop it first, or choose another state directory"
            )
