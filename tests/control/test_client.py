"""The CLI's end: no daemon, a stuck one, one that ends, one of another version; and a person who thinks."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.control.conftest import somebody
from wearsync import __version__
from wearsync.control.calls import Call, PairParams, StatusParams
from wearsync.control.client import ControlClient
from wearsync.control.protocol import (
    Alive,
    Answer,
    Ask,
    Failure,
    JustWorksQuestion,
    Question,
    Result,
    line,
)
from wearsync.control.results import Done, StatusResult
from wearsync.control.server import ControlServer
from wearsync.control.session import Session
from wearsync.errors import NotRunning, TryAgain, Unavailable, UsageError
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled

DEADLINE_S = 10

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(path: Path, serve: Serve) -> AsyncIterator[None]:
    """Something else than our server behind the socket."""
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_unix_server(connected, path)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


async def ask_just_works(_call: Call, session: Session) -> BaseModel:
    return Done(text=f"{(await session.ask(JustWorksQuestion())).yes}")


async def test_no_socket_means_no_daemon(path: Path) -> None:
    with pytest.raises(NotRunning, match="no daemon is running: start it with `wearsync run`"):
        await ControlClient(path).call(StatusParams(), StatusResult)


async def test_the_service_is_asked_where_no_daemon_of_one_s_own_is(path: Path) -> None:
    service = path.with_name("service.sock")

    async def own(_call: Call, _session: Session) -> BaseModel:
        return Done(text="own")

    async def of_the_system(_call: Call, _session: Session) -> BaseModel:
        return Done(text="service")

    client = ControlClient(path, service=service)
    with pytest.raises(NotRunning, match="start it with `wearsync run`"):
        await client.call(StatusParams(), Done)
    async with ControlServer(service, of_the_system):
        assert (await client.call(StatusParams(), Done)).text == "service"
        async with ControlServer(path, own):
            assert (await client.call(StatusParams(), Done)).text == "own"


async def test_a_service_that_one_may_not_command_is_told_to_whoever_has_nothing_else(
    path: Path,
) -> None:
    hidden = path.with_name("hidden")
    hidden.mkdir(mode=0o700)
    path.parent.chmod(0o755)
    service = hidden / "control.sock"
    async with ControlServer(service, ask_just_works):
        hidden.chmod(0)
        with somebody():
            with pytest.raises(Unavailable, match="added to its group") as denied:
                await ControlClient(path.parent / "none" / "s", service=service).call(StatusParams(), Done)
            assert not isinstance(denied.value, NotRunning)
            with pytest.raises(NotRunning, match="no daemon is running"):
                await ControlClient(path, service=service).call(StatusParams(), Done)
        hidden.chmod(0o700)


async def test_another_version_of_the_daemon_is_told_once_a_call(path: Path) -> None:
    told: list[str] = []

    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n")
        writer.write(line(Alive()))
        writer.write(answers.pop(0))

    answers = [
        b'{"kind": "result", "result": {"text": "so be it"}}\n',
        line(Result(result={"text": "so be it"}, version="9.8.7")),
        line(Failure(code="UsageError", exit_code=2, message="no", version="9.8.7")),
    ]
    client = ControlClient(path, on_other_version=told.append)
    async with peer(path, old):
        assert (await client.call(StatusParams(), Done)).text == "so be it"
        assert (await client.call(StatusParams(), Done)).text == "so be it"
        with pytest.raises(UsageError):
            await client.call(StatusParams(), Done)
    assert told == [
        f"the running daemon is an older version, this is {__version__}: restart it",
        f"the running daemon is 9.8.7, this is {__version__}: restart it",
        f"the running daemon is 9.8.7, this is {__version__}: restart it",
    ]
    async with ControlServer(path, ask_just_works):
        await client.call(StatusParams(), Done)
    assert len(told) == 3


async def test_stale_socket_means_no_daemon(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(os.fspath(path))
    with pytest.raises(NotRunning, match="no daemon is running"):
        await ControlClient(path).call(StatusParams(), StatusResult)


async def test_path_that_leads_nowhere_is_told(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(NotRunning, match="can't reach the daemon"):
        await ControlClient(home / "file" / "control.sock").call(StatusParams(), StatusResult)


async def test_daemon_that_dies_in_mid_call_is_told(path: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n")
        writer.write(b'{"kind":')
        writer.close()

    async with peer(path, die):
        with pytest.raises(NotRunning, match="ended in the middle"):
            await ControlClient(path).call(StatusParams(), StatusResult)


def test_stuck_daemon_is_told(path: Path) -> None:
    async def hang(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        pass

    async def main(loop: ScaledLoop) -> None:
        loop.set_speed(60)
        async with peer(path, hang):
            await ControlClient(path).call(StatusParams(), StatusResult)

    with pytest.raises(TryAgain, match="has not stirred for 20 s"):
        run_scaled(main)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(line(Result(result={"temperature": 21})), id="another result"),
        pytest.param(b'{"kind": "smell"}\n', id="another line"),
        pytest.param(b"hello\n", id="no JSON"),
    ],
)
async def test_daemon_of_another_version_is_told(path: Path, said: bytes) -> None:
    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with peer(path, speak):
        with pytest.raises(Unavailable, match="another version: restart it"):
            await ControlClient(path).call(StatusParams(), StatusResult)


async def test_nobody_to_ask_means_no(path: Path) -> None:
    async with ControlServer(path, ask_just_works):
        assert (await ControlClient(path).call(PairParams(name="W"), Done)).text == "False"


async def test_person_who_cannot_answer_ends_the_call(path: Path) -> None:
    async def mistype(_question: Question) -> Answer:
        raise UsageError("--passkey-stdin wants six digits")

    async with ControlServer(path, ask_just_works):
        with pytest.raises(UsageError, match="six digits"):
            await ControlClient(path).call(PairParams(name="W"), Done, on_ask=mistype)


async def test_daemon_that_gives_up_does_not_wait_for_the_person(path: Path) -> None:
    thinking = asyncio.Event()
    given_up = asyncio.Event()

    async def think(_question: Question) -> Answer:
        thinking.set()
        try:
            await asyncio.sleep(3600)
        finally:
            given_up.set()
        return Answer()

    async def ask_and_finish(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(line(Ask(question=JustWorksQuestion())))
        await thinking.wait()
        writer.write(line(Result(result={"text": "the watch gave up"})))

    async with peer(path, ask_and_finish), asyncio.timeout(DEADLINE_S):
        done = await ControlClient(path).call(PairParams(name="W"), Done, on_ask=think)
    assert done.text == "the watch gave up"
    assert given_up.is_set()


async def test_cancelled_call_leaves_nothing_behind(path: Path) -> None:
    cancelled = asyncio.Event()
    begun = asyncio.Event()

    async def work(_call: Call, _session: Session) -> BaseModel:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.set()
        return Done()

    async with ControlServer(path, work), asyncio.timeout(DEADLINE_S):
        before = asyncio.all_tasks()
        call = asyncio.create_task(ControlClient(path).call(StatusParams(), Done))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await cancelled.wait()
        for task in asyncio.all_tasks() - before:
            await asyncio.wait({task})
