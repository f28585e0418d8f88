"""Weeks of the whole product, in which everything goes wrong: nothing is lost, nothing counts twice.

Rule: each world runs in a process of its own; a seed that once found something stays in the list.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest

from tests.simulators.world.worlds import DEADLINE_S, run
from wearsync_simulators.world.plan import Plan, Report
from wearsync_simulators.world.world import KNOWN

SEEDS = tuple(range(1, 13))
DAYS = 7
# Those that the fast world does not have, with the reason; none so far.
NOT_HERE: frozenset[str] = frozenset()
CRASHES_MIN = 300


def world(*options: str, hash_seed: str) -> dict[str, object]:
    """The last line of `wearsync-sim world --json`."""
    done = subprocess.run(
        [sys.executable, "-m", "wearsync_simulators", "world", "--json", *options],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(told, dict)
    assert done.returncode == (1 if told["violations"] else 0), done.stderr
    return told


@cache
def week_of(seed: int) -> Report:
    return run(Plan(seed=seed, days=DAYS))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_week_violates_nothing(seed: int):
    week = week_of(seed)
    assert week.violations == ()
    assert week.sessions
    assert week.records


def test_every_fault_has_struck_and_crashes_were_many():
    struck: Counter[str] = Counter()
    for seed in SEEDS:
        struck.update(dict(week_of(seed).faults))
    assert [fault.name for fault in KNOWN if not struck[fault.name] and fault.name not in NOT_HERE] == []
    assert sum(week_of(seed).crashes for seed in SEEDS) >= CRASHES_MIN


def test_a_seed_is_a_run_whatever_the_hash_seed():
    again = world("--seed", "1", "--days", str(DAYS), hash_seed="77")
    assert again["trace"] == week_of(1).trace
    assert week_of(2).trace != again["trace"]


def test_over_real_bluetooth_too():
    assert run(Plan(seed=1, days=1, radio="ble")).violations == ()


def test_two_wearers_and_no_faults():
    quiet = run(Plan(seed=5, days=2, watches=2, faults=()))
    assert quiet.violations == ()
    assert quiet.crashes == 0


def test_two_wearers_and_all_faults():
    both = run(Plan(seed=2, days=3, watches=2))
    assert both.violations == ()
    assert both.crashes
