"""One file on a disk that may lose power: what the disk has instead of what was written since the last sync.

Rule: pure; the bytes as they are now stand elsewhere, and are given.
"""

from collections.abc import Callable
from random import Random

__all__ = ["SECTOR_BYTES", "Unsynced"]

# The smallest unit that disks write; most write 4096 bytes, of which these are then parts.
SECTOR_BYTES = 512

# At a power cut: how much of what was not synced is on the disk all the same.
_SHARES_KEPT = (0.0, 0.1, 0.5, 0.9, 1.0)
# Of the sectors that are: how many only up to some byte.
_TORN_SHARE = 0.05


class Unsynced:
    """The sectors that differ, or may. `synced_bytes`: the size that the file has on the disk."""

    def __init__(self, synced_bytes: int) -> None:
        self._synced_bytes = synced_bytes
        self._on_disk: dict[int, bytes] = {}
        # Of a sync that failed: the kernel takes these for clean, so the next sync leaves them out.
        self._forgotten: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._on_disk | self._forgotten)

    def changing(
        self, start: int, end: int, *, size_bytes: int, bytes_at: Callable[[int, int], bytes]
    ) -> None:
        """Bytes start … end - 1 are about to change, of a file of that size; `bytes_at(offset, size)` tells
        what stands there.
        """
        sectors = range(start // SECTOR_BYTES, -(-end // SECTOR_BYTES))
        if all(sector in self._on_disk for sector in sectors):
            return
        first = sectors.start * SECTOR_BYTES
        known_bytes = max(0, min(sectors.stop * SECTOR_BYTES, size_bytes) - first)
        before = bytes_at(first, known_bytes) if known_bytes else b""
        for sector in sectors:
            if sector not in self._on_disk:
                at = sector * SECTOR_BYTES - first
                self._on_disk[sector] = self._forgotten.get(sector, before[at : at + SECTOR_BYTES])

    def synced(self, size_bytes: int) -> None:
        """All is on the disk, but what was forgotten and not written again."""
        for sector in self._on_disk:
            self._forgotten.pop(sector, None)
        self._on_disk.clear()
        self._synced_bytes = size_bytes

    def sync_failed(self) -> None:
        """None of it is, and none of it will be by another sync."""
        self._forgotten |= self._on_disk
        self._on_disk.clear()

    def survivor(self, now: bytes, draw: Random) -> bytes:
        """What the file is after a power cut: of what was not synced, each sector is old, new or torn."""
        if not len(self):
            return now
        share = draw.choice(_SHARES_KEPT)
        uncut = len(now) < self._synced_bytes and draw.random() >= share
        image = bytearray(now.ljust(self._synced_bytes, b"\0") if uncut else now)
        grown_to = min(len(image), self._synced_bytes)
        for sector, old in (self._forgotten | self._on_disk).items():
            start = sector * SECTOR_BYTES
            end = min(start + SECTOR_BYTES, len(image))
            kept_bytes = _kept_bytes(share, draw)
            if kept_bytes and not (uncut and end > len(now)):
                grown_to = max(grown_to, end)
                start += kept_bytes
            if start < end:
                image[start:end] = old.ljust(SECTOR_BYTES, b"\0")[start % SECTOR_BYTES :][: end - start]
        # The size may be on the disk without the bytes: these are zeros then.
        return bytes(image if draw.random() < share else image[:grown_to])


def _kept_bytes(share: float, draw: Random) -> int:
    if draw.random() >= share:
        return 0
    return draw.randrange(SECTOR_BYTES) if draw.random() < _TORN_SHARE else SECTOR_BYTES
