"""Where mosquitto is looked for, and what it is told (that it runs so: tests/test_conftest.py)."""

from pathlib import Path

import pytest

from wearsync_simulators.mosquitto import mosquitto_configuration, mosquitto_executable


def test_it_is_found_where_a_users_path_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = tmp_path / "mosquitto"
    executable.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert mosquitto_executable() == str(executable)


def test_it_is_loopback_only_and_keeps_all_in_one_place(tmp_path: Path) -> None:
    lines = mosquitto_configuration(1883, tmp_path)
    assert "listener 1883 127.0.0.1" in lines
    assert f"persistence_location {tmp_path}/" in lines
