"""The subscriber: hears all that comes to the broker, and goes on where it was when the broker was away.

Rule: it is the first to come back (it asks twenty times a second), and its session outlives the broker's
restart: what a tool publishes is never lost here.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import aiomqtt

from tests.bench.peers.tools import Tool

__all__ = ["Ears"]

RETRY_S = 0.05


class Ears:
    """While the context is entered, each tool's tally is told of what arrives."""

    def __init__(self, port: int, tools: Sequence[Tool]) -> None:
        self._port = port
        self._tools = tools
        self._client: aiomqtt.Client | None = None
        self._there = asyncio.Event()
        self._task: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen(), name="subscriber")
        await self._there.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    async def say(self, topic: str, payload: str) -> None:
        """Publish something."""
        assert self._client is not None
        await self._client.publish(topic, payload, qos=1)

    async def _listen(self) -> None:
        while True:
            try:
                async with aiomqtt.Client(
                    "127.0.0.1", self._port, identifier="comparison", clean_session=False
                ) as client:
                    await client.subscribe("#", qos=1)
                    self._client = client
                    self._there.set()
                    async for message in client.messages:
                        if not message.retain:
                            self._hear(message.topic.value, bytes(message.payload))
            except aiomqtt.MqttError:
                await asyncio.sleep(RETRY_S)

    def _hear(self, topic: str, payload: bytes) -> None:
        now_s = asyncio.get_running_loop().time()
        for tool in self._tools:
            if payload and (name := tool.hears(topic, payload)) is not None:
                tool.tally.arrive(name, now_s)
