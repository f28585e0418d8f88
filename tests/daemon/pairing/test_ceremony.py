"""Pairing over the air: a key that is proven, or nothing at all, and a word on what to do."""

import asyncio
import logging
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from random import Random

import pytest

from tests.daemon.home import Home, Person, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.errors import (
    LinkLost,
    StorageError,
    TrustError,
    TryAgain,
    UsageError,
    WearsyncError,
)
from wearsync.model import Trust
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import ClockSet
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.wearer import Comparison, Deed, Diligent


@in_virtual_time
async def test_paired_watch_has_proven_the_key_knows_the_time_and_has_buzzed(tmp_path: Path) -> None:
    person = Person()
    async with at_home(tmp_path, paired=False) as home:
        result = await home.pair(person)
        assert (result.name, result.trust, result.buzz, result.wearer) == ("Ours", Trust.KEY, "played", "you")
        assert result.watch_id == home.watch.watch_id.hex()
        assert len(person.numbers) == 1
        assert home.left_here == ["key of Ours", "configuration of Ours", f"bond with {home.watch.address}"]
        assert list(home.keys.keys(proven=True)) == [result.watch_id]
        await until(lambda: home.watch.motor_log)
        assert {pulse.pattern.name for pulse in home.watch.motor_log} == {"READY"}
        assert any(isinstance(record.body, ClockSet) for record in home.watch.journal())
        assert not home.watch.view.pairing
        assert home.said == [
            "looking for a watch in pairing mode",
            "connecting to Sim",
            "bonding: look at the watch, which may show a code",
            "bonded; handing the key over, and proving it",
            "the watch's clock is set: read back, it is right",
            "the routine is stored on the watch: it can run it alone",
            "test buzz",
        ]
        assert (result.clock_was_off_ms, result.routine_stored, result.felt) == (None, True, None)
        assert result.clock_off_ms is not None
        assert abs(result.clock_off_ms) < 100


@in_virtual_time
async def test_key_is_in_no_line_of_the_log_however_much_is_said(tmp_path: Path) -> None:
    said = StringIO()
    log, handler = logging.getLogger("wearsync"), logging.StreamHandler(said)
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        async with at_home(tmp_path) as home, home.daemon() as running:
            await running.live()
            key = home.keys.keys()[home.watch.watch_id.hex()]
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
    text = said.getvalue()
    assert "link.ready" in text
    for form in (key.hex(), key.hex().upper(), key.hex(" "), repr(key)[2:-1], repr(list(key))[1:-1]):
        assert form not in text


