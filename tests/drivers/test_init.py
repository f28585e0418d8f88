"""The list of drivers, and which of them knows a watch."""

import pytest

from wearsync.drivers import DRIVERS, driver_for
from wearsync.protocol.gatt import SERVICE_UUID

NUS = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"


def test_each_driver_has_a_name_of_its_own() -> None:
    assert len({driver.name for driver in DRIVERS}) == len(DRIVERS)
    assert len({driver.title for driver in DRIVERS}) == len(DRIVERS)


@pytest.mark.parametrize(
    ("services", "name", "driver"),
    [
        ((BATTERY, SERVICE_UUID), "Sim", "wearsync"),
        ((SERVICE_UUID,), "", "wearsync"),
        ((SERVICE_UUID,), "InfiniTime", "wearsync"),
        ((NUS,), "Bangle.js 1234", "banglejs"),
        ((), "Bangle.js 1234", "banglejs"),
        ((), "InfiniTime", "infinitime"),
        ((NUS,), "Puck.js 77", None),
        ((BATTERY,), "Lamp", None),
        ((), "", None),
    ],
)
def test_a_watch_is_known_by_its_name_or_by_a_service_that_is_its_own(
    services: tuple[str, ...], name: str, driver: str | None
) -> None:
    found = driver_for(services, name)
    assert (found and found.name) == driver
