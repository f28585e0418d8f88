"""Who is in the middle hears all, changes what it likes, and puts in frames of its own."""

from tests.simulators.adversaries.conftest import client_on, soon
from tests.simulators.watches.paper_host import DOWN
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.adversaries.middle import Middle, Overheard, Way
from wearsync_simulators.adversaries.relays import Op, Strike, dropped
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.antenna import BumbleGround
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

# In clear text, so that a line of a test can be read: HELLO is answered by READY.
HELLO = b"\x01\x01\x01" + bytes(20)
PING = b"\x0a\x01\x00\x00\x00"


@in_virtual_time
async def test_it_hears_both_ways_and_counts_the_links() -> None:
    air, watch, middle = Air(), SimulatedWatch(open_=True, seed=1), Middle()
    await watch.power_on(middle.ground(BumbleGround(air)))
    for _ in range(2):
        async with client_on(air, watch.address) as (link, up):
            await link.write_gatt_char(DOWN, HELLO, response=True)
            await soon()
        await soon()
    assert [(each.way, each.frame[0], each.link) for each in middle.heard] == [
        (Way.DOWN, Op.HELLO, 1),
        (Way.UP, Op.READY, 1),
        (Way.DOWN, Op.HELLO, 2),
        (Way.UP, Op.READY, 2),
    ]
    assert middle.frames(Way.UP, link=2) == up
    assert middle.heard[0] == Overheard(Way.DOWN, HELLO, 1)
    await watch.power_off()


@in_virtual_time
async def test_it_changes_what_passes_says_what_it_likes_and_hangs_up() -> None:
    air, watch, middle = Air(), SimulatedWatch(open_=True, seed=1), Middle(Strike(Op.READY, dropped))
    middle.say(Way.UP, b"nobody is there yet")
    middle.say(Way.DOWN, b"nor here")
    middle.hang_up()
    await watch.power_on(middle.ground(BumbleGround(air)))
    async with client_on(air, watch.address) as (link, up):
        await link.write_gatt_char(DOWN, HELLO, response=True)
        await soon()
        assert up == []
        middle.say(Way.DOWN, b"\x03\x01\x00\x00\x00")
        middle.say(Way.DOWN, PING)
        middle.say(Way.UP, b"mine")
        await soon()
        assert up[-1] == b"mine"
        assert Op.PONG in {frame[0] for frame in up}
        middle.hang_up()
        await soon()
        assert not link.is_connected
    await watch.power_off()


@in_virtual_time
async def test_a_watch_that_it_is_in_the_middle_of_is_paired_as_any_other() -> None:
    air, watch, middle = Air(), SimulatedWatch(pairing=True, seed=1), Middle()
    await watch.power_on(middle.ground(BumbleGround(air)))
    watch.on_change = lambda view: watch.confirm_code() if view.code is not None else None
    async with client_on(air, watch.address, pair=True) as (link, _up):
        await link.write_gatt_char("f69b0004-d1cb-4904-adda-db6c343c41a1", bytes(32), response=True)
    await watch.power_off()
