"""BlueZ: the bus, bluetoothd, the adapter, who else uses it, and the agent; and what it has of your watches.

Rule: D-Bus is asked by `radio.survey`; here are the kernel's files, and the words. On Linux only.
"""

import asyncio
import os
import pwd
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

from wearsync.config import WatchSettings
from wearsync.doctor.bond import Bond
from wearsync.doctor.case import Case, aside
from wearsync.doctor.check import Check
from wearsync.doctor.findings import bluetooth as found
from wearsync.doctor.request import Machine
from wearsync.radio.survey import Adapter, Known, Obstacle, Survey, SurveyFailed, SystemBus, system_bus

# bleak's own least; and those of which users report faults that the ones before and after them have not.
OLDEST = (5, 55)
BAD = ((5, 63), (5, 64))
# Most adapters keep five to seven links, and each watch needs one.
OTHERS_MAX = 4
CSR = "0a12:0001"

_CONTAINERS = ("/.dockerenv", "/run/.containerenv")
_UNITS = ("/etc/systemd/system", "/run/systemd/system")
_PROGRAMS = ("/usr/libexec/bluetooth/bluetoothd", "/usr/lib/bluetooth/bluetoothd", "/usr/sbin/bluetoothd")


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """D-Bus, bluetoothd, adapter, sharing, agent."""
    machine = case.machine
    is_reached = False
    try:
        async with system_bus(within_s=case.request.patience_s) as bus:
            is_reached = True
            yield found.BUS.told()
            survey = await bus.bluez()
            yield bluetoothd(await _version())
            yield await aside(lambda: adapter(survey.adapters, machine))
            yield sharing(survey, ours=_ours(case), may_scan=_daemon_scans(case))
            yield await _agent(bus)
    except SurveyFailed as error:
        yield obstacle(error, machine, is_reached=is_reached)


async def bonds(watches: Sequence[WatchSettings], *, within_s: float) -> Mapping[str, Bond]:
    """What BlueZ has of each, by their ids; none, if it can't be asked, which its own checks tell."""
    try:
        async with system_bus(within_s=within_s) as bus:
            survey = await bus.bluez()
    except SurveyFailed:
        return {}
    return {watch.id: _bond(survey.device(watch.address)) for watch in watches}


def obstacle(error: SurveyFailed, machine: Machine, *, is_reached: bool) -> Check:
    """What stands in the way. `is_reached`: the bus is there."""
    match error.obstacle:
        case Obstacle.NO_BUS:
            inside = any(machine.at(path).exists() for path in _CONTAINERS)
            return (found.BUS_NONE_CONTAINER if inside else found.BUS_NONE).told(error=error)
        case Obstacle.BUS_REFUSES:
            return found.BUS_REFUSES.told(error=error)
        case Obstacle.NOT_RUNNING:
            return _not_running(machine)
        case Obstacle.DENIED:
            return found.BLUEZ_DENIED.told(error=error, user=_user())
        case Obstacle.DENIED_BY_APPARMOR:
            return found.BLUEZ_DENIED_APPARMOR.told(label=_apparmor(machine))
        case Obstacle.SILENT:
            return found.BLUEZ_SILENT.told(error=error)
        case Obstacle.FAILS:
            return (found.BLUEZ_FAILS if is_reached else found.BUS_REFUSES).told(error=error)


def bluetoothd(version: str | None) -> Check:
    """Whether that version will do, None: not known."""
    if version is None:
        return found.BLUEZ.told(version="runs; its version is not known here (no bluetoothctl)")
    numbers = tuple(int(part) for part in version.split(".")[:2])
    if numbers < OLDEST:
        return found.BLUEZ_OLD.told(version=version)
    if numbers in BAD:
        return found.BLUEZ_BAD.told(version=version)
    return found.BLUEZ.told(version=f"BlueZ {version}")


def adapter(adapters: Sequence[Adapter], machine: Machine) -> Check:
    """Whether there is one that can be used."""
    soft, hard = _rfkill(machine)
    there = _names(machine)
    if hard:
        return found.RFKILL_HARD.told()
    if soft:
        return found.RFKILL_SOFT.told()
    if not adapters:
        finding = found.ADAPTER_UNSEEN if there else found.ADAPTER_NONE
        return finding.told(adapters=", ".join(there))
    powered = [each for each in adapters if each.is_powered]
    if not powered:
        return found.ADAPTER_OFF.told(adapters=", ".join(each.name for each in adapters))
    shown = [(each, _usb(each.name, machine)) for each in powered]
    finding = found.ADAPTER_CSR if any(usb == CSR for _, usb in shown) else found.ADAPTER
    return finding.told(
        adapters=", ".join(
            f"{each.name} {each.address}{f' (USB {usb})' if usb else ''}" for each, usb in shown
        )
    )


