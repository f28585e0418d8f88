"""A driver session on a link: its operations in order, its end for each fault, and the link let go."""

import asyncio
from collections.abc import Callable
from datetime import UTC

import pytest

from tests.daemon.home import until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.clock import HostClock
from wearsync.daemon.link_runner import LET_GO_S, OPERATIONS_MAX, LinkRunner
from wearsync.drivers.base import (
    Attribute,
    Bond,
    Characteristic,
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    DriverOutput,
    Message,
    OperationDone,
    Read,
    Received,
    Send,
    Subscribe,
    Write,
)
from wearsync.errors import LinkLost, TrustError, UnfitWatch, WearsyncError
from wearsync.messages import CaughtUp, Goodbye, Up

A, B = "a", "b"


class Wire:
    """A link: notes what is done with it, fails as told."""

    mtu = 247
    characteristics = (Characteristic("service", "a", 3),)

    def __init__(self, fault: Exception | None = None, *, stuck: bool = False) -> None:
        self.done: list[tuple[object, ...]] = []
        self.notify: dict[Attribute, Callable[[bytes], None]] = {}
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.disconnected = False
        self._fault = fault
        self._stuck = stuck

    async def read(self, attribute: Attribute) -> bytes:
        await self._carry_out("read", attribute)
        return b"value"

    async def write(self, attribute: Attribute, data: bytes) -> None:
        await self._carry_out("write", attribute, data)

    async def subscribe(self, attribute: Attribute, received: Callable[[bytes], None]) -> None:
        await self._carry_out("subscribe", attribute)
        self.notify[attribute] = received

    async def pair(self, *, needs_code: bool = True) -> None:
        await self._carry_out("pair")

    async def wait_lost(self) -> str:
        return await asyncio.shield(self.lost)

    async def disconnect(self) -> None:
        self.disconnected = True
        if self._stuck:
            await asyncio.Event().wait()

    async def _carry_out(self, *what: object) -> None:
        if self._stuck:
            await asyncio.Event().wait()
        await asyncio.sleep(0.01)
        if self._fault is not None:
            raise self._fault
        self.done.append(what)


class Script:
    """A driver session that says to each event what it is told to."""

    def __init__(self, answer: Callable[[DriverEvent], tuple[DriverOutput, ...]]) -> None:
        self.seen: list[DriverEvent] = []
        self._answer = answer

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        self.seen.append(event)
        return self._answer(event)


def at_first(*outputs: DriverOutput) -> Callable[[DriverEvent], tuple[DriverOutput, ...]]:
    return lambda event: outputs if isinstance(event, Connected) else ()


def runner_of(
    wire: Wire,
    session: Script,
    heard: Callable[[Up], None] = lambda message: None,
    on_bonded: Callable[[], None] = lambda: None,
) -> LinkRunner:
    loop_time = asyncio.get_running_loop().time
    clock = HostClock(loop_time=loop_time, wall=loop_time, zone=UTC)
    return LinkRunner(
        link=wire, session=session, clock=clock, entropy=bytes(32), on_message=heard, on_bonded=on_bonded
    )


@in_virtual_time
async def test_operations_are_done_in_order_and_fed_back() -> None:
    wire = Wire()
    session = Script(
        at_first(Read(A), Subscribe(B), Write(A, b"x"), Disconnect(reason="that was all", fault="none"))
    )
    end = await runner_of(wire, session).run()
    assert end == Disconnect(reason="that was all", fault="none")
    assert wire.done == [("read", A), ("subscribe", B), ("write", A, b"x")]
    assert session.seen == [
        Connected(mtu=247, entropy=bytes(32), characteristics=(Characteristic("service", "a", 3),)),
        OperationDone(Read(A), data=b"value"),
        OperationDone(Subscribe(B)),
        OperationDone(Write(A, b"x")),
    ]
    assert wire.disconnected
    wire.notify[B](b"too late")
    assert len(session.seen) == 4


@in_virtual_time
async def test_messages_notifications_and_what_the_host_says_pass_through() -> None:
    heard: list[Up] = []

    def answer(event: DriverEvent) -> tuple[DriverOutput, ...]:
        match event:
            case Connected():
                return (Subscribe(B),)
            case Received():
                return (Message(CaughtUp()),)
            case Send(Goodbye()):
                return (Disconnect(reason="said goodbye", fault="none"),)
            case _:
                return ()

    wire, session = Wire(), Script(answer)
    runner = runner_of(wire, session, heard.append)
    running = asyncio.create_task(runner.run())
    await until(lambda: wire.notify)
    wire.notify[B](b"hello")
    assert heard == [CaughtUp()]
    runner.send(Goodbye())
    assert (await running).reason == "said goodbye"
    runner.send(Goodbye())
    assert session.seen[-1] == Send(Goodbye())
    assert len(session.seen) == 4


@in_virtual_time
async def test_what_is_said_in_answer_waits_until_the_event_before_is_done_with() -> None:
    """The listener answers a message while the session's other outputs are still to be taken."""

    def answer(event: DriverEvent) -> tuple[DriverOutput, ...]:
        match event:
            case Connected():
                return Message(CaughtUp()), Write(A, b"first")
            case Send():
                return Write(A, b"second"), Disconnect(reason="said goodbye", fault="none")
            case _:
                return ()

    wire, session = Wire(), Script(answer)
    runner = runner_of(wire, session, lambda message: runner.send(Goodbye()))
    await runner.run()
    assert wire.done == [("write", A, b"first"), ("write", A, b"second")]


