"""Tells many listeners of one stream of values, without waiting for any of them.

Rule: a listener that is behind loses the oldest values, never the newest, and never slows the daemon.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Value = TypeVar("Value")

# A live view draws some values a second; a minute's worth is more than any view wants back.
BEHIND_MAX = 64


class Broadcast(Generic[Value]):
    """The stream."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Value]] = set()

    def tell(self, value: Value) -> None:
        """Give a value to everyone who listens now."""
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(value)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Value]]:
        """A queue of what is told from now on."""
        queue: asyncio.Queue[Value] = asyncio.Queue(BEHIND_MAX)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)
