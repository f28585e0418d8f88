"""What people see of the demo: lines in a pipe, a picture at a terminal, a table at the end."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mosquitto import Mosquitto
from wearsync_simulators.demo_run import run
from wearsync_simulators.demo_show import Wish

TABLE = ["side", "round", "planned", "measured", "credited", "outcome"]


def test_in_a_pipe_it_is_calm_lines_and_a_table(
    mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = Wish(
        speed=30, sessions=2, hold_s=31, rounds=1, watch="wearsync", broker=mosquitto.url, as_json=False
    )
    level = logging.getLogger("wearsync").level
    assert run(wish)
    assert logging.getLogger("wearsync").level == level
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert "pairing with it over Bluetooth LE" in err
    assert lines.count("hold left (round 1 of 1): LEFT knee down on the pillow") == 2
    assert any(line.split() == TABLE for line in lines)
    assert (
        sum(line.split()[2:4] == ["31", "s"] for line in lines if line.startswith(("left ", "right "))) == 4
    )
    assert lines[-1] == "The watch's own journal and the subscriber agree."
    assert "lost: 0 · duplicates: 0" in lines[-2]


def test_of_a_watch_that_acknowledges_nothing_it_is_said_what_nobody_can_know(
    mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = Wish(
        speed=15, sessions=1, hold_s=30, rounds=1, watch="infinitime", broker=mosquitto.url, as_json=False
    )
    assert run(wish)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "What the watch showed and played and the subscriber agree."
    told = [line.removeprefix("not to be known: ") for line in lines[-4:-1]]
    assert told[0] == "whether a cue was felt or played: InfiniTime acknowledges nothing"
    assert all("InfiniTime" in each for each in told)
    [cues] = [line for line in lines if line.startswith("cues: ")]
    assert "unknown" in cues
    assert "played" not in cues


def test_at_a_terminal_it_is_a_picture_that_goes_away(home: Path) -> None:
    screen, terminal = os.openpty()
    command = (sys.executable, "-m", "wearsync", "demo", "--speed", "30", "--rounds", "1")
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "30"}
    with subprocess.Popen(
        command, stdout=terminal, stderr=terminal, stdin=subprocess.DEVNULL, env=environment
    ) as demo:
        os.close(terminal)
        seen = b""
        while piece := _read(screen):
            seen += piece
        assert demo.wait(60) == 0
    os.close(screen)
    text = seen.decode()
    assert "Demo" in text
    assert "LEFT knee down on the pillow" in text
    assert "streak" in text
    assert text.index("\x1b[?1049l") < text.index("What the dashboard got")
    assert "What the dashboard got" in text
    assert "Traceback" not in text


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 65536)
    except OSError:  # Linux: the other end is closed
        return b""
