"""All families of watches that there are here: the package's own, and those that other packages bring, by an
entry point in the group `wearsync.drivers` (a class made without arguments, named as its driver).

Rule: what is not ours is loaded only when it is asked for, and its faults are told with its name.
"""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from wearsync.drivers import DRIVERS, driver_for
from wearsync.drivers.base import Driver
from wearsync.errors import Unavailable, UsageError
from wearsync.ports import Sighting

ENTRY_POINT_GROUP = "wearsync.drivers"


def names() -> tuple[str, ...]:
    """The names of all drivers; none is loaded for it."""
    ours = tuple(driver.name for driver in DRIVERS)
    return (*ours, *sorted({entry.name for entry in _outside()}.difference(ours)))


def every() -> tuple[Driver, ...]:
    """All drivers, ours first. Raises `Unavailable` for one that can't be loaded."""
    drivers = (*DRIVERS, *map(_load, _outside()))
    taken: set[str] = set()
    for driver in drivers:
        if driver.name in taken:
            raise Unavailable(
                f"two drivers are called {driver.name!r}: remove a package that brings one of them"
            )
        taken.add(driver.name)
    return drivers


def require(name: str) -> None:
    """Return if there is a driver of that name; it is not loaded. Raises `UsageError`, which lists those that
    there are.
    """
    # Ours first: for the others the metadata of all installed packages have to be read.
    if _ours(name) is None and name not in names():
        raise UsageError(f"there is no driver {name!r}: take one of {', '.join(names())}")


def named(name: str) -> Driver:
    """The driver of that name; of two, ours. Raises `UsageError` when there is none, `Unavailable` when it
    can't be loaded.
    """
    require(name)
    return _ours(name) or next(_load(entry) for entry in _outside() if entry.name == name)


def known(sighting: Sighting, drivers: Iterable[Driver]) -> Driver | None:
    """The driver of what was seen; None: no watch of theirs."""
    return driver_for(sighting.service_uuids, sighting.name, drivers)


def _ours(name: str) -> Driver | None:
    return next((driver for driver in DRIVERS if driver.name == name), None)


def _outside() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINT_GROUP))


def _load(entry: EntryPoint) -> Driver:
    where = "" if entry.dist is None else f" of the package {entry.dist.name}"
    mend = "upgrade that package, or remove it"
    try:
        made: type[Driver] = entry.load()
        driver = made()
    except Exception as error:  # another's code: whatever it raises, it can't be used
        raise Unavailable(f"the driver {entry.name!r}{where} can't be loaded ({error}): {mend}") from error
    if driver.name != entry.name:
        raise Unavailable(f"the driver {entry.name!r}{where} calls itself {driver.name!r}: {mend}")
    return driver
