"""The daemon's end: real sockets, real clients, and those that leave, stall or talk nonsense."""

import asyncio
import grp
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.control.conftest import somebody
from wearsync.control.calls import (
    BackupParams,
    Call,
    CommandParams,
    LiveParams,
    PairParams,
    ScanParams,
    StatusParams,
)
from wearsync.control.client import ControlClient
from wearsync.control.protocol import SERVER_LINE, Alive, Answer, Failure, PasskeyQuestion, ServerLine, line
from wearsync.control.results import Done, SeenWatch
from wearsync.control.server import CONNECTIONS_MAX, LINE_MAX_BYTES, ControlServer
from wearsync.control.session import Session
from wearsync.errors import (
    AlreadyRunning,
    ConfigError,
    NotRunning,
    TrustError,
    TryAgain,
    UsageError,
    WearsyncError,
)
from wearsync.model import Verb
from wearsync_simulators.scaled_loop import ScaledLoop, run_scaled

DEADLINE_S = 10


class Daemon:
    """A handler that does one thing for each kind of call, and remembers which ones were cancelled."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()
        self.asked = asyncio.Event()

    async def __call__(self, call: Call, session: Session) -> BaseModel:
        match call:
            case StatusParams():
                return Done(text="fine")
            case ScanParams(seconds=seconds):
                await asyncio.sleep(seconds)
                await session.emit(SeenWatch(name="W", address="C4:00:00:00:00:01", rssi=-60))
                return Done()
            case PairParams():
                self.asked.set()
                answer = await session.ask(PasskeyQuestion())
                return Done(text=f"{answer.passkey}")
            case CommandParams(verb=Verb.START):
                raise TrustError("the watch is not who it says")
            case CommandParams():
                raise ZeroDivisionError
            case LiveParams():
                await self.stream(session)
            case _:
                pass
        return Done()

    async def stream(self, session: Session) -> None:
        """Until the client is gone."""
        try:
            while True:
                await session.emit(Done(text=1000 * "x"))
                await asyncio.sleep(0)
        finally:
            self.cancelled.set()


@asynccontextmanager
async def daemon(path: Path) -> AsyncIterator[Daemon]:
    handler = Daemon()
    async with ControlServer(path, handler), asyncio.timeout(DEADLINE_S):
        yield handler


@asynccontextmanager
async def raw(path: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        yield reader, writer
    finally:
        writer.close()


async def read(reader: asyncio.StreamReader) -> ServerLine:
    return SERVER_LINE.validate_json(await reader.readuntil(b"\n"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def group_of(path: Path) -> int:
    return path.stat().st_gid


def is_free(path: Path) -> bool:
    return not path.exists()


def leave_stale(path: Path) -> None:
    """What a daemon that was killed leaves."""
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(os.fspath(path))
    assert path.is_socket()


def file_at(path: Path) -> Path:
    path.write_text("precious")
    return path


async def status(path: Path) -> str:
    return (await ControlClient(path).call(StatusParams(), Done)).text


async def test_only_the_owner_can_connect_and_the_socket_goes_with_the_server(path: Path) -> None:
    async with daemon(path):
        assert mode(path) == 0o600
        assert await status(path) == "fine"
    assert is_free(path)


async def test_directory_of_the_socket_is_made_for_its_owner_only(home: Path) -> None:
    path = home / "run" / "control.sock"
    async with daemon(path):
        assert mode(path.parent) == 0o700


async def test_events_come_before_the_result(path: Path) -> None:
    events: list[str] = []
    async with daemon(path):
        await ControlClient(path).call(ScanParams(seconds=0.01), Done, on_event=events.append)
    assert [SeenWatch.model_validate_json(event).name for event in events] == ["W"]


async def test_questions_are_put_and_answers_come_back(path: Path) -> None:
    async def person(_question: object) -> Answer:
        return Answer(passkey=123456)

    async with daemon(path):
        done = await ControlClient(path).call(PairParams(name="W"), Done, on_ask=person)
    assert done.text == "123456"


async def test_clients_do_not_wait_for_each_other(path: Path) -> None:
    async with daemon(path) as handler, raw(path) as (_, writer):
        writer.write(line(PairParams(name="W")))
        await handler.asked.wait()
        assert await status(path) == "fine"


async def test_error_of_the_handler_reaches_the_client(path: Path) -> None:
    async with daemon(path):
        with pytest.raises(TrustError, match="not who it says"):
            await ControlClient(path).call(CommandParams(verb=Verb.START), Done)


async def test_bug_in_the_handler_costs_one_call(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with daemon(path):
        with pytest.raises(WearsyncError, match="command failed inside the daemon") as raised:
            await ControlClient(path).call(CommandParams(verb=Verb.STOP), Done)
        assert raised.value.exit_code == 70
        assert "ZeroDivisionError" in caplog.text
        assert await status(path) == "fine"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "Invalid JSON", id="another protocol"),
        pytest.param(b'{"method": "reboot"}\n', "reboot", id="unknown method"),
        pytest.param(b'{"method": "status", "loud": true}\n', "status.loud", id="unknown key"),
        pytest.param(b"[" * 1000 + b"\n", "Invalid JSON", id="deep"),
        pytest.param(b"x" * (2 * LINE_MAX_BYTES) + b"\n", "longer than 65536 bytes", id="long"),
        pytest.param(b"\x00\xff\n", "Invalid JSON", id="no text"),
    ],
)
async def test_nonsense_gets_one_clear_error(path: Path, sent: bytes, told: str) -> None:
    async with daemon(path):
        async with raw(path) as (reader, writer):
            writer.write(sent)
            failure = await read(reader)
            assert isinstance(failure, Failure)
            assert (failure.code, failure.exit_code) == ("UsageError", 2)
            assert told in failure.message
            assert "\n" not in failure.message
            assert await reader.read() == b""
        assert await status(path) == "fine"


async def test_unasked_answer_ends_the_call(path: Path) -> None:
    async with daemon(path) as handler, raw(path) as (reader, writer):
        writer.write(line(LiveParams()) + line(Answer(yes=True)))
        await handler.cancelled.wait()
        *_, last = (await reader.read()).splitlines()
        failure = SERVER_LINE.validate_json(last)
        assert isinstance(failure, Failure)
        assert "without a question" in failure.message


async def test_client_that_leaves_cancels_its_handler(path: Path) -> None:
    async with daemon(path) as handler:
        async with raw(path) as (reader, writer):
            writer.write(line(LiveParams()))
            await read(reader)
        await handler.cancelled.wait()
        assert await status(path) == "fine"


async def test_client_that_leaves_before_its_call_costs_nothing(path: Path) -> None:
    async with daemon(path):
        async with raw(path) as (_, writer):
            writer.write(b'{"method":')
        assert await status(path) == "fine"


def test_client_that_stops_reading_is_dropped(path: Path) -> None:
    async def main(loop: ScaledLoop) -> None:
        loop.set_speed(30)
        handler = Daemon()
        async with ControlServer(path, handler), raw(path) as (_, writer):
            writer.write(line(LiveParams()))
            await handler.cancelled.wait()

    run_scaled(main)


def test_client_that_says_nothing_is_told_so(path: Path) -> None:
    async def main(loop: ScaledLoop) -> ServerLine:
        loop.set_speed(30)
        async with ControlServer(path, Daemon()), raw(path) as (reader, _):
            return await read(reader)

    failure = run_scaled(main)
    assert isinstance(failure, Failure)
    assert "no call came within 5 s" in failure.message


def test_question_that_nobody_answers_ends(path: Path) -> None:
    async def main(loop: ScaledLoop) -> list[ServerLine]:
        loop.set_speed(60)
        lines: list[ServerLine] = []
        async with ControlServer(path, Daemon()), raw(path) as (reader, writer):
            writer.write(line(PairParams(name="W")))
            while not lines or not isinstance(lines[-1], Failure):
                lines.append(await read(reader))
        return lines

    *_, alive, failure = run_scaled(main)
    assert isinstance(alive, Alive)
    assert isinstance(failure, Failure)
    assert (failure.code, failure.message) == ("TryAgain", "nobody answered within 90 s: start again")


def test_slow_call_shows_that_it_is_alive(path: Path) -> None:
    async def main(loop: ScaledLoop) -> Done:
        loop.set_speed(60)
        async with ControlServer(path, Daemon()):
            return await ControlClient(path).call(ScanParams(seconds=60), Done)

    assert run_scaled(main) == Done()


async def test_server_that_stops_tells_its_clients(path: Path) -> None:
    server = ControlServer(path, Daemon())
    await server.__aenter__()
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(line(PairParams(name="W")))
    await read(reader)
    await server.__aexit__(None, None, None)
    failure = await read(reader)
    assert isinstance(failure, Failure)
    assert (failure.code, failure.exit_code) == ("TryAgain", 75)
    writer.close()


async def test_there_is_an_end_of_connections(path: Path) -> None:
    async with daemon(path):
        open_ones = [await asyncio.open_unix_connection(path) for _ in range(CONNECTIONS_MAX)]
        with pytest.raises(TryAgain, match="16 clients are connected"):
            await status(path)
        for _, writer in open_ones:
            writer.close()
            await writer.wait_closed()
        while True:
            try:
                assert await status(path) == "fine"
                break
            except TryAgain:
                await asyncio.sleep(0)


async def test_one_too_many_is_told_so_however_slowly_it_calls(path: Path) -> None:
    async with daemon(path):
        open_ones = [await asyncio.open_unix_connection(path) for _ in range(CONNECTIONS_MAX)]
        with socket.socket(socket.AF_UNIX) as late:
            late.connect(str(path))
            await asyncio.sleep(0.05)  # the server has long seen it by then
            late.sendall(line(StatusParams()))
            late.setblocking(False)
            async with asyncio.timeout(DEADLINE_S):
                answer = await asyncio.get_running_loop().sock_recv(late, LINE_MAX_BYTES)
        assert b"16 clients are connected" in answer
        for _, writer in open_ones:
            writer.close()


async def test_another_users_process_is_refused(path: Path) -> None:
    nobody = os.geteuid() + 1
    async with ControlServer(path, Daemon(), allowed_uids={nobody}):
        with pytest.raises(UsageError, match="belongs to another user"):
            await status(path)


async def test_second_server_is_refused_and_the_first_lives(path: Path) -> None:
    async with daemon(path):
        with pytest.raises(AlreadyRunning, match="answers on"):
            await ControlServer(path, Daemon()).__aenter__()
        assert await status(path) == "fine"


async def test_stale_socket_is_replaced(path: Path) -> None:
    leave_stale(path)
    async with daemon(path):
        assert await status(path) == "fine"


async def test_file_in_the_way_is_kept(path: Path) -> None:
    file = file_at(path)
    with pytest.raises(ConfigError, match="in the way"):
        await ControlServer(path, Daemon()).__aenter__()
    assert file.read_text() == "precious"


async def test_directory_that_cannot_be_made_is_told(home: Path) -> None:
    file = file_at(home / "run")
    with pytest.raises(ConfigError, match="control socket"):
        await ControlServer(file / "control.sock", Daemon()).__aenter__()


async def test_path_that_is_too_long_is_told(home: Path) -> None:
    with pytest.raises(ConfigError, match="longer than 107 bytes"):
        await ControlServer(home / (100 * "x"), Daemon()).__aenter__()


async def test_members_of_the_group_may_command_and_nobody_else(path: Path) -> None:
    is_root = os.geteuid() == 0
    group = grp.getgrgid(1 if is_root else os.getegid())
    path.parent.chmod(0o755)
    async with ControlServer(path, Daemon(), group=group.gr_name):
        assert (mode(path), group_of(path)) == (0o660, group.gr_gid)
        with somebody(group.gr_gid):
            assert (await ControlClient(path).call(StatusParams(), Done)).text == "fine"
        if is_root:
            with somebody(), pytest.raises(NotRunning, match="Permission denied"):
                await ControlClient(path).call(StatusParams(), Done)


async def test_members_of_the_group_have_no_file_written_where_they_like(path: Path) -> None:
    """In place of keys that are not there yet, say: the daemon would not start any more."""
    group, keys = grp.getgrgid(os.getegid()).gr_name, BackupParams(path=str(path.with_name("keys.json")))
    async with ControlServer(path, Daemon(), group=group, allowed_uids=()):
        with pytest.raises(UsageError, match="leave --to out, or take `wearsync export --to`"):
            await ControlClient(path).call(keys, Done)
        assert await ControlClient(path).call(BackupParams(), Done) == Done()
    async with ControlServer(path, Daemon(), group=group):
        assert await ControlClient(path).call(keys, Done) == Done()


async def test_a_group_that_can_t_be_is_told(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"control.group: there is no group a-family"):
        await ControlServer(path, Daemon(), group="a-family").__aenter__()
    foreign = next(each for each in grp.getgrall() if each.gr_gid not in {os.getegid(), *os.getgroups()})
    path.parent.chmod(0o777)
    with somebody(), pytest.raises(ConfigError, match=f"no member of {foreign.gr_name}"):
        await ControlServer(path, Daemon(), group=foreign.gr_name).__aenter__()
    assert list(path.parent.iterdir()) == []
