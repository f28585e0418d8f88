"""What somebody in the middle does to frames.

Rule: one meddling each, so that what comes of it has one cause; after its last strike it only listens.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum

from wearsync_simulators.adversaries.middle import Relay, Way

__all__ = ["Again", "Mirror", "Op", "Strike", "Swap", "dropped", "doubled", "flipped"]

Change = Callable[[bytes], Sequence[bytes]]


class Op(IntEnum):
    """Opcodes of docs/hold-profile.md, section 2."""

    HELLO = 0x01
    PROVE = 0x02
    START = 0x03
    ACK = 0x04
    CUES = 0x05
    CANCEL = 0x06
    STEP = 0x07
    HOLD = 0x08
    CLOCK = 0x09
    PING = 0x0A
    ROUTINE = 0x0B
    BYE = 0x0C
    CHALLENGE = 0x81
    READY = 0x82
    RECORDS = 0x83
    PONG = 0x84
    LOST = 0x85
    ERROR = 0x8F


class Strike(Relay):
    """Puts `change(frame)` in the place of the first frame of that opcode; `strikes`: of so many of them."""

    def __init__(self, op: Op, change: Change, *, strikes: int = 1) -> None:
        self._op = op
        self._change = change
        self.left = strikes

    def passed(self, way: Way, number: int, frame: bytes) -> Sequence[bytes]:
        """See `Relay`."""
        if not self.left or frame[:1] != bytes([self._op]):
            return (frame,)
        self.left -= 1
        return self._change(frame)


class Swap(Relay):
    """Lets the first frame of that opcode come after the next one of its direction, whatever that is."""

    def __init__(self, op: Op) -> None:
        self._op = op
        self._kept: tuple[Way, bytes] | None = None
        self.left = 1

    def passed(self, way: Way, number: int, frame: bytes) -> Sequence[bytes]:
        """See `Relay`."""
        if self._kept is not None and self._kept[0] is way:
            kept, self._kept = self._kept[1], None
            return (frame, kept)
        if self.left and frame[:1] == bytes([self._op]):
            self.left, self._kept = 0, (way, frame)
            return ()
        return (frame,)


class Again(Relay):
    """Keeps the first frame of that opcode, lets it pass, and plays it again after the next `later` frames of
    its direction.
    """

    def __init__(self, op: Op, *, later: int) -> None:
        self._op = op
        self._later = later
        self._kept: tuple[Way, bytes] | None = None
        self.left = 1

    def passed(self, way: Way, number: int, frame: bytes) -> Sequence[bytes]:
        """See `Relay`."""
        if self._kept is None and frame[:1] == bytes([self._op]):
            self._kept = (way, frame)
        elif self.left and self._kept is not None and self._kept[0] is way:
            self._later -= 1
            if self._later <= 0:
                self.left = 0
                return (frame, self._kept[1])
        return (frame,)


class Mirror(Relay):
    """Gives a frame with a tag back to who has sent it: that way, in the place of the other end's first frame
    that has the same number in its own direction.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
        self._sent: list[bytes] = []
        self.left = 1

    def passed(self, way: Way, number: int, frame: bytes) -> Sequence[bytes]:
        """See `Relay`."""
        counter = number - _UNTAGGED[way]
        if way is not self._way:
            if number == 0:  # another connection
                self._sent.clear()
            if counter >= 0:
                self._sent.append(frame)
        elif self.left and 0 <= counter < len(self._sent):
            self.left = 0
            return (self._sent[counter],)
        return (frame,)


# HELLO and PROVE, and CHALLENGE: tags are counted from 0 behind them.
_UNTAGGED = {Way.DOWN: 2, Way.UP: 1}


def flipped(bit: int) -> Change:
    """With one bit turned over; counted through the frame, and around."""

    def change(frame: bytes) -> Sequence[bytes]:
        bent, place = bytearray(frame), bit % (8 * len(frame))
        bent[place // 8] ^= 1 << place % 8
        return (bytes(bent),)

    return change


def dropped(_frame: bytes) -> Sequence[bytes]:
    """Not at all."""
    return ()


def doubled(frame: bytes) -> Sequence[bytes]:
    """Twice."""
    return (frame, frame)
