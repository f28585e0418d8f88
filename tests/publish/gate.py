"""A way to the broker that can be shut, cut and stalled: a TCP proxy on loopback."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self


class Gate:
    """`async with Gate(port) as gate`: connect to `gate.port` instead. Opened at first."""

    def __init__(self, broker_port: int) -> None:
        self.port = 0
        self.open = True
        self._broker_port = broker_port
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.said_up = bytearray()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """Nothing moves any more, and nobody is told."""
        self._flows.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            if not self.open:
                return
            self.connections += 1
            there, back = await asyncio.open_connection("127.0.0.1", self._broker_port)
            self._writers.add(back)
            try:
                await asyncio.gather(self._pass(reader, back, up=True), self._pass(there, writer, up=False))
            finally:
                back.transport.abort()
        except OSError:
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                await self._flows.wait()
                self.said_up += data if up else b""
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
