"""`--radio SPEC`: what there is, what is not installed, what there never was."""

from pathlib import Path

import pytest

from tests.radio.conftest import watch_on
from tests.simulators.radio.conftest import SOON_S, VOUCHED, WATCH, Person, Wrist
from wearsync.errors import RadioUnavailable, Unavailable, UsageError
from wearsync.radio.spec import open_radio, schemes
from wearsync_simulators.radio.tcp import serve_air


@pytest.fixture
def broken_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package that brings a radio whose parts are not installed."""
    site = tmp_path / "site"
    metadata = site / "broken-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[wearsync.radio]\nbroken = broken_radio:Radio\n")
    (site / "broken_radio.py").write_text("import parts_that_nobody_has\n")
    monkeypatch.syspath_prepend(str(site))


def test_schemes_are_those_that_are_installed() -> None:
    assert schemes()[0] == "native"
    assert "tcp" in schemes()


async def test_virtual_air_over_tcp(tmp_path: Path) -> None:
    air = await serve_air("127.0.0.1", 0)
    async with watch_on(air.air) as watch:
        watch.pair_by(Wrist())
        radio = await open_radio(f"tcp:{air.address}", state_dir=tmp_path, agent=Person())
        sighting = await radio.find(WATCH, SOON_S)
        assert sighting is not None
        link = await radio.connect(sighting)
        await link.pair()
        assert await link.read(VOUCHED) == b"vouched"
        await link.disconnect()
        await radio.close()
    await air.close()


async def test_native_without_bluetooth(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={home}/bus")
    with pytest.raises(RadioUnavailable, match="no Bluetooth"):
        await open_radio("native", state_dir=tmp_path)


@pytest.mark.parametrize("spec", ["", "carrier-pigeon:coop", "native:hci9", "TCP:127.0.0.1:1"])
async def test_radio_that_never_was(spec: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there are .*native.*tcp.*pip install 'wearsync\[all\]'"):
        await open_radio(spec, state_dir=tmp_path)


@pytest.mark.usefixtures("broken_package")
async def test_radio_whose_parts_are_not_installed(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"parts_that_nobody_has.*pip install 'wearsync\[all\]'") as raised:
        await open_radio("broken:x", state_dir=tmp_path)
    assert type(raised.value) is Unavailable


async def test_air_that_is_not_there(tmp_path: Path) -> None:
    air = await serve_air("127.0.0.1", 0)
    await air.close()
    with pytest.raises(RadioUnavailable, match="`wearsync-sim air`"):
        await open_radio(f"tcp:{air.address}", state_dir=tmp_path)
