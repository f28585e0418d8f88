"""Who is who (docs/hold-profile.md, section 4): key ids, proofs, session keys, tags.

Rule: proofs and tags are compared in constant time; a key never stands in a message, a repr or an error.
"""

import hmac
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Final

from wearsync.errors import TrustError

NONCE_BYTES: Final = 16
TAG_BYTES: Final = 8


class Direction(IntEnum):
    """Which way a frame goes: a reflected frame does not carry the right tag."""

    DOWN = 0
    UP = 1


@dataclass(frozen=True, slots=True)
class Handshake:
    """What both sides prove that they have seen. 3 bytes of `versions`: min, max, the one chosen."""

    key: bytes = field(repr=False)
    versions: bytes
    watch_id: bytes
    host_nonce: bytes
    watch_nonce: bytes

    def watch_proof(self) -> bytes:
        """The proof in CHALLENGE."""
        return self._proof(b"wearsync watch")

    def host_proof(self) -> bytes:
        """The proof in PROVE."""
        return self._proof(b"wearsync host")

    def session_key(self) -> bytes:
        """S, that tags are made with."""
        return _hmac(self.key, b"wearsync session" + self.host_nonce + self.watch_nonce)

    def _proof(self, label: bytes) -> bytes:
        seen = self.versions + self.watch_id + self.host_nonce + self.watch_nonce
        return _hmac(self.key, label + seen)[:16]


class TagLine:
    """One direction of a session: counts its frames, which is all that the tags' counter is."""

    def __init__(self, session_key: bytes, direction: Direction, counter: int = 0) -> None:
        self._session_key = session_key
        self._direction = direction
        self._counter = counter

    def seal(self, frame: bytes) -> bytes:
        """The frame with the next tag."""
        return frame + self._next_tag(frame)

    def open(self, data: bytes) -> bytes:
        """The frame without its tag. Raises `TrustError` when the tag is not the next one's."""
        frame, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        if not hmac.compare_digest(self._next_tag(frame), tag):
            raise TrustError("a frame carries a wrong tag: nothing of it is used")
        return frame

    def _next_tag(self, frame: bytes) -> bytes:
        tag = frame_tag(self._session_key, self._direction, self._counter, frame)
        self._counter += 1
        return tag


def key_id(key: bytes) -> bytes:
    """Four bytes that name a key."""
    return sha256(b"wearsync key" + key).digest()[:4]


def frame_tag(session_key: bytes, direction: Direction, counter: int, frame: bytes) -> bytes:
    """The tag of opcode ‖ body; `counter` from 0 in each direction."""
    return _hmac(session_key, bytes((direction,)) + counter.to_bytes(8, "little") + frame)[:TAG_BYTES]


def same(one: bytes, other: bytes) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(one, other)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
