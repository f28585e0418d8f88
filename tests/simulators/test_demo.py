"""`wearsync demo` as a user has it: a process, its options, its exit codes."""

import asyncio
import json
import sys

import pytest

from tests.mosquitto import Mosquitto
from tests.simulators.processes import running

DEMO = (sys.executable, "-m", "wearsync", "demo")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--hold", "10"), 2, "greater than or equal to 30"),
        (("--hold", "10000"), 2, "less than or equal to 60"),
        (("--speed", "0"), 2, "--speed"),
        (("--watch", "unheard-of"), 2, "there are: wearsync, banglejs, infinitime"),
        (("--broker", "nonsense"), 78, "not a broker's URL"),
        (("--broker", "mqtt://127.0.0.1:1"), 69, "no broker answers at mqtt://127.0.0.1:1"),
    ],
)
async def test_what_cant_be_shown_is_one_line_and_an_exit_code(
    arguments: tuple[str, ...], code: int, says: str
) -> None:
    async with running(*DEMO, *arguments) as demo:
        assert await demo.ended() == code
        [line] = demo.err
        assert line.startswith("wearsync: ")
        assert says in line


async def test_the_contract_for_programs() -> None:
    """Each line a message that a subscriber got; the last one what it comes to."""
    async with running(*DEMO, "--speed", "20", "--sessions", "1", "--json") as demo:
        assert await asyncio.wait_for(demo.process.wait(), 100) == 0
        await demo.ended()
        *messages, summary = [json.loads(line) for line in demo.out]
    assert demo.err == []
    assert all(message.keys() == {"topic", "payload", "retain"} for message in messages)
    assert len(summary["holds"]) == 4
    assert all(abs(hold["measured_s"] - hold["planned_s"]) < 1.4 for hold in summary["holds"])
    assert summary["cues"].keys() == {"played"}
    assert (summary["lost"], summary["duplicates"], summary["unknowable"]) == (0, 0, [])
    told = [message["payload"] for message in messages if message["topic"].endswith("/hold")]
    assert summary["holds"] == told


async def test_the_contract_of_a_watch_that_schedules_its_cues() -> None:
    options = ("--watch", "banglejs", "--speed", "30", "--rounds", "1", "--json")
    async with running(*DEMO, *options) as demo:
        assert await asyncio.wait_for(demo.process.wait(), 100) == 0
        await demo.ended()
        summary = json.loads(demo.out[-1])
    assert demo.err == []
    assert [hold["outcome"] for hold in summary["holds"]] == ["done"] * 2
    assert "scheduled" in summary["cues"]
    assert "played" not in summary["cues"]
    [unknowable] = summary["unknowable"]
    assert "Bangle.js 2 says only that the buzz was scheduled" in unknowable


async def test_a_broker_that_dies_ends_it(mosquitto: Mosquitto) -> None:
    async with running(*DEMO, "--speed", "20", "--json", "--broker", mosquitto.url) as demo:
        await demo.until("/status")
        mosquitto.kill()
        assert await demo.ended() == 69
        assert "went away" in demo.err[-1]
        assert not any("Traceback" in line for line in demo.err)
