"""The wearer of it: reads the display when it stands still, and presses what there is."""

import asyncio
from collections.abc import Sequence
from random import Random

from tests.simulators.watches.infinitime.conftest import Host, connected, on_air, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.watches.infinitime.body import READ_S
from wearsync_simulators.watches.infinitime.music import Field, MusicEvent
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import Absent, Comparison, Deed, Diligent, Starting


class Noting:
    """A wearer who notes what was seen, and stops each hold after a second."""

    def __init__(self) -> None:
        self.seen: list[WatchView] = []

    def sees(self, view: WatchView) -> Sequence[Deed]:
        self.seen.append(view)
        return [Deed(1.0, Press.DOUBLE_PRESS)] if view.face is Face.HOLD else []


async def hold(host: Host, *, seconds: int) -> None:
    """What the driver writes at a hold's start, one write after the other."""
    await host.show(Field.ARTIST, "Hold · RIGHT 1/2")
    await host.show(Field.TRACK, "RIGHT knee down on the pillow")
    await host.show(Field.LENGTH, seconds)
    await host.show(Field.POSITION, 0)
    await host.show(Field.STATUS, 1)


@in_virtual_time
async def test_a_diligent_wearer_says_yes() -> None:
    sim = SimulatedInfiniTime(wearer=Diligent(Random(1)), seed=3)
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.listen()
        await host.show(Field.ARTIST, "Ready? · LEFT 1/2")
        await until(lambda: host.events == [MusicEvent.OPENED, MusicEvent.PLAY])


@in_virtual_time
async def test_a_display_is_read_once_it_stands_still() -> None:
    wearer = Noting()
    sim = SimulatedInfiniTime(wearer=wearer, seed=3)
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.listen()
        await hold(host, seconds=30)
        began_s = asyncio.get_running_loop().time()
        await until(lambda: host.events)
        assert host.events == [MusicEvent.OPENED, MusicEvent.PAUSE]
        held_s = asyncio.get_running_loop().time() - began_s
        assert READ_S + 0.5 < held_s < READ_S + 1.5
    seen = [(view.face, view.planned_s) for view in wearer.seen if view.face is not Face.CLOCK]
    assert seen == [(Face.HOLD, 30)]


@in_virtual_time
async def test_what_a_hand_was_about_to_do_is_forgotten_when_something_new_comes_up() -> None:
    sim = SimulatedInfiniTime(wearer=Noting(), seed=3)
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.listen()
        await hold(host, seconds=30)
        await asyncio.sleep(READ_S + 0.2)
        await host.show(Field.ARTIST, "Get ready · LEFT 2/2")
        await asyncio.sleep(10)
        assert host.events == []


@in_virtual_time
async def test_a_wearer_starts_a_session_on_it() -> None:
    sim = SimulatedInfiniTime(wearer=Starting(Absent(), after_s=5.0), seed=3)
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.listen()
        await until(lambda: host.events == [MusicEvent.OPENED, MusicEvent.PLAY])
        assert not sim.view.worn


class Comparing:
    """A wearer who would compare codes, as on another watch."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        return [] if view.code is None else [Deed(0.0, Comparison(same=False))]


@in_virtual_time
async def test_a_comparison_is_nothing_that_it_asks() -> None:
    sim = SimulatedInfiniTime(wearer=Comparing(), seed=3)
    async with on_air(sim) as central, connected(central, sim) as host:
        await host.link.pair()
        assert central.paired_securely(sim.address)
