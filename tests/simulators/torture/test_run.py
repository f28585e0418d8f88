"""A short run with all real processes: nothing lost, nothing twice; and the words of a result."""

import json
from pathlib import Path

import pytest

from wearsync_simulators.torture.run import Result, Wish, run, tracebacks
from wearsync_simulators.torture.verdict import Verdict


@pytest.mark.timeout(200)
@pytest.mark.usefixtures("mosquitto")
async def test_a_short_fire_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    result = await run(Wish(minutes=0.2, seed=1, keep=tmp_path / "kept"), said.append)
    assert result.told() == result.json_text(), result.told()
    assert result.ok
    told = json.loads(result.json_text())
    assert (told["lost"], told["doubled"], told["wrong"]) == (0, 0, [])
    assert told["kills"] >= 2
    assert said[0].startswith("seed 1")


WISH = Wish(minutes=3, seed=1)
CLEAN = Result(WISH, Verdict((), (), 2, 1, 4), {"kill daemon": 2, "full disk": 1}, "tmpfs", 1.26, {}, ())


def test_the_last_line() -> None:
    assert json.loads(CLEAN.json_text()) == {
        "lost": 0, "doubled": 0, "kills": 2, "sessions": 1, "holds": 2, "duplicates": 4,
        "faults": {"kill daemon": 2, "full disk": {"times": 1, "by": "tmpfs"}},
        "drained_s": 1.3, "exits": {}, "wrong": [], "seed": 1, "minutes": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("result", "first"),
    [
        (Result(WISH, Verdict(("a",), (), 0, 0, 0), {}, "", 0, {}, ()), "lost: a"),
        (Result(WISH, Verdict((), ("b",), 0, 0, 0), {}, "", 0, {}, ()), "doubled: b"),
        (Result(WISH, Verdict((), (), 0, 0, 0), {}, "", 0, {"daemon": [70]}, ("c",)), "wrong: c"),
    ],
)
def test_what_is_wrong_is_said_before_it(result: Result, first: str) -> None:
    assert not result.ok
    assert result.told().splitlines() == [first, result.json_text()]


def test_a_traceback_is_found_but_for_the_debug_log() -> None:
    said = """\
2026-11-23 02:19:58,434 WARNING link.ended
2026-11-23 02:19:59,549 DEBUG radio.scan_stop_failed
Traceback (most recent call last):
bleak.exc.BleakError: scanning: transport lost
2026-11-23 02:20:43,106 ERROR Task exception was never retrieved
future: <Task finished>
Traceback (most recent call last):
wearsync.errors.BrokerUnavailable: gone
2026-11-23 02:20:43,112 INFO broker.away
"""
    assert list(tracebacks(said)) == [
        (
            "2026-11-23 02:20:43,106 ERROR Task exception was never retrieved"
            " … wearsync.errors.BrokerUnavailable: gone"
        )
    ]
    assert list(tracebacks("Traceback (most recent call last):\nOSError: no")) == [
        "Traceback (most recent call last): … OSError: no"
    ]
    assert list(tracebacks("")) == []
