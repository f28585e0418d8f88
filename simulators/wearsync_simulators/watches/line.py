"""One connection's talk: handshake, tags, deadlines (docs/hold-profile.md, sections 2 and 4).

Rule: what comes out of `hear` was said by a proven host (or to an open watch); all else has been answered, or
has ended the connection already. Reasons in `ended` are for the trace: no host ever reads them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from wearsync_simulators.watches.frames import (
    Challenge,
    Down,
    ErrorTold,
    Hello,
    MalformedError,
    Prove,
    UnknownOpcodeError,
    Up,
    read_down,
    write_up,
)
from wearsync_simulators.watches.trust import (
    TAG_BYTES,
    HostKey,
    Keyring,
    Lockout,
    PairingMode,
    Tags,
    TranscriptProofs,
    compare,
)
from wearsync_simulators.watches.words import ErrorCode

__all__ = ["VERSION_MAX", "VERSION_MIN", "Line", "Proven", "Stage"]

VERSION_MIN = 1
VERSION_MAX = 1
# "Disconnects when PROVE does not come in 10 s, or START not in a further 10 s."
PROVE_DEADLINE_MS = 10_000
START_DEADLINE_MS = 10_000
# Without a HELLO a connection only holds the watch's only link: enough for a slow radio to discover services.
HELLO_DEADLINE_MS = 30_000
# "A frame is at most min(MTU − 3, 512) bytes", says section 1.
FRAME_MAX_BYTES = 512
ATT_HEADER_BYTES = 3

_HELLO, _PROVE, _START = 1, 2, 3


class Stage(Enum):
    """How far the talk has come."""

    SILENT = "silent"
    CHALLENGED = "challenged"
    READY = "ready"
    STREAMING = "streaming"


@dataclass(frozen=True, slots=True)
class Proven:
    """The host has proven itself: READY is due. `host` None: an open watch. `fresh`: the key was pending."""

    host: HostKey | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Challenged:
    host: HostKey
    proofs: TranscriptProofs


class Line:
    """One connection, from its first frame to its end.

    `send(bytes, frame)` puts a frame on the air; `heard(frame)` is told all that could be read, proven or
    not; `ended` says why the watch wants to disconnect, once it does.
    `lab`: an open watch, without proofs, tags and deadlines (section 9).
    """

    def __init__(
        self,
        *,
        tick: int,
        mtu: int,
        watch_id: bytes,
        keyring: Keyring,
        lockout: Lockout,
        pairing: PairingMode,
        entropy: Callable[[int], bytes],
        send: Callable[[bytes, Up], None],
        heard: Callable[[Down], None],
        lab: bool,
    ) -> None:
        self._watch_id = watch_id
        self._keyring = keyring
        self._lockout = lockout
        self._pairing = pairing
        self._entropy = entropy
        self._send = send
        self._heard = heard
        self._lab = lab
        self._tags: Tags | None = None
        self._challenged: _Challenged | None = None
        self._deadline: int | None = None if lab else tick + HELLO_DEADLINE_MS
        self.mtu = mtu
        self.stage = Stage.SILENT
        self.ended: str | None = None

    @property
    def room(self) -> int:
        """Bytes that a frame's body can have."""
        frame = min(self.mtu - ATT_HEADER_BYTES, FRAME_MAX_BYTES)
        return frame - 1 - (0 if self._lab else TAG_BYTES)

    @property
    def due(self) -> int | None:
        """When the watch loses its patience."""
        return None if self.ended else self._deadline

    def advance(self, tick: int) -> None:
        """End the connection if its deadline has passed."""
        if self._deadline is not None and tick >= self._deadline:
            if self.stage is Stage.SILENT and self._pairing.is_open(tick):
                # A person compares six digits: pairing mode has an end of its own.
                self._deadline = tick + HELLO_DEADLINE_MS
            else:
                self.end(f"nothing came in time ({self.stage.value})")

    def hear(self, raw: bytes, tick: int) -> Down | Proven | None:
        """A frame came down. What a proven host says, or that it is proven; None if it is dealt with."""
        if self.ended:
            return None
        opcode = raw[0] if raw else 0
        if opcode == _HELLO:
            return self._hello(raw, tick)
        if self.stage is Stage.CHALLENGED and opcode == _PROVE:
            return self._prove(raw, tick)
        if self.stage in (Stage.SILENT, Stage.CHALLENGED):
            self._refuse(ErrorCode.NOT_NOW if raw else ErrorCode.MALFORMED, opcode)
            return None
        return self._tagged(raw)

    def started(self) -> None:
        """START was taken: the handshake is over."""
        self.stage = Stage.STREAMING
        self._deadline = None

    def say(self, frame: Up) -> None:
        """Send a frame up, with its tag if the session has tags."""
        raw = write_up(frame)
        self._send(raw if self._tags is None else self._tags.seal(raw), frame)

    def end(self, why: str) -> None:
        """The watch disconnects; nothing more is heard."""
        self.ended = self.ended or why

    def _tagged(self, raw: bytes) -> Down | None:
        frame = raw if self._tags is None else self._tags.unseal(raw)
        if frame is None:
            self._refuse(ErrorCode.WRONG_TAG, raw[0] if raw else 0)
            return None
        if not frame:
            self.say(ErrorTold(ErrorCode.MALFORMED, 0))
            return None
        opcode = frame[0]
        if opcode == _PROVE or (opcode == _START) is (self.stage is Stage.STREAMING):
            self.say(ErrorTold(ErrorCode.NOT_NOW, opcode))
            return None
        return self._read(frame)

    def _read(self, frame: bytes) -> Down | None:
        try:
            read = read_down(frame[0], frame[1:])
        except UnknownOpcodeError:
            self.say(ErrorTold(ErrorCode.UNKNOWN_OPCODE, frame[0]))
            return None
        except MalformedError:
            self.say(ErrorTold(ErrorCode.MALFORMED, frame[0]))
            return None
        self._heard(read)
        return read

    def _hello(self, raw: bytes, tick: int) -> Proven | None:
        """HELLO "at any time; resets session, counters and stream"."""
        self.stage, self._tags, self._challenged = Stage.SILENT, None, None
        hello = self._read(raw)
        if not isinstance(hello, Hello):
            self.end("HELLO is malformed")
            return None
        version = min(VERSION_MAX, hello.version_max)
        host = self._keyring.find(hello.key_id)
        if self._lockout.locked(tick):
            self._refuse(ErrorCode.LOCKED_OUT, _HELLO)
        elif version < max(VERSION_MIN, hello.version_min):
            self._refuse(ErrorCode.NO_COMMON_VERSION, _HELLO)
        elif self._lab:
            return self._proven(None, tick)
        elif host is None:
            self._refuse(ErrorCode.UNKNOWN_KEY, _HELLO)
        else:
            self._challenge(hello, host, version, tick)
        return None

    def _challenge(self, hello: Hello, host: HostKey, version: int, tick: int) -> None:
        nonce = self._entropy(16)
        proofs = TranscriptProofs.of(
            key=host.key,
            versions=bytes([hello.version_min, hello.version_max, version]),
            watch_id=self._watch_id,
            host_nonce=hello.host_nonce,
            watch_nonce=nonce,
        )
        self._challenged = _Challenged(host, proofs)
        self.stage, self._deadline = Stage.CHALLENGED, tick + PROVE_DEADLINE_MS
        self.say(Challenge(version, self._watch_id, nonce, proofs.watch))

    def _prove(self, raw: bytes, tick: int) -> Proven | None:
        prove, challenged = self._read(raw), self._challenged
        if not isinstance(prove, Prove) or challenged is None:
            self.end("PROVE is malformed")
            return None
        if not compare(prove.proof, challenged.proofs.host):
            self._lockout.wrong(tick)
            self._refuse(ErrorCode.WRONG_PROOF, _PROVE)
            return None
        self._lockout.right()
        self._tags = Tags(challenged.proofs.session_key)
        return self._proven(challenged.host, tick)

    def _proven(self, host: HostKey | None, tick: int) -> Proven:
        self.stage, self._challenged = Stage.READY, None
        self._deadline = None if self._lab else tick + START_DEADLINE_MS
        return Proven(host, fresh=host is not None and self._keyring.prove(host))

    def _refuse(self, code: ErrorCode, opcode: int) -> None:
        self.say(ErrorTold(code, opcode))
        self.end(f"refused: {code.name.lower()}")
