"""The app for Bangle.js as it lies in the package: whole, and fit to be installed."""

import re
from importlib import resources

from wearsync.daemon.pairing.bangle_app import app_of
from wearsync.drivers.base import Connected, Subscribe
from wearsync.families import named


def test_only_bangles_need_an_app() -> None:
    assert app_of(named("wearsync")) is None
    assert app_of(named("infinitime")) is None


def test_the_app_has_a_version_and_an_installer_for_each_link() -> None:
    app = app_of(named("banglejs"))
    assert app is not None
    assert re.fullmatch(r"\d+(\.\d+)+", app.version)
    for installer in (app.installer("install"), app.installer("remove")):
        assert installer.half_done is None
        assert any(isinstance(each, Subscribe) for each in installer.step(Connected(131, bytes(32)), 0))
        assert app.installer("install") is not installer


def test_every_file_of_the_directory_is_one_of_the_watch() -> None:
    directory = resources.files("wearsync.drivers.banglejs") / "app"
    names = {each.name for each in directory.iterdir() if not each.name.startswith("__")}
    assert {"wearsync.info", "wearsync.app.js", "wearsync.boot.js"} <= names
    assert all(name.startswith("wearsync.") for name in names)
