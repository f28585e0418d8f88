"""The journal in the watch's flash: a ring of slots, in a file or in memory (docs/hold-profile.md, 5).

Rule: a record is in the file before anybody hears of it. One slot is one write of 64 bytes, so a killed
process leaves whole slots; there is no fsync: what is simulated is the watch's power, not this machine's.
"""

import fcntl
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from wearsync.errors import AlreadyRunning, StorageError

__all__ = ["CAPACITY_RECORDS", "Flash"]

# A month of daily sessions of four holds, with their cues; 256 KiB, what a small watch can spare.
CAPACITY_RECORDS = 4096
_SLOT_BYTES = 64
_MAGIC = b"wearsync flash 1"
_HEADER = struct.Struct("<16sIII")  # magic, journal_id, boot, capacity
_SEQ = struct.Struct("<I")
_SEQ_AT = 2  # in a record: len, type, seq
# The last seq that fits is far; a watch that comes near begins a new journal at its next boot.
_SEQ_LAST = 2**32 - 2**16


class Flash:
    """The ring journal, the journal_id and the boot counter.

    `path` None: in memory, gone with the object. Records are raw bytes; a slot with a wrong checksum is lost.
    `on_record(journal_id, record)`: told of each that is written.
    Raises StorageError if the file is not a flash, AlreadyRunning if another watch has it.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        new_id: Callable[[], int],
        capacity: int = CAPACITY_RECORDS,
        on_record: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self._new_id = new_id
        self._on_record = on_record
        self._records: dict[int, bytes] = {}
        self.journal_id = 0
        self.boot = 0
        self.next_seq = 1
        self._capacity = capacity
        self._file = _open_locked(path) if path is not None else None
        if not self._load(path):
            self.format()

    @property
    def first_seq(self) -> int:
        """The oldest sequence number that is still there; next_seq if there is none."""
        return next(iter(self._records), self.next_seq)

    def append(self, record: bytes) -> None:
        """Write the record whose seq is `next_seq`; the oldest goes when the ring is full."""
        self._records.pop(self.next_seq - self._capacity, None)
        self._records[self.next_seq] = record
        self._write(1 + self.next_seq % self._capacity, record)
        self.next_seq += 1
        if self._on_record is not None:
            self._on_record(self.journal_id, record)

    def damage(self, where: float) -> int | None:
        """Let a record rot, `where` from the oldest (0) to the newest (1): gives its sequence number."""
        if not self._records:
            return None
        seq = list(self._records)[min(int(where * len(self._records)), len(self._records) - 1)]
        del self._records[seq]
        self._write(1 + seq % self._capacity, b"")
        return seq

    def read(self, seq: int) -> bytes | None:
        """The record's bytes, or None if it is not there."""
        return self._records.get(seq)

    def newest_first(self) -> Iterator[bytes]:
        """All records, from the newest back."""
        return reversed(list(self._records.values()))

    def oldest_first(self) -> Iterator[bytes]:
        """All records, from the oldest on."""
        return iter(list(self._records.values()))

    def next_boot(self) -> int:
        """Count a boot; the new number."""
        if self.next_seq > _SEQ_LAST:
            self.format()
        self.boot += 1
        self._write_header()
        return self.boot

    def format(self) -> None:
        """Begin a new journal: no record, a new random id. The boot counter goes on."""
        self.journal_id = self._new_id()
        self.next_seq = 1
        self._records.clear()
        if self._file is not None:
            self._file.truncate(0)
        self._write_header()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write_header(self) -> None:
        self._write(0, _HEADER.pack(_MAGIC, self.journal_id, self.boot, self._capacity))

    def _write(self, slot: int, data: bytes) -> None:
        if self._file is not None:
            self._file.seek(slot * _SLOT_BYTES)
            self._file.write(
                (bytes([len(data)]) + data + zlib.crc32(data).to_bytes(4, "little")).ljust(
                    _SLOT_BYTES, b"\xff"
                )
            )

    def _load(self, path: Path | None) -> bool:
        """Read the file; False if it is new."""
        if self._file is None:
            return False
        content = self._file.read()
        if not content:
            return False
        header = _slot(content[:_SLOT_BYTES])
        if header is None or not header.startswith(_MAGIC):
            self.close()
            raise StorageError(f"{path} is not the flash of a simulated watch: move it away, or name another")
        _, self.journal_id, self.boot, self._capacity = _HEADER.unpack(header)
        slots = (content[at : at + _SLOT_BYTES] for at in range(_SLOT_BYTES, len(content), _SLOT_BYTES))
        found = {_SEQ.unpack_from(raw, _SEQ_AT)[0]: raw for slot in slots if (raw := _slot(slot)) is not None}
        self.next_seq = max(found, default=0) + 1
        # An old record that survives in place of a damaged newer one is not of the journal any more.
        self._records = {seq: found[seq] for seq in sorted(found) if seq >= self.next_seq - self._capacity}
        return True


def _slot(slot: bytes) -> bytes | None:
    size = slot[0] if slot else 0
    data, check = slot[1 : 1 + size], slot[1 + size : 5 + size]
    return data if size > 0 and zlib.crc32(data).to_bytes(4, "little") == check else None


def _open_locked(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        file = path.open("r+b", buffering=0)
    except OSError as error:
        raise StorageError(f"can't open the watch's flash {path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise AlreadyRunning(f"another simulated watch runs on {path}: take another --state-dir") from error
    return file
