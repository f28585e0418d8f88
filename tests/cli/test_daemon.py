"""`wearsync run`: what ends it before it has begun. Its life is in tests/daemon."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Desk
from tests.cli.console import wearsync
from tests.simulators.processes import running
from wearsync.control.calls import ReloadParams, ResyncParams
from wearsync.control.results import Done, ReloadResult
from wearsync.errors import ConfigError, UsageError

WEARSYNC = (sys.executable, "-m", "wearsync")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--broker", "nonsense"), 78, "--broker: not a broker's URL: 'nonsense'"),
        (("--broker", "mqtt://me:secret@h"), 78, "put it into a file"),
        (("--radio", "nonsense"), 2, "there are native, tcp"),
        (("--radio", "tcp:nonsense"), 2, "tcp:127.0.0.1:9747"),
    ],
)
def test_what_is_asked_wrongly_ends_it_at_once(
    config: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = wearsync("run", *arguments)
    assert done.code == code
    assert says in done.err
    assert done.err.count("\n") == 1
    assert "secret" not in done.err


async def test_it_lives_without_radio_and_broker_and_alone(config: Path) -> None:
    """What is absent is said once, and waited for; a second daemon is refused."""
    command = (*WEARSYNC, "run", "--radio", "tcp:127.0.0.1:1", "--broker", "mqtt://127.0.0.1:1")
    async with running(*command) as first:
        assert "wearsync-sim air" in await first.until("radio.missing", err=True)
        assert "refuses connections" in await first.until("broker.unavailable", err=True)
        async with running(*command) as second:
            assert await second.ended() == 73
            [line] = second.err
            assert line.startswith("wearsync: wearsync is already running on ")
        assert await first.stop() == 0
        assert first.out == []


async def test_resync_asks_the_daemon(desk: Desk) -> None:
    desk.answer = Done(text="3 events are published again")
    done = await asyncio.to_thread(wearsync, "resync", "--since", "ab:1:7:hold")
    assert (done.code, done.out) == (0, "3 events are published again\n")
    assert desk.calls == [ResyncParams(since="ab:1:7:hold")]
    desk.answer = UsageError("no event has the id ab")
    done = await asyncio.to_thread(wearsync, "resync", "--since", "ab")
    assert (done.code, done.err) == (2, "wearsync: no event has the id ab\n")


async def test_reload_says_what_is_new_and_from_when_on(desk: Desk) -> None:
    desk.answer = ReloadResult(
        file="/etc/w.toml",
        changed=("routine", "watch W: gone"),
        after_session=("W",),
        at_next_start=("site",),
    )
    done = await asyncio.to_thread(wearsync, "reload")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "new: routine",
            "new: watch W: gone",
            "when its session is over: W",
            "at the daemon's next start: site",
        ],
    )
    assert desk.calls == [ReloadParams()]
    done = await asyncio.to_thread(wearsync, "reload", "--json")
    assert ReloadResult.model_validate_json(done.out) == desk.answer
    desk.answer = ReloadResult(file="/etc/w.toml", changed=(), after_session=(), at_next_start=())
    done = await asyncio.to_thread(wearsync, "reload")
    assert (done.code, done.out) == (0, "/etc/w.toml: nothing in it is new.\n")
    desk.answer = ConfigError("line 3: no (the daemon goes on with what it had)")
    done = await asyncio.to_thread(wearsync, "reload")
    assert (done.code, done.err) == (78, "wearsync: line 3: no (the daemon goes on with what it had)\n")


def test_reload_without_a_daemon(config: Path) -> None:
    done = wearsync("reload")
    assert (done.code, done.err.count("\n")) == (69, 1)
