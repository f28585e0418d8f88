"""`wearsync-sim` as a user has it: processes, options, exit codes, signals."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.simulators.processes import an_air, running, sim
from wearsync_simulators.wearer import WEARERS

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("watch", "--transport", "tcp-client:127.0.0.1:1"), 69, "wearsync-sim air"),
        (("watch", "--transport", "nonsense"), 69, "nonsense"),
        (("watch", "--wearer", "nobody"), 2, "diligent, hasty, forgetful, absent, keyboard"),
        (("watch", "--wearer", "keyboard"), 2, "needs a terminal"),
        (("watch", "--out-of-range", "10"), 2, "AT:FOR"),
        (("watch", "--out-of-range", "10:0"), 2, "AT:FOR"),
        (("watch", "--name", "a name too long"), 2, "10 bytes"),
        (("watch", "--name", "../x"), 2, "10 bytes"),
        (("watch", "--driver", "casio"), 2, "there are: wearsync, banglejs, infinitime"),
        (("watch", "--driver", "infinitime", "--trace"), 2, "--trace"),
        (("watch", "--driver", "banglejs", "--open"), 2, "--open"),
        (("air", "--listen", "9747"), 2, "tcp:127.0.0.1:9747"),
        (("air", "--listen", "tcp:192.0.2.1:9747"), 69, "192.0.2.1:9747"),
        (("air", "--loss", "0.1"), 2, "--airtime 2M"),
    ],
)
async def test_what_cant_be_done_is_one_line_and_an_exit_code(
    arguments: tuple[str, ...], code: int, says: str
) -> None:
    async with sim(*arguments) as done:
        assert await done.ended() == code
        [line] = done.err
        assert line.startswith("wearsync-sim: ")
        assert says in line
        assert done.out == []


async def test_an_unknown_option_is_a_usage_error() -> None:
    async with sim("watch", "--nonsense") as done:
        assert await done.ended() == 2


async def test_help_names_the_wearers_and_the_exit_codes() -> None:
    async with sim("watch", "--help") as done:
        assert await done.ended() == 0
        text = "".join(done.out)
        assert all(name in text for name in [*WEARERS, "keyboard"])
    async with sim("--help") as done:
        assert await done.ended() == 0
        assert "69 unavailable" in " ".join(done.out)


async def test_version() -> None:
    async with sim("--version") as done:
        assert await done.ended() == 0
        assert done.out[0].startswith("wearsync-sim ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_watch_ends_cleanly_and_is_the_same_the_next_time(
    tmp_path: Path, home: Path, number: signal.Signals
) -> None:
    journal = tmp_path / "journal.jsonl"
    async with an_air() as (_, address):
        said = []
        for boots in (1, 2):
            options = ("--transport", f"tcp-client:{address}", "--dump-journal", journal, "--name", "W")
            async with sim("watch", *options) as watch:
                said.append(await watch.until("watch: W"))
                assert await watch.stop(number) == 0
                assert watch.err == []
            records = [json.loads(line) for line in journal.read_text().splitlines()]
            assert [record["boot"] for record in records if record["type"] == "BOOTED"] == [
                *range(1, boots + 1)
            ]
        assert said[0] == said[1]
    assert (home / ".local/state/wearsync-sim/W/flash").is_file()


@pytest.mark.parametrize(("driver", "name"), [("banglejs", "Bangle.js 1234"), ("infinitime", "InfiniTime")])
async def test_a_watch_of_another_family(tmp_path: Path, driver: str, name: str) -> None:
    async with an_air() as (_, address):
        options = ("--driver", driver, "--transport", f"tcp-client:{address}", "--state-dir", tmp_path)
        async with sim("watch", *options) as watch:
            await watch.until(f"watch: {name} · ")
            assert await watch.stop() == 0
            assert watch.err == []


async def test_a_second_watch_on_one_state_is_refused(tmp_path: Path) -> None:
    async with an_air() as (_, address):
        options = ("--transport", f"tcp-client:{address}", "--state-dir", tmp_path / "w")
        async with sim("watch", *options) as watch:
            await watch.until("watch: ")
            async with sim("watch", *options) as second:
                assert await second.ended() == 73
                assert "another simulated watch" in second.err[0]


async def test_the_air_may_go_and_come_back(tmp_path: Path) -> None:
    async with an_air() as (air, address):
        options = (
            "--transport",
            f"tcp-client:{address}",
            "--state-dir",
            tmp_path / "w",
            "--dump-journal",
            "-",
        )
        async with sim("watch", *options) as watch:
            await watch.until("watch: ")
            await air.stop(signal.SIGKILL)
            await watch.until("the radio is gone", err=True)
            async with an_air(address.rpartition(":")[2]):
                await watch.until("the radio is back", err=True)
                assert await watch.stop() == 0
            assert sum('"BOOTED"' in line for line in watch.out) == 1
            assert [line.removeprefix("wearsync-sim: the radio is ")[:4] for line in watch.err] == [
                "gone",
                "back",
            ]


async def test_kill_9_in_mid_hold(tmp_path: Path) -> None:
    """A plain bleak script starts a hold; the watch dies in it, and knows so when it is back."""
    journal = tmp_path / "journal.jsonl"
    async with an_air() as (_, address):
        options = ("--transport", f"tcp-client:{address}", "--state-dir", tmp_path / "w", "--open", "--trace")
        async with sim("watch", *options) as watch:
            await watch.until("OPEN: ")
            script = (HOWTO / "on_virtual_air.py", f"tcp:{address}", HOWTO / "plain_bleak_script.py")
            async with running(sys.executable, *script) as host:
                await host.until("hold started")
                await watch.until("RECORDS")
                await watch.stop(signal.SIGKILL)
        async with sim("watch", *options, "--dump-journal", journal) as watch:
            await watch.until("OPEN: ")
            assert await watch.stop() == 0
    types = [
        (told := json.loads(line))["type"] + ":" + str(told.get("reason", told.get("what", "")))
        for line in journal.read_text().splitlines()
    ]
    assert types[2:] == [
        "SESSION:started",
        "HOLD_STARTED:",
        "BOOTED:power_on",
        "HOLD_STOPPED:reboot",
        "SESSION:ended",
        "BATTERY:",
    ]


async def test_capture_is_btsnoop(tmp_path: Path) -> None:
    capture = tmp_path / "w.btsnoop"
    async with an_air() as (_, address):
        options = (
            "--transport",
            f"tcp-client:{address}",
            "--state-dir",
            tmp_path / "w",
            "--capture",
            capture,
        )
        async with sim("watch", *options) as watch:
            await watch.until("watch: ")
            await watch.stop(signal.SIGKILL)
    assert capture.read_bytes().startswith(b"btsnoop\0")


async def test_a_person_at_the_keyboard(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    async with an_air() as (_, address):
        options = (
            "--transport",
            f"tcp-client:{address}",
            "--state-dir",
            tmp_path / "w",
            "--wearer",
            "keyboard",
        )
        async with sim("watch", *options, "--dump-journal", "-", stdin=theirs) as watch:
            os.close(theirs)
            await watch.until("watch: ")
            os.write(ours, b"xo")
            await watch.until("pairing: open")
            assert any(line.startswith("keys: space tap") for line in watch.out)
            os.write(ours, b"zq")
            assert await watch.ended() == 0
            assert any('"snooze"' in line for line in watch.out)
    os.close(ours)


async def test_two_watches_start_sessions_by_themselves_and_say_so(tmp_path: Path) -> None:
    async with an_air() as (_, address):
        options = ("--transport", f"tcp-client:{address}", "--start-after", "0.2", "--dump-journal", "-")
        async with (
            sim("watch", *options, "--state-dir", tmp_path / "a", "--wearer", "hasty", "--seed", "5") as one,
            sim("watch", *options, "--state-dir", tmp_path / "b", "--wearer", "absent") as other,
        ):
            for watch in (one, other):
                await watch.until("watch: ")
            await asyncio.gather(one.until("clock"), other.until("clock"))
            assert await one.stop() == 0
            assert await other.stop() == 0
            assert any('"WORN"' in line for line in other.out)
            for watch in (one, other):
                assert sum('"start"' in line for line in watch.out) == 1
