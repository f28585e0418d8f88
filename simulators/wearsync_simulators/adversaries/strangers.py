"""What hostile watches say that do not have the key.

Rule: each is one attack, named for it; whatever it says must be refused at the challenge.
"""

from collections.abc import Callable, Sequence
from random import Random

from wearsync_simulators.adversaries.hostile_watch import Silent
from wearsync_simulators.watches.frames import Challenge, ErrorTold, Lost, Pong, Ready, Up, write_up
from wearsync_simulators.watches.records import Booted, write_record
from wearsync_simulators.watches.words import ErrorCode, Reset

__all__ = ["Answers", "Flood", "Guess", "Reflect", "Replay", "forged_records", "forged_session"]

_HELLO, _PROVE, _START = 1, 2, 3
_NONCE_BYTES = _PROOF_BYTES = 16
_TAG_BYTES = 8


class Answers(Silent):
    """The same frames to each HELLO; nothing to anything else."""

    def __init__(self, *frames: bytes) -> None:
        self._frames = frames

    def heard(self, frame: bytes) -> Sequence[bytes]:
        """To a HELLO, all of them."""
        return self._frames if frame[:1] == bytes([_HELLO]) else ()


class Replay(Silent):
    """Plays a recorded session: each frame of the host's is answered by what the watch said to such a one.

    `recorded`: frames up, as they were sent. CHALLENGE comes at HELLO, READY at PROVE, all the rest at START.
    """

    def __init__(self, recorded: Sequence[bytes], *, all_at_once: bool = False) -> None:
        self._recorded = tuple(recorded)
        self._all_at_once = all_at_once

    def heard(self, frame: bytes) -> Sequence[bytes]:
        """What was said then."""
        match frame[0]:
            case 1 if self._all_at_once:
                return self._recorded
            case 1:
                return self._recorded[:1]
            case 2:
                return self._recorded[1:2]
            case 3:
                return self._recorded[2:]
            case _:
                return ()


class Reflect(Silent):
    """Sends each frame back to whom it came from; `as_up`: with the opcode of an answer to it."""

    def __init__(self, *, as_up: bool = False) -> None:
        self._as_up = as_up

    def heard(self, frame: bytes) -> Sequence[bytes]:
        """The same again."""
        if self._as_up:
            return (bytes([frame[0] | 0x80]) + frame[1:],)
        return (frame,)


class Guess(Silent):
    """Answers HELLO with proofs out of the air; `watch_id`: whose. `guesses` to each HELLO."""

    def __init__(self, watch_id: bytes, random: Random, *, guesses: int = 1, version: int = 1) -> None:
        self._watch_id = watch_id
        self._random = random
        self._guesses = guesses
        self._version = version

    def heard(self, frame: bytes) -> Sequence[bytes]:
        """CHALLENGE, that often."""
        if frame[0] != _HELLO:
            return ()
        return [
            write_up(
                Challenge(
                    self._version,
                    self._watch_id,
                    self._random.randbytes(_NONCE_BYTES),
                    self._random.randbytes(_PROOF_BYTES),
                )
            )
            for _ in range(self._guesses)
        ]


class Flood(Silent):
    """Notifies as fast as it goes: `frames` of what `make` gives, at each frame that it hears."""

    def __init__(self, make: Callable[[int], bytes], frames: int) -> None:
        self._make = make
        self._frames = frames
        self.sent = 0

    def heard(self, frame: bytes) -> Sequence[bytes]:
        """All of them."""
        self.sent += self._frames
        return [self._make(number) for number in range(self._frames)]


def forged_records(*seqs: int) -> bytes:
    """RECORDS with well-formed records that nobody wrote, and a tag out of the air."""
    records = (
        write_record(seq=seq, boot=1, tick=seq, body=Booted(reason=Reset.POWER_ON, unix_us=0)) for seq in seqs
    )
    return b"\x83" + b"".join(records) + bytes(_TAG_BYTES)


def forged_session(*, tagged: bool) -> list[bytes]:
    """READY, records, a gap, a clock and an error, as if the handshake were done; without tags, or with tags
    out of the air.
    """
    said: list[Up] = [
        Ready(1, 1, 1, 1, 99, 32, 16, 0, 0),
        Lost(1, 50),
        Pong(1, 1, 1, 1),
        ErrorTold(ErrorCode.NOT_NOW, _START),
    ]
    tag = bytes(_TAG_BYTES) if tagged else b""
    frames = [write_up(frame) + tag for frame in said]
    return [frames[0], forged_records(1, 2, 3)[: None if tagged else -_TAG_BYTES], *frames[1:]]
