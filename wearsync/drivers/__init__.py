"""The families of watches, one file each, without I/O; `DRIVERS` is the whole list, written out."""

from typing import Final

from wearsync.drivers.base import Driver
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.errors import UsageError

DRIVERS: Final[tuple[Driver, ...]] = (HoldProfileDriver(),)


def driver_named(name: str) -> Driver:
    """The driver of that name. Raises `UsageError`, which lists those that there are."""
    for driver in DRIVERS:
        if driver.name == name:
            return driver
    raise UsageError(
        f"there is no driver {name!r}: take one of {', '.join(driver.name for driver in DRIVERS)}"
    )
