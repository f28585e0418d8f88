"""Where the doctor looks."""

from pathlib import Path

from wearsync.doctor import Machine


def test_paths_are_below_the_machines_root(tmp_path: Path) -> None:
    assert Machine().at("/proc/self") == Path("/proc/self")
    assert Machine(root=tmp_path).at("/proc/self") == tmp_path / "proc/self"
