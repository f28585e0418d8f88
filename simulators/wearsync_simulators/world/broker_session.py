"""The daemon's end of a connection to the world's broker: the same to it as `publish.client`.

Rule: it ends by raising from whatever is awaited: `BrokerUnavailable` when the connection is lost, `Dead`
when its process is.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from wearsync.errors import BrokerUnavailable
from wearsync.ports import BrokerSession, Incoming
from wearsync.publish.connection import ACK_DEADLINE_S, FAREWELL_DEADLINE_S, INCOMING_MAX
from wearsync.publish.payloads import OFFLINE, ONLINE
from wearsync.publish.topics import STATUS
from wearsync_simulators.world.process import Dead, Process

__all__ = ["Answer", "Message", "Session", "WorldPublisher", "expire", "settle"]

Answer = asyncio.Future[str | None]


@dataclass(frozen=True, slots=True)
class Message:
    """A PUBLISH on its way to the broker; `topic` without the base."""

    topic: str
    payload: str
    retain: bool
    qos: int


class Session:
    """One connection (`ports.BrokerSession`). `send`: gives the PUBACK to come; `leave`: it ends."""

    def __init__(
        self, process: Process, *, send: Callable[["Session", Message], Answer], leave: "Leave"
    ) -> None:
        self._process = process
        self._send = send
        self._leave = leave
        self._end: BaseException | None = None
        self._answers: dict[Answer, None] = {}
        self._arrived: deque[Incoming] = deque()
        self._news = asyncio.Event()

    async def publish(self, topic: str, payload: str, *, retain: bool, qos: int) -> str | None:
        """See `ports.BrokerSession`."""
        self._process.point("broker.publish")
        self._check()
        answer = self._send(self, Message(topic, payload, retain, qos))
        self._process.point("broker.sent")
        try:
            refusal = await answer
        finally:
            self._answers.pop(answer, None)
        self._process.point("broker.acknowledged")
        return refusal

    async def incoming(self) -> AsyncIterator[Incoming]:
        """See `ports.BrokerSession`."""
        while True:
            self._check()
            while self._arrived:
                self._process.point("broker.incoming")
                yield self._arrived.popleft()
            self._news.clear()
            if self._end is None:
                await self._news.wait()

    async def close(self) -> None:
        """Say offline while the broker still listens; a normal end takes the will back, a death does not."""
        if not self._process.alive and self.fail(Dead(self._process.name)):
            self._leave(self, goodbye=False)
        self._process.check()
        if self._end is not None:
            return
        with suppress(BrokerUnavailable, TimeoutError):
            async with asyncio.timeout(FAREWELL_DEADLINE_S):
                await self.publish(STATUS, OFFLINE, retain=True, qos=1)
        if self.fail(BrokerUnavailable("the connection is closed")):
            self._leave(self, goodbye=True)

    def expect(self) -> Answer:
        """An answer that is to come; it fails with the connection."""
        answer: Answer = asyncio.get_running_loop().create_future()
        self._answers[answer] = None
        return answer

    def hears(self, message: Incoming) -> None:
        """A message for the daemon; a flood of them is not kept."""
        if len(self._arrived) < INCOMING_MAX:
            self._arrived.append(message)
            self._news.set()

    def fail(self, end: BaseException) -> bool:
        """The connection is lost, for whoever waits on it; False: it was already."""
        if self._end is not None:
            return False
        self._end = end
        for answer in tuple(self._answers):
            if not answer.done():
                _fail(answer, end)
        self._news.set()
        return True

    def _check(self) -> None:
        self._process.check()
        if self._end is not None:
            raise self._end


class Leave(Protocol):
    """How a connection ends."""

    def __call__(self, session: Session, *, goodbye: bool) -> None: ...


class WorldPublisher:
    """`ports.Publisher` for one process. `accept(process, connects_s)`: what the broker does with a CONNECT;
    `connects_s`: those of this process, kept by the broker.
    """

    def __init__(
        self, process: Process, accept: Callable[[Process, deque[float]], Awaitable[Session]]
    ) -> None:
        self._process = process
        self._accept = accept
        self._connects_s: deque[float] = deque()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BrokerSession]:
        """See `ports.Publisher`."""
        session = await self._accept(self._process, self._connects_s)
        try:
            self._process.point("broker.connected")
            await session.publish(STATUS, ONLINE, retain=True, qos=1)
            yield session
        finally:
            await session.close()


def settle(answer: Answer, refusal: str | None) -> None:
    """The PUBACK is there, if anybody still waits for it."""
    if not answer.done():
        answer.set_result(refusal)


def expire(answer: Answer) -> None:
    """It did not come in time."""
    if not answer.done():
        why = f"broker world is gone: no acknowledgement in {ACK_DEADLINE_S:.0f} s"
        _fail(answer, BrokerUnavailable(why))


def _fail(answer: Answer, end: BaseException) -> None:
    answer.set_exception(end)
    answer.exception()  # looked at: whoever has died meanwhile does not come for it
