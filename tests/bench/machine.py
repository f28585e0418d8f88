"""What was measured on: a figure without its machine is a rumour."""

import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from wearsync_simulators.mosquitto import mosquitto_executable

__all__ = ["machine"]

PACKAGES = ("wearsync", "bleak", "aiomqtt", "pydantic", "bumble")
ROOT = Path(__file__).parents[2]


def machine(place: Path) -> Mapping[str, str]:
    """Names and versions, for people. `place`: where the journals stand that are measured."""
    load = os.getloadavg()[0]
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {_memory()}",
        "kernel": f"{platform.system()} {platform.release()}",
        "disk": _filesystem(place),
        "load": f"{load:.2f} before the start",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "mosquitto": _mosquitto(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "commit": _said("git", "-C", str(ROOT), "describe", "--always", "--dirty") or "not a git checkout",
    }


def _processor() -> str:
    return _after("model name", Path("/proc/cpuinfo")) or platform.machine()


def _memory() -> str:
    kib = _after("MemTotal", Path("/proc/meminfo")).removesuffix(" kB")
    return f"{int(kib) / 2**20:.0f} GiB" if kib else "memory unknown"


def _after(key: str, file: Path) -> str:
    if not file.exists():
        return ""
    lines = (line.partition(":") for line in file.read_text().splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == key), "")


def _filesystem(place: Path) -> str:
    """Of the longest mount point above it."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if place.resolve().is_relative_to(point)]
    return max(above, key=lambda each: len(each[0]), default=("", "unknown"))[1]


def _mosquitto() -> str:
    executable = mosquitto_executable()
    if executable is None:
        return "not installed"
    # It has no --version: the first line of its help says it.
    return _said(str(executable), "-h").partition("\n")[0].removeprefix("mosquitto version ")


def _said(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip()
