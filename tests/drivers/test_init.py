"""The list of drivers."""

import pytest

from wearsync.drivers import DRIVERS, driver_named
from wearsync.errors import UsageError


def test_every_driver_is_found_by_its_name() -> None:
    assert [driver_named(driver.name) for driver in DRIVERS] == list(DRIVERS)
    assert len({driver.name for driver in DRIVERS}) == len(DRIVERS)


def test_another_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="there is no driver 'garmin': take one of wearsync"):
        driver_named("garmin")
