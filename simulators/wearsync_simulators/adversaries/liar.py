"""What a watch says that has the key, and lies: hostile firmware, or a key that was stolen.

Rule: handshake and tags are right, so that what is tried is what comes after them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from wearsync_simulators.adversaries.hostile_watch import Silent
from wearsync_simulators.adversaries.relays import Op
from wearsync_simulators.watches.frames import Challenge, Pong, Ready, write_up
from wearsync_simulators.watches.trust import Direction, Tags, TranscriptProofs

__all__ = ["Liar"]

_VERSIONS = bytes([1, 1, 1])
_NONCE_BYTES = 16
# Of HELLO: opcode, versions and key_id stand before the nonce.
_HOST_NONCE = slice(7, 23)

Said = Sequence[bytes]


@dataclass
class Liar(Silent):
    """`ready`: what it says of its journal; `at_prove`, `at_start`: frames without tags, said after READY and
    at START; `pong(token)`: how it answers a PING; `told`: what the host said since the proof, without tags.
    """

    key: bytes
    watch_id: bytes
    random: Random
    ready: Ready
    at_start: Said = ()
    at_prove: Said = ()
    pong: Callable[[int], Pong] | None = None
    told: list[bytes] = field(default_factory=list)
    sessions: int = 0
    _tags: Tags | None = None
    _next_tags: Tags | None = None

    def heard(self, frame: bytes) -> Said:
        """As the profile wants it; then as it likes."""
        match frame[0]:
            case Op.HELLO:
                return (self._challenge(frame),)
            case Op.PROVE:
                self._tags, self.sessions = self._next_tags, self.sessions + 1
                return self.seal(write_up(self.ready), *self.at_prove)
            case _:
                return self._answer(frame)

    def seal(self, *frames: bytes) -> Said:
        """With the tags of the session that there is; without one, nothing."""
        tags = self._tags
        return () if tags is None else [tags.seal(frame) for frame in frames]

    def _challenge(self, hello: bytes) -> bytes:
        nonce = self.random.randbytes(_NONCE_BYTES)
        proofs = TranscriptProofs.of(
            key=self.key,
            versions=_VERSIONS,
            watch_id=self.watch_id,
            host_nonce=hello[_HOST_NONCE],
            watch_nonce=nonce,
        )
        self._next_tags = Tags(proofs.session_key)
        return write_up(Challenge(1, self.watch_id, nonce, proofs.watch))

    def _answer(self, sealed: bytes) -> Said:
        frame = None if self._tags is None else self._tags.unseal(sealed, Direction.DOWN)
        if frame is None:
            return ()
        self.told.append(frame)
        match frame[0]:
            case Op.START:
                return self.seal(*self.at_start)
            case Op.PING:
                token = int.from_bytes(frame[1:5], "little")
                pong = (
                    Pong(token, self.ready.boot, self.ready.tick, 0)
                    if self.pong is None
                    else self.pong(token)
                )
                return self.seal(write_up(pong))
            case _:
                return ()
