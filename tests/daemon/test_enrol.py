"""What is nearby, in a person's words; and that a watch is enrolled whole or not at all."""

from pathlib import Path

import pytest

from tests.daemon.home import at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon import enrol
from wearsync.errors import ConfigError, UsageError
from wearsync.ports import Sighting
from wearsync_simulators.radio.provider import BONDS_FILE

LAMP = Sighting("C4:00:00:00:00:01", "Lamp", -40, ("0000180f-0000-1000-8000-00805f9b34fb",), {}, None)


@in_virtual_time
async def test_scan_names_ours_and_leaves_out_what_is_no_watch(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        stranger = enrol.seen_watch(sighting, home.settings)
        assert stranger is not None
        assert (stranger.name, stranger.driver, stranger.known, stranger.pairing) == (
            "Sim",
            "wearsync",
            None,
            True,
        )
        assert enrol.seen_watch(LAMP, home.settings) is None
        await home.pair()
        (sighting,) = await radio.scan(2.0)
        ours = enrol.seen_watch(sighting, home.settings)
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
        assert gone.name == "Ours"
        assert home.keys.entries() == ()
        assert home.settings.watches == ()
        with pytest.raises(UsageError, match="there are: none"):
            await enrol.forget("Ours", settings=home.settings, radio=radio, keys=home.keys)
