"""Each bug that is planted into the product is found by the world, within its stated number of seeds."""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from wearsync.journal.store import SqliteJournal
from wearsync_simulators.world.planted import BUGS, planted

WORLD = (sys.executable, "-m", "wearsync_simulators", "world", "--json")
DAYS = 7
DEADLINE_S = 110


def finds(bug: str) -> Sequence[int]:
    """The first seed that finds it, of those in which it must be found; none: nothing did."""
    for seed in range(1, BUGS[bug].within_seeds + 1):
        done = subprocess.run(
            [*WORLD, "--seed", str(seed), "--days", str(DAYS), "--plant", bug],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )
        assert done.returncode in (0, 1), done.stderr
        if done.returncode == 1:
            assert BUGS[bug].seen_by in done.stderr, done.stderr
            return [seed]
    return []


@pytest.mark.timeout(4 * DEADLINE_S)
@pytest.mark.parametrize("bug", BUGS)
def test_the_world_finds(bug: str):
    assert finds(bug)


def test_there_are_ten_at_least_and_they_are_gone_afterwards():
    assert len(BUGS) >= 10
    sound = SqliteJournal.commit
    with planted("told_early"):
        assert SqliteJournal.commit is not sound
    assert SqliteJournal.commit is sound
    with planted(None):
        assert SqliteJournal.commit is sound
