"""A TCP way between two processes that can be cut at any byte, closed, and held up.

Rule: bytes are passed on as they came, or the connection ends; none is changed, doubled or left out.
"""

import asyncio
from contextlib import suppress

__all__ = ["Passage"]

# As much as a socket usually has at once; what is held up beyond it waits in the sockets' own buffers.
CHUNK_BYTES = 65_536


class Passage:
    """The way from a port of its own, the same all its life, to `target` on loopback."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._closed = False
        self._bytes_left: int | None = None
        self.cut_off = asyncio.Event()

    @property
    def port(self) -> int:
        """Where to connect to."""
        assert self._server is not None, "not open yet"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", 0)

    async def close(self) -> None:
        """For good."""
        self.cut()
        self._flowing.set()
        if self._server is not None:
            self._server.close()
            await asyncio.gather(*self._serving)
            await self._server.wait_closed()

    def cut(self, *, after_bytes: int = 0) -> None:
        """End all connections, at once or after that many bytes more, and take no others (`mend`)."""
        self._bytes_left = after_bytes
        if after_bytes == 0:
            self._closed = True
            self.cut_off.set()
            for way in self._ways:
                way.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._closed, self._bytes_left = False, None
        self.cut_off.clear()

    def hold_up(self) -> None:
        """Pass nothing on; who is connected stays so, and hears nothing."""
        self._flowing.clear()

    def let_flow(self) -> None:
        """Pass on what has been held up, and what comes."""
        self._flowing.set()

    def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, writer), name="passage")
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:
            writer.transport.abort()
            return
        self._ways.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            self._end(writer)
            return
        self._ways.add(far_writer)
        passing = [
            asyncio.create_task(self._pass_on(reader, far_writer)),
            asyncio.create_task(self._pass_on(far_reader, writer)),
        ]
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in passing:
                task.cancel()
            self._end(writer)
            self._end(far_writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await self._flowing.wait()
                if self._closed:
                    return
                if self._bytes_left is not None:
                    data = data[: self._bytes_left]
                    self._bytes_left -= len(data)
                writer.write(data)
                await writer.drain()
                if self._bytes_left == 0:
                    self.cut()

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._ways.discard(writer)
        writer.transport.abort()
