"""Which of the watches nearby is to be paired; pure.

Rule: a watch in pairing mode was put there by hand just now, so it goes before all others; where two could be
meant, a person says which, or nothing is done.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from wearsync import families
from wearsync.drivers.base import Driver
from wearsync.errors import TryAgain, UsageError
from wearsync.ports import Sighting


@dataclass(frozen=True, slots=True)
class Candidate:
    """A watch nearby and the driver of its family. `pairing` None: this family does not tell."""

    sighting: Sighting
    driver: Driver

    @property
    def pairing(self) -> bool | None:
        """Whether it is in pairing mode."""
        return self.driver.advertised(self.sighting.service_data).pairing

    def line(self, ours: Mapping[str, str]) -> str:
        """One line of a list to choose from. `ours`: names of paired watches, by address in small letters."""
        seen = self.sighting
        mode = " · in pairing mode" if self.pairing else ""
        called = ours.get(seen.address.lower())
        yours = "" if called is None else f" · yours: {called}"
        return f"{seen.name or 'without a name'} · {seen.address} · {seen.rssi} dBm{mode}{yours}"


def candidates(sightings: Iterable[Sighting], drivers: Iterable[Driver]) -> tuple[Candidate, ...]:
    """What of it is a watch of these families."""
    there = tuple(drivers)
    found = ((seen, families.known(seen, there)) for seen in sightings)
    return tuple(Candidate(seen, driver) for seen, driver in found if driver is not None)


def meant(
    watches: tuple[Candidate, ...],
    address: str | None,
    *,
    ours: Collection[str] = (),
    begun: Collection[str] = (),
) -> tuple[Candidate, ...]:
    """The watch at that address, or all in pairing mode, or whose pairing was begun, or of those that don't
    tell the strangers, else all; at least one. `ours`, `begun`: addresses, in small letters, of paired
    watches, and of those that may have a key of ours. Raises `TryAgain`.
    """
    if address is not None:
        at = tuple(watch for watch in watches if watch.sighting.address.lower() == address.lower())
        if at:
            return at[:1]
        raise TryAgain(
            f"no watch at {address}: is it in range, and not connected to a phone? "
            "One that was given another name is known by --driver"
        )
    ready = tuple(watch for watch in watches if watch.pairing) or tuple(
        watch for watch in watches if watch.sighting.address.lower() in begun
    )
    unsaid = tuple(watch for watch in watches if watch.pairing is None)
    strangers = tuple(watch for watch in unsaid if watch.sighting.address.lower() not in ours)
    if found := ready or strangers or unsaid:
        return found
    if watches:
        name = watches[0].sighting.name
        raise TryAgain(f"{name} is there, but not in pairing mode: switch that on, and pair again")
    # A watch that is connected does not advertise.
    connected = "; one of yours that your daemon is connected to is not to be seen" if ours else ""
    raise TryAgain(
        "no watch is in range: switch pairing mode on at the watch, and disconnect it from other hosts"
        + connected
    )


def too_many(watches: tuple[Candidate, ...]) -> UsageError:
    """Nobody says which of them."""
    names = ", ".join(f"{each.sighting.name} ({each.sighting.address})" for each in watches)
    what = "is in pairing mode" if watches[0].pairing else "could be meant"
    return UsageError(f"more than one watch {what}: {names}. Name one: wearsync pair --address ADDRESS")
