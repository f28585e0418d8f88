"""Bonds that are there before the pairing: of a watch that has forgotten its own, and of another program."""

from pathlib import Path

from tests.daemon.home import Person, at_home
from tests.simulators.watches.virtual_time import in_virtual_time


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
            "a bond with Sim that wearsync did not make: it is made anew" in line for line in home.said
        )
        assert len(person.numbers) == 1
