"""`wearsync-sim check`: what is asked for, what is refused, and exit codes; a watch over the air of another
process, too.
"""

import asyncio
import json
import secrets
import time
from datetime import UTC
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from tests.daemon.home import Person
from tests.simulators.processes import SOON_S, sim
from wearsync.config import Settings, load
from wearsync.control.calls import PairParams
from wearsync.daemon.clock import HostClock
from wearsync.daemon.keys import KeyStore
from wearsync.daemon.pairing import enrol
from wearsync.errors import UsageError
from wearsync.radio.spec import open_radio
from wearsync_simulators.cli import app
from wearsync_simulators.kit.actor import Actor
from wearsync_simulators.kit.command import Wish, check
from wearsync_simulators.radio.tcp import serve_air
from wearsync_simulators.watches.simulated_watch import SimulatedWatch


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (Wish(), "either --driver NAME, or --watch NAME"),
        (Wish(driver="wearsync", watch="Ours"), "either --driver NAME, or --watch NAME"),
        (Wish(driver="nobody"), "there is no driver 'nobody'"),
        (Wish(driver="wearsync", stories=("nothing",)), "there is no story 'nothing'; there are: session"),
        (Wish(watch="Ours"), "no watch is called 'Ours'; there are: none"),
    ],
)
def test_what_cannot_be_checked_is_refused(wish: Wish, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check(wish, say=nothing, remark=nothing)


def test_a_driver_is_checked() -> None:
    lines: list[str] = []
    wish = Wish(driver="infinitime", stories=("nobody-there", "run-alone"), as_json=True)
    assert check(wish, say=lines.append, remark=lines.append)
    assert [json.loads(line).get("result") for line in lines] == ["pass", "not_applicable", None]


def test_who_checks_a_model_in_place_of_the_app_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    wish = Wish(driver="banglejs", stories=("nobody-there",))
    assert check(wish, say=nothing, remark=told.append)
    assert told == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check(wish, say=nothing, remark=told.append)
    assert told == ["there is no node here: a model plays the Bangle.js, the app's own JavaScript is not run"]


def test_exit_codes_and_options() -> None:
    runner = CliRunner()
    good = runner.invoke(app, ["check", "--driver", "wearsync", "--story", "key-unknown", "--seed", "2"])
    assert good.exit_code == 0
    assert good.stdout.splitlines()[0] == "wearsync: hold profile, seed 2"
    assert good.stdout.splitlines()[-1] == "check: wearsync: 1 passed, 0 failed, 0 not applicable (1 runs)"
    assert isinstance(runner.invoke(app, ["check"]).exception, UsageError)


async def test_a_watch_is_checked_over_an_air(tmp_path: Path, home: Path) -> None:
    config, state = tmp_path / "config.toml", tmp_path / "state"
    config.write_text('site = "home"\nwearer = "you"\n')
    server = await serve_air("127.0.0.1", 0)
    spec = f"tcp:{server.address}"
    watch = SimulatedWatch(pairing=True, wearer=Actor(Random(1)), state_dir=tmp_path / "watch")
    await watch.power_on(f"tcp-client:{server.address}")
    await pair(load(config, state_dir=state, radio=spec))
    ours = ("--radio", spec, "--config", config, "--state-dir", state, "--watch")
    async with sim("check", *ours, "Ours", "--story", "low-battery", "--within", str(SOON_S)) as done:
        assert await done.ended() == 0, (done.out, done.err)
    assert done.err == ["→ low-battery: the battery's level is known"]
    assert done.out[-1] == "check: wearsync: 1 passed, 0 failed, 0 not applicable (1 runs)"
    assert not (state / "journal.sqlite").exists(), "what is the person's own is not touched"
    await watch.power_off()
    wish = Wish(
        watch="Ours", config=config, state_dir=state, radio=spec, stories=("session",), patience_s=1.0
    )
    lines: list[str] = []
    assert not await asyncio.to_thread(check, wish, say=lines.append, remark=nothing)
    assert any("the watch is connected: not within 1 s" in line for line in lines)
    await server.close()


async def pair(settings: Settings) -> None:
    """As `wearsync pair` does it."""
    radio = await open_radio(settings.radio, state_dir=settings.paths.state_dir)
    await enrol.pair(
        PairParams(name="Ours", yes=True),
        settings=settings,
        radio=radio,
        keys=KeyStore(settings.paths.keys),
        clock=HostClock(loop_time=asyncio.get_running_loop().time, wall=time.time, zone=UTC),
        agent=Person(),
        entropy=secrets.token_bytes,
    )
    await radio.close()


def nothing(_text: str) -> None:
    """Nobody listens."""
