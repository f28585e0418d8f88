"""Virtual time in which the host's own work takes the time that it takes here, and nothing else takes any.

Rule: the air and the watch are models, and cost the figure nothing. What runs in the host's context (its
tasks, its timers, what it hears) is done one thing after the other, each for as long as it really takes, the
wait for the disk included; meanwhile the air goes on. So the host must have its journal inline, and
`HostTimeAir` between it and the watch.
"""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, TypeVarTuple, Unpack

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import NotifyCallback
from bumble import hci, ll
from bumble.controller import Connection

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.airtime import Airtime
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.controller import Advertisement, AirController, LinkParameters
from wearsync_simulators.world.loop import JumpingLoop

__all__ = ["HostClient", "HostTimeAir", "HostTimeLoop", "on_the_host", "run_in_host_time"]

Result = TypeVar("Result")
Given = TypeVarTuple("Given")

_IS_HOST: contextvars.ContextVar[bool] = contextvars.ContextVar("is_host", default=False)


def on_the_host() -> contextvars.Context:
    """A context whose work takes time: for `create_task(…, context=…)`."""
    context = contextvars.copy_context()
    context.run(_IS_HOST.set, True)
    return context


class HostTimeLoop(JumpingLoop):
    """A jumping loop on which the host does one thing after the other. `host_s`: how long it was busy."""

    def __init__(self) -> None:
        self.host_s = 0.0
        self._plain = contextvars.copy_context()
        self._jobs: deque[_Job] = deque()
        self._free_at_s = 0.0
        self._began_s: float | None = None
        self._is_called = False
        super().__init__()

    def time(self) -> float:
        """Virtual seconds; to the host, with what its present job has taken so far."""
        now_s = super().time()
        return now_s if self._began_s is None else now_s + time.perf_counter() - self._began_s

    def call_soon(
        self,
        callback: Callable[..., object],
        *args: object,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """As asyncio's; the host does it when it is free."""
        context = contextvars.copy_context() if context is None else context
        if not context.get(_IS_HOST):
            return super().call_soon(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context)
        self._put(_Job(handle, partial(context.run, callback, *args)))
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: object,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """As asyncio's; the host does it when it is free."""
        context = contextvars.copy_context() if context is None else context
        if not context.get(_IS_HOST):
            return super().call_at(when, callback, *args, context=context)
        due = _Due(self._put, partial(context.run, callback, *args))
        due.handle = super().call_at(when, due, context=self._plain)
        return due.handle

    def _put(self, job: "_Job") -> None:
        self._jobs.append(job)
        if self._began_s is None and not self._is_called:
            self._call()

    def _call(self) -> None:
        self._is_called = True
        super().call_at(max(self._free_at_s, super().time()), self._serve, context=self._plain)

    def _serve(self) -> None:
        job = self._jobs.popleft()
        now_s, self._began_s = super().time(), time.perf_counter()
        try:
            if not job.handle.cancelled():
                job.do()
        finally:
            took_s, self._began_s = time.perf_counter() - self._began_s, None
            self.host_s += took_s
            self._free_at_s = now_s + took_s
            self._is_called = False
            if self._jobs:
                self._call()


@dataclass(frozen=True, slots=True)
class _Job:
    handle: asyncio.Handle
    do: Callable[[], object]


@dataclass(slots=True)
class _Due:
    """A timer of the host's that fires: a job for it."""

    put: Callable[[_Job], None]
    do: Callable[[], object]
    handle: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        assert self.handle is not None
        self.put(_Job(self.handle, self.do))


def run_in_host_time(main: Callable[[], Coroutine[object, object, Result]]) -> Result:
    """Run a coroutine function to its end on such a loop."""
    with asyncio.Runner(loop_factory=HostTimeLoop) as runner:
        return runner.run(main())


class HostTimeAir(Air):
    """An air whose work, and the watch's that comes of it, is nobody's."""

    def __init__(self, airtime: Airtime | None) -> None:
        super().__init__(airtime=airtime)
        self._context = contextvars.copy_context()

    def broadcast(self, advertisement: Advertisement) -> None:
        """See `Medium`."""
        self._context.copy().run(super().broadcast, advertisement)

    def connect(
        self, central: AirController, own: hci.Address, heard: Advertisement, how: LinkParameters
    ) -> bool:
        """See `Medium`."""
        return self._context.copy().run(super().connect, central, own, heard, how)

    def send_acl(self, sender: AirController, connection: Connection, packet: hci.HCI_AclDataPacket) -> None:
        """See `Medium`."""
        self._carry(super().send_acl, sender, connection, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """See `Medium`."""
        self._carry(super().send_ll_control_pdu, sender_address, receiver_address, packet)

    def _carry(self, send: Callable[[Unpack[Given]], None], *given: *Given) -> None:
        """What the host sends in the midst of a job is there when it has come so far."""
        loop = asyncio.get_running_loop()
        if _IS_HOST.get():
            loop.call_at(loop.time(), send, *given, context=self._context.copy())
        else:
            self._context.copy().run(send, *given)


class HostClient(VirtualClient):
    """bleak's client on the virtual air: what it hears is the host's to work on."""

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: object
    ) -> None:
        """See `VirtualClient`."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def heard(value: bytearray) -> None:
            loop.call_soon(callback, value, context=context.copy())

        await super().start_notify(characteristic, heard, **kwargs)
