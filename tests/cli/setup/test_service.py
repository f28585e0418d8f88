"""The service at the end, and what is said where there can be none."""

from pathlib import Path

import pytest

from tests.cli.console import at_a_terminal
from wearsync.cli.options import Options
from wearsync.cli.setup.evening import Answers, Evening
from wearsync.cli.setup.service import farewell, service
from wearsync.cli.setup.talk import Talk

UNIT = Path(".config/systemd/user/wearsync.service")


def an_evening(home: Path) -> Evening:
    return Evening(Options(home / "config.toml", None, 0), Answers(), Talk(yes=False))


@pytest.mark.usefixtures("systemd")
async def test_nothing_is_written_unasked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with at_a_terminal("n\n"):
        (home / "config.toml").write_text("")
        await service(an_evening(home))
    assert not (home / UNIT).exists()
    assert f"wearsync --config {home}/config.toml run" in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("systemd")
async def test_what_systemd_refuses_is_told_with_the_way_by_hand(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config.toml").write_text("")
    (home / "systemctl").write_text(
        '#!/bin/sh\n[ "$2" = show-environment ] || { echo no unit >&2; exit 1; }\n'
    )
    with at_a_terminal("y\n"):
        await service(an_evening(home))
    said = " ".join(capsys.readouterr().err.split())
    assert "systemctl --user daemon-reload: no unit By hand:" in said


async def test_without_systemd_it_is_run_by_hand(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(home))
    (home / "config.toml").write_text("")
    with at_a_terminal(""):
        evening = an_evening(home)
        await service(evening)
        farewell(evening)
    said = capsys.readouterr().err
    assert "Users of this computer have no systemd of their own." in said
    assert "wearsync page: on a phone or a tablet" in said
    assert "wearsync start: begins a session" in said
