"""This computer: each thing that may be wrong with it is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.doctor.examining import a_machine, configured, looked
from wearsync.doctor import computer
from wearsync.doctor.request import Machine

NOW_S = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
IN_1970_S = 86_400 * 30.0


async def test_this_computer_is_fit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    found = await looked(configured(home), "computer", machine=a_machine())
    assert [check.finding for check in found.values()] == [
        "python_fit",
        "libraries_fit",
        "time_zones_fit",
        "clock_set",
    ]
    assert "bleak" in found["libraries"].says


async def test_a_clock_that_nobody_keeps_right_is_named(home: Path) -> None:
    machine = Machine(is_synchronised=lambda: False)
    check = (await looked(configured(home), "clock", machine=machine))["clock"]
    assert check.finding == "clock_free"
    assert "set-ntp" in check.fix


@pytest.mark.parametrize(
    ("synchronised", "now_s", "finding"),
    [(None, NOW_S, "clock_unknown"), (True, IN_1970_S, "clock_past"), (False, IN_1970_S, "clock_past")],
)
def test_clocks(synchronised: bool | None, now_s: float, finding: str) -> None:
    assert computer.clock(is_synchronised=synchronised, now_s=now_s).finding == finding


@pytest.mark.parametrize(
    ("version", "finding"), [((3, 11, 2), "python_fit"), ((3, 10, 9), "python_old"), ((4, 0), "python_fit")]
)
def test_pythons(version: tuple[int, ...], finding: str) -> None:
    assert computer.python(version).finding == finding


@pytest.mark.parametrize(
    ("needed", "finding"),
    [
        (["bleak>=1.0", "rich (>=1)", "wearsync[broker]; extra == 'all'"], "libraries_fit"),
        (["bleak>=1.0,<2"], "library_unfit"),
        (["bleak>=99.1"], "library_unfit"),
        (["typer==99.*"], "library_unfit"),
        (["not-there-at-all>=1"], "library_missing"),
        (["not-there-at-all>=1; extra == 'web'"], "libraries_fit"),
        (["bleak>=99; extra == 'web'"], "library_unfit"),
        (["not-there-at-all; sys_platform == 'win32'", "mypy>=99; extra == 'dev'", "?"], "libraries_fit"),
    ],
)
def test_libraries(needed: list[str], finding: str) -> None:
    assert computer.libraries(needed).finding == finding


@pytest.mark.parametrize(
    ("named", "finding"),
    [
        (None, "time_zones_fit"),
        ("Europe/Berlin", "time_zones_fit"),
        ("CET-1CEST", "time_zones_fit"),
        (":/etc/localtime", "time_zones_fit"),
        ("Europe/Berlim", "zone_unknown"),
    ],
)
def test_zones(named: str | None, finding: str) -> None:
    assert computer.time_zones(named).finding == finding


def test_no_time_zone_data_is_named() -> None:
    assert computer.time_zones(None, try_key="Europe/Nowhere").finding == "no_time_zones"
