"""Names for the prompt come from the same places as the commands have them from; and none if they can't."""

import asyncio
import socket
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.live.stage import status
from wearsync.cli.known_names import ANSWER_DEADLINE_S, Home, holds, watches
from wearsync.config import add_watch, load
from wearsync.config.sections import WatchSettings
from wearsync.control.calls import HoldsParams
from wearsync.control.results import HoldsResult

HOLD = '{"id": "a:7:%d:hold", "local_date": "2026-03-14", "side": "left", "credited_s": 30.0}'


def configured(path: Path) -> None:
    path.write_text('wearer = "anna"\n', encoding="utf-8")
    add_watch(path, WatchSettings(name="W", id="a1" * 16, address="F0:00:00:00:00:01"))
    add_watch(path, WatchSettings(name="V", id="b1" * 16, address="F0:00:00:00:00:02", wearer="ben"))


def test_watches_and_wearers_are_those_of_the_configuration(config: Path) -> None:
    configured(config)
    home = Home.of(config, None)
    settings = load(config)
    assert home.wearer == settings.wearer
    assert list(watches(home)) == [(watch.name, settings.wearer_of(watch)) for watch in settings.watches]


@pytest.mark.parametrize("named", ["", 'state_dir = "/tmp/x"\n', '[control]\nsocket = "/tmp/y.sock"\n'])
def test_the_daemon_is_asked_where_the_commands_ask_it(
    config: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    for setting in ("WEARSYNC_STATE_DIR", "WEARSYNC_CONTROL_SERVICE"):
        monkeypatch.delenv(setting)
    config.write_text(named, encoding="utf-8")
    paths = load(config).paths
    places = [paths.control_socket, *([paths.service_socket] if paths.service_socket else [])]
    assert list(Home.of(config, None).sockets) == places
    elsewhere = load(config, state_dir=Path("/tmp/z")).paths
    assert Home.of(config, Path("/tmp/z")).sockets == (elsewhere.control_socket,)


def test_without_a_file_there_are_the_defaults(config: Path) -> None:
    home = Home.of(None, None)
    assert home.wearer == load().wearer
    assert list(watches(home)) == []


async def test_a_service_s_watches_are_known_too(desk: Desk, home: Path, config: Path) -> None:
    desk.answer = status("Hall")
    found = await asyncio.to_thread(lambda: list(watches(Home.of(config, home / "s"))))
    assert found == [("Hall", "you")]


async def test_holds_are_the_daemon_s_newest_first(desk: Desk, home: Path, config: Path) -> None:
    desk.answer = HoldsResult(wearer="you", holds=(HOLD % 1, HOLD % 2))
    found = await asyncio.to_thread(lambda: holds(Home.of(config, home / "s")))
    assert found == [("a:7:2:hold", "2026-03-14 left 30 s"), ("a:7:1:hold", "2026-03-14 left 30 s")]
    [call] = desk.calls
    assert isinstance(call, HoldsParams)
    assert call.since is not None


def test_a_daemon_that_says_nothing_is_not_waited_for(config: Path, home: Path) -> None:
    (home / "s").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(str(home / "s" / "control.sock"))
        silent.listen()
        began_s = time.monotonic()
        assert holds(Home.of(config, home / "s")) == []
        assert time.monotonic() - began_s < 10 * ANSWER_DEADLINE_S
