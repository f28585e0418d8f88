"""One driver session over one link: carries out what the session asks for, and feeds back what happened.

Rule: nothing is decided here. Operations run in the order in which the session gave them, one at a time;
messages go to `on_message` at once, in order. Whoever brings an event (a notification, a timer, the host), a
defect that it shows ends the link, and is raised by `run`: raised there, it would be lost, and the link deaf.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from wearsync.drivers.base import (
    Bond,
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    DriverOutput,
    DriverSession,
    Message,
    OperationDone,
    Read,
    Received,
    Send,
    Subscribe,
    Write,
)
from wearsync.errors import TrustError, UnfitWatch, WearsyncError
from wearsync.messages import Down, Up
from wearsync.ports import Clock, Link

# A disconnect that hangs is left to the Bluetooth stack, which goes on with it.
LET_GO_S = 1.0
# A session never has more than a handful of writes under way; more means that the watch no longer answers.
OPERATIONS_MAX = 512

Operation = Read | Write | Subscribe | Bond


class LinkRunner:
    """Runs `session` over `link` until either ends. `entropy`: 32 fresh random bytes; `on_bonded`: called
    when a bond that the session asked for is made.
    """

    def __init__(
        self,
        *,
        link: Link,
        session: DriverSession,
        clock: Clock,
        entropy: bytes,
        on_message: Callable[[Up], None],
        on_bonded: Callable[[], None] = lambda: None,
    ) -> None:
        self._link = link
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._on_message = on_message
        self._on_bonded = on_bonded
        self._operations: asyncio.Queue[Operation | Disconnect] = asyncio.Queue(OPERATIONS_MAX)
        self._ended: asyncio.Future[Disconnect] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._events: deque[DriverEvent] = deque()

    def send(self, message: Down) -> None:
        """Say something to the watch; after the end it is dropped: the next link is told anew."""
        self._feed(Send(message))

    def stop(self, reason: str) -> None:
        """End the session without another word."""
        self._end(Disconnect(reason=reason, fault="link"))

    async def run(self) -> Disconnect:
        """Run to the end; returns why it ended. The link is let go in any case."""
        worker = asyncio.create_task(self._work(), name="link-operations")
        lost = asyncio.create_task(self._watch_loss(), name="link-loss")
        try:
            self._feed(Connected(self._link.mtu, self._entropy, self._link.characteristics))
            worker.add_done_callback(self._worker_done)
            return await self._ended
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if not self._ended.done():
                self._ended.cancel()
            worker.cancel()
            lost.cancel()
            letting_go = asyncio.create_task(self._let_go(worker, lost), name="link-let-go")
            await asyncio.wait({letting_go}, timeout=LET_GO_S)
            if letting_go.done():
                letting_go.result()

    async def _let_go(self, *helpers: asyncio.Task[None]) -> None:
        await asyncio.gather(*helpers, return_exceptions=True)
        await self._link.disconnect()

    def _worker_done(self, worker: asyncio.Task[None]) -> None:
        if not worker.cancelled() and (defect := worker.exception()) is not None:
            self._fail(defect)

    async def _watch_loss(self) -> None:
        reason = await self._link.wait_lost()
        self._end(Disconnect(reason=reason, fault="link"))

    async def _work(self) -> None:
        while True:
            operation = await self._operations.get()
            if isinstance(operation, Disconnect):
                self._end(operation)
                return
            try:
                data = await self._carry_out(operation)
            except TrustError as error:
                self._end(Disconnect(reason=str(error), fault="trust"))
            except UnfitWatch as error:
                self._end(Disconnect(reason=str(error), fault="unfit"))
            except WearsyncError as error:
                self._feed(OperationDone(operation=operation, error=str(error)))
            else:
                self._feed(OperationDone(operation=operation, data=data))

    async def _carry_out(self, operation: Operation) -> bytes:
        match operation:
            case Read(attribute):
                return await self._link.read(attribute)
            case Write(attribute, data):
                await self._link.write(attribute, data)
            case Subscribe(attribute):
                await self._link.subscribe(
                    attribute, lambda data: self._feed(Received(attribute=attribute, data=data))
                )
            case Bond(needs_code):
                await self._link.pair(needs_code=needs_code)
                self._on_bonded()
        return b""

    def _feed(self, event: DriverEvent) -> None:
        """Give the session an event; one that comes of another's outputs waits until these are taken."""
        self._events.append(event)
        if len(self._events) > 1:
            return
        while self._events:
            try:
                if not self._ended.done():
                    for output in self._session.step(self._events[0], self._clock.now().host_ms):
                        self._take(output)
            except Exception as defect:  # noqa: BLE001  # another package's driver; `run` raises it
                self._fail(defect)
            finally:
                self._events.popleft()

    def _take(self, output: DriverOutput) -> None:
        match output:
            case Message(message):
                self._on_message(message)
            case Deadline(at_ms):
                self._arm(at_ms)
            case Disconnect(_, fault) if fault != "none":
                self._end(output)
            case Read() | Write() | Subscribe() | Bond() | Disconnect():
                self._queue(output)

    def _queue(self, operation: Operation | Disconnect) -> None:
        try:
            self._operations.put_nowait(operation)
        except asyncio.QueueFull:
            self._end(Disconnect(reason="the watch does not take what it is sent", fault="link"))

    def _arm(self, at_ms: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at_ms is not None:
            delay_s = max(0, at_ms - self._clock.now().host_ms) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._feed, DeadlineReached())

    def _fail(self, defect: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(defect)

    def _end(self, disconnect: Disconnect) -> None:
        if not self._ended.done():
            self._ended.set_result(disconnect)
