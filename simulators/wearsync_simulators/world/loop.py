"""The world's event loop: its clock jumps to the next timer, and a process on it can be frozen.

Rule: nothing waits and nothing is drawn; the order of callbacks is the order in which they were asked for,
whatever the hash seed: tasks and futures hash by their number.
"""

import asyncio
import contextvars
import selectors
from collections.abc import Callable, Coroutine, Generator
from itertools import count
from typing import TypeVar

__all__ = ["Frost", "JumpingLoop", "in_frost", "run_jumping"]

Result = TypeVar("Result")

# Monotonic clocks do not begin at 0, and 0 must not stand for "never".
BEGIN_S = 1000.0
# Real seconds. Without a timer only another thread can bring something; it has work of milliseconds.
STANDSTILL_S = 20.0


class Frost:
    """What can be frozen: everything that runs in a context which `in_frost` has entered."""

    def __init__(self) -> None:
        self.frozen = False
        self._held: list[Callable[[], None]] = []

    def hold(self, run: Callable[[], None]) -> None:
        """Keep a callback until the thaw."""
        self._held.append(run)

    def freeze(self) -> None:
        """From now on nothing of it runs; what comes due is kept, in order."""
        self.frozen = True

    def thaw(self) -> None:
        """It goes on: what came due meanwhile runs now."""
        self.frozen = False
        held, self._held = self._held, []
        for run in held:
            run()


_FROST: contextvars.ContextVar[Frost | None] = contextvars.ContextVar("frost", default=None)


def in_frost(frost: Frost) -> contextvars.Context:
    """A context whose tasks and timers can be frozen: for `create_task(…, context=…)`."""
    context = contextvars.copy_context()
    context.run(_FROST.set, frost)
    return context


class _Jump(selectors.DefaultSelector):
    """A selector that never waits: it tells the clock how far to jump."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = BEGIN_S

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; if nothing is, the time goes on to the next timer."""
        if timeout is None:
            ready = super().select(STANDSTILL_S)
            if not ready:
                raise RuntimeError("nothing will ever happen here: everything waits for something else")
            return ready
        ready = super().select(0) if timeout > 0 else []
        if not ready:
            self.now_s += max(0.0, timeout)
        return ready


class _Task(asyncio.Task[Result]):
    """A task that sets keep in the order of their beginning."""

    def __init__(self, number: int, coro: Coroutine[object, object, Result], **options: object) -> None:
        self._number = number
        super().__init__(coro, **options)  # type: ignore[arg-type]  # asyncio's own, handed through

    def __hash__(self) -> int:
        return self._number


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop on which time jumps. It has no sockets, and needs none."""

    def __init__(self) -> None:
        self._jump = _Jump()
        self._numbers = count(1)
        super().__init__(self._jump)
        # Above what a float can tell apart after some years, or a timer that is due would never be.
        self._clock_resolution = 1e-6
        self.set_task_factory(self._new_task)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jump.now_s

    def _new_task(
        self,
        loop: asyncio.AbstractEventLoop,
        coro: Coroutine[object, object, Result] | Generator[object, None, Result],
        **options: object,
    ) -> asyncio.Task[Result]:
        return _Task(next(self._numbers), coro, loop=loop, **options)  # type: ignore[arg-type]

    def call_soon(
        self,
        callback: Callable[..., object],
        *args: object,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """As asyncio's; what is frozen is kept."""
        context = contextvars.copy_context() if context is None else context
        frost = context.get(_FROST)
        if frost is None:
            return super().call_soon(callback, *args, context=context)
        guard = _Guard(frost, lambda: self.call_soon(callback, *args, context=context), callback, args)
        guard.handle = super().call_soon(guard, context=context)
        return guard.handle

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: object,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """As asyncio's; what is frozen is kept."""
        context = contextvars.copy_context() if context is None else context
        frost = context.get(_FROST)
        if frost is None:
            return super().call_at(when, callback, *args, context=context)
        guard = _Guard(frost, lambda: self.call_soon(callback, *args, context=context), callback, args)
        handle = super().call_at(when, guard, context=context)
        guard.handle = handle
        return handle


class _Guard:
    """A callback of something that can be frozen."""

    __slots__ = ("_again", "_args", "_callback", "_frost", "handle")

    def __init__(
        self,
        frost: Frost,
        again: Callable[[], object],
        callback: Callable[..., object],
        args: tuple[object, ...],
    ) -> None:
        self._frost = frost
        self._again = again
        self._callback = callback
        self._args = args
        self.handle: asyncio.Handle | None = None

    def __call__(self) -> None:
        if self._frost.frozen:
            self._frost.hold(self._after_the_thaw)
        else:
            self._callback(*self._args)

    def _after_the_thaw(self) -> None:
        """In its turn; unless it was called off meanwhile."""
        if self.handle is None or not self.handle.cancelled():
            self._again()


def run_jumping(main: Callable[[], Coroutine[object, object, Result]]) -> Result:
    """Run a coroutine function to its end in virtual time."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main())
