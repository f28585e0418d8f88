"""What is nearby, in a person's words; and that a watch is enrolled whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from tests.daemon.home import Home, NoRadio, Person, at_home, until
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.control.calls import PairParams, RemoveAppParams
from wearsync.control.results import PairResult
from wearsync.daemon.pairing import enrol
from wearsync.daemon.pairing.owner import Owner
from wearsync.drivers import DRIVERS
from wearsync.errors import ConfigError, TrustError, TryAgain, UsageError
from wearsync.model import LinkMode, Trust
from wearsync.ports import Sighting
from wearsync.radio.adapter import BleakRadio
from wearsync_simulators.radio.provider import BONDS_FILE
from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle
from wearsync_simulators.watches.infinitime.watch import SimulatedInfiniTime
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.wearer import Diligent

LAMP = Sighting("C4:00:00:00:00:01", "Lamp", -40, ("0000180f-0000-1000-8000-00805f9b34fb",), {}, None)


@in_virtual_time
async def test_scan_names_ours_and_leaves_out_what_is_no_watch(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        stranger = enrol.seen_watch(sighting, home.settings, DRIVERS)
        assert stranger is not None
        assert (stranger.name, stranger.driver, stranger.known, stranger.pairing) == (
            "Sim",
            "wearsync",
            None,
            True,
        )
        assert enrol.seen_watch(LAMP, home.settings, DRIVERS) is None
        await home.pair()
        (sighting,) = await radio.scan(2.0)
        ours = enrol.seen_watch(sighting, home.settings, DRIVERS)
        assert ours is not None
        assert (ours.known, ours.pairing, ours.address) == ("Ours", False, home.watch.address)


@in_virtual_time
async def test_configuration_that_can_not_be_written_leaves_no_key_behind(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        settings = home.settings
        home.config.unlink()
        home.config.mkdir()  # somebody's accident meanwhile
        with pytest.raises(ConfigError):
            await home.pair(settings=settings)
        assert home.keys.entries() == ()
        assert home.watch.address not in (home.directory / "adapter" / BONDS_FILE).read_text()


@in_virtual_time
async def test_paired_watch_is_still_ours_when_the_configuration_can_not_be_written(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        settings, text = home.settings, home.config.read_text()
        home.config.unlink()
        home.config.mkdir()
        home.watch.open_pairing()
        with pytest.raises(ConfigError):
            await home.pair(settings=settings)
        home.config.rmdir()
        home.config.write_text(text)
        async with home.daemon() as running:
            await running.live()


@in_virtual_time
async def test_forgotten_watch_is_a_stranger(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, home.radio() as radio:
        with pytest.raises(UsageError, match="no watch is called 'Mine'; there are: Ours"):
            await enrol.forget("Mine", settings=home.settings, radio=radio, keys=home.keys)
        gone = await enrol.forget("Ours", settings=home.settings, radio=radio, keys=home.keys)
        assert (gone.watch.name, gone.bond_left) == ("Ours", None)
        assert home.keys.entries() == ()
        assert home.settings.watches == ()
        with pytest.raises(UsageError, match="there are: none"):
            await enrol.forget("Ours", settings=home.settings, radio=radio, keys=home.keys)


@in_virtual_time
async def test_without_an_adapter_all_but_the_bond_is_forgotten_and_that_is_told(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        radio = NoRadio()
        gone = await enrol.forget("Ours", settings=home.settings, radio=radio, keys=home.keys)
        assert home.left_here == [f"bond with {home.watch.address}"]
        assert gone.told("and more") == (
            "Ours is forgotten; its history stays; its Bluetooth bond is left (no Bluetooth adapter): remove "
            f"it in the system's settings, or with `bluetoothctl remove {home.watch.address}`; and more"
        )


class Typist(Person):
    """Types what the watch shows."""

    def __init__(self, watch: AnyWatch) -> None:
        super().__init__()
        self._watch = watch

    async def passkey(self) -> int | None:
        await until(lambda: self._watch.view.code is not None, within_s=5)
        return self._watch.view.code


@asynccontextmanager
async def beside(home: Home, watch: AnyWatch) -> AsyncIterator[BleakRadio]:
    """Another watch on the home's air, and its radio."""
    await watch.power_on(home.air)
    async with home.radio() as radio:
        yield radio
    await watch.power_off()


async def pair(
    home: Home,
    radio: BleakRadio,
    watch: AnyWatch,
    *,
    address: str | None = None,
    driver: str | None = None,
    says_yes: bool = True,
    progress: Callable[[int], None] = lambda percent: None,
) -> PairResult:
    async def go_ahead(text: str) -> bool:
        home.said.append(text)
        return says_yes

    return await enrol.pair(
        PairParams(name="Ours", address=address, driver=driver),
        settings=home.settings,
        radio=radio,
        keys=home.keys,
        clock=home.clock(),
        agent=Typist(watch),
        entropy=home.entropy,
        owner=Owner(go_ahead=go_ahead, say=home.said.append, progress=progress),
    )


