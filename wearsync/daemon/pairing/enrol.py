"""From a watch nearby to a watch in the configuration: scanning, pairing and forgetting, for the daemon and
for the command line without one.

Rule: the radio is borrowed; whoever calls owns it.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from wearsync import families
from wearsync.config import Settings, WatchSettings, remove_watch
from wearsync.control.calls import ImportParams, PairParams, RemoveAppParams
from wearsync.control.results import PairResult, ScanResult, SeenWatch
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing.app_install import AppInstallation
from wearsync.daemon.pairing.bangle_app import app_of
from wearsync.daemon.pairing.candidates import Candidate, candidates, meant, too_many
from wearsync.daemon.pairing.ceremony import SCAN_S, Ceremony, KnownKey, bond_left
from wearsync.daemon.pairing.exported_watch import ExportedWatch, read_exported
from wearsync.daemon.pairing.naming import UNNAMED, holder, is_free, name_taken
from wearsync.daemon.pairing.new_watch import NewWatch
from wearsync.daemon.pairing.owner import NOBODY, Owner
from wearsync.drivers.base import Driver
from wearsync.errors import RadioUnavailable, TryAgain, UsageError
from wearsync.ports import Clock, PairingAgent, Radio, Sighting

# As long as a watch's own pairing mode lasts, which a person has to find in its menu first.
PAIRING_MODE_WAIT_S = 60.0
# Watches advertise about once a second, in pairing mode more often.
SETTLE_S = 2.0
PAIRING_MODE_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A watch that was ours. `bond_left`: why there is a bond still, and what to do; None: there is none."""

    watch: WatchSettings
    bond_left: str | None

    def told(self, *more: str) -> str:
        """For people."""
        remarks = [text for text in (self.bond_left, *more) if text]
        return "; ".join((f"{self.watch.name} is forgotten; its history stays", *remarks))


def seen_watches(sightings: Iterable[Sighting], settings: Settings) -> ScanResult:
    """What was seen, as it means something to a person: without devices that are no watches of ours."""
    drivers = families.every()
    seen = (seen_watch(each, settings, drivers) for each in sightings)
    return ScanResult(watches=tuple(watch for watch in seen if watch is not None))


def seen_watch(sighting: Sighting, settings: Settings, drivers: tuple[Driver, ...]) -> SeenWatch | None:
    """What a sighting means to a person; None for devices that are no watches of ours."""
    ours = next(
        (watch for watch in settings.watches if watch.address.lower() == sighting.address.lower()), None
    )
    driver = families.known(sighting, drivers)
    if ours is None and driver is None:
        return None
    return SeenWatch(
        name=sighting.name,
        address=sighting.address,
        rssi=sighting.rssi,
        driver=None if driver is None else driver.name,
        known=None if ours is None else ours.name,
        pairing=driver is not None and bool(driver.advertised(sighting.service_data).pairing),
    )


