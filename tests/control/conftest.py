"""A place for a control socket, whose path is short enough; and somebody else than root."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# Of Debian's user nobody; any that is not root will do.
NOBODY = 65534


@pytest.fixture
def path(home: Path) -> Path:
    return home / "control.sock"


@contextmanager
def somebody(*groups: int) -> Iterator[None]:
    """For root, another user, of these groups; others are who they are."""
    if os.geteuid() != 0:
        yield
        return
    before = os.getgroups()
    os.setgroups(groups)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)