@in_virtual_time
async def test_buzz_that_is_not_felt_is_told_and_the_watch_is_paired(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        home.watch.motor(MotorState.BROKEN)
        result = await home.pair()
        assert result.buzz == "failed"
        assert "key of Ours" in home.left_here


@in_virtual_time
async def test_no_watch(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        await home.watch.set_in_range(False)
        with pytest.raises(TryAgain, match="no watch is in range"):
            await home.pair()
        with pytest.raises(TryAgain, match=f"no watch at {home.watch.address}"):
            await home.pair(address=home.watch.address)
        assert home.left_here == []


@in_virtual_time
async def test_watch_that_is_not_in_pairing_mode(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.config.write_text('site = "home"\n')
        before = home.left_here
        with pytest.raises(TryAgain, match="Sim is there, but not in pairing mode"):
            await home.pair()
        with pytest.raises(TryAgain, match="the watch is not in pairing mode"):
            await home.pair(address=home.watch.address.lower())
        assert home.left_here == before


@in_virtual_time
async def test_two_in_pairing_mode_are_told_apart_by_address(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        other = SimulatedWatch(name="Other", pairing=True, wearer=Diligent(Random(4)))
        await other.power_on(home.air)
        with pytest.raises(UsageError, match=r"more than one watch.*--address") as raised:
            await home.pair()
        assert other.address in str(raised.value)
        assert home.watch.address in str(raised.value)
        result = await home.pair(address=other.address)
        assert result.watch_id == other.watch_id.hex()
        await other.power_off()


@in_virtual_time
async def test_code_that_the_person_refuses_leaves_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        with pytest.raises(TrustError):
            await home.pair(Person(says_yes=False))
        assert home.left_here == []
        await home.pair()
        assert len(home.left_here) == 3


class Suspicious:
    """Says at the wrist that the codes differ."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        return [Deed(1.0, Comparison(same=False))] if view.code is not None else []


@in_virtual_time
async def test_code_that_the_wearer_refuses_leaves_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False, wearer=Suspicious()) as home:
        with pytest.raises(TrustError):
            await home.pair()
        assert home.left_here == []


class Leaving(Person):
    """Carries the watch away while the code is compared."""

    home: Home

    async def confirm_number(self, number: int) -> bool:
        await self.home.watch.set_in_range(False)
        return True


@in_virtual_time
async def test_watch_that_leaves_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        person = Leaving()
        person.home = home
        with pytest.raises((LinkLost, TrustError, TryAgain)):
            await home.pair(person)
        assert home.left_here == []


@in_virtual_time
async def test_watch_that_leaves_before_it_has_proven_the_key_may_come_back_with_it(tmp_path: Path) -> None:
    """It may have heard our proof, and have kept the key for good; what it said to that was lost."""
    async with at_home(tmp_path, paired=False) as home:

        async def carry_away() -> None:
            await until(lambda: not home.watch.view.pairing)
            home.air.set_in_range(home.watch.address, False)

        away = asyncio.create_task(carry_away())
        home.air.latency_ms = 100
        with pytest.raises(TryAgain, match="pair again, which goes on from here"):
            await home.pair()
        await away
        assert home.left_here == ["key of Ours", f"bond with {home.watch.address}"]
        assert home.keys.keys(proven=True) == {}
        home.air.set_in_range(home.watch.address, True)
        await home.pair(Person(says_yes=False))  # nothing is asked again
        assert len(home.left_here) == 3
        assert list(home.keys.keys(proven=True)) == [home.watch.watch_id.hex()]


@in_virtual_time
async def test_key_that_waits_here_and_that_the_watch_does_not_know_goes(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        await home.pair()
        watch_id = home.watch.watch_id.hex()
        home.config.write_text('site = "home"\n')
        home.keys.forget(watch_id)
        now, address = home.clock().now().utc, home.watch.address
        home.keys.add_pending(watch_id, "Ours", bytes(32), now, address=address)
        with pytest.raises(TrustError):
            await home.pair()
        assert home.left_here == []


@in_virtual_time
async def test_key_that_waits_here_and_that_the_watch_does_not_know_takes_no_bond_of_a_proven_one_along(
    tmp_path: Path,
) -> None:
    """Pairing again was broken off before the watch had the new key."""
    async with at_home(tmp_path) as home:
        watch_id, before = home.watch.watch_id.hex(), home.left_here
        home.keys.add_pending(watch_id, "Ours", bytes(32), home.clock().now().utc, address=home.watch.address)
        with pytest.raises(TrustError):
            await home.pair(address=home.watch.address)
        assert home.left_here == before
        assert home.keys.pending(watch_id) is None
        async with home.daemon() as running:
            await running.live()


@in_virtual_time
async def test_key_that_can_not_be_kept_is_not_given(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        home.state_dir.mkdir(exist_ok=True)
        (home.state_dir / "keys.json.new").mkdir()
        with pytest.raises(StorageError, match="can't write the keys file"):
            await home.pair()
        assert home.watch.view.pairing
        assert home.left_here == []


@in_virtual_time
async def test_name_that_another_watch_has(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        before = home.left_here
        other = SimulatedWatch(name="Other", pairing=True, wearer=Diligent(Random(4)))
        await other.power_on(home.air)
        with pytest.raises(UsageError, match="another watch is called 'Ours' already"):
            await home.pair()
        with pytest.raises(UsageError, match="another watch is called 'OURS' already"):
            await home.pair(name="OURS")  # their topics would be the same
        assert home.left_here == before
        await home.pair(name="Theirs")
        assert [watch.name for watch in home.settings.watches] == ["Ours", "Theirs"]
        await other.power_off()


@in_virtual_time
async def test_same_watch_again_gets_a_new_key_and_the_new_name(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        (before,) = home.keys.entries()
        home.watch.open_pairing()
        await home.pair(name="Renamed")
        (after,) = home.keys.entries()
        assert after.watch_id == before.watch_id
        assert after.key != before.key
        assert [watch.name for watch in home.settings.watches] == ["Renamed"]
        async with home.daemon() as running:
            await running.live()


@in_virtual_time
async def test_pairing_anew_that_was_killed_leaves_the_watch_within_reach(tmp_path: Path) -> None:
    """The new key was written down here, and the watch never got it."""
    async with at_home(tmp_path) as home:
        home.keys.add_pending(home.watch.watch_id.hex(), "Ours", bytes(32), home.clock().now().utc)
        async with home.daemon() as running:
            await until(lambda: running.task.state.live, within_s=30)


@in_virtual_time
async def test_pairing_again_that_fails_leaves_what_worked(tmp_path: Path) -> None:
    class CarriedAway(list[str]):
        """What the person is told; at "bonding" somebody walks off with the watch."""

        def append(self, text: str) -> None:
            super().append(text)
            if text.startswith("bonding"):
                self.away = asyncio.ensure_future(home.watch.set_in_range(False))

    async with at_home(tmp_path) as home:
        before = home.left_here
        home.watch.open_pairing()
        home.said = CarriedAway()
        with pytest.raises(WearsyncError):
            await home.pair()
        assert home.left_here == before
        await home.watch.set_in_range(True)
        async with home.daemon() as running:
            await running.live()
