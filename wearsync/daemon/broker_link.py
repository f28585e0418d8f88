"""Keeps the broker connected: states at once, events by the pump, commands in; and again after each fault.

Rule: no fault of the broker ends it. A state that can't be sent now is forgotten: `announce` tells all of
them anew on the next connect.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from wearsync.daemon.backoff import delay_s
from wearsync.daemon.pump import OutboxPump
from wearsync.errors import BrokerUnavailable
from wearsync.ports import BrokerSession, Incoming, Publisher

# A connection that ends sooner did not work: coming back at once would be ping-pong (another client with the
# same id, an access list that disconnects). A minute is the longest wait between two tries.
STEADY_S = 60.0

# Replies and health that wait for a slow broker; they are of the moment, so the oldest go first.
PASSING_MAX = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Passing:
    topic: str
    payload: str
    qos: int


class BrokerLink:
    """The daemon's link to its broker.

    `announce(session)`: publish every state, called on each connect before events flow. `received`: a message
    on a command topic; must not block. `changed(connected)`: told at each change. `chance`: uniform in [0,
    1), for the jitter.
    """

    def __init__(
        self,
        *,
        publisher: Publisher,
        pump: OutboxPump,
        announce: Callable[[BrokerSession], Awaitable[None]],
        received: Callable[[Incoming], None],
        changed: Callable[[bool], None],
        chance: Callable[[], float],
    ) -> None:
        self._publisher = publisher
        self._pump = pump
        self._announce = announce
        self._received = received
        self._changed = changed
        self._chance = chance
        self._states: dict[str, str] = {}
        self._passing: deque[_Passing] = deque(maxlen=PASSING_MAX)
        self._denied: set[str] = set()
        self._work = asyncio.Event()
        self._renewed = asyncio.Event()
        self._connected = False
        self._fault: str | None = None
        self._reconnects = 0

    def renew(self, publisher: Publisher) -> None:
        """Go on by that way from now on; what is not sent yet is sent there."""
        self._publisher = publisher
        self._renewed.set()

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._connected

    @property
    def fault(self) -> str | None:
        """Why it is not there, in one line."""
        return self._fault

    @property
    def reconnects(self) -> int:
        """How often a connection was lost since the start."""
        return self._reconnects

    def publish_state(self, topic: str, payload: str) -> None:
        """Publish a state, retained; a newer one of the same topic takes its place. Without a broker:
        forgotten.
        """
        if self._connected:
            self._states[topic] = payload
            self._work.set()

    def publish_passing(self, topic: str, payload: str, *, qos: int = 1) -> None:
        """Publish something of the moment (a reply, health), not retained. Without a broker: forgotten."""
        if self._connected:
            self._passing.append(_Passing(topic, payload, qos))
            self._work.set()

    async def run(self) -> None:
        """Run for ever. Raises what is no fault of the broker: `StorageError` of the journal (in a group)."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            try:
                self._renewed.clear()
                async with self._publisher.connect() as session:
                    # In a task of its own: on Python 3.11.2 (Debian 12) a TaskGroup that fails leaves its
                    # task with a request to cancel, and time-outs after that take themselves for it.
                    await asyncio.create_task(self._serve(session), name="broker session")
            except* BrokerUnavailable as group:
                self._failed(group)
            finally:
                self._set_connected(False)
            failures = 1 if loop.time() - began > STEADY_S else failures + 1
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s(failures, self._chance())):
                    await self._renewed.wait()
                    failures = 0

    async def _serve(self, session: BrokerSession) -> None:
        self._states.clear()
        self._passing.clear()
        self._set_connected(True)
        await self._announce(session)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pump.run(session), name="outbox pump")
            tasks.create_task(self._send_states(session), name="broker states")
            tasks.create_task(self._receive(session), name="broker commands")
            tasks.create_task(self._until_renewed(), name="broker settings")

    async def _send_states(self, session: BrokerSession) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._states:
                topic = next(iter(self._states))
                self._refused(
                    topic, await session.publish(topic, self._states.pop(topic), retain=True, qos=1)
                )
            while self._passing:
                passing = self._passing.popleft()
                refusal = await session.publish(passing.topic, passing.payload, retain=False, qos=passing.qos)
                self._refused(passing.topic, refusal)

    async def _until_renewed(self) -> None:
        await self._renewed.wait()
        raise BrokerUnavailable("its settings have changed")

    async def _receive(self, session: BrokerSession) -> None:
        async for message in session.incoming():
            self._received(message)
        raise BrokerUnavailable("the broker sends no more messages")

    def _set_connected(self, connected: bool) -> None:
        if connected is self._connected:
            return
        self._connected = connected
        if connected:
            self._fault = None
            self._denied.clear()
        else:
            self._reconnects += 1
        self._changed(connected)

    def _failed(self, group: BaseExceptionGroup[BrokerUnavailable]) -> None:
        reason = str(_first(group))
        if reason != self._fault:
            log.warning("broker.unavailable reason=%r", reason)
        self._fault = reason

    def _refused(self, topic: str, refusal: str | None) -> None:
        """Say once a connection that the broker does not take a topic."""
        if refusal is not None and topic not in self._denied:
            self._denied.add(topic)
            log.warning("broker.refused topic=%s reason=%r", topic, refusal)


def _first(group: BaseExceptionGroup[BrokerUnavailable]) -> BaseException:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
