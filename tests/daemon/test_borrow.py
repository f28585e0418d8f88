"""Scan, pair, rename and forget without a daemon, over a radio that is opened for the moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.daemon.home import Home, Person, at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.config import Settings, load
from wearsync.control.calls import PairParams, RemoveAppParams
from wearsync.daemon import borrow
from wearsync.daemon.pairing.owner import Owner
from wearsync.errors import AlreadyRunning, ConfigError, RadioUnavailable, UsageError
from wearsync.journal.lock import instance_lock
from wearsync.model import Trust
from wearsync.publish.address import BrokerAddress
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.watches.banglejs.simulated_bangle import SimulatedBangle


@asynccontextmanager
async def by_tcp(home: Home) -> AsyncIterator[str]:
    """The home's air, for a radio outside of this process."""
    server = await serve_air("127.0.0.1", 0, air=home.air)
    yield f"tcp:{server.address}"
    await server.close()


def nowhere() -> BrokerAddress:
    return BrokerAddress(host="127.0.0.1", port=1)


def settings_of(home: Home, radio: str) -> Settings:
    return load(home.config, state_dir=home.state_dir, radio=radio)


@in_virtual_time
async def test_scan_pair_rename_forget(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, by_tcp(home) as radio:
        (seen,) = (await borrow.scan(settings_of(home, radio), 2.0)).watches
        assert (seen.name, seen.pairing, seen.known) == ("Sim", True, None)

        said: list[str] = []
        owner = Owner(say=said.append)
        paired = await borrow.pair(
            settings_of(home, radio), PairParams(name="Ours"), agent=Person(), owner=owner
        )
        assert (paired.trust, paired.buzz) == (Trust.KEY, "played")
        assert said
        (seen,) = (await borrow.scan(settings_of(home, radio), 2.0)).watches
        assert (seen.pairing, seen.known) == (False, "Ours")

        done = borrow.rename(settings_of(home, radio), "Ours", "Hers")
        assert done.text == "Ours is now called Hers"
        assert [entry.name for entry in home.keys.entries()] == ["Hers"]
        assert [watch.name for watch in settings_of(home, radio).watches] == ["Hers"]

        done = await borrow.forget(settings_of(home, radio), "Hers", broker=nowhere)
        assert done.text.startswith("Hers is forgotten; its history stays; its topics stay until the daemon")
        assert home.keys.entries() == ()
        assert settings_of(home, radio).watches == ()
        with pytest.raises(UsageError):
            await borrow.forget(settings_of(home, radio), "Hers", broker=nowhere)


@in_virtual_time
async def test_app_of_a_watch_is_taken_out(tmp_path: Path) -> None:
    bangle = SimulatedBangle(engine="model", seed=5)

    async def yes(text: str) -> bool:
        return True

    async with at_home(tmp_path, paired=False) as home, by_tcp(home) as radio:
        await bangle.power_on(home.air)
        owner = Owner(go_ahead=yes, say=home.said.append, progress=lambda percent: None)
        done = await borrow.remove_app(settings_of(home, radio), RemoveAppParams(), owner=owner)
        assert done.text == "the wearsync app is off Bangle.js 1234"
        assert "wearsync.info" not in bangle.files()
        await bangle.power_off()


@in_virtual_time
async def test_nothing_is_borrowed_from_a_running_daemon(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home, by_tcp(home) as radio:
        settings = settings_of(home, radio)
        with instance_lock(settings.paths.state_dir):
            with pytest.raises(AlreadyRunning):
                await borrow.scan(settings, 2.0)
            with pytest.raises(AlreadyRunning):
                await borrow.forget(settings, "Ours", broker=nowhere)
            with pytest.raises(AlreadyRunning):
                borrow.rename(settings, "Ours", "Hers")
        assert [watch.name for watch in settings_of(home, radio).watches] == ["Ours"]


@in_virtual_time
async def test_without_a_radio_a_watch_can_be_forgotten_and_nothing_else_be_done(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        async with by_tcp(home) as radio:
            pass
        with pytest.raises(RadioUnavailable):
            await borrow.scan(settings_of(home, radio), 2.0)
        with pytest.raises(UsageError):
            await borrow.forget(settings_of(home, "carrier-pigeon"), "Ours", broker=nowhere)
        assert len(home.keys.entries()) == 1

        def secret() -> BrokerAddress:
            raise ConfigError("password can be read by others")

        done = await borrow.forget(settings_of(home, radio), "Ours", broker=secret)
        assert "its Bluetooth bond is left" in done.text
        assert "stay until the daemon runs next (password can be read by others)" in done.text
        assert home.left_here == [f"bond with {home.watch.address}"]


@in_virtual_time
async def test_watch_without_a_key_is_renamed_too(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.keys.forget(home.settings.watches[0].id)
        borrow.rename(settings_of(home, "tcp:127.0.0.1:9"), "Ours", "Open")
        assert [watch.name for watch in settings_of(home, "tcp:127.0.0.1:9").watches] == ["Open"]
