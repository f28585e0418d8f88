"""Ports of processes that a test starts: a free one, and until somebody listens on it."""

import asyncio
import socket

LOOK_EVERY_S = 0.05


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def listened_on(port: int, within_s: float) -> None:
    """Wait for it. Raises `TimeoutError`."""
    async with asyncio.timeout(within_s):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                writer.close()
                return
