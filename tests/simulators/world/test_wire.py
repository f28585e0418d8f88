"""A wire by itself: order, latency, and how its ends come to know of its end."""

import asyncio
import contextvars
from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from tests.simulators.world.stories import calm, only
from wearsync_simulators.world.faults import Faults
from wearsync_simulators.world.radio_faults import Noise
from wearsync_simulators.world.wire import (
    LATENCY_S,
    OPERATION_DEADLINE_S,
    OUT_OF_REACH,
    SUPERVISION_S,
    AttError,
    Refusal,
    Wire,
)

WHERE = contextvars.ContextVar("where", default="air")


@dataclass
class Ends:
    """Both ends, and when they were told what."""

    told: list[tuple[str, object]] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)

    def _note(self, what: str, value: object = None) -> None:
        self.told.append((what, value))
        self.at_s.append(asyncio.get_running_loop().time())

    def heard(self, attribute: str, value: bytes) -> None:
        self._note("heard", value)

    def lose(self, why: str) -> None:
        self._note("lost", why)

    def unlinked(self) -> None:
        self._note("unlinked")


def a_wire(ends: Ends, faults: Faults | None = None) -> Wire:
    wire = Wire(
        host=ends,
        watch=ends,
        context=contextvars.copy_context(),
        noise=Noise(faults or calm()),
        random=Random(1),
    )
    wire.subscribed["up"] = None
    return wire


@in_virtual_time
async def test_an_operation_takes_its_time_there_and_back() -> None:
    wire, loop = a_wire(Ends()), asyncio.get_running_loop()
    began_s = loop.time()
    assert await wire.request(lambda: "done") == "done"
    assert 2 * LATENCY_S[0] <= loop.time() - began_s <= 2 * LATENCY_S[1]


@in_virtual_time
async def test_refusals_come_back() -> None:
    def refuse() -> bytes:
        raise AttError(0x80)

    wire = a_wire(Ends())
    assert await wire.request(refuse) == Refusal(code=0x80)


@in_virtual_time
async def test_what_the_watch_tells_comes_after_the_answer_in_order_then_the_end() -> None:
    ends = Ends()
    wire = a_wire(ends)

    def tell() -> None:
        for n in range(20):
            wire.tell("up", bytes([n]))
        wire.tell("another", b"nobody wants this")
        wire.hang_up()

    assert await wire.request(tell) is None
    await asyncio.sleep(1.0)
    heard = [("heard", bytes([n])) for n in range(20)]
    assert ends.told == [*heard, ("lost", OUT_OF_REACH), ("unlinked", None)]
    assert not wire.is_open
    assert await wire.request(lambda: 1) == Refusal(lost=True)


@in_virtual_time
async def test_the_watch_acts_in_the_airs_context() -> None:
    wire = a_wire(Ends())
    WHERE.set("process")
    assert await wire.request(WHERE.get) == "air"


@in_virtual_time
async def test_a_host_that_leaves_says_so() -> None:
    ends = Ends()
    wire = a_wire(ends)
    wire.leave()
    await asyncio.sleep(LATENCY_S[1])
    assert ends.told == [("unlinked", None)]


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (lambda wire: wire.abandon("dead"), ["lost", "unlinked"]),
        (lambda wire: wire.go_silent(), ["lost"]),
        (lambda wire: wire.set_reachable(False), ["lost", "unlinked"]),
    ],
)
@in_virtual_time
async def test_silence_is_noticed_by_the_supervision_timeout(gone, told) -> None:
    ends = Ends()
    wire, loop = a_wire(ends), asyncio.get_running_loop()
    began_s = loop.time()
    gone(wire)
    answer = wire.request(lambda: 1)
    wire.tell("up", b"too late")
    wire.set_reachable(told == ["lost"])
    assert await answer == Refusal(lost=True)
    await asyncio.sleep(SUPERVISION_S)
    assert [what for what, _ in ends.told] == told
    assert ends.at_s[-1] == pytest.approx(began_s + SUPERVISION_S)


@in_virtual_time
async def test_back_in_reach_all_goes_on_in_order() -> None:
    ends = Ends()
    wire = a_wire(ends)
    wire.set_reachable(False)
    wire.tell("up", b"1")
    wire.tell("up", b"2")
    answer = wire.request(lambda: 1)
    await asyncio.sleep(SUPERVISION_S / 2)
    assert not ends.told
    assert not answer.done()
    wire.set_reachable(True)
    assert await answer == 1
    await asyncio.sleep(SUPERVISION_S)
    assert ends.told == [("heard", b"1"), ("heard", b"2")]


@in_virtual_time
async def test_a_link_is_lost_before_or_after_an_effect() -> None:
    faults, happened = only("radio.lost_at_op"), set()
    for _ in range(20):
        ends = Ends()
        effects: list[int] = []
        wire = a_wire(ends, faults)
        assert await wire.request(partial(effects.append, 1)) == Refusal(lost=True)
        assert ends.told == [("lost", OUT_OF_REACH), ("unlinked", None)]
        happened.add(len(effects))
    assert happened == {0, 1}


@in_virtual_time
async def test_a_hanging_operation_ends_at_the_deadline_and_the_link_stays() -> None:
    ends = Ends()
    wire, loop = a_wire(ends, only("radio.hang")), asyncio.get_running_loop()
    began_s = loop.time()
    assert await wire.request(lambda: 1) == Refusal()
    assert loop.time() - began_s == pytest.approx(OPERATION_DEADLINE_S)
    assert wire.is_open
    assert await wire.request(lambda: 1, calm=True) == 1


@in_virtual_time
async def test_a_slow_operation_is_answered_in_time() -> None:
    wire, loop = a_wire(Ends(), only("radio.slow")), asyncio.get_running_loop()
    began_s = loop.time()
    assert await wire.request(lambda: 1) == 1
    assert 1.0 < loop.time() - began_s < OPERATION_DEADLINE_S


@in_virtual_time
async def test_a_link_is_lost_between_notifications() -> None:
    ends = Ends()
    wire = a_wire(ends, only("radio.lost_at_frame", 0.1))
    for n in range(50):
        wire.tell("up", bytes([n]))
    await asyncio.sleep(1.0)
    *heard, lost, unlinked = ends.told
    assert heard == [("heard", bytes([n])) for n in range(len(heard))]
    assert 0 < len(heard) < 50
    assert (lost, unlinked) == (("lost", OUT_OF_REACH), ("unlinked", None))
