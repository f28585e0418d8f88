"""The stream of records up to one host, with its cursor and window (docs/hold-profile.md, section 5).

Rule: in order, from the cursor on, nothing left out without a LOST in its place.
"""

from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.frames import Lost, Records

__all__ = ["WINDOW_RECORDS", "Stream"]

# Records under way beyond the last ACK. They are in the flash anyway, so it costs a watch no memory. An ACK
# takes up to two connection intervals and the host's commit, a tenth of a second: the fastest air carries 700
# records meanwhile.
WINDOW_RECORDS = 1024


class Stream:
    """What START(cursor) asked for; `room`: bytes of records that one frame can carry."""

    def __init__(self, flash: Flash, *, cursor: int, room: int) -> None:
        self._flash = flash
        self._room = room
        # "If c is below first_seq it begins with LOST": seq counts from 1, so nothing is lost below that.
        self._next = max(cursor, 1)
        self._acked = self._next - 1
        self._holes: list[tuple[int, int]] = []

    def pump(self) -> list[Lost | Records]:
        """The frames that may go up now."""
        frames: list[Lost | Records] = []
        batch: list[bytes] = []
        while self._next < self._flash.next_seq and self._under_way < WINDOW_RECORDS:
            record = self._flash.read(self._next)
            if batch and (record is None or sum(map(len, batch)) + len(record) > self._room):
                frames.append(Records(tuple(batch)))
                batch = []
            if record is None:
                frames.append(self._skip())
            else:
                batch.append(record)
                self._next += 1
        if batch:
            frames.append(Records(tuple(batch)))
        return frames

    def acked(self, seq: int) -> bool:
        """The host has all up to `seq`. False if it was not even sent."""
        if seq >= self._next:
            return False
        self._acked = max(self._acked, seq)
        self._holes = [(gone, after) for gone, after in self._holes if after - 1 > self._acked]
        return True

    @property
    def _under_way(self) -> int:
        """Records beyond the last ACK: "what is lost takes no room"."""
        holes = sum(after - max(gone, self._acked + 1) for gone, after in self._holes)
        return self._next - 1 - self._acked - holes

    def _skip(self) -> Lost:
        gone = self._next
        while self._next < self._flash.next_seq and self._flash.read(self._next) is None:
            self._next += 1
        self._holes.append((gone, self._next))
        return Lost(gone, self._next)
