"""Pairing over the air: a key that is proven, or nothing at all, and a word on what to do."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import pytest

from tests.daemon.home import Home, Person, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.pairing import Ceremony
from wearsync.drivers.base import (
    Advertised,
    Bond,
    Connected,
    Disconnect,
    Driver,
    DriverEvent,
    DriverOutput,
    DriverSession,
    Message,
    OperationDone,
    Send,
    SessionOptions,
)
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.errors import (
    LinkLost,
    StorageError,
    TrustError,
    TryAgain,
    UnfitWatch,
    UsageError,
    WearsyncError,
)
from wearsync.messages import Goodbye, Introduced, Pair, WatchReady
from wearsync.model import LinkMode, Trust
from wearsync.ports import Radio
from wearsync_simulators.radio.provider import BONDS_FILE
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.records import ClockSet
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.wearer import Comparison, Deed, Diligent


def left_here(home: Home) -> list[str]:
    """What this host has of any watch: key, line in the configuration, bond."""
    bonds = home.directory / "adapter" / BONDS_FILE
    return [
        *(f"key of {entry.name}" for entry in home.keys.entries()),
        *(f"configuration of {watch.name}" for watch in home.settings.watches),
        *(
            [f"bond with {home.watch.address}"]
            if bonds.exists() and home.watch.address in bonds.read_text()
            else []
        ),
    ]


@in_virtual_time
async def test_paired_watch_has_proven_the_key_knows_the_time_and_has_buzzed(tmp_path: Path) -> None:
    person = Person()
    async with at_home(tmp_path, paired=False) as home:
        result = await home.pair(person)
        assert (result.name, result.trust, result.buzz, result.wearer) == ("Ours", Trust.KEY, "played", "you")
        assert result.watch_id == home.watch.watch_id.hex()
        assert len(person.numbers) == 1
        assert left_here(home) == ["key of Ours", "configuration of Ours", f"bond with {home.watch.address}"]
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
            "test buzz",
        ]


@in_virtual_time
async def test_buzz_that_is_not_felt_is_told_and_the_watch_is_paired(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        home.watch.motor(MotorState.BROKEN)
        result = await home.pair()
        assert result.buzz == "failed"
        assert "key of Ours" in left_here(home)


@in_virtual_time
async def test_no_watch(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        await home.watch.set_in_range(False)
        with pytest.raises(TryAgain, match="no watch is in range"):
            await home.pair()
        with pytest.raises(TryAgain, match=f"no watch at {home.watch.address}"):
            await home.pair(address=home.watch.address)
        assert left_here(home) == []


@in_virtual_time
async def test_watch_that_is_not_in_pairing_mode(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.config.write_text('site = "home"\n')
        before = left_here(home)
        with pytest.raises(TryAgain, match="Sim is there, but not in pairing mode"):
            await home.pair()
        with pytest.raises(TryAgain, match="the watch is not in pairing mode"):
            await home.pair(address=home.watch.address.lower())
        assert left_here(home) == before


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
        assert left_here(home) == []
        await home.pair()
        assert len(left_here(home)) == 3


class Suspicious:
    """Says at the wrist that the codes differ."""

    def sees(self, view: WatchView) -> Sequence[Deed]:
        return [Deed(1.0, Comparison(same=False))] if view.code is not None else []


@in_virtual_time
async def test_code_that_the_wearer_refuses_leaves_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False, wearer=Suspicious()) as home:
        with pytest.raises(TrustError):
            await home.pair()
        assert left_here(home) == []


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
        assert left_here(home) == []


@in_virtual_time
async def test_watch_that_leaves_before_it_has_proven_the_key_leaves_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:

        async def carry_away() -> None:
            await until(lambda: "bonded; handing the key over, and proving it" in home.said)
            home.air.set_in_range(home.watch.address, False)

        away = asyncio.create_task(carry_away())
        home.air.latency_ms = 100
        with pytest.raises(TryAgain):
            await home.pair()
        await away
        assert left_here(home) == []


class Mute:
    """A driver whose watch introduces itself, bonds, and says no more than this then."""

    name = title = "mute"
    capabilities = HoldProfileDriver.capabilities
    link = LinkMode.ALWAYS
    service_uuids: tuple[str, ...] = ()
    name_prefixes: tuple[str, ...] = ()

    def __init__(self, watch_id: str, *says: DriverOutput, takes_key: bool = True) -> None:
        self._hello = Introduced(watch_id, in_pairing_mode=True, takes_key=takes_key)
        self._says = says

    def advertised(self, service_data: Mapping[str, bytes]) -> Advertised:
        return Advertised()

    def session(self, options: SessionOptions) -> DriverSession:
        assert options.pairing
        assert options.address
        return self

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        match event:
            case Connected():
                return (Message(self._hello),)
            case Send(Pair(key)):
                assert (key is not None) is self._hello.takes_key
                return (Bond(),)
            case OperationDone(Bond()):
                return self._says
            case Send(Goodbye()):
                return (Disconnect("said goodbye", "none"),)
            case _:
                return ()


class Hasty(Mute):
    """One that is ready before it was introduced."""

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        return self._says if isinstance(event, Connected) else ()


def ceremony_of(home: Home, radio: Radio, driver: Driver) -> Ceremony:
    return Ceremony(
        radio=radio,
        keys=home.keys,
        agent=Person(),
        driver=driver,
        clock=home.clock(),
        routine=home.settings.routine,
        entropy=home.entropy,
        say=home.said.append,
        name_is_free=lambda watch_id: True,
        is_ours=lambda text: False,
    )


@in_virtual_time
async def test_proven_watch_that_does_not_answer_the_buzz_is_paired_and_told_so(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        ready = WatchReady(home.watch.watch_id.hex(), 7, 1, 1, 1, 8, 0, Trust.KEY)
        paired = await ceremony_of(home, radio, Mute(home.watch.watch_id.hex(), Message(ready))).pair(
            sighting, name="Ours"
        )
        assert (paired.buzz, paired.trust) == ("unanswered", Trust.KEY)
        assert list(home.keys.keys(proven=True)) == [paired.watch_id]


@in_virtual_time
async def test_watch_that_takes_no_key_has_none_here(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        watch_id = home.watch.watch_id.hex()
        ready = Message(WatchReady(watch_id, 7, 1, 1, 1, 8, 0, Trust.BOND))
        paired = await ceremony_of(home, radio, Mute(watch_id, ready, takes_key=False)).pair(
            sighting, name="Ours"
        )
        assert (paired.watch_id, paired.trust) == (watch_id, Trust.BOND)
        assert left_here(home) == [f"bond with {home.watch.address}"]
        with pytest.raises(TryAgain):
            await ceremony_of(home, radio, Mute(watch_id, takes_key=False)).pair(sighting, name="Ours")
        assert left_here(home) == []


@in_virtual_time
async def test_watch_that_speaks_before_it_says_who_it_is_proves_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        ready = WatchReady(home.watch.watch_id.hex(), 7, 1, 1, 1, 8, 0, Trust.KEY)
        hasty = Hasty(home.watch.watch_id.hex(), Message(ready))
        with pytest.raises(TryAgain, match="did not prove the key in time"):
            await ceremony_of(home, radio, hasty).pair(sighting, name="Ours")
        assert left_here(home) == []


@in_virtual_time
async def test_key_that_can_not_be_kept_is_not_given(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        home.state_dir.mkdir(exist_ok=True)
        (home.state_dir / "keys.json.new").mkdir()
        with pytest.raises(StorageError, match="can't write the keys file"):
            await home.pair()
        assert home.watch.view.pairing
        assert left_here(home) == []


@pytest.mark.parametrize(
    ("says", "error", "words"),
    [
        ([Disconnect(reason="a wrong proof", fault="trust")], TrustError, "a wrong proof"),
        ([Disconnect(reason="version 9", fault="unfit")], UnfitWatch, "version 9"),
        (
            [Disconnect(reason="it hung up", fault="link")],
            TryAgain,
            "before the key was proven .it hung up.: pair",
        ),
        ([], TryAgain, "did not prove the key in time: bring it nearer"),
    ],
)
def test_key_that_is_not_proven_is_not_kept(
    tmp_path: Path, says: list[DriverOutput], error: type[WearsyncError], words: str
) -> None:
    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
            (sighting,) = await radio.scan(2.0)
            ceremony = ceremony_of(home, radio, Mute(home.watch.watch_id.hex(), *says))
            with pytest.raises(error, match=words):
                await ceremony.pair(sighting, name="Ours")
            assert left_here(home) == []

    story()


@in_virtual_time
async def test_name_that_another_watch_has(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        before = left_here(home)
        other = SimulatedWatch(name="Other", pairing=True, wearer=Diligent(Random(4)))
        await other.power_on(home.air)
        with pytest.raises(UsageError, match="another watch is called 'Ours' already"):
            await home.pair()
        with pytest.raises(UsageError, match="another watch is called 'OURS' already"):
            await home.pair(name="OURS")  # their topics would be the same
        assert left_here(home) == before
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
        before = left_here(home)
        home.watch.open_pairing()
        home.said = CarriedAway()
        with pytest.raises(WearsyncError):
            await home.pair()
        assert left_here(home) == before
        await home.watch.set_in_range(True)
        async with home.daemon() as running:
            await running.live()
