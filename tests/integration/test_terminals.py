"""The story of the README, each line a process of its own, in real time: about a minute and a half."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path

import pytest

from tests.mosquitto import Mosquitto
from tests.publish.listening import listening
from tests.simulators.processes import Running, an_air, running, sim

WEARSYNC = (sys.executable, "-m", "wearsync")
# Two holds of 30 s, an absence of 20 s in the first, and the gaps: under 80 s, on a machine that has time.
SESSION_DEADLINE_S = 180.0
OK, TRUST = 0, 77


@pytest.mark.timeout(300)
async def test_the_story_of_the_terminals(
    tmp_path: Path, home: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        'site = "home"\nwearer = "you"\n[routine]\nrounds = 1\nfirst_gap_s = 3\nswitch_gap_s = 3\n'
    )
    monkeypatch.setenv("WEARSYNC_CONFIG", str(config))
    monkeypatch.setenv("WEARSYNC_STATE_DIR", str(home / "state"))
    dump = tmp_path / "journal.jsonl"
    async with (
        an_air() as (_, air),
        sim(
            "watch", "--transport", f"tcp-client:{air}", "--wearer", "diligent", "--pairing",
            "--out-of-range", "10:20", "--state-dir", tmp_path / "watch", "--dump-journal", dump,
        ) as watch,
    ):  # fmt: skip
        await watch.until("pairing: open")
        assert await _pair(air, watch, wrong=True) == TRUST
        assert "[[watches]]" not in config.read_text()
        assert not (home / "state" / "keys.json").exists()
        assert await _pair(air, watch, wrong=False) == OK
        assert "[[watches]]" in config.read_text()
        async with (
            listening(mosquitto.port, "wearsync/#") as broker,
            running(*WEARSYNC, "run", "--radio", f"tcp:{air}", "--broker", mosquitto.url) as daemon,
        ):
            await daemon.until("link.ready", err=True)
            assert await _says("start") == "W: tap the watch to begin"
            await watch.until("range: out")
            await watch.until("range: back")
            async with asyncio.timeout(SESSION_DEADLINE_S):
                while not broker.of("wearsync/home/w/session"):
                    await asyncio.sleep(0.1)
            today = json.loads(await _says("today", "--json"))
            assert await daemon.stop() == OK
        assert await watch.stop() == OK
    assert [today["today"][side]["holds"] for side in ("left", "right")] == [1, 1]
    assert today["full"]
    events = [json.loads(payload) for payload in broker.of("wearsync/home/w/hold")]
    assert [(each["side"], each["outcome"]) for each in events] == [("left", "done"), ("right", "done")]
    assert events[0]["replayed"]
    assert all(abs(each["measured_s"] - each["planned_s"]) < 1.4 for each in events)
    own = [json.loads(line) for line in dump.read_text().splitlines()]
    assert Counter(each["type"] for each in own)["HOLD_STOPPED"] == len(events)


async def _pair(air: str, watch: Running, *, wrong: bool) -> int:
    """Pair with the code that the watch shows, or with another one; the exit code."""
    codes = sum("pairing: code" in line for line in watch.out)
    async with running(
        *WEARSYNC, "pair", "--radio", f"tcp:{air}", "--yes", "--name", "W", "--passkey-stdin", stdin=PIPE
    ) as pair:
        code = int((await watch.until("pairing: code", times=codes + 1)).rpartition(" ")[2])
        assert pair.process.stdin is not None
        pair.process.stdin.write(f"{(code + wrong) % 1_000_000:06}\n".encode())
        ended = await pair.ended()
        if wrong:
            assert pair.err[-1].startswith("wearsync: no bond with Sim")
            assert pair.out == []
        else:
            assert pair.out[0].startswith("W is paired")
            assert "not compared" not in "".join(pair.err)
    return ended


async def _says(*arguments: str) -> str:
    async with running(*WEARSYNC, *arguments) as command:
        assert await command.ended() == OK, command.err
        return "\n".join(command.out)
