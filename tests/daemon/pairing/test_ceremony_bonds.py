"""Bonds that are there before the pairing: of a watch that has forgotten its own, and of another program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from bleak.exc import BleakDBusError, BleakError

from tests.daemon.home import Home, Person, at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import PairParams
from wearsync.control.results import PairResult
from wearsync.daemon.pairing import enrol
from wearsync.daemon.pairing.owner import Owner
from wearsync.errors import RadioUnavailable, StorageError, TryAgain
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.radio.backend import VirtualClient
from wearsync_simulators.radio.provider import InProcessRadio, VirtualRadio
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent


@in_virtual_time
async def test_watch_that_has_forgotten_this_computer_is_bonded_anew(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        await home.watch.power_off()
        (home.directory / "watch" / "bonds.json").unlink()
        await home.watch.power_on(home.air)
        home.watch.open_pairing()
        person = Person()
        await home.pair(person)
        assert any("forgotten this computer: the old bond is removed" in line for line in home.said)
        assert len(person.numbers) == 1
        assert home.left_here == ["key of Ours", "configuration of Ours", f"bond with {home.watch.address}"]


class Vague(VirtualClient):
    """Says of a watch that has forgotten its bond what BlueZ says: that the connection ended."""

    async def connect(self, pair: bool, **kwargs: object) -> None:
        try:
            await super().connect(pair, **kwargs)
        except BleakError as error:
            if "stale" in str(error):
                raise BleakDBusError("org.bluez.Error.Failed", ["br-connection-canceled"]) from None
            raise


@asynccontextmanager
async def forgotten(directory: Path) -> AsyncIterator[Home]:
    """A watch that is in pairing mode and has forgotten this computer."""
    async with at_home(directory) as home:
        await home.watch.power_off()
        (home.directory / "watch" / "bonds.json").unlink()
        await home.watch.power_on(home.air)
        home.watch.open_pairing()
        yield home


@asynccontextmanager
async def radio_of(home: Home, backend: type[VirtualClient]) -> AsyncIterator[BleakRadio]:
    opened = await InProcessRadio(home.air).open(state_dir=home.directory / "adapter")
    radio = BleakRadio(VirtualRadio(opened.central, client_backend=backend))
    yield radio
    await radio.close()


async def paired_again(home: Home, radio: BleakRadio) -> PairResult:
    return await enrol.pair(
        PairParams(name="Ours", address=home.watch.address, yes=True),
        settings=home.settings,
        radio=radio,
        keys=home.keys,
        clock=home.clock(),
        agent=Person(),
        entropy=home.entropy,
        owner=Owner(say=home.said.append),
    )


@in_virtual_time
async def test_bonded_watch_that_is_near_and_breaks_off_is_bonded_anew(tmp_path: Path) -> None:
    async with forgotten(tmp_path) as home, radio_of(home, Vague) as radio:
        await paired_again(home, radio)
        assert any("forgotten this computer: the old bond is removed" in line for line in home.said)
        assert home.left_here == ["key of Ours", "configuration of Ours", f"bond with {home.watch.address}"]


@in_virtual_time
async def test_bond_is_kept_when_the_watch_that_can_not_be_connected_to_is_gone(tmp_path: Path) -> None:
    async with forgotten(tmp_path) as home:

        class Leaving(Vague):
            async def connect(self, pair: bool, **kwargs: object) -> None:
                try:
                    await super().connect(pair, **kwargs)
                finally:
                    home.air.set_in_range(home.watch.address, False)

        before = home.left_here
        async with radio_of(home, Leaving) as radio:
            with pytest.raises(TryAgain):
                await paired_again(home, radio)
        assert home.left_here == before


class Stuck(BleakRadio):
    """Its adapter is pulled out when something is to be taken back."""

    async def forget(self, address: str) -> None:
        raise RadioUnavailable("the adapter is gone")


@in_virtual_time
async def test_why_it_failed_is_told_also_when_the_bond_can_not_be_removed(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        opened = await InProcessRadio(home.air).open(state_dir=home.directory / "adapter")
        radio = Stuck(opened)
        home.state_dir.mkdir(exist_ok=True)
        (home.state_dir / "keys.json.new").mkdir()
        with pytest.raises(StorageError, match="can't write the keys file"):
            await paired_again(home, radio)
        await radio.close()
        assert f"bluetoothctl remove {home.watch.address}" in home.said[-1]


@in_virtual_time
async def test_bond_of_another_program_is_not_trusted_with_a_key(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        async with home.radio() as radio, radio.pairing(home.watch.address, Person()):
            (sighting,) = await radio.scan(2.0)
            link = await radio.connect(sighting)
            await link.pair()
            await link.disconnect()
        person = Person()
        await home.pair(person)
        assert any(
            "a bond with Sim that wearsync knows nothing of: it is made anew" in line for line in home.said
        )
        assert len(person.numbers) == 1


@in_virtual_time
async def test_such_a_bond_gets_no_key_either_when_pairing_mode_comes_after_the_advertisement(
    tmp_path: Path,
) -> None:
    """Or when whoever is there only says so: what is advertised is nobody's word."""
    async with at_home(tmp_path, paired=False) as home:
        async with home.radio() as radio, radio.pairing(home.watch.address, Person()):
            (sighting,) = await radio.scan(2.0)
            link = await radio.connect(sighting)
            await link.pair()
            await link.disconnect()
        await home.watch.power_off()
        home.watch = SimulatedWatch(state_dir=tmp_path / "watch", wearer=Diligent(Random(3)), seed=11)
        await home.watch.power_on(home.air)
        person = Person()

        def said(text: str) -> None:
            if text.startswith("connecting to"):
                home.watch.open_pairing()

        with pytest.raises(TryAgain, match="the watch is in pairing mode now: pair again"):
            await home.pair(person, address=home.watch.address, owner=Owner(say=said))
        assert (person.numbers, home.keys.entries()) == ([], ())
        home.watch.open_pairing()
        await home.pair(person)
        assert len(person.numbers) == 1
