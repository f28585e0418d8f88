"""From a watch nearby to a watch in the configuration: scanning, pairing and forgetting, for the daemon and
for the command line without one.

Rule: the radio is borrowed; whoever calls owns it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from wearsync import families
from wearsync.config import Settings, WatchSettings, add_watch, remove_watch
from wearsync.control.calls import PairParams, RemoveAppParams
from wearsync.control.results import PairResult, ScanResult, SeenWatch
from wearsync.daemon.app_install import AppInstallation, Owner
from wearsync.daemon.bangle_app import app_of
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing import SCAN_S, Candidate, Ceremony, candidates, choose
from wearsync.drivers.base import Driver
from wearsync.errors import ConfigError, TryAgain, UsageError
from wearsync.ports import Clock, PairingAgent, Radio, Sighting
from wearsync.publish.topics import slug

# As long as a watch's own pairing mode lasts, which a person has to find in its menu first.
PAIRING_MODE_WAIT_S = 60.0
# Watches advertise about once a second.
PAIRING_MODE_LOOK_S = 1.0


async def nobody(text: str) -> bool:
    """Nobody is there to say yes."""
    return False


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
    params: PairParams,
    *,
    settings: Settings,
    radio: Radio,
    keys: KeyStore,
    clock: Clock,
    agent: PairingAgent,
    entropy: Callable[[int], bytes],
    say: Callable[[str], None],
    driver: Driver | None = None,
    go_ahead: Callable[[str], Awaitable[bool]] = nobody,
    progress: Callable[[int], None] = lambda percent: None,
) -> tuple[PairResult, WatchSettings]:
    """Find the watch, give it our app if it is of a kind that needs one, pair with it, and write it into the
    configuration. Raises what `AppInstallation` and `Ceremony.pair` raise, `ConfigError`; then a watch that
    is new is left a stranger.

    `driver` None: the one that `params` names, else whichever knows the watch. `go_ahead` and `progress` (in
    per cent) are for the app.
    """
    taken = settings.watch(params.name) or settings.watch(slug(params.name))
    if driver is None and params.driver is not None:
        driver = families.named(params.driver)
    say("looking for a watch in pairing mode")
    found = await _find(params.address, settings=settings, radio=radio, driver=driver)
    app = app_of(found.driver)
    if app is not None and not found.pairing:
        owner = Owner(go_ahead=go_ahead, say=say, progress=progress)
        installation = AppInstallation(app=app, radio=radio, clock=clock, entropy=entropy, owner=owner)
        await installation.install(found.sighting)
        found = await _in_pairing_mode(found, radio=radio, say=say)
    ceremony = Ceremony(
        radio=radio,
        keys=keys,
        agent=agent,
        driver=found.driver,
        clock=clock,
        routine=settings.routine.plan,
        entropy=entropy,
        say=say,
        name_is_free=lambda watch_id: taken is None or taken.id == watch_id,
        is_ours=lambda text: any(text.lower() in (w.id, w.address.lower()) for w in settings.watches),
    )
    paired = await ceremony.pair(found.sighting, name=params.name)
    before = settings.watch(paired.watch_id)
    watch = WatchSettings(
        name=paired.name,
        id=paired.watch_id,
        address=paired.address,
        driver=found.driver.name,
        wearer=params.wearer,
        link=found.driver.link if before is None else before.link,
    )
    try:
        add_watch(settings.source, watch)
    except ConfigError:
        if before is None:  # else it was ours before, and stays so
            await radio.forget(watch.address)
            keys.forget(watch.id)
        raise
    result = PairResult(
        name=watch.name,
        watch_id=watch.id,
        address=watch.address,
        wearer=settings.wearer_of(watch),
        trust=paired.trust,
        buzz=paired.buzz,
    )
    return result, watch


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


async def _find(address: str | None, *, settings: Settings, radio: Radio, driver: Driver | None) -> Candidate:
    """The watch that is meant."""
    watches = await _seen(address, radio=radio, driver=driver)
    return choose(watches, address, ours={watch.address.lower() for watch in settings.watches})


async def _seen(address: str | None, *, radio: Radio, driver: Driver | None) -> tuple[Candidate, ...]:
    """The watches nearby. Of whom a driver was named, its family need not be known by what it advertises, if
    the address is named too.
    """
    drivers = families.every() if driver is None else (driver,)
    sightings = await radio.scan(SCAN_S)
    if driver is not None and address is not None:
        return tuple(Candidate(seen, driver) for seen in sightings)
    return candidates(sightings, drivers)


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


async def forget(name: str, *, settings: Settings, radio: Radio, keys: KeyStore) -> WatchSettings:
    """Remove a watch's bond, key and configuration; its history stays. Raises `UsageError`."""
    watch = known(name, settings)
    await radio.forget(watch.address)
    keys.forget(watch.id)
    remove_watch(settings.source, watch.name)
    return watch


def known(name: str, settings: Settings) -> WatchSettings:
    """The watch of that name. Raises `UsageError`."""
    watch = settings.watch(name)
    if watch is None:
        there = ", ".join(sorted(each.name for each in settings.watches)) or "none"
        raise UsageError(f"no watch is called {name!r}; there are: {there}")
    return watch
