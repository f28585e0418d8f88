"""A subscriber of its own, which is no part of wearsync's publishing: what it has heard is what counts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiomqtt

# Far above any honest answer on loopback, even on two busy cores.
DEADLINE_S = 20.0


@dataclass(frozen=True)
class Heard:
    topic: str
    payload: str
    retained: bool


class Listener:
    def __init__(self, client: aiomqtt.Client) -> None:
        self.heard: list[Heard] = []
        self.client = client
        self._more = asyncio.Condition()

    async def run(self) -> None:
        async for message in self.client.messages:
            heard = Heard(message.topic.value, bytes(message.payload).decode(), bool(message.retain))
            async with self._more:
                self.heard.append(heard)
                self._more.notify_all()

    def of(self, topic: str) -> list[str]:
        """The payloads of one topic, in order."""
        return [heard.payload for heard in self.heard if heard.topic == topic]

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S), self._more:
            await self._more.wait_for(enough)

    async def until_last(self, topic: str, payload: str) -> None:
        await self.until(lambda: self.of(topic)[-1:] == [payload])


@asynccontextmanager
async def listening(
    port: int, topic: str = "wearsync/#", *, username: str | None = None, password: str | None = None
) -> AsyncIterator[Listener]:
    """Subscribed when it begins."""
    client = aiomqtt.Client(
        "127.0.0.1",
        port,
        username=username,
        password=password,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=True,
    )
    client.pending_calls_threshold = 10_000
    async with client:
        await client.subscribe(topic, qos=1)
        listener = Listener(client)
        task = asyncio.create_task(listener.run())
        try:
            yield listener
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            # A broker that the test killed: aiomqtt leaves an end that nobody has looked at.
            client._disconnected.add_done_callback(lambda end: end.cancelled() or end.exception())
