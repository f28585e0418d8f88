"""The stage of all attacks, prepared once."""

import asyncio
from pathlib import Path

import pytest

from tests.adversaries.stage import Stage, prepare
from wearsync_simulators.adversaries.middle import Overheard
from wearsync_simulators.world.loop import JumpingLoop


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Overheard, ...]]:
    """A home of yesterday, and what was overheard there."""
    directory = tmp_path_factory.mktemp("yesterday")
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return directory, runner.run(prepare(directory))


@pytest.fixture
def stage(prepared: tuple[Path, tuple[Overheard, ...]], memory: Path) -> Stage:
    """A copy of it, for one attack."""
    directory, heard = prepared
    return Stage(directory, heard, memory)
