"""The child process: what it answers, and what is told when it does not."""

from pathlib import Path

import pytest

from wearsync.errors import Unavailable
from wearsync_simulators.watches.banglejs.node_process import NodeProcess, Tx, node_path
from wearsync_simulators.watches.banglejs.simulated_bangle import APP_DIRECTORY


def node() -> str:
    path = node_path()
    assert path is not None, "node is needed (Debian: nodejs)"
    return path


def test_one_request_one_reply() -> None:
    with NodeProcess(node(), APP_DIRECTORY) as child:
        assert child.ask(0, "boot").out == []
        child.ask(10, "connect")
        [tx] = child.ask(20, "rx", data="EHByaW50KDEpCg==").out
        assert isinstance(tx, Tx)
        assert tx.data == b"1\r\n"
        assert "wearsync.info" in child.ask(30, "storage").storage


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("read line; echo '{}'", "'boot': .* validation errors"),
        ("exit 3", "exit code 3"),
        ("exit 0", "'boot'"),
    ],
)
def test_who_does_not_answer_as_it_should_is_told_and_ended(tmp_path: Path, does: str, says: str) -> None:
    other = tmp_path / "node"
    other.write_text(f"#!/bin/sh\n{does}\n")
    other.chmod(0o755)
    child = NodeProcess(str(other), tmp_path)
    with pytest.raises(Unavailable, match=says):
        child.ask(0, "boot")
    with pytest.raises(Unavailable, match="'wake'"):
        child.ask(1, "wake")


def test_what_is_no_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't run"):
        NodeProcess(str(tmp_path / "none"), tmp_path)
