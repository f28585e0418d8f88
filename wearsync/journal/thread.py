"""The journal's one thread: calls are run in the order in which they were asked for, each to its end.

Rule: nothing else is done in it, and it holds nothing: who ends it has waited for the last call. It is a
daemon thread: a process must be able to end while its disk hangs.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from wearsync.ports import Progress

T = TypeVar("T")


class JournalThread:
    """A thread of its own for calls that wait for a disk.

    Not a ThreadPoolExecutor, which goes on working after it has woken the loop: measured, the two then take
    the interpreter's lock from each other several times in a one-record commit.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._given = 0
        self._ended = 0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def give(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Have `work` run; what it gives or raises comes to the running loop. A call that is cancelled is not
        run if its turn had not come yet.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        self._given += 1
        self._calls.put(partial(self._call, work, loop, outcome))
        return outcome

    def end(self) -> None:
        """After what it was given so far. Nothing may be given to it any more."""
        self._calls.put(None)

    @property
    def progress(self) -> Progress:
        """How it gets on: it ends calls, or works on a long one."""
        worked_ms = 0
        if sys.platform == "linux" and self._thread.is_alive() and self._thread.ident is not None:
            worked_ms = int(time.clock_gettime(time.pthread_getcpuclockid(self._thread.ident)) * 1000)
        return Progress(busy=self._given > self._ended, steps=self._ended + worked_ms)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()

    def _call(
        self, work: Callable[[], T], loop: asyncio.AbstractEventLoop, outcome: asyncio.Future[T]
    ) -> None:
        settle: Callable[[], object] = outcome.cancel
        if not outcome.cancelled():
            try:
                settle = partial(outcome.set_result, work())
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                settle = partial(outcome.set_exception, error)
        self._ended += 1
        # Last, for it wakes the loop: what this thread did after it would be in the loop's way.
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(_unless_cancelled, outcome, settle)


def _unless_cancelled(outcome: asyncio.Future[T], settle: Callable[[], object]) -> None:
    if not outcome.cancelled():
        settle()
