"""The demo's person: keeps pairing mode open while it pairs, and types what the watch shows."""

import asyncio
from random import Random

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync_simulators.demo_person import AGAIN_S, DemoPerson, Insistent
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import Face, Press, WatchView
from wearsync_simulators.wearer import Diligent


@in_virtual_time
async def test_pairing_mode_is_open_while_it_pairs_and_only_then() -> None:
    watch = SimulatedWatch(name="W", seed=1)
    person = DemoPerson(watch)
    watch.on_change = person.sees
    await watch.power_on(Air())
    with person.pairing():
        await asyncio.sleep(0)
        assert watch.view.pairing
        await asyncio.sleep(61)
        assert not watch.view.pairing, "it stays closed for a minute"
    await asyncio.sleep(200)
    assert not watch.view.pairing
    await watch.power_off()


@in_virtual_time
async def test_what_is_asked_of_it() -> None:
    watch = SimulatedWatch(name="W", seed=1)
    person = DemoPerson(watch)
    assert await person.confirm_number(123456)
    assert not await person.confirm_just_works()
    assert await person.passkey() is None, "it waited, and nothing came up"
    await watch.power_on(Air())
    asked = asyncio.create_task(person.passkey())
    await asyncio.sleep(5)
    watch.view = type(watch.view)(code=654321)
    assert await asked == 654321
    await watch.power_off()


@in_virtual_time
async def test_pairing_mode_stays_closed_once_a_host_has_its_key() -> None:
    """Opened again it would show another code, and the wearer look at that instead of the question."""
    watch = SimulatedWatch(name="W", seed=1)
    person = DemoPerson(watch)
    await watch.power_on(Air())
    with person.pairing():
        person.sees(WatchView(connected=True, host=True))
        person.sees(WatchView())
        await asyncio.sleep(0)
        await asyncio.sleep(61)
        person.sees(WatchView())
        await asyncio.sleep(1)
        assert not watch.view.pairing
    await watch.power_off()


def test_a_tap_that_nothing_came_of_is_tried_again() -> None:
    first, *again = Insistent(Diligent(Random(1))).sees(WatchView(face=Face.CONFIRM))
    assert [deed.after_s - first.after_s for deed in again] == list(AGAIN_S)
    assert {deed.what for deed in (first, *again)} == {Press.TAP}
    [answer] = Insistent(Diligent(Random(1))).sees(WatchView(face=Face.QUESTION))
    assert answer.what is Press.ANSWER_DONE