async def pair(
    params: PairParams | ImportParams,
    *,
    settings: Settings,
    radio: Radio,
    keys: KeyStore,
    clock: Clock,
    agent: PairingAgent,
    entropy: Callable[[int], bytes],
    owner: Owner = NOBODY,
    driver: Driver | None = None,
) -> PairResult:
    """Find the watch, give it our app if it is of a kind that needs one, pair with it, write it into the
    configuration, and do its first steps. Raises what `AppInstallation` and `Ceremony.pair` raise,
    `ConfigError`; then a watch that is new is left a stranger.

    A watch that another host has exported has its key already: that is proven, not made.
    `driver` None: the one that `params` names, else whichever knows the watch.
    """
    exported = None
    if isinstance(params, ImportParams):
        params, exported = _of_another_host(params, settings)
    if driver is None and params.driver is not None:
        driver = families.named(params.driver)
    _refuse_taken(params.name, params.address, settings)
    owner.say("looking for a watch in pairing mode")
    begun = keys.begun_at()
    found = await _find(
        params.address, settings=settings, radio=radio, driver=driver, owner=owner, begun=begun
    )
    _refuse_taken(params.name, found.sighting.address, settings)
    app = app_of(found.driver)
    if app is not None and not found.pairing:
        if exported is None:
            installation = AppInstallation(app=app, radio=radio, clock=clock, entropy=entropy, owner=owner)
            await installation.install(found.sighting)
        found = await _in_pairing_mode(found, radio=radio, say=owner.say)
    advertised = found.sighting.name if exported is None else exported.name
    new = NewWatch(
        params,
        found,
        advertised,
        settings=settings,
        keys=keys,
        clock=clock,
        entropy=entropy,
        owner=owner,
    )
    ceremony = Ceremony(
        radio=radio,
        keys=keys,
        agent=agent,
        driver=found.driver,
        clock=clock,
        routine=settings.routine.plan,
        entropy=entropy,
        owner=owner,
        name_is_free=lambda watch_id: params.name is None or is_free(params.name, watch_id, settings),
        is_ours=lambda text: (
            text.lower() in begun or any(text.lower() in (w.id, w.address.lower()) for w in settings.watches)
        ),
        known=None if exported is None else KnownKey(exported.id, exported.key_bytes),
    )
    name = params.name or advertised or UNNAMED
    return await ceremony.pair(found.sighting, name=name, commit=new.commit, then=new.first_steps)


def _of_another_host(params: ImportParams, settings: Settings) -> tuple[PairParams, ExportedWatch]:
    """What is asked for with an exported watch, and that watch. Raises `UsageError`."""
    exported = read_exported(params.exported)
    ours = settings.watch(exported.id)
    if ours is not None:
        raise UsageError(f"this watch is paired here already, as {ours.name}")
    if params.name is not None and not is_free(params.name, exported.id, settings):
        raise name_taken(params.name)
    meant = PairParams(
        name=params.name,
        wearer=params.wearer,
        address=exported.address,
        driver=exported.driver,
        learn=params.learn,
    )
    return meant, exported


def _refuse_taken(name: str | None, address: str | None, settings: Settings) -> None:
    """A name that another watch has is told before anybody has done anything; the watch itself may keep it.
    Raises `UsageError`.
    """
    if name is None or address is None:
        return
    taken = holder(name, settings)
    if taken is not None and taken.address.lower() != address.lower():
        raise name_taken(name)


async def remove_app(
    params: RemoveAppParams,
    *,
    radio: Radio,
    clock: Clock,
    entropy: Callable[[int], bytes],
    owner: Owner,
) -> str:
    """Take our app out of a watch; what to tell the person. Raises what `AppInstallation` raises."""
    driver = None if params.driver is None else families.named(params.driver)
    owner.say("looking for the watch")
    seen = await _seen(params.address, radio=radio, driver=driver)
    apps = [(watch, app) for watch in seen if (app := app_of(watch.driver)) is not None]
    if params.address is not None:
        apps = [each for each in apps if each[0].sighting.address.lower() == params.address.lower()]
    match apps:
        case [(watch, app)]:
            name = watch.sighting.name or watch.sighting.address
            installation = AppInstallation(app=app, radio=radio, clock=clock, entropy=entropy, owner=owner)
            there = await installation.remove(watch.sighting)
            return f"the wearsync app is off {name}" if there else f"{name} has no wearsync app"
        case []:
            raise TryAgain("no watch of a kind that has an app of ours is in range, or a phone has it")
        case _:
            names = ", ".join(f"{watch.sighting.name} ({watch.sighting.address})" for watch, _ in apps)
            raise UsageError(f"more than one watch could be meant: {names}. Name one with --address ADDRESS")


