"""A place for a control socket, whose path is short enough."""

from pathlib import Path

import pytest


@pytest.fixture
def path(home: Path) -> Path:
    return home / "control.sock"
