"""Scanning, pairing and forgetting without a running daemon: the radio is opened for the moment, under the
daemon's lock.

Rule: the same parts as in the daemon; nothing here decides.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from wearsync.config import Settings, rename_watch
from wearsync.control.calls import ImportParams, PairParams, RemoveAppParams
from wearsync.control.results import Done, PairResult, ScanResult
from wearsync.daemon.clock import HostClock
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing import enrol
from wearsync.daemon.pairing.exported_watch import export_watch
from wearsync.daemon.pairing.owner import Owner
from wearsync.daemon.withdrawal import withdraw
from wearsync.errors import ConfigError, RadioUnavailable
from wearsync.journal.lock import instance_lock
from wearsync.ports import PairingAgent, Radio
from wearsync.publish.address import BrokerAddress
from wearsync.publish.client import MqttPublisher
from wearsync.radio.spec import open_radio


async def scan(settings: Settings, seconds: float) -> ScanResult:
    """What is nearby. Raises `RadioUnavailable`, `UsageError`, `AlreadyRunning`."""
    async with _radio(settings) as radio:
        sightings = await radio.scan(seconds)
    return enrol.seen_watches(sightings, settings)


async def pair(
    settings: Settings, params: PairParams | ImportParams, *, agent: PairingAgent, owner: Owner
) -> PairResult:
    """Pair with a watch, or take one over; see `enrol.pair` and `enrol.pair`."""
    async with _radio(settings) as radio:
        return await enrol.pair(
            params,
            settings=settings,
            radio=radio,
            keys=KeyStore(settings.paths.keys),
            clock=_clock(),
            agent=agent,
            entropy=secrets.token_bytes,
            owner=owner,
        )


def export(settings: Settings, name: str) -> str:
    """A watch's line for another host; also beside a running daemon, for the files are whole at any time."""
    return export_watch(enrol.known(name, settings), KeyStore(settings.paths.keys))


async def remove_app(settings: Settings, params: RemoveAppParams, *, owner: Owner) -> Done:
    """Take our app out of a watch; see `enrol.remove_app`."""
    async with _radio(settings) as radio:
        said = await enrol.remove_app(
            params, radio=radio, clock=_clock(), entropy=secrets.token_bytes, owner=owner
        )
    return Done(text=said)


async def forget(settings: Settings, watch: str, *, broker: Callable[[], BrokerAddress]) -> Done:
    """Forget a watch, and take its retained topics out of the broker, if that can be reached. An unknown name
    needs no radio. `broker`: it, with its secrets; raises `ConfigError` for whoever may not read them.
    """
    enrol.known(watch, settings)
    keys = KeyStore(settings.paths.keys)
    async with AsyncExitStack() as stack:
        stack.enter_context(instance_lock(settings.paths.state_dir))
        radio: Radio | RadioUnavailable
        try:
            radio = await open_radio(settings.radio, state_dir=settings.paths.state_dir)
            stack.push_async_callback(radio.close)
        except RadioUnavailable as error:
            radio = error
        gone = await enrol.forget(watch, settings=settings, radio=radio, keys=keys)
        left = replace(settings, watches=tuple(each for each in settings.watches if each != gone.watch))
        try:
            publisher = MqttPublisher(address=broker(), site=settings.site)
        except ConfigError as error:
            why_not: str | None = str(error)
        else:
            why_not = await withdraw(gone.watch, settings=left, publisher=publisher)
    topics = None if why_not is None else f"its topics stay until the daemon runs next ({why_not})"
    return Done(text=gone.told(topics or ""))


def rename(settings: Settings, watch: str, new_name: str) -> Done:
    """Give a watch another name."""
    with instance_lock(settings.paths.state_dir):
        rename_watch(settings.source, watch, new_name)
        renamed = settings.watch(watch)
        keys = KeyStore(settings.paths.keys)
        if renamed is not None and keys.has(renamed.id):
            keys.rename(renamed.id, new_name)
    return Done(text=f"{watch} is now called {new_name}")


def _clock() -> HostClock:
    return HostClock(loop_time=asyncio.get_running_loop().time, wall=time.time)


@asynccontextmanager
async def _radio(settings: Settings) -> AsyncIterator[Radio]:
    with instance_lock(settings.paths.state_dir):
        radio = await open_radio(settings.radio, state_dir=settings.paths.state_dir)
        try:
            yield radio
        finally:
            await radio.close()
