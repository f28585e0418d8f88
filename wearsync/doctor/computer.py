"""This computer: Python, libraries, time zones, clock.

Rule: what the installation needs is read from its own metadata, so that it stands in one place.
"""

import os
import platform
import re
import sys
import time
import zoneinfo
from collections.abc import AsyncGenerator, Iterator
from datetime import datetime
from importlib import metadata

from wearsync.doctor.case import Case, aside
from wearsync.doctor.check import Check
from wearsync.doctor.findings import computer as found

# What a person is told of; the rest is looked at all the same.
SHOWN = ("bleak", "aiomqtt", "pydantic")
OLDEST_PYTHON = (3, 11)
# wearsync was not there before.
YEAR_MIN = 2025

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*(?P<bounds>[^;]*)(?:;(?P<marker>.*))?")
_BOUND = re.compile(r"(?P<sign>>=|==|<)\s*(?P<version>[0-9.]+)")


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """Python, libraries, time zones, clock."""
    yield python(sys.version_info[:3])
    yield await aside(_libraries)
    yield time_zones(os.environ.get("TZ"))
    yield clock(is_synchronised=await aside(case.machine.is_synchronised), now_s=time.time())


def python(version: tuple[int, ...]) -> Check:
    """Whether a Python of that version runs us."""
    finding = found.PYTHON if version >= OLDEST_PYTHON else found.PYTHON_OLD
    return finding.told(version=f"{'.'.join(map(str, version))} ({platform.machine()})")


def libraries(needed: list[str]) -> Check:
    """Whether what is installed is as those requirements (PEP 508, as far as ours go) want it."""
    for name, bounds, extra in _requirements(needed):
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if extra:
                continue
            return found.LIBRARY_MISSING.told(library=name)
        if not _fits(version, bounds):
            return found.LIBRARY_UNFIT.told(library=name, version=version, needed=bounds)
    return found.LIBRARIES.told(versions=", ".join(f"{name} {metadata.version(name)}" for name in SHOWN))


def time_zones(named: str | None, *, try_key: str = "Europe/London") -> Check:
    """Whether there are any (`try_key` is in every set), and `named`, the variable TZ, is one of them."""
    try:
        zoneinfo.ZoneInfo(try_key)
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        return found.NO_TIME_ZONES.told()
    key = (named or "").removeprefix(":")
    # A POSIX one (CET-1CEST) says its rules itself, and a file its own.
    if key and not key.startswith("/") and re.fullmatch(r"[A-Za-z_+-]+(/[A-Za-z0-9_+-]+)*", key):
        try:
            zoneinfo.ZoneInfo(key)
        except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
            return found.ZONE_UNKNOWN.told(zone=key)
    now = datetime.now().astimezone()
    return found.TIME_ZONES.told(zone=now.tzname() or key or "local", offset=f"UTC{now.isoformat()[26:]}")


def clock(*, is_synchronised: bool | None, now_s: float) -> Check:
    """Whether the clock can be believed."""
    now = datetime.fromtimestamp(now_s).astimezone()
    shown = f"{now:%Y-%m-%d %H:%M:%S}"
    if now.year < YEAR_MIN:
        return found.CLOCK_PAST.told(now=shown)
    if is_synchronised is None:
        return found.CLOCK_UNKNOWN.told(now=shown)
    return (found.CLOCK if is_synchronised else found.CLOCK_FREE).told(now=shown)


def _libraries() -> Check:
    try:
        needed = metadata.requires("wearsync") or []
    except metadata.PackageNotFoundError:
        return found.LIBRARIES_UNKNOWN.told()
    return libraries(needed)


def _requirements(needed: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Name, bounds, and whether it is only of an extra; not those of other systems, and of developers."""
    for line in needed:
        parts = _REQUIREMENT.match(line)
        if parts is None or parts["name"] == "wearsync":
            continue
        marker = parts["marker"] or ""
        if "sys_platform" in marker and sys.platform not in marker:
            continue
        if re.search(r"extra\s*==\s*['\"](?:dev|all)['\"]", marker):
            continue
        yield parts["name"], parts["bounds"].strip(), "extra" in marker


def _fits(version: str, bounds: str) -> bool:
    have = _numbers(version)
    for bound in _BOUND.finditer(bounds):
        want = _numbers(bound["version"])
        cut = have[: len(want)] if bound["sign"] == "==" else have
        if not {">=": have >= want, "<": have < want, "==": cut == want}[bound["sign"]]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """Without zeros at the end: 2.0 is 2; and without what is no number, as in 2.0rc1."""
    numbers = [int(part) for part in version.split(".") if part.isdecimal()]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