@in_virtual_time
async def test_infinitime_is_paired_by_its_bond_alone(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        await home.watch.set_in_range(False)
        watch = SimulatedInfiniTime(seed=5)
        async with beside(home, watch) as radio:
            result = await pair(home, radio, watch)
            (settings,) = home.settings.watches
            assert (result.trust, result.buzz) == (Trust.BOND, "unknown")
            assert (settings.driver, settings.link) == ("infinitime", LinkMode.ALWAYS)
            assert home.keys.entries() == ()
            assert [notice.title for notice in watch.notices] == ["wearsync"]
            assert [each.driver for each in home.settings.watches] == ["infinitime"]
            again = await pair(home, radio, watch)
            assert again.watch_id == result.watch_id


@in_virtual_time
async def test_infinitime_whose_code_nobody_types_is_left_a_stranger(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        watch = SimulatedInfiniTime(seed=5)
        async with beside(home, watch):
            with pytest.raises((TrustError, TryAgain)):
                await home.pair(address=watch.address)
            assert home.settings.watches == ()
            assert not (home.directory / "adapter" / BONDS_FILE).exists()


@in_virtual_time
async def test_bangle_gets_its_app_and_then_its_key(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        await home.watch.set_in_range(False)
        watch = SimulatedBangle(engine="model", seed=5, app={}, wearer=Diligent(Random(4)))

        async def wearer() -> None:
            await until(lambda: any("choose pairing mode" in text for text in home.said))
            watch.open_pairing()

        async with beside(home, watch) as radio:
            with pytest.raises(UsageError, match="without its app"):
                await pair(home, radio, watch, says_yes=False)
            assert watch.files() == {}
            percent: list[int] = []
            opening = asyncio.create_task(wearer())
            result = await pair(home, radio, watch, progress=percent.append)
            await opening
            (settings,) = home.settings.watches
            assert (result.trust, result.buzz) == (Trust.KEY, "scheduled")
            assert (settings.driver, settings.link) == ("banglejs", LinkMode.VISIT)
            assert percent[-1] == 100
            assert 'link = "visit"' in home.config.read_text()
            assert list(home.keys.keys(proven=True)) == [result.watch_id]


@in_virtual_time
async def test_bangle_whose_pairing_mode_nobody_opens(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        watch = SimulatedBangle(engine="model", seed=5)
        async with beside(home, watch) as radio:
            with pytest.raises(TryAgain, match="pairing mode was not switched on at Bangle"):
                await pair(home, radio, watch, address=watch.address)
            assert home.settings.watches == ()


@in_virtual_time
async def test_driver_that_is_named_goes_before_what_is_advertised(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        renamed = SimulatedInfiniTime(name="Mine", seed=5)
        async with beside(home, renamed) as radio:
            with pytest.raises(TryAgain, match=r"no watch at .* known by --driver"):
                await pair(home, radio, renamed, address=renamed.address)
            with pytest.raises(TryAgain, match="no watch is in range"):
                await pair(home, radio, renamed, driver="infinitime")
            with pytest.raises(UsageError, match="there is no driver 'garmin'"):
                await pair(home, radio, renamed, driver="garmin")
            result = await pair(home, radio, renamed, address=renamed.address, driver="infinitime")
            assert result.trust is Trust.BOND


@in_virtual_time
async def test_mode_of_the_link_that_somebody_chose_outlives_pairing_anew(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.config.write_text(home.config.read_text() + 'link = "visit"\n')
        home.watch.open_pairing()
        await home.pair()
        assert home.settings.watches[0].link is LinkMode.VISIT


@in_virtual_time
async def test_app_is_taken_out_of_the_only_bangle_or_of_the_one_that_is_named(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home:
        one = SimulatedBangle(engine="model", seed=5)
        other = SimulatedBangle(name="Bangle.js 5678", engine="model", seed=6)

        async def yes(text: str) -> bool:
            return True

        async def remove(radio: BleakRadio, address: str | None = None, driver: str | None = None) -> str:
            return await enrol.remove_app(
                RemoveAppParams(address=address, driver=driver),
                radio=radio,
                clock=home.clock(),
                entropy=home.entropy,
                owner=Owner(go_ahead=yes, say=home.said.append, progress=lambda percent: None),
            )

        async with beside(home, one) as radio:
            await other.power_on(home.air)
            with pytest.raises(UsageError, match=r"more than one watch could be meant: .*--address"):
                await remove(radio)
            assert await remove(radio, other.address.lower()) == "the wearsync app is off Bangle.js 5678"
            await other.power_off()
            assert await remove(radio) == "the wearsync app is off Bangle.js 1234"
            assert await remove(radio) == "Bangle.js 1234 has no wearsync app"
            await one.set_in_range(False)
            with pytest.raises(TryAgain, match="in range"):
                await remove(radio)
            renamed = SimulatedBangle(name="Mine", engine="model", seed=7)
            await renamed.power_on(home.air)
            with pytest.raises(TryAgain, match="in range"):
                await remove(radio, renamed.address)
            assert await remove(radio, renamed.address, "banglejs") == "the wearsync app is off Mine"
            await renamed.power_off()


@in_virtual_time
async def test_person_chooses_where_several_are_in_pairing_mode(tmp_path: Path) -> None:
    offered: list[tuple[str, ...]] = []

    async def second(_text: str, options: tuple[str, ...]) -> int | None:
        offered.append(options)
        return next(place for place, option in enumerate(options) if option.startswith("Other"))

    async with at_home(tmp_path, paired=False) as home:
        other = SimulatedWatch(name="Other", pairing=True, wearer=Diligent(Random(4)))
        async with beside(home, other):
            result = await home.pair(name=None, owner=Owner(choose=second))
            assert (result.name, result.watch_id) == ("Other", other.watch_id.hex())
            (options,) = offered
            assert sorted(option.partition(" · ")[0] for option in options) == ["Other", "Sim"]


@in_virtual_time
async def test_name_that_is_taken_is_told_before_anybody_has_done_anything(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        other = SimulatedWatch(name="Other", pairing=True, wearer=Diligent(Random(4)))
        async with beside(home, other):
            with pytest.raises(UsageError, match="another watch is called 'Ours' already"):
                await home.pair(address=other.address)
            assert "looking" not in "".join(home.said[-1:]), "not even the scan has begun"
            with pytest.raises(UsageError, match="another watch is called 'Ours' already"):
                await home.pair()
            assert home.said[-1] == "looking for a watch in pairing mode"
