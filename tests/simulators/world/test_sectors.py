"""What is left of a file after a power cut, against a copy of the whole file made at each sync."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wearsync_simulators.world.sectors import SECTOR_BYTES, Unsynced

SIZE_MAX = 6 * SECTOR_BYTES
places = st.integers(0, SIZE_MAX) | st.integers(0, 6).map(lambda sector: sector * SECTOR_BYTES)
writes = st.tuples(st.just("write"), places, st.integers(1, 3 * SECTOR_BYTES))
steps = st.lists(
    writes
    | st.tuples(st.just("truncate"), places, st.just(0))
    | st.tuples(st.sampled_from(["sync", "failing sync"]), st.just(0), st.just(0)),
    max_size=12,
)


class NothingKept(Random):
    """The worst power cut."""

    def choice(self, seq: Any) -> Any:
        return min(seq)


class AllKept(Random):
    """The mildest, and no sector is torn."""

    def choice(self, seq: Any) -> Any:
        return max(seq)

    def random(self) -> float:
        return 0.5


class File:
    """A file as it is now, as it is on the disk, and what is told of it."""

    def __init__(self, content: bytes = b"") -> None:
        self.now = bytearray(content)
        self.disk = bytearray(content)
        self.unsynced = Unsynced(len(content))
        self._written = 0
        self._dirty: set[int] = set()
        self._forgotten: set[int] = set()

    def do(self, kind: str, at: int, size_bytes: int) -> None:
        match kind:
            case "write":
                self._change(at, at + size_bytes)
                self.now.extend(bytes(max(0, at - len(self.now))))
                self._written += 1
                self.now[at : at + size_bytes] = bytes([self._written]) * size_bytes
            case "truncate":
                at = min(at, len(self.now))
                self._change(at, len(self.now))
                del self.now[at:]
            case "sync":
                self.unsynced.synced(len(self.now))
                self._forgotten -= self._dirty
                self._sync()
            case _:
                self.unsynced.sync_failed()
                self._forgotten |= self._dirty
                self._dirty.clear()

    def _change(self, start: int, end: int) -> None:
        self.unsynced.changing(start, end, size_bytes=len(self.now), bytes_at=self._bytes_at)
        self._dirty |= set(range(start // SECTOR_BYTES, -(-end // SECTOR_BYTES)))

    def _bytes_at(self, offset: int, size_bytes: int) -> bytes:
        assert offset + size_bytes <= len(self.now)
        return bytes(self.now[offset : offset + size_bytes])

    def _sync(self) -> None:
        synced = bytearray(self.now)
        for start in (sector * SECTOR_BYTES for sector in self._forgotten):
            end = min(start + SECTOR_BYTES, len(synced))
            if start < end:
                synced[start:end] = bytes(self.disk[start:end]).ljust(end - start, b"\0")
        self.disk = synced
        self._dirty.clear()


def played(content: bytes, script: list[tuple[str, int, int]]) -> File:
    file = File(content)
    for step in script:
        file.do(*step)
    return file


@given(st.binary(max_size=SIZE_MAX), steps)
def test_the_worst_power_cut_leaves_what_was_synced(
    content: bytes, script: list[tuple[str, int, int]]
) -> None:
    file = played(content, script)
    assert file.unsynced.survivor(bytes(file.now), NothingKept(1)) == file.disk


@given(st.binary(max_size=SIZE_MAX), steps)
def test_the_mildest_leaves_all(content: bytes, script: list[tuple[str, int, int]]) -> None:
    file = played(content, script)
    assert file.unsynced.survivor(bytes(file.now), AllKept(1)) == file.now


@given(st.binary(max_size=SIZE_MAX), steps, st.integers())
def test_each_sector_is_old_or_new_or_torn(
    content: bytes, script: list[tuple[str, int, int]], seed: int
) -> None:
    file = played(content, script)
    survivor = file.unsynced.survivor(bytes(file.now), Random(seed))
    assert len(survivor) <= max(len(file.now), len(file.disk))
    assert len(survivor) >= min(len(file.now), len(file.disk))
    for start in range(0, len(survivor), SECTOR_BYTES):
        got = survivor[start : start + SECTOR_BYTES]
        old, new = (
            bytes(whole[start : start + SECTOR_BYTES]).ljust(SECTOR_BYTES, b"\0")[: len(got)]
            for whole in (file.disk, file.now)
        )
        assert any(got == new[:cut] + old[cut:] for cut in range(len(got) + 1))


def test_every_kind_of_sector_comes() -> None:
    file = played(b"o" * SIZE_MAX, [("write", 0, 3 * SECTOR_BYTES), ("truncate", SIZE_MAX - 1, 0)])
    survivors = [file.unsynced.survivor(bytes(file.now), Random(seed)) for seed in range(300)]
    assert {len(survivor) for survivor in survivors} == {SIZE_MAX - 1, SIZE_MAX}
    seconds = {survivor[SECTOR_BYTES : 2 * SECTOR_BYTES] for survivor in survivors}
    assert {b"o" * SECTOR_BYTES, b"\1" * SECTOR_BYTES} < seconds


def test_what_a_failing_sync_forgot_is_durable_when_it_was_written_again() -> None:
    file = played(b"", [("write", 0, 700), ("failing sync", 0, 0), ("sync", 0, 0)])
    assert len(file.unsynced) == 2
    assert file.unsynced.survivor(bytes(file.now), NothingKept(1)) == bytes(700)
    file.do("write", 0, 100)
    file.do("sync", 0, 0)
    assert len(file.unsynced) == 1
    assert file.unsynced.survivor(bytes(file.now), NothingKept(1))[:SECTOR_BYTES] == file.now[:SECTOR_BYTES]
