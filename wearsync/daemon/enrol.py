"""From a watch nearby to a watch in the configuration: scanning, pairing and forgetting, for the daemon and
for the command line without one.

Rule: the radio is borrowed; whoever calls owns it.
"""

from collections.abc import Callable

from wearsync.config import Settings, WatchSettings, add_watch, remove_watch
from wearsync.control.protocol import PairParams, PairResult, SeenWatch
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing import SCAN_S, Ceremony, choose, is_pairing
from wearsync.drivers import DRIVERS, driver_named
from wearsync.errors import ConfigError, UsageError
from wearsync.ports import Clock, PairingAgent, Radio, Sighting
from wearsync.publish.topics import slug

HOLD_PROFILE = "wearsync"


def seen_watch(sighting: Sighting, settings: Settings) -> SeenWatch | None:
    """What a sighting means to a person; None for devices that are no watches of ours."""
    known = next(
        (watch for watch in settings.watches if watch.address.lower() == sighting.address.lower()), None
    )
    driver = next(
        (each.name for each in DRIVERS if set(each.service_uuids) & set(sighting.service_uuids)), None
    )
    if known is None and driver is None:
        return None
    return SeenWatch(
        name=sighting.name,
        address=sighting.address,
        rssi=sighting.rssi,
        driver=driver,
        known=None if known is None else known.name,
        pairing=is_pairing(sighting),
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
) -> tuple[PairResult, WatchSettings]:
    """Find the watch, pair with it, and write it into the configuration. Raises what `Ceremony.pair` raises,
    `ConfigError`; then a watch that is new is left a stranger.
    """
    taken = settings.watch(params.name) or settings.watch(slug(params.name))
    say("looking for a watch in pairing mode")
    sighting = choose(await radio.scan(SCAN_S), params.address)
    ceremony = Ceremony(
        radio=radio,
        keys=keys,
        agent=agent,
        driver=driver_named(HOLD_PROFILE),
        clock=clock,
        routine=settings.routine,
        entropy=entropy,
        say=say,
        name_is_free=lambda watch_id: taken is None or taken.id == watch_id,
    )
    paired = await ceremony.pair(sighting, name=params.name)
    watch = WatchSettings(
        name=paired.name,
        id=paired.watch_id,
        address=paired.address,
        driver=HOLD_PROFILE,
        wearer=params.wearer,
    )
    try:
        add_watch(settings.source, watch)
    except ConfigError:
        if settings.watch(watch.id) is None:  # else it was ours before, and stays so
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
