"""Where the files are: all below one directory, and a socket that the system takes."""

import os
from pathlib import Path

import pytest

from wearsync.config import load
from wearsync.config.paths import SOCKET_PATH_MAX_BYTES
from wearsync.errors import ConfigError


def test_the_state_directory(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert home in load().paths.state_dir.parents
    assert load(state_dir=home / "named").paths.state_dir == home / "named"
    monkeypatch.setenv("WEARSYNC_STATE_DIR", "~/elsewhere")
    paths = load().paths
    assert paths.state_dir == home / "elsewhere"
    assert {paths.journal, paths.keys, paths.control_socket} == {
        home / "elsewhere" / name for name in ("journal.sqlite", "keys.json", "control.sock")
    }


def test_a_socket_path_that_the_system_would_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    room = SOCKET_PATH_MAX_BYTES - len("/control.sock")
    monkeypatch.setenv("WEARSYNC_STATE_DIR", "/" + "x" * (room - 1))
    assert len(os.fsencode(load().paths.control_socket)) == SOCKET_PATH_MAX_BYTES
    monkeypatch.setenv("WEARSYNC_STATE_DIR", "/" + "x" * room)
    with pytest.raises(ConfigError, match="WEARSYNC_STATE_DIR"):
        load()


def test_the_control_socket_may_be_elsewhere_and_open_to_a_group(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load().control_group is None
    monkeypatch.setenv("WEARSYNC_CONTROL_SOCKET", "~/run/control.sock")
    monkeypatch.setenv("WEARSYNC_CONTROL_GROUP", "family")
    settings = load(state_dir=home / "named")
    assert settings.paths.control_socket == home / "run" / "control.sock"
    assert settings.control_group == "family"


def test_the_service_is_meant_only_where_no_other_place_was_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEARSYNC_CONTROL_SERVICE")
    assert load().paths.service_socket == Path("/run/wearsync/control.sock")
    assert load(state_dir=home / "named").paths.service_socket is None
    monkeypatch.setenv("WEARSYNC_CONTROL_SOCKET", str(home / "control.sock"))
    assert load().paths.service_socket is None
