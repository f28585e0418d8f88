"""The drivers that are installed: ours, and those that other packages bring, whole or broken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wearsync import families
from wearsync.drivers import DRIVERS
from wearsync.drivers.base import Driver
from wearsync.errors import Unavailable, UsageError
from wearsync.ports import Sighting

OURS = ("wearsync", "banglejs", "infinitime")
GARMIN = """
from wearsync.drivers.hold_profile import HoldProfileDriver
class Garmin(HoldProfileDriver):
    name, title, service_uuids, name_prefixes = "garmin", "Garmin", (), ("Garmin",)
class Double(Garmin):
    name = "wearsync"
class Demanding(Garmin):
    def __init__(self, battery):
        pass
"""

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package whose driver's entry point is this."""

    def installed(entry: str) -> None:
        metadata = tmp_path / "others-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(f"[wearsync.drivers]\n{entry}\n")
        (tmp_path / "others_garmin.py").write_text(GARMIN)
        (tmp_path / "others_parts.py").write_text("import parts_that_nobody_has\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    return installed


def test_ours_are_there() -> None:
    assert families.names() == OURS
    assert families.every() == DRIVERS
    assert [families.named(name) for name in OURS] == list(DRIVERS)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(
        UsageError, match="there is no driver 'garmin': take one of wearsync, banglejs, infinitime"
    ):
        families.named("garmin")


def test_another_packages_driver(install: Install) -> None:
    install("garmin = others_garmin:Garmin")
    assert families.names() == (*OURS, "garmin")
    families.require("garmin")
    garmin = families.named("garmin")
    assert garmin.title == "Garmin"
    drivers = families.every()
    assert [driver.name for driver in drivers] == [*OURS, "garmin"]

    def known(name: str) -> Driver | None:
        return families.known(Sighting("C4:00:00:00:00:01", name, -40, (), {}, None), drivers)

    found = known("Garmin Fenix")
    assert found is not None
    assert found.name == "garmin"
    assert known("Lamp") is None


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("garmin = others_parts:Garmin", "parts_that_nobody_has"),
        ("garmin = others_garmin:Nobody", "Nobody"),
        ("garmin = others_garmin:Demanding", "battery"),
        ("garmin = others_garmin:Double", "calls itself 'wearsync'"),
    ],
)
def test_a_driver_that_can_not_be_used_is_told_with_its_package(
    install: Install, entry: str, says: str
) -> None:
    install(entry)
    for look in (families.every, lambda: families.named("garmin")):
        with pytest.raises(Unavailable) as raised:
            look()
        text = str(raised.value)
        assert text.startswith("the driver 'garmin' of the package others ")
        assert says in text
        assert text.endswith("upgrade that package, or remove it")
    assert families.named("wearsync") is DRIVERS[0], "ours go on"


def test_a_name_that_is_taken(install: Install) -> None:
    install("wearsync = others_garmin:Double")
    assert families.names() == OURS
    assert families.named("wearsync") is DRIVERS[0]
    with pytest.raises(Unavailable, match="two drivers are called 'wearsync': remove"):
        families.every()
