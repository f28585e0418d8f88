"""Your watches, one after the other: bond, trust, whether it is there, and its clock.

Rule: a daemon that runs is asked, and looks for them itself; without one the radio is opened for a moment,
unless another process of ours has it.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from pathlib import Path

from wearsync.config import Settings, WatchSettings
from wearsync.control.calls import ScanParams
from wearsync.control.client import ControlClient
from wearsync.control.results import ScanResult, WatchStatus
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing.enrol import seen_watches
from wearsync.doctor.bluetooth import radio_of
from wearsync.doctor.bond import Bond
from wearsync.doctor.case import Case, aside, is_held
from wearsync.doctor.check import Check
from wearsync.doctor.daemon import in_words
from wearsync.doctor.findings import watches as found
from wearsync.errors import ConfigError, WearsyncError
from wearsync.families import named
from wearsync.model import Trust
from wearsync.ports import Radio, Sighting
from wearsync.radio.spec import NATIVE, open_radio

# Advertised once in 10 s at the most, by a watch that saves its battery; most do within two.
SCAN_S = 6.0
LOW_PERCENT = 15
# Less matters to nobody who is reminded.
CLOCK_OFF_MS = 60_000


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """Bond, trust, watch, clock: of each."""
    settings = case.settings
    if settings is None:
        return
    if not settings.watches and not (case.daemon and case.daemon.watches):
        yield found.NONE.told()
        return
    bonds = await _bonds(case, settings.watches)
    seen: ScanResult | str | None = None
    for watch in settings.watches:
        now, has = _status(case, watch), bonds[watch.id]
        yield bond(watch, has)
        yield await aside(partial(trust, settings, watch, now))
        is_there = now is not None and now.link.startswith("connected")
        if not is_there and seen is None and not (has.is_connected and case.daemon is None):
            seen = await _scan(case, settings)
        yield presence(watch, now, has, seen, has_daemon=case.daemon is not None)
        yield clock(watch, now)


def bond(watch: WatchSettings, has: Bond) -> Check:
    """Whether this computer has one with it."""
    if has.because:
        return found.BOND_UNKNOWN.told(about=watch.name, because=has.because)
    if has.is_blocked:
        return found.BOND_BLOCKED.told(about=watch.name, address=watch.address)
    if not has.is_paired:
        return found.BOND_NONE.told(about=watch.name)
    if not has.is_lasting:
        return found.BOND_FLEETING.told(about=watch.name)
    return found.BOND.told(about=watch.name, trusted=", and trusts it" if has.is_trusted else "")


def trust(settings: Settings, watch: WatchSettings, now: WatchStatus | None) -> Check:
    """What stands behind its word."""
    at_best = named(watch.driver).capabilities.trust
    is_open = now is not None and now.trust is Trust.NONE
    if at_best is not Trust.KEY or is_open:
        return found.TRUST_LESS.told(about=watch.name, trust=Trust.NONE if is_open else at_best)
    file = settings.paths.keys
    try:
        keys = KeyStore(file)
    except ConfigError:
        return found.TRUST_UNKNOWN.told(about=watch.name)
    if not keys.has(watch.id):
        return found.KEY_NONE.told(about=watch.name, file=file)
    if watch.id not in keys.keys(proven=True):
        return found.KEY_PENDING.told(about=watch.name)
    return found.TRUST_KEY.told(about=watch.name)


def presence(
    watch: WatchSettings,
    now: WatchStatus | None,
    has: Bond,
    seen: ScanResult | str | None,
    *,
    has_daemon: bool,
) -> Check:
    """Whether it is there. `now`: as the daemon has it; `seen`: what a scan found, or why there was none."""
    state, _, reason = now.link.partition(": ") if now else ("", "", "")
    percent = now.battery_percent if now else None
    if state == "refused":
        return found.REFUSED.told(about=watch.name, reason=reason)
    if percent is not None and percent < LOW_PERCENT:
        return found.BATTERY.told(about=watch.name, percent=percent)
    battery = "" if percent is None else f", battery {percent} %"
    heard_s = now.last_heard_s if now else None
    heard = "" if heard_s is None else f", last heard {in_words(heard_s)} ago"
    if state == "connected":
        return found.CONNECTED.told(about=watch.name, battery=battery, heard=heard)
    if has.is_connected and not has_daemon:
        return found.HELD_HERE.told(about=watch.name, address=watch.address)
    if seen is None or isinstance(seen, str):
        return found.UNSCANNED.told(about=watch.name, because=seen or "see the checks above")
    it = next((each for each in seen.watches if each.address.upper() == watch.address.upper()), None)
    if it is None:
        return found.UNSEEN.told(about=watch.name, seconds=f"{SCAN_S:.0f}", heard=heard)
    return found.SEEN.told(about=watch.name, rssi=it.rssi, battery=battery, heard=heard)


def clock(watch: WatchSettings, now: WatchStatus | None) -> Check:
    """Whether it is right."""
    off_ms = now.clock_off_ms if now else None
    if off_ms is None:
        return found.CLOCK_UNKNOWN.told(about=watch.name)
    if abs(off_ms) < CLOCK_OFF_MS:
        return found.CLOCK.told(about=watch.name, off=f"{abs(off_ms) / 1000:.1f} s")
    return found.CLOCK_OFF.told(about=watch.name, off=in_words(abs(off_ms) / 1000))


async def _bonds(case: Case, watches: Sequence[WatchSettings]) -> Mapping[str, Bond]:
    """What the system has of each, by their ids."""
    spec = radio_of(case)
    because = "bluetoothd can't be asked, see the checks above"
    known: Mapping[str, Bond] = {}
    if spec != NATIVE:
        because = f"the radio is {spec}, which keeps its bonds itself"
    elif sys.platform != "linux":
        because = "this system tells no program"
    else:
        from wearsync.doctor import bluez

        known = await bluez.bonds(watches, within_s=case.request.patience_s)
    return {watch.id: known.get(watch.id, Bond(because=because)) for watch in watches}


def _status(case: Case, watch: WatchSettings) -> WatchStatus | None:
    watches = case.daemon.watches if case.daemon else ()
    return next((each for each in watches if each.watch_id == watch.id), None)


async def _scan(case: Case, settings: Settings) -> ScanResult | str:
    """What is nearby; or why that can't be told."""
    paths = settings.paths
    try:
        if case.daemon is not None:
            client = ControlClient(paths.control_socket, service=paths.service_socket)
            return await client.call(ScanParams(seconds=SCAN_S), ScanResult)
        if case.daemon_error is not None and is_held(case):
            return "another process holds the radio (see lock)"
        with tempfile.TemporaryDirectory(prefix="wearsync-doctor-") as directory:
            radio = await open_radio(settings.radio, state_dir=Path(directory))
            try:
                return await _heard(radio, settings)
            finally:
                await asyncio.shield(radio.close())
    except WearsyncError as error:
        return f"{error}"


async def _heard(radio: Radio, settings: Settings) -> ScanResult:
    """What is nearby; as soon as all of ours are heard."""
    wanted = {watch.address.upper() for watch in settings.watches}
    heard: list[Sighting] = []
    enough = asyncio.Event()

    def note(sighting: Sighting) -> None:
        heard.append(sighting)
        wanted.discard(sighting.address.upper())
        if not wanted:
            enough.set()

    tasks = [asyncio.ensure_future(radio.scan(SCAN_S, note)), asyncio.ensure_future(enough.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0] in done:
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return seen_watches(heard, settings)
