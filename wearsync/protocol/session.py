"""The host's end of one connection (docs/hold-profile.md, sections 4 and 5): handshake, tags, stream, window.

    NEW ──HELLO──▶ GREETED ──CHALLENGE──▶ PROVING ──READY──▶ READY ──START──▶ STREAMING
                      └────────────READY, from an open watch────┘

Rule: bytes in, bytes and messages out; what the watch does wrong raises a `WatchError`: the session is over.
A frame without an entry in the table for the state raises with both names: `ProtocolError` for a frame of the
watch's, `RuntimeError` for one of ours.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from wearsync.errors import ProtocolError, TrustError, UnfitWatch, WatchError
from wearsync.messages import CaughtUp, Record, RecordsArrived, RecordsLost, WatchReady, WatchRefused
from wearsync.model import Trust
from wearsync.protocol.frames import (
    Ack,
    Bye,
    Cancel,
    Challenge,
    Clock,
    Cues,
    DownFrame,
    Error,
    Frame,
    Hello,
    Hold,
    Lost,
    Ping,
    Pong,
    Prove,
    Ready,
    Records,
    Routine,
    Start,
    Step,
    Unknown,
    UpFrame,
    decode_up,
    encode,
    frame_name,
)
from wearsync.protocol.gatt import VERSION_MAX, VERSION_MIN, version_span
from wearsync.protocol.records import decode_records
from wearsync.protocol.trust import Direction, Handshake, TagLine, key_id, same
from wearsync.protocol.words import ERRORS


class State(Enum):
    """How far the session has come; see the drawing above."""

    NEW = "new"
    GREETED = "greeted"
    PROVING = "proving"
    READY = "ready"
    STREAMING = "streaming"


@dataclass(frozen=True, slots=True)
class Transmit:
    """Bytes to be written to Down."""

    data: bytes


Said = Transmit | WatchReady | RecordsArrived | RecordsLost | CaughtUp | WatchRefused | Pong


class HostSession:
    """One session with one watch, sans I/O.

    `key` None: an open watch, without handshake and tags. `nonce`: 16 random bytes. `seen_nonces`: those of
    this watch's earlier sessions, none of which it may use again.
    """

    def __init__(
        self, *, watch_id: bytes, key: bytes | None, nonce: bytes, seen_nonces: Container[bytes] = ()
    ) -> None:
        self._watch_id = watch_id
        self._open = key is None
        self._key = key or b""
        self._nonce = nonce
        self._seen_nonces = seen_nonces
        self._state = State.NEW
        self._down: TagLine | None = None
        self._up: TagLine | None = None
        self._ready = Ready(0, 0, 0, 0, 0, 0, 0, 0, 0)
        self._position = 0
        self._acked = 0
        self._unacked_from = 0
        self._lost_unacked: tuple[tuple[int, int], ...] = ()
        self._caught_up = False
        self.watch_nonce: bytes | None = None
        self.unknown_frames = 0
        self.dropped_frames = 0
        self.unproven_challenges = 0

    @property
    def state(self) -> State:
        """How far it has come."""
        return self._state

    @property
    def boot(self) -> int:
        """The watch's boot number, once it is READY."""
        return self._ready.boot

    @property
    def awaits_records(self) -> bool:
        """The watch has more than it sent, and nothing of that waits for our ACK: it is the watch's turn."""
        streaming = self._state is State.STREAMING
        return streaming and not self._caught_up and not self._under_way(self._position)

    def greet(self) -> bytes:
        """HELLO."""
        named = bytes(_KEY_ID_BYTES) if self._open else key_id(self._key)
        return self.send(Hello(VERSION_MIN, VERSION_MAX, named, self._nonce))

    def begin(self, cursor: int) -> tuple[Said, ...]:
        """START at a cursor, 1 … next_seq of READY; and `CaughtUp` when there is nothing to catch up with.

        It is no ACK of what came before: that is only asked for, not said to be durable.
        """
        if not 1 <= cursor <= self._ready.next_seq:
            raise RuntimeError(f"START at {cursor} in a journal that ends before {self._ready.next_seq}")
        data = self.send(Start(cursor))
        self._position = self._unacked_from = cursor
        return (Transmit(data), *self._caught_up_now())

    def acknowledge(self, seq: int) -> tuple[Said, ...]:
        """ACK, unless that was said before."""
        if seq >= self._position:
            raise RuntimeError(f"ACK of {seq}, and {self._position} is the next to come")
        if seq <= self._acked:
            return ()
        self._acked = seq
        self._unacked_from = max(self._unacked_from, seq + 1)
        self._lost_unacked = tuple(lost for lost in self._lost_unacked if lost[1] > self._unacked_from)
        return (Transmit(self.send(Ack(seq))),)

    def send(self, frame: DownFrame) -> bytes:
        """The bytes of a frame, with its tag. Raises `RuntimeError` for a frame that is not its turn."""
        state = _NEXT.get((self._state, type(frame)))
        if state is None:
            raise RuntimeError(f"{type(frame).__name__} can't be sent in state {self._state.value}")
        self._state = state
        data = encode(frame)
        return data if self._down is None else self._down.seal(data)

    def receive(self, data: bytes) -> tuple[Said, ...]:
        """Take one notification. Raises `TrustError`, `ProtocolError`, `UnfitWatch`: drop the link."""
        match self._state:
            case State.NEW:
                return self._drop()
            case State.GREETED:
                return self._take_until_proven(data)
            case State.PROVING if data[:1] == _ERROR_OPCODE and len(data) == _UNTAGGED_ERROR_BYTES:
                raise _refusal(data[1])
            case State.PROVING | State.READY | State.STREAMING:
                return self._take(decode_up(data if self._up is None else self._up.open(data)))
            case _:
                assert_never(self._state)

    def _take_until_proven(self, data: bytes) -> tuple[Said, ...]:
        # "The host drops Up frames, that untagged ERROR apart, until the CHALLENGE that proves its nonce."
        try:
            frame = decode_up(data)
        except ProtocolError:
            return self._drop()
        match frame:
            case Error(code):
                raise _refusal(code)
            case Challenge() if not self._open and self._proves(frame):
                return self._take(frame)
            case Ready() if self._open:
                return self._take(frame)
            case _:
                return self._drop()

    def _proves(self, frame: Challenge) -> bool:
        proven = same(self._handshake(frame).watch_proof(), frame.proof) and frame.watch_id == self._watch_id
        self.unproven_challenges += not proven
        return proven

    def _handshake(self, frame: Challenge) -> Handshake:
        versions = bytes((VERSION_MIN, VERSION_MAX, frame.version))
        return Handshake(self._key, versions, self._watch_id, self._nonce, frame.watch_nonce)

    def _take(self, frame: UpFrame) -> tuple[Said, ...]:
        self._advance(frame)
        match frame:
            case Challenge():
                return self._proven(frame)
            case Ready():
                return self._readied(frame)
            case Records(body):
                return self._arrived(decode_records(body))
            case Lost(from_seq, next_seq):
                return self._lost(from_seq, next_seq)
            case Pong():
                if frame.boot != self._ready.boot:
                    raise ProtocolError(
                        f"PONG of boot {frame.boot} in a session with boot {self._ready.boot}"
                    )
                return (frame,)
            case Error(code, opcode):
                return (_refused(code, opcode),)
            case Unknown():
                self.unknown_frames += 1
                return ()
            case _:
                assert_never(frame)

    def _advance(self, frame: UpFrame) -> None:
        state = _NEXT.get((self._state, type(frame)))
        if state is None:
            raise ProtocolError(
                f"{type(frame).__name__} came in state {self._state.value}, where it has no place"
            )
        self._state = state

    def _drop(self) -> tuple[Said, ...]:
        self.dropped_frames += 1
        return ()

    def _proven(self, frame: Challenge) -> tuple[Said, ...]:
        if not VERSION_MIN <= frame.version <= VERSION_MAX:
            raise UnfitWatch(
                f"the watch chose hold profile {frame.version}, which was not offered: upgrade its firmware"
            )
        if frame.watch_nonce in self._seen_nonces:
            raise TrustError(
                "the watch used a nonce again: its random numbers can't be trusted, upgrade its firmware"
            )
        self.watch_nonce = frame.watch_nonce
        shake = self._handshake(frame)
        # PROVE itself has no tag: the counters begin behind it, "0 for … START and READY".
        data = self.send(Prove(shake.host_proof()))
        self._down = TagLine(shake.session_key(), Direction.DOWN)
        self._up = TagLine(shake.session_key(), Direction.UP)
        return (Transmit(data),)

    def _readied(self, frame: Ready) -> tuple[Said, ...]:
        if not (1 <= frame.first_seq <= frame.next_seq and frame.window):
            raise ProtocolError(
                f"READY of a journal from {frame.first_seq} to before {frame.next_seq}, window {frame.window}"
            )
        self._ready = frame
        return (
            WatchReady(
                self._watch_id.hex(),
                frame.journal_id,
                frame.boot,
                frame.first_seq,
                frame.next_seq,
                frame.cue_slots,
                frame.routine_id,
                Trust.NONE if self._open else Trust.KEY,
                self.watch_nonce,
            ),
        )

    def _arrived(self, records: tuple[Record, ...]) -> tuple[Said, ...]:
        """Records in order; what was here already is absorbed, what is missing is a broken link."""
        fresh: list[Record] = []
        position = self._position
        for record in records:
            if record.seq > position:
                raise ProtocolError(
                    f"record {record.seq} came where {position} had to: one is missing without LOST"
                )
            if record.seq == position:
                fresh.append(record)
                position += 1
        if self._under_way(position) > self._ready.window:
            raise ProtocolError(
                f"record {position - 1} came, {self._under_way(position)} behind the last ACK: "
                f"the window is {self._ready.window}"
            )
        self._position = position
        # "What comes before it is *replayed*, what comes later is live": CaughtUp stands between the two.
        live = [record for record in fresh if record.seq >= self._ready.next_seq]
        replayed = fresh[: len(fresh) - len(live)]
        return (*_batch(replayed), *self._caught_up_now(), *_batch(live))

    def _lost(self, from_seq: int, next_seq: int) -> tuple[Said, ...]:
        if from_seq != self._position or next_seq <= from_seq:
            raise ProtocolError(
                f"LOST from {from_seq} to before {next_seq} came where {self._position} had to"
            )
        self._lost_unacked += ((from_seq, next_seq),)
        self._position = next_seq
        return (RecordsLost(from_seq, next_seq), *self._caught_up_now())

    def _under_way(self, position: int) -> int:
        """ "At most `window` records beyond the last ACK": what is lost takes no room in it."""
        lost = sum(after - max(first, self._unacked_from) for first, after in self._lost_unacked)
        return position - self._unacked_from - lost

    def _caught_up_now(self) -> tuple[Said, ...]:
        if self._caught_up or self._position < self._ready.next_seq:
            return ()
        self._caught_up = True
        return (CaughtUp(),)


