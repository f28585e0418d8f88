"""What a watch keeps beside its journal."""

from pathlib import Path
from random import Random

import pytest

from tests.simulators.watches.paper_host import routine_body
from wearsync.errors import StorageError
from wearsync_simulators.watches.frames import read_routine
from wearsync_simulators.watches.memory import Memory, new_memory, read_memory, write_memory
from wearsync_simulators.watches.trust import HostKey

FULL = Memory(
    bytes(range(16)), "C4:01:02:03:04:05", (HostKey(bytes(32), 7, 9),), read_routine(routine_body(rounds=3))
)


@pytest.mark.parametrize("memory", [FULL, new_memory(Random(1).randbytes)], ids=["full", "new"])
def test_it_is_read_as_it_was_written(tmp_path: Path, memory: Memory) -> None:
    path = tmp_path / "w" / "memory.json"
    write_memory(path, memory)
    write_memory(path, memory)
    assert read_memory(path) == memory
    assert path.stat().st_mode & 0o77 == 0
    assert [file.name for file in path.parent.iterdir()] == ["memory.json"]


def test_a_new_watch_has_an_address_of_the_right_kind_and_an_identity() -> None:
    for seed in range(50):
        memory = new_memory(Random(seed).randbytes)
        assert int(memory.address[:2], 16) >= 0xC0
        assert len(memory.address) == 17
        assert len(memory.watch_id) == 16


def test_nothing_was_kept(tmp_path: Path) -> None:
    assert read_memory(tmp_path / "memory.json") is None


@pytest.mark.parametrize("content", ["", "{", "{}", '{"watch_id": "00"}', "[]"])
def test_what_is_no_memory(tmp_path: Path, content: str) -> None:
    path = tmp_path / "memory.json"
    path.write_text(content)
    with pytest.raises(StorageError, match="not a simulated watch's memory"):
        read_memory(path)


def test_what_cant_be_read_or_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="can't read"):
        read_memory(tmp_path / "file" / "memory.json")
    with pytest.raises(StorageError, match="can't write"):
        write_memory(tmp_path / "file" / "memory.json", FULL)


def test_keys_are_never_shown() -> None:
    assert "00" * 32 not in repr(FULL)
    assert str(bytes(32)) not in repr(FULL)
