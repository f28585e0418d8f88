"""The watch's end of a session, on paper: says what a test tells it to, with the right tags or with none."""

from tests.protocol.vectors import handshake, shake_of
from wearsync.protocol.frames import (
    Challenge,
    DownFrame,
    Hello,
    Prove,
    Ready,
    Records,
    UpFrame,
    decode_down,
    encode,
)
from wearsync.protocol.trust import Direction, Handshake, TagLine

SHAKE = shake_of(handshake("one"))
READY = Ready(
    journal_id=287454020,
    boot=7,
    tick=123456,
    first_seq=1,
    next_seq=9,
    window=4,
    cue_slots=16,
    routine_id=16909060,
    features=3,
)


def worn(*seqs: int) -> Records:
    """RECORDS with one WORN for each sequence number, in boot 7."""
    raws = (
        bytes((15, 0x31)) + seq.to_bytes(4, "little") + bytes((7, 0, 0, 0, 1, 0, 0, 0, seq & 1))
        for seq in seqs
    )
    return Records(b"".join(raws))


class PaperWatch:
    """Watch "one" of the vectors; `is_open`: without handshake and tags."""

    def __init__(self, *, is_open: bool = False, key: bytes = SHAKE.key) -> None:
        self.is_open = is_open
        self.shake = Handshake(key, SHAKE.versions, SHAKE.watch_id, SHAKE.host_nonce, SHAKE.watch_nonce)
        self._down = TagLine(self.shake.session_key(), Direction.DOWN)
        self._up = TagLine(self.shake.session_key(), Direction.UP)

    def challenge(self, hello: bytes) -> bytes:
        """The answer to HELLO, with a proof over its nonce."""
        frame = decode_down(hello)
        assert isinstance(frame, Hello)
        assert frame.host_nonce == self.shake.host_nonce
        return encode(
            Challenge(1, self.shake.watch_id, self.shake.watch_nonce, self.shake.watch_proof()),
        )

    def proven(self, prove: bytes) -> None:
        """Takes PROVE, and holds it against what it must be."""
        assert decode_down(prove) == Prove(self.shake.host_proof())

    def says(self, frame: UpFrame) -> bytes:
        """The bytes of a frame up."""
        return encode(frame) if self.is_open else self._up.seal(encode(frame))

    def hears(self, data: bytes) -> DownFrame:
        """The frame in bytes from the host."""
        return decode_down(data if self.is_open else self._down.open(data))
