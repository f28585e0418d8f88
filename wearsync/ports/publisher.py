"""What the daemon asks of the way to the broker.

A topic stands below the base, `wearsync/<site>`, and is written without it; one that begins with `/` stands
elsewhere on the broker (Home Assistant's), and is the rest of it.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on a topic that was subscribed to: a command, or what Home Assistant says."""

    topic: str
    payload: bytes
    retained: bool


class BrokerSession(Protocol):
    """One connection to the broker; ends by raising `BrokerUnavailable` from whatever is awaited."""

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        """None once the broker has it, else its refusal (ACL, quota, size)."""

    def incoming(self) -> AsyncIterator[Incoming]:
        """Messages on the subscribed topics, while the connection lives."""


class Publisher(Protocol):
    """The way to the broker."""

    def connect(self) -> AbstractAsyncContextManager[BrokerSession]:
        """A fresh client, will set, subscribed. Raises `BrokerUnavailable`."""
