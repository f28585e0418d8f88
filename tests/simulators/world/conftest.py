"""What the checkers' tests share: one evening, played once."""

import pytest

from tests.simulators.world.evening import Evening, play
from wearsync_simulators.world.loop import run_jumping


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    """Nothing goes wrong in it."""
    directory = tmp_path_factory.mktemp("evening")
    return run_jumping(lambda: play(directory))