_KEY_ID_BYTES = 4

# "HELLO, CHALLENGE, PROVE, and an ERROR before READY carry no tag": such an ERROR is opcode, code, opcode.
_ERROR_OPCODE = b"\x8f"
_UNTAGGED_ERROR_BYTES = 3

# Section 4 gives the order: HELLO → CHALLENGE → PROVE → READY → START → everything else.
_NEXT: Mapping[tuple[State, type[Frame]], State] = {
    (State.NEW, Hello): State.GREETED,
    (State.GREETED, Challenge): State.PROVING,
    (State.GREETED, Ready): State.READY,
    (State.PROVING, Prove): State.PROVING,
    (State.PROVING, Ready): State.READY,
    (State.READY, Start): State.STREAMING,
    (State.READY, Error): State.READY,
    (State.READY, Unknown): State.READY,
} | {
    (State.STREAMING, frame): State.STREAMING
    for frame in (
        *(Ack, Cues, Cancel, Step, Hold, Clock, Ping, Routine, Bye),
        *(Records, Pong, Lost, Error, Unknown),
    )
}


def _batch(records: list[Record]) -> tuple[Said, ...]:
    return (RecordsArrived(tuple(records)),) if records else ()


def _meaning(code: int) -> str:
    try:
        return ERRORS.word(code)
    except KeyError:
        return f"error {code}"


def _refused(code: int, opcode: int) -> WatchRefused:
    # "A wrong tag ends the connection on either side."
    if ERRORS.number("wrong tag") == code:
        raise TrustError(f"the watch found a wrong tag on {frame_name(opcode)}: the link is built anew")
    return WatchRefused(code, f"the watch refused {frame_name(opcode)}: {_meaning(code)}")


def _refusal(code: int) -> WatchError:
    """What an ERROR before READY means; it is not authenticated, and does no more than end the connection."""
    meaning = _meaning(code)
    match meaning:
        case "no common version":
            return UnfitWatch(
                f"the watch does not speak hold profile {version_span(VERSION_MIN, VERSION_MAX)}: "
                "upgrade the older of the two"
            )
        case "unknown key" | "wrong proof":
            return TrustError(f"the watch refused this host ({meaning}): pair again with `wearsync pair`")
        case "locked out":
            return TrustError("the watch is locked out for 60 s after wrong proofs: try again later")
        case _:
            return ProtocolError(f"the watch ended the handshake: {meaning}")
