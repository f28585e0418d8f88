"""What waits for a watch's next turn: bounded, in order, taken out in batches.

Rule: who does not fit in is told so at once; nothing waits for room, and nothing is dropped in silence.
"""

import asyncio
from typing import Generic, TypeVar

from wearsync.messages import RecordsArrived

# The watch's window bounds its records; people and timers add a handful. More means that the journal stands
# still.
INBOX_MAX = 2048
# One transaction takes what is there, but not so much that a cue would wait for it: so many records take some
# 40 ms to step over and write.
BATCH_MAX = 256

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue for one taker."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[T] = asyncio.Queue(INBOX_MAX)

    def put(self, item: T) -> bool:
        """Whether there was room for it."""
        try:
            self._items.put_nowait(item)
        except asyncio.QueueFull:
            return False
        return True

    async def batch(self) -> list[T]:
        """What is there, at least one item, and no more than is good for one transaction."""
        items = [await self._items.get()]
        weight = _weight(items[0])
        while weight < BATCH_MAX and not self._items.empty():
            items.append(self._items.get_nowait())
            weight += _weight(items[-1])
        return items


def _weight(item: object) -> int:
    return len(item.records) if isinstance(item, RecordsArrived) else 1
