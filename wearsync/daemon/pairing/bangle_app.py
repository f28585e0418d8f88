"""The app for Bangle.js, as it lies in the package beside its driver (`wearsync/drivers/banglejs/app/`).

Rule: its files are data here; what they do is docs/watches/banglejs.md's to say. They are read with the code,
for they belong to it: an upgrade replaces both under a running daemon.
"""

import json
from importlib import resources

from wearsync.daemon.pairing.app_install import WatchApp
from wearsync.drivers.banglejs import BangleDriver
from wearsync.drivers.banglejs.install import AppInstaller
from wearsync.drivers.base import Driver

# Our files on the watch all begin so; nothing else of the directory is for it.
FILE_PREFIX = "wearsync."
INFO_FILE = "wearsync.info"

_FILES = {
    each.name: each.read_bytes()
    for each in sorted(
        (resources.files("wearsync.drivers.banglejs") / "app").iterdir(), key=lambda each: each.name
    )
    if each.name.startswith(FILE_PREFIX)
}


def app_of(driver: Driver) -> WatchApp | None:
    """Our app for that family of watches; None: it needs none."""
    return bangle_app() if driver.name == BangleDriver.name else None


def bangle_app() -> WatchApp:
    """The app in this package."""
    version: str = json.loads(_FILES[INFO_FILE])["version"]
    return WatchApp(version, lambda action: AppInstaller(files=_FILES, version=version, action=action))
