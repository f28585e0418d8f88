"""Which test files go first: those that last longest, so that no worker is left alone with one at the end.

Rule: an order costs or saves time, and nothing else; a file that is missing here only comes later.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

__all__ = ["LONGEST", "longest_first"]

# More than ten seconds each, the longest first (pytest --durations=50).
LONGEST = (
    "simulators/world/test_world.py",
    "integration/test_terminals.py",
    "simulators/world/test_planted.py",
    "simulators/torture/test_run.py",
    "daemon/test_reminders.py",
    "integration/test_home.py",
    "integration/test_contract.py",
    "simulators/test_cli.py",
    "simulators/test_demo.py",
    "integration/test_flood.py",
    "journal/test_io_faults.py",
    "simulators/world/test_replay_history.py",
    "simulators/test_demo_run.py",
    "packaging/test_wheel.py",
    "simulators/kit/test_command.py",
    "simulators/torture/test_user.py",
    "simulators/torture/test_stage.py",
    "integration/test_mosquitto.py",
    "simulators/torture/test_main.py",
)
_TESTS = Path(__file__).parent


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same tests; within a file they stay as they are."""
    place = {_TESTS / name: at for at, name in enumerate(LONGEST)}
    return sorted(items, key=lambda item: place.get(item.path, len(LONGEST)))
