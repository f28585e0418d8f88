"""The command line of the torture: options, and Ctrl-C, which leaves nothing behind."""

import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.simulators.processes import running

TORTURE = (sys.executable, "-m", "wearsync_simulators.torture")
INTERRUPTED = 130


async def test_what_it_cannot_do_is_a_usage_error() -> None:
    async with running(*TORTURE, "--minutes", "0") as done:
        assert await done.ended() == 2


@pytest.mark.usefixtures("mosquitto")
@pytest.mark.parametrize(("number", "at"), [(signal.SIGTERM, "starting all"), (signal.SIGINT, "fire for")])
async def test_it_clears_away_when_it_is_interrupted(
    number: signal.Signals, at: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(home))
    async with running(*TORTURE, "--minutes", "5", "--seed", "1") as torture:
        await torture.until(at, err=True)
        assert _left(home)
        assert await torture.stop(number) == INTERRUPTED
        assert torture.out == []
    assert not _left(home)
    assert not _processes_of(home)


def _left(home: Path) -> list[Path]:
    return list(home.iterdir())


def _processes_of(home: Path) -> list[Path]:
    """Those with a home below it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"HOME={home}/".encode() in (process / "environ").read_bytes():
                found.append(process)
    return found
