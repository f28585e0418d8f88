"""A passage between two real sockets: cut at a byte, held up, mended."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from wearsync_simulators.torture.proxy import Passage

SOON_S = 10.0


@asynccontextmanager
async def an_echo() -> AsyncIterator[Passage]:
    """A passage to a server that gives back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1000):
                writer.write(data)
        writer.close()
        echoed.set()

    echoed = asyncio.Event()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    passage = Passage(server.sockets[0].getsockname()[1])
    await passage.open()
    try:
        async with asyncio.timeout(SOON_S):
            yield passage
    finally:
        await passage.close()
        async with asyncio.timeout(SOON_S):
            await echoed.wait()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def a_client(passage: Passage) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", passage.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What still comes until the connection ends, in whatever way."""
    came = b""
    try:
        while data := await reader.read(1):
            came += data
    except ConnectionError:
        pass
    return came


async def test_bytes_pass_as_they_came() -> None:
    async with an_echo() as passage, a_client(passage) as (reader, writer):
        data = bytes(range(256)) * 1000
        writer.write(data)
        assert await reader.readexactly(len(data)) == data


async def test_cut_ends_all_connections_and_takes_no_others_until_it_is_mended() -> None:
    async with an_echo() as passage:
        async with a_client(passage) as (reader, writer):
            writer.write(b"x")
            await reader.readexactly(1)
            passage.cut()
            assert await rest(reader) == b""
        async with a_client(passage) as (reader, _):
            assert await rest(reader) == b""
        passage.mend()
        assert not passage.cut_off.is_set()
        async with a_client(passage) as (reader, writer):
            writer.write(b"y")
            assert await reader.readexactly(1) == b"y"


@pytest.mark.parametrize("cut_at", [1, 5])
async def test_cut_at_a_byte_lets_through_no_more(cut_at: int) -> None:
    got = bytearray()
    ended = asyncio.Event()

    async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend(await rest(reader))
        writer.close()
        ended.set()

    server = await asyncio.start_server(sink, "127.0.0.1", 0)
    passage = Passage(server.sockets[0].getsockname()[1])
    await passage.open()
    passage.cut(after_bytes=cut_at)
    async with a_client(passage) as (_, writer), asyncio.timeout(SOON_S):
        writer.write(b"0123456789")
        await passage.cut_off.wait()
        await ended.wait()
    assert b"0123456789"[:cut_at].startswith(got)
    await passage.close()
    server.close()
    await server.wait_closed()


async def test_held_up_bytes_wait_and_come_later() -> None:
    async with an_echo() as passage, a_client(passage) as (reader, writer):
        writer.write(b"a")
        await reader.readexactly(1)
        passage.hold_up()
        writer.write(b"b")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), 0.2)
        passage.let_flow()
        assert await reader.readexactly(1) == b"b"


async def test_nobody_behind_it_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    passage = Passage(port)
    await passage.open()
    async with asyncio.timeout(SOON_S), a_client(passage) as (reader, _):
        assert await rest(reader) == b""
    await passage.close()
