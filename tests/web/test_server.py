"""The page on real sockets: what others do to a server."""

import asyncio
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from tests.daemon.home import until
from tests.publish.certificates import Authority
from tests.web.stage import Desk, Served, answer_of, page, request_of
from wearsync.control.results import Done
from wearsync.errors import ConfigError, Unavailable
from wearsync.web.address import Listen
from wearsync.web.server import CONNECTIONS_MAX, KEEP_ALIVE_S

# So much of the deadlines: a test waits for them by the wall's clock, for its bytes go by real sockets.
QUICK = 0.03

JSON = {"Content-Type": "application/json"}


async def closed(reader: asyncio.StreamReader) -> bool:
    with suppress(ConnectionError):
        await reader.read()
    return True


async def test_a_port_that_is_taken_is_one_clear_error(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            Unavailable, match=rf"can't be at 127.0.0.1:{port}: another program has that port"
        ):
            async with page(tmp_path, listen=f"127.0.0.1:{port}"):
                pass


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("192.0.2.1:8740", r"web\.listen: 192\.0\.2\.1 is no address of this computer"),
        ("no.such.host.invalid:8740", "does not know the address no.such.host.invalid"),
    ],
)
async def test_an_address_of_nobody_here_is_told(tmp_path: Path, listen: str, said: str):
    with pytest.raises(ConfigError, match=said):
        async with page(tmp_path, listen=listen, ingress=True):
            pass


async def test_it_is_there_by_ipv6_and_by_both(tmp_path: Path):
    async with page(tmp_path, listen="[::1]:0") as served:
        reader, writer = await asyncio.open_connection("::1", served.port)
        writer.write(request_of("GET", "/healthz", {"Host": "[::1]"}))
        assert (await answer_of(reader)).status == 200
        writer.close()
    async with page(tmp_path, listen="[::]:0") as served:
        assert (await served.get("/healthz")).status == 200
        assert served.server.listen == Listen("::", served.port)


async def test_it_speaks_tls(tmp_path: Path):
    authority = Authority(tmp_path)
    certificate, key = authority.issue("localhost")
    async with page(tmp_path, certificate=certificate, key=key, always_ask=True) as served:
        trusting = ssl.create_default_context(cafile=authority.file)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", served.port, ssl=trusting, server_hostname="localhost"
        )
        body = b'{"token":"0123456789abcdefghijkl"}'
        writer.write(request_of("POST", "/api/session", JSON, body))
        answer = await answer_of(reader)
        assert answer.status == 204
        assert "Secure" in answer.headers["set-cookie"]
        writer.close()
        plain, writer = await served.connect()
        writer.write(request_of("GET", "/", {}))
        assert await closed(plain)
        writer.close()
        for renewed, file in zip(authority.issue("127.0.0.1"), (certificate, key), strict=True):
            renewed.replace(file)
        served.server.renew_certificate()
        _, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=trusting)
        writer.close()


async def test_a_connection_that_asks_nothing_more_is_closed(tmp_path: Path):
    async with page(tmp_path, speed=1 / KEEP_ALIVE_S) as served:
        reader, writer = await served.connect()
        for _ in range(2):
            writer.write(request_of("GET", "/healthz", {}))
            assert (await answer_of(reader)).status == 200
        assert await closed(reader)
        writer.close()


async def connections(served: Served, count: int) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    return [await served.connect() for _ in range(count)]


async def test_one_too_many_is_told_so(tmp_path: Path):
    async with page(tmp_path) as served:
        crowd = await connections(served, CONNECTIONS_MAX)
        await until(lambda: len(served.server.connections) == CONNECTIONS_MAX)
        assert (await served.get("/healthz")).status == 503
        for _, writer in crowd:
            writer.close()


async def test_it_ends_at_once_whatever_is_open(tmp_path: Path):
    desk = Desk()
    loop = asyncio.get_running_loop()
    async with page(tmp_path, desk) as served:
        port = served.port
        reader, writer = await served.connect()
        writer.write(b"POST /api/command HTTP/1.1\r\nHost: localhost\r\n")
        async with served.stream() as events:
            await events.of("state")
            began_s = loop.time()
            await served.server.__aexit__(None, None, None)
            assert loop.time() - began_s < 1.5
        assert await closed(reader)
        writer.close()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_call_that_hangs_does_not_hold_up_the_end(tmp_path: Path):
    class Hanging(Desk):
        async def handle(self, call, session):
            begun.set()
            await asyncio.Event().wait()
            return await super().handle(call, session)

    begun, loop = asyncio.Event(), asyncio.get_running_loop()
    async with page(tmp_path, Hanging(), speed=QUICK) as served:
        reader, writer = await served.connect()
        writer.write(request_of("GET", "/api/status", {}))
        await begun.wait()
        began_s = loop.time()
    assert loop.time() - began_s < 2
    assert await closed(reader)
    writer.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_answer_that_nobody_takes_does_not_outlive_the_page(tmp_path: Path):
    desk = Desk(answer=Done(text="x" * 30_000_000))
    async with page(tmp_path, desk, speed=QUICK) as served:
        _, writer = await served.connect()
        writer.write(request_of("GET", "/api/today", {}))
        await until(lambda: desk.calls)
    await until(lambda: not served.server.connections, within_s=5)
    writer.close()


async def test_an_idle_page_wakes_nobody(tmp_path: Path):
    async with page(tmp_path) as served:
        await served.get("/healthz")
        async with served.stream() as events:
            await events.of("state")
        await until(lambda: not served.server.connections and not served.parts.live.count)
        # What asyncio is to wake up for, it tells nobody else.
        timers = [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        assert timers == []
