"""The families of watches, without I/O; `DRIVERS` is the whole list of the package's own, written out.

Rule: what other packages bring besides is `wearsync.families`'s to load.
"""

from collections.abc import Iterable
from typing import Final

from wearsync.drivers.banglejs import BangleDriver
from wearsync.drivers.base import Driver
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.drivers.infinitime import InfiniTimeDriver

DRIVERS: Final[tuple[Driver, ...]] = (HoldProfileDriver(), BangleDriver(), InfiniTimeDriver())


def driver_for(service_uuids: Iterable[str], name: str, drivers: Iterable[Driver] = DRIVERS) -> Driver | None:
    """The driver of what advertises these services, in small letters, and this name; None: of none of them.

    A family with `name_prefixes` is known by these alone: the services that it advertises are everybody's
    (a serial line, firmware updates).
    """
    services = frozenset(service_uuids)
    for driver in drivers:
        prefixes = driver.name_prefixes
        if name.startswith(prefixes) if prefixes else services.intersection(driver.service_uuids):
            return driver
    return None
