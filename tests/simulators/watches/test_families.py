"""A simulated watch for each driver: the package's own, and those of other packages, whole or broken."""

from pathlib import Path
from random import Random

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync import families as drivers
from wearsync.errors import Unavailable, UsageError
from wearsync_simulators.radio.air import Air
from wearsync_simulators.watches.families import WATCHES, names, simulated, usual_name
from wearsync_simulators.watches.view import WatchView
from wearsync_simulators.wearer import Diligent

OTHERS = """
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
class Garmin(SimulatedWatch):
    pass
"""


def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    """A package with this entry point."""
    metadata = tmp_path / "others-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[wearsync.simulated]\n{entry}\n")
    (tmp_path / "others_simulated.py").write_text(OTHERS)
    monkeypatch.syspath_prepend(str(tmp_path))


def test_every_driver_of_ours_has_one_and_knows_it_by_its_name() -> None:
    assert names() == drivers.names()
    for name in names():
        prefixes = drivers.named(name).name_prefixes
        assert not prefixes or usual_name(name).startswith(prefixes)


@pytest.mark.parametrize("driver", list(WATCHES))
def test_it_is_on_the_air_and_told_of(driver: str, tmp_path: Path) -> None:
    @in_virtual_time
    async def story() -> None:
        views: list[WatchView] = []
        wearer = Diligent(Random(1))
        watch = simulated(driver, wearer=wearer, seed=1, state_dir=tmp_path, on_change=views.append)
        assert watch.name == usual_name(driver)
        await watch.power_on(Air())
        assert watch.is_on
        await watch.set_in_range(False)
        assert not views[-1].in_range
        await watch.power_off()
        again = simulated(driver, name="Another", seed=2, state_dir=tmp_path)
        assert (again.name, again.address) == ("Another", watch.address)

    story()


def test_another_packages_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "garmin = others_simulated:Garmin")
    assert names() == (*WATCHES, "garmin")
    watch = simulated("garmin", seed=1)
    assert (type(watch).__name__, watch.name) == ("Garmin", "garmin")


def test_one_that_cant_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "garmin = others_simulated:Casio")
    with pytest.raises(Unavailable, match="simulated watch 'garmin' can't be loaded"):
        simulated("garmin")


def test_one_that_nobody_has() -> None:
    with pytest.raises(UsageError, match="driver 'casio'; there are: wearsync, banglejs, infinitime"):
        simulated("casio")