async def _find(
    address: str | None,
    *,
    settings: Settings,
    radio: Radio,
    driver: Driver | None,
    owner: Owner,
    begun: Collection[str],
) -> Candidate:
    """The watch that is meant; a person is asked where several could be."""
    watches = await _seen(address, radio=radio, driver=driver)
    ours = {watch.address.lower(): watch.name for watch in settings.watches}
    them = meant(watches, address, ours=ours, begun=begun)
    if len(them) == 1:
        return them[0]
    chosen = await owner.choose("Which watch?", tuple(each.line(ours) for each in them))
    if chosen is None:
        raise too_many(them)
    return them[chosen]


async def _seen(address: str | None, *, radio: Radio, driver: Driver | None) -> tuple[Candidate, ...]:
    """The watches nearby. Of whom a driver was named, its family need not be known by what it advertises, if
    the address is named too.
    """
    drivers = families.every() if driver is None else (driver,)
    sightings = await _sightings(radio, drivers, address)
    if driver is not None and address is not None:
        return tuple(Candidate(seen, driver) for seen in sightings)
    return candidates(sightings, drivers)


async def _sightings(radio: Radio, drivers: tuple[Driver, ...], address: str | None) -> tuple[Sighting, ...]:
    """What advertises, best signal first. The watch that is named is what was looked for, else one in pairing
    mode: once it is there, others have a moment to be seen too, no more.
    """
    seen: dict[str, Sighting] = {}
    ready = asyncio.Event()

    def found(sighting: Sighting) -> None:
        seen[sighting.address] = sighting
        if address is None:
            is_it = any(watch.pairing for watch in candidates((sighting,), drivers))
        else:
            is_it = sighting.address.lower() == address.lower()
        if is_it:
            ready.set()

    scanning = asyncio.create_task(radio.scan(SCAN_S, found), name="pairing-scan")
    settled = asyncio.create_task(_a_moment_after(ready), name="pairing-scan-settled")
    try:
        await asyncio.wait({scanning, settled}, return_when=asyncio.FIRST_COMPLETED)
        if scanning.done():
            return scanning.result()
    finally:
        for task in (scanning, settled):
            task.cancel()
        await asyncio.gather(scanning, settled, return_exceptions=True)
    return tuple(sorted(seen.values(), key=lambda sighting: -sighting.rssi))


async def _a_moment_after(ready: asyncio.Event) -> None:
    await ready.wait()
    await asyncio.sleep(SETTLE_S)


async def _in_pairing_mode(watch: Candidate, *, radio: Radio, say: Callable[[str], None]) -> Candidate:
    """The same watch, once the person has switched its pairing mode on. Raises `TryAgain`."""
    name = watch.sighting.name or watch.sighting.address
    say(f"open the wearsync app on {name}, and choose pairing mode in its menu")
    try:
        async with asyncio.timeout(PAIRING_MODE_WAIT_S):
            while True:
                seen = await radio.find(watch.sighting.address, PAIRING_MODE_WAIT_S)
                if seen is not None and (again := Candidate(seen, watch.driver)).pairing:
                    return again
                await asyncio.sleep(PAIRING_MODE_LOOK_S)
    except TimeoutError as error:
        raise TryAgain(
            f"pairing mode was not switched on at {name}: run `wearsync pair` again, and do it then"
        ) from error


async def forget(
    name: str, *, settings: Settings, radio: Radio | RadioUnavailable, keys: KeyStore
) -> Forgotten:
    """Remove a watch's bond, key and configuration; its history stays. Without an adapter the bond is left,
    and that is told. Raises `UsageError`.
    """
    watch = known(name, settings)
    left = None
    try:
        if isinstance(radio, RadioUnavailable):
            raise radio
        await radio.forget(watch.address)
    except RadioUnavailable as error:
        left = bond_left(watch.address, error)
    keys.forget(watch.id)
    remove_watch(settings.source, watch.name)
    return Forgotten(watch, left)


def known(name: str, settings: Settings) -> WatchSettings:
    """The watch of that name. Raises `UsageError`."""
    watch = settings.watch(name)
    if watch is None:
        there = ", ".join(sorted(each.name for each in settings.watches)) or "none"
        raise UsageError(f"no watch is called {name!r}; there are: {there}")
    return watch
