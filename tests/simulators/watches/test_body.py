"""The body on a loop: alarms, the wearer's hand, what is told to the radio and to who looks."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tests.simulators.watches.paper_host import HELLO, PING, START, STEP, step_body
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.watches.body import COMPARE_S, Body, Transmitter
from wearsync_simulators.watches.clock import TICK_RENEWAL
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.hold_watch import HoldWatch
from wearsync_simulators.watches.memory import new_memory
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.watches.words import Reset
from wearsync_simulators.wearer import Comparison, Deed, Wearer, Wearing


@dataclass
class Notebook(Transmitter):
    """A transmitter that notes what it is told."""

    frames: list[int] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def notify(self, frame: bytes) -> None:
        self.frames.append(frame[0])

    def drop(self) -> None:
        self.calls.append("drop")

    def advertise(self) -> None:
        self.calls.append("advertise")

    def tell_battery(self) -> None:
        self.calls.append("battery")


@dataclass
class Hands:
    """A wearer that does what the test says at each face."""

    deeds: dict[Face, Sequence[Deed]]
    seen: list[WatchView] = field(default_factory=list)

    def sees(self, view: WatchView) -> Sequence[Deed]:
        self.seen.append(view)
        return self.deeds.get(view.face, ())


@dataclass
class Life:
    """A body, and all it told."""

    body: Body
    radio: Notebook
    views: list[WatchView]
    lines: list[str]
    renewals: list[float]
    flash: Flash


def born(wearer: Wearer | None = None, *, age_s: float = 0.0) -> Life:
    flash = Flash(None, new_id=lambda: 1)
    random = Random(1)
    loop = asyncio.get_running_loop()
    core = HoldWatch(
        now_s=loop.time() - age_s,
        reset=Reset.POWER_ON,
        flash=flash,
        memory=new_memory(random.randbytes),
        remember=lambda _memory: None,
        entropy=random.randbytes,
        pairing=False,
        motor_log=deque(),
        lab=True,
    )
    views: list[WatchView] = []
    lines: list[str] = []
    renewals: list[float] = []
    body = Body(
        core=core,
        wearer=wearer,
        on_view=views.append,
        on_renew=lambda: renewals.append(loop.time()),
        on_trace=lines.append,
    )
    radio = Notebook()
    body.transmitter = radio
    body.start()
    return Life(body, radio, views, lines, renewals, flash)


def face(life: Life) -> Face:
    return life.body.view.face


def connect(life: Life) -> None:
    life.body.link_up(247)
    life.body.down(bytes([HELLO, 1, 1]) + bytes(20))
    life.body.down(bytes([START, 1, 0, 0, 0]))


def step(life: Life, **values: int) -> None:
    life.body.down(bytes([STEP]) + step_body(1, 0, text="LEFT", **values))


@in_virtual_time
async def test_it_wakes_by_itself_and_tells_each_change() -> None:
    life = born()
    connect(life)
    step(life, at=5000)
    await asyncio.sleep(36)
    faces = [view.face for view in life.views]
    assert list(dict.fromkeys(faces)) == [Face.CLOCK, Face.GAP, Face.HOLD, Face.WAITING]
    assert all(before != after for before, after in zip(life.views, life.views[1:], strict=False))
    assert life.body.view == life.views[-1]


@in_virtual_time
async def test_the_hand_comes_after_its_time_and_is_forgotten_when_the_face_changes() -> None:
    hands = Hands({Face.GAP: [Deed(2.0, Press.TAP)], Face.HOLD: [Deed(10.0, Press.DOUBLE_PRESS)]})
    life = born(hands)
    connect(life)
    step(life, at=60_000)
    await asyncio.sleep(1.9)
    assert face(life) is Face.GAP
    await asyncio.sleep(0.2)
    assert face(life) is Face.HOLD
    life.body.down(b"\x08\x03")  # the host ends it
    await asyncio.sleep(20)
    assert face(life) is Face.CLOCK
    assert [view.face for view in hands.seen] == [Face.CLOCK, Face.GAP, Face.HOLD, Face.DONE, Face.CLOCK]


@in_virtual_time
async def test_the_wearer_is_not_asked_again_for_a_text_or_a_buzz() -> None:
    hands = Hands({})
    life = born(hands)
    connect(life)
    step(life)
    life.body.down(b"\x05" + bytes([1, 0, 0, 0]) + bytes([9, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0xF4, 1]))
    step(life)
    await asyncio.sleep(5)
    assert any(view.motor for view in life.views)
    assert [view.face for view in hands.seen] == [Face.CLOCK, Face.HOLD]


@in_virtual_time
async def test_wearing() -> None:
    life = born(Hands({Face.CLOCK: [Deed(1.0, Wearing(worn=False))]}))
    await asyncio.sleep(2)
    assert not life.body.view.worn


@in_virtual_time
async def test_a_code_is_compared_by_the_wearer_or_by_nobody_in_time() -> None:
    loop = asyncio.get_running_loop()
    for same in (True, False):
        life = born(Hands({Face.CLOCK: [Deed(3.0, Comparison(same=same))]}))
        life.body.confirm_code(same=True)  # nothing is asked yet
        began_s = loop.time()
        assert await life.body.compare(123456) is same
        assert loop.time() - began_s == 3.0
        assert 123456 in {view.code for view in life.views}
        assert life.body.view.code is None
    began_s = loop.time()
    assert not await born().body.compare(1)
    assert loop.time() - began_s == COMPARE_S


@in_virtual_time
async def test_the_end_of_power_ends_everything() -> None:
    life = born(Hands({Face.GAP: [Deed(2.0, Press.TAP)]}))
    connect(life)
    step(life, at=4000)
    comparing = asyncio.create_task(life.body.compare(1))
    await asyncio.sleep(0)
    assert life.body.stop() == 0
    assert not await comparing
    records = life.flash.next_seq
    await asyncio.sleep(60)
    assert life.flash.next_seq == records


@in_virtual_time
async def test_what_the_radio_is_told() -> None:
    life = born()
    assert life.radio.calls == ["advertise"]
    connect(life)
    life.body.down(bytes([PING]) + bytes(4))
    assert life.radio.frames == [0x82, 0x83, 0x84]
    assert life.lines[0].startswith("↓ HELLO")
    assert life.lines[1].startswith("↑ READY")
    life.body.down(b"\x03\x63\x00\x00\x00")
    assert "drop" not in life.radio.calls
    life.body.down(b"\x01\x01\x01")
    assert life.radio.calls[-1] == "drop"
    life.body.link_down()
    await asyncio.sleep(1801)
    assert life.radio.calls[-1] == "battery"


@in_virtual_time
async def test_a_boot_that_gets_old_asks_to_be_renewed() -> None:
    life = born(age_s=TICK_RENEWAL / 1000 - 3600)
    await asyncio.sleep(3599)
    assert not life.renewals
    await asyncio.sleep(1801)
    assert len(life.renewals) == 1
