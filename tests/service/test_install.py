"""The unit in a person's own systemd: another one is kept, and what fails is told in systemd's words."""

from pathlib import Path

import pytest

from wearsync.errors import Unavailable
from wearsync.service.install import has_manager, linger, lingers, switch_on, user_unit_path, write_unit


def test_where_a_person_s_units_are(home: Path) -> None:
    assert user_unit_path({"HOME": "/h"}) == Path("/h/.config/systemd/user/wearsync.service")
    assert user_unit_path({"HOME": "/h", "XDG_CONFIG_HOME": "/c"}) == Path("/c/systemd/user/wearsync.service")


def test_another_unit_is_kept(home: Path) -> None:
    path = home / "systemd" / "user" / "wearsync.service"
    assert write_unit(path, "first") is None
    assert write_unit(path, "first") is None
    kept = write_unit(path, "second")
    assert kept is not None
    assert (kept.read_text(), path.read_text()) == ("first", "second")
    path.write_bytes(b"\xff third")
    also = write_unit(path, "second")
    assert also is not None
    assert (kept.read_text(), also.read_bytes(), path.read_text()) == ("first", b"\xff third", "second")
    assert len(list(path.parent.iterdir())) == 3
    (home / "file").touch()
    with pytest.raises(Unavailable, match="can't be written"):
        write_unit(home / "file" / "x" / "wearsync.service", "text")


async def test_it_is_switched_on_and_may_linger(systemd: Path) -> None:
    assert await has_manager()
    await switch_on()
    assert not await lingers()
    await linger()
    (systemd / "said").write_text("Linger=yes\n")
    assert await lingers()
    asked = (systemd / "asked").read_text().splitlines()
    assert asked[1:3] == ["--user daemon-reload", "--user enable --now wearsync.service"]
    assert "enable-linger" in asked


async def test_what_systemd_says_is_told(systemd: Path) -> None:
    (systemd / "ends").write_text("1")
    (systemd / "says").write_text("noise\nFailed to connect to bus\n")
    assert not await has_manager()
    assert not await lingers()
    with pytest.raises(Unavailable, match=r"^systemctl --user daemon-reload: Failed to connect to bus$"):
        await switch_on()
    (systemd / "says").write_text("")
    with pytest.raises(Unavailable, match="exit code 1"):
        await linger()


async def test_without_systemd_there_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home))
    assert not await has_manager()