def sharing(survey: Survey, *, ours: Sequence[str], may_scan: bool) -> Check:
    """Who else uses the adapter. `ours`: addresses of our watches; `may_scan`: a daemon of ours may do so."""
    scanning = [each.name for each in survey.adapters if each.is_scanning]
    if scanning and not may_scan:
        return found.OTHERS_SCAN.told(adapters=", ".join(scanning))
    others = [each for each in survey.devices if each.is_connected and each.address.upper() not in ours]
    connected = ", ".join(f"{each.alias or each.address}" for each in others)
    if len(others) > OTHERS_MAX:
        return found.SLOTS.told(count=len(others), connected=connected)
    return found.ALONE.told(connected=f"also connected: {connected}" if connected else "nobody else uses it")


def _bond(known: Known | None) -> Bond:
    if known is None:
        return Bond()
    return Bond(
        is_paired=known.is_paired,
        # Before 5.66 BlueZ does not say.
        is_lasting=known.is_paired if known.is_bonded is None else known.is_bonded,
        is_trusted=known.is_trusted,
        is_blocked=known.is_blocked,
        is_connected=known.is_connected,
    )


def _not_running(machine: Machine) -> Check:
    units = [machine.at(f"{directory}/bluetooth.service") for directory in _UNITS]
    if any(unit.is_symlink() and unit.readlink() == Path(os.devnull) for unit in units):
        return found.BLUEZ_MASKED.told()
    inside = any(machine.at(path).exists() for path in _CONTAINERS)
    is_installed = inside or any(machine.at(path).exists() for path in _PROGRAMS)
    return (found.BLUEZ_STOPPED if is_installed else found.BLUEZ_MISSING).told()


async def _agent(bus: SystemBus) -> Check:
    try:
        await bus.try_agent()
    except SurveyFailed as error:
        return found.AGENT_REFUSED.told(error=error)
    return found.AGENT.told()


async def _version() -> str | None:
    """As bluetoothctl says it, which comes with bluetoothd."""
    try:
        process = await asyncio.create_subprocess_exec(
            "bluetoothctl",
            "--version",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    version = re.search(rb"\d+\.\d+", said)
    return version[0].decode() if version else None


def _rfkill(machine: Machine) -> tuple[bool, bool]:
    """Whether all Bluetooth is blocked by software, or by a switch."""
    blocks = [
        (_word(each / "soft") == "1", _word(each / "hard") == "1")
        for each in sorted(machine.at("/sys/class/rfkill").glob("rfkill*"))
        if _word(each / "type") == "bluetooth"
    ]
    is_blocked = bool(blocks) and all(soft or hard for soft, hard in blocks)
    return is_blocked and any(soft for soft, _ in blocks), is_blocked and any(hard for _, hard in blocks)


def _names(machine: Machine) -> tuple[str, ...]:
    """The kernel's adapters; not their connections (hci0:64)."""
    there = machine.at("/sys/class/bluetooth").glob("hci*")
    return tuple(sorted(each.name for each in there if ":" not in each.name))


def _usb(name: str, machine: Machine) -> str:
    device = Path(os.path.realpath(machine.at(f"/sys/class/bluetooth/{name}/device"))).parent
    vendor, product = _word(device / "idVendor"), _word(device / "idProduct")
    return f"{vendor}:{product}" if vendor else ""


def _apparmor(machine: Machine) -> str:
    return _word(machine.at("/proc/self/attr/current")) or "unknown"


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip().strip("\0")
    except OSError:
        return ""


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _ours(case: Case) -> tuple[str, ...]:
    return tuple(watch.address.upper() for watch in (case.settings.watches if case.settings else ()))


def _daemon_scans(case: Case) -> bool:
    """A daemon that searches scans."""
    return case.daemon is not None and any(
        not each.link.startswith("connected") for each in case.daemon.watches
    )