@in_virtual_time
async def test_a_new_deadline_replaces_the_one_before() -> None:
    loop = asyncio.get_running_loop()
    reached_s: list[float] = []

    def answer(event: DriverEvent) -> tuple[DriverOutput, ...]:
        now_ms = int(loop.time() * 1000)
        match event:
            case Connected():
                return Deadline(now_ms + 1000), Deadline(now_ms + 3000)
            case DeadlineReached() if not reached_s:
                reached_s.append(loop.time())
                return Deadline(now_ms - 5), Deadline(None), Deadline(now_ms + 2000)
            case _:
                return (Disconnect(reason="late", fault="link"),)

    began_s = loop.time()
    await runner_of(Wire(), Script(answer)).run()
    assert reached_s[0] - began_s == pytest.approx(3, abs=0.01)
    assert loop.time() - began_s == pytest.approx(5, abs=0.01)


@in_virtual_time
async def test_bond_is_an_operation_like_others_and_told_when_it_is_made() -> None:
    wire, bonded = Wire(), list[str]()
    session = Script(at_first(Bond(), Disconnect(reason="that was all", fault="none")))
    await runner_of(wire, session, on_bonded=lambda: bonded.append("yes")).run()
    assert (wire.done, bonded) == ([("pair",)], ["yes"])
    assert session.seen[1:] == [OperationDone(Bond())]
    end = await runner_of(
        Wire(TrustError("the codes differ")), session, on_bonded=lambda: bonded.append("again")
    ).run()
    assert (end.fault, bonded) == ("trust", ["yes"])


@pytest.mark.parametrize(
    ("fault", "named"), [(TrustError("no bond"), "trust"), (UnfitWatch("no service"), "unfit")]
)
def test_operation_that_shows_a_wrong_watch_ends_it(fault: WearsyncError, named: str) -> None:
    @in_virtual_time
    async def story() -> None:
        wire = Wire(fault)
        end = await runner_of(wire, Script(at_first(Read(A)))).run()
        assert (end.fault, end.reason) == (named, str(fault))
        assert wire.disconnected

    story()


@in_virtual_time
async def test_operation_that_fails_is_the_sessions_to_judge() -> None:
    def answer(event: DriverEvent) -> tuple[DriverOutput, ...]:
        match event:
            case Connected():
                return (Write(A, b"x"),)
            case OperationDone(error=error):
                return (Disconnect(reason=f"gave up: {error}", fault="link"),)
            case _:
                return ()

    end = await runner_of(Wire(LinkLost("no answer")), Script(answer)).run()
    assert end.reason == "gave up: no answer"


@in_virtual_time
async def test_link_that_is_lost_ends_it_with_the_reason() -> None:
    wire = Wire(stuck=True)
    running = asyncio.create_task(runner_of(wire, Script(at_first(Read(A)))).run())
    await asyncio.sleep(1)
    wire.lost.set_result("out of range")
    assert await running == Disconnect(reason="out of range", fault="link")
    assert wire.disconnected


@in_virtual_time
async def test_fault_goes_before_what_is_still_to_be_done() -> None:
    wire = Wire()
    session = Script(at_first(Read(A), Write(A, b"x"), Disconnect(reason="nonsense", fault="link")))
    assert (await runner_of(wire, session).run()).reason == "nonsense"
    assert wire.done == []


@in_virtual_time
async def test_watch_that_takes_nothing_is_given_up() -> None:
    wire = Wire(stuck=True)
    session = Script(at_first(*(Write(A, b"x") for _ in range(OPERATIONS_MAX + 1))))
    end = await runner_of(wire, session).run()
    assert (end.fault, end.reason) == ("link", "the watch does not take what it is sent")


@in_virtual_time
async def test_disconnect_that_hangs_holds_up_nobody_for_long() -> None:
    wire = Wire(stuck=True)
    running = asyncio.create_task(runner_of(wire, Script(at_first(Read(A)))).run())
    await asyncio.sleep(1)
    began_s = asyncio.get_running_loop().time()
    running.cancel()
    await asyncio.wait({running})
    assert asyncio.get_running_loop().time() - began_s <= LET_GO_S


@in_virtual_time
async def test_defect_is_not_hidden_and_the_link_is_let_go() -> None:
    wire = Wire(ZeroDivisionError("a defect"))
    with pytest.raises(ZeroDivisionError):
        await runner_of(wire, Script(at_first(Read(A)))).run()
    assert wire.disconnected


@pytest.mark.parametrize("kind", [Connected, DeadlineReached, Received, OperationDone, Send])
def test_session_that_raises_ends_its_link_whoever_brought_the_event(kind: type[object]) -> None:
    def answer(event: DriverEvent) -> tuple[DriverOutput, ...]:
        if isinstance(event, kind):
            raise ZeroDivisionError("a defect")
        return (Subscribe(A), Deadline(1000)) if isinstance(event, Connected) else ()

    @in_virtual_time
    async def story() -> None:
        wire = Wire()
        runner = runner_of(wire, Script(answer))
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(0.5)
        if A in wire.notify:
            wire.notify[A](b"hello")
        runner.send(Goodbye())
        await asyncio.wait({running}, timeout=5)
        assert isinstance(running.exception(), ZeroDivisionError)
        assert wire.disconnected

    story()


@in_virtual_time
async def test_stop_and_cancellation_let_the_link_go() -> None:
    wire = Wire(stuck=True)
    runner = runner_of(wire, Script(at_first(Read(A))))
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(1)
    runner.stop("the journal failed")
    runner.stop("twice is once")
    assert await running == Disconnect(reason="the journal failed", fault="link")

    wire = Wire(stuck=True)
    running = asyncio.create_task(runner_of(wire, Script(at_first(Read(A)))).run())
    await asyncio.sleep(1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert wire.disconnected
