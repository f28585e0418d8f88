"""Keys, proofs and tags (docs/hold-profile.md, section 4), with the standard library alone.

Rule: everything that is compared is compared in constant time; nothing here is ever shown or logged.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

__all__ = [
    "KEY_BYTES",
    "TAG_BYTES",
    "Direction",
    "HostKey",
    "Keyring",
    "Lockout",
    "PairingMode",
    "Tags",
    "TranscriptProofs",
    "compare",
    "key_id",
]

KEY_BYTES = 32
TAG_BYTES = 8
PROOF_BYTES = 16
# "A watch keeps at least 4 keys": twice that, and the one that was proven longest ago goes first.
KEYS_MAX = 8
# "After 5 wrong proofs the watch answers HELLO with ERROR 8 for 60 s."
WRONG_PROOFS_MAX = 5
LOCKED_OUT_MS = 60_000
# "Pairing mode … ends after 60 s, and allows 3 attempts at pairing; then it stays closed for 60 s."
PAIRING_OPEN_MS = 60_000
PAIRING_CLOSED_MS = 60_000
PAIRING_ATTEMPTS = 3


class Direction(IntEnum):
    """Which way a tagged frame goes."""

    DOWN = 0
    UP = 1


def key_id(key: bytes) -> bytes:
    """The 4 bytes by which HELLO names a key."""
    return hashlib.sha256(b"wearsync key" + key).digest()[:4]


@dataclass(frozen=True, slots=True)
class TranscriptProofs:
    """What both ends prove with one key over one pair of nonces."""

    watch: bytes
    host: bytes
    session_key: bytes

    @classmethod
    def of(
        cls, *, key: bytes, versions: bytes, watch_id: bytes, host_nonce: bytes, watch_nonce: bytes
    ) -> "TranscriptProofs":
        """`versions`: version_min ‖ version_max (as in HELLO) ‖ the chosen one, 3 bytes."""
        told = versions + watch_id + host_nonce + watch_nonce
        return cls(
            watch=_hmac(key, b"wearsync watch" + told)[:PROOF_BYTES],
            host=_hmac(key, b"wearsync host" + told)[:PROOF_BYTES],
            session_key=_hmac(key, b"wearsync session" + host_nonce + watch_nonce),
        )


def compare(one: bytes, other: bytes) -> bool:
    """Whether both are the same, in constant time."""
    return hmac.compare_digest(one, other)


class Tags:
    """The tags of one session, each direction counted from 0, or from where `counters` says."""

    def __init__(self, session_key: bytes, counters: Mapping[Direction, int] | None = None) -> None:
        self._key = session_key
        self._counters = {Direction.DOWN: 0, Direction.UP: 0, **(counters or {})}

    def seal(self, frame: bytes, direction: Direction = Direction.UP) -> bytes:
        """The frame with its tag."""
        return frame + self._next(frame, direction)

    def unseal(self, sealed: bytes, direction: Direction = Direction.DOWN) -> bytes | None:
        """The frame without its tag; None if the tag is wrong or missing."""
        frame, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        if not frame or not compare(tag, self._next(frame, direction)):
            return None
        return frame

    def _next(self, frame: bytes, direction: Direction) -> bytes:
        counter = self._counters[direction]
        self._counters[direction] += 1
        return _hmac(self._key, bytes([direction]) + counter.to_bytes(8, "little") + frame)[:TAG_BYTES]


@dataclass(frozen=True, slots=True, repr=False)
class HostKey:
    """A key and how far its host has the journal; `journal_id` says of which journal."""

    key: bytes
    cursor: int = 0
    journal_id: int = 0


class Keyring:
    """The keys of proven hosts, the latest first, and at most one that is pending."""

    def __init__(self, hosts: tuple[HostKey, ...] = ()) -> None:
        self.hosts = hosts
        self._pending: bytes | None = None

    def offer(self, key: bytes) -> None:
        """A key was written in pairing mode: it is pending until a handshake succeeds with it."""
        self._pending = key

    def find(self, wanted: bytes) -> HostKey | None:
        """The key with this key_id, the pending one included."""
        pending = () if self._pending is None else (HostKey(self._pending),)
        return next((host for host in (*pending, *self.hosts) if key_id(host.key) == wanted), None)

    def prove(self, proven: HostKey) -> bool:
        """A handshake with this key has succeeded. True if it was pending: it is kept from now on."""
        fresh = proven.key == self._pending
        if fresh:
            self._pending = None
        known = next((host for host in self.hosts if host.key == proven.key), proven)
        self.hosts = (known, *(host for host in self.hosts if host.key != proven.key))[:KEYS_MAX]
        return fresh

    def acked(self, key: bytes, *, cursor: int, journal_id: int) -> None:
        """Note how far the host of this key is."""
        self.hosts = tuple(
            replace(host, cursor=cursor, journal_id=journal_id) if host.key == key else host
            for host in self.hosts
        )


class Lockout:
    """Counts wrong proofs, and says when a watch listens to nobody."""

    def __init__(self) -> None:
        self._wrong = 0
        self._until = 0

    def locked(self, tick: int) -> bool:
        """Whether HELLO is answered by ERROR 8 now."""
        return tick < self._until

    def wrong(self, tick: int) -> None:
        """A proof was wrong."""
        self._wrong += 1
        if self._wrong >= WRONG_PROOFS_MAX:
            self._wrong = 0
            self._until = tick + LOCKED_OUT_MS

    def right(self) -> None:
        """A proof was right: its host is no guesser."""
        self._wrong = 0


class PairingMode:
    """Whether the watch lets itself be paired now.

    `lasting` (`wearsync-sim watch --pairing`): switched on by hand again whenever that is possible, until a
    key has been proven. It has no end after 60 s, but its three attempts and the minute after them stand.
    """

    def __init__(self, *, lasting: bool = False) -> None:
        self.lasting = lasting
        self._until: int | None = None
        self._closed_until = 0
        self._attempts = 0
        if lasting:
            self.switch_on(0)

    def is_open(self, tick: int) -> bool:
        """Whether a key may be written now."""
        return self._until is not None and tick < self._until

    def switch_on(self, tick: int) -> None:
        """The wearer's hand; does nothing while the mode stays closed."""
        if tick >= self._closed_until:
            self._until = 2**32 if self.lasting else tick + PAIRING_OPEN_MS
            self._attempts = PAIRING_ATTEMPTS

    def attempt(self, tick: int) -> bool:
        """A host asks to be paired. False: refused."""
        if not self.is_open(tick):
            return False
        self._attempts -= 1
        if self._attempts < 0:
            self._close(tick)
        return self._attempts >= 0

    def failed(self, tick: int) -> None:
        """An attempt has failed; after the last one there is nothing to stay open for."""
        if self.is_open(tick) and self._attempts <= 0:
            self._close(tick)

    def proven(self) -> None:
        """A new key has been proven: the mode has served."""
        self._until = None
        self.lasting = False

    @property
    def due(self) -> int | None:
        """When the mode changes by itself: it ends, or is switched on again; None: it doesn't."""
        if self._until is not None:
            return None if self.lasting else self._until
        return self._closed_until if self.lasting else None

    def advance(self, tick: int) -> None:
        """Change what is due."""
        if self._until is not None and tick >= self._until:
            self._close(tick)
        if self._until is None and self.lasting:
            self.switch_on(tick)

    def _close(self, tick: int) -> None:
        self._until = None
        self._closed_until = tick + PAIRING_CLOSED_MS


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
