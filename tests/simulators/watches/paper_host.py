"""A host written from docs/hold-profile.md for these tests alone: it shares no line with wearsync, nor with
the watch.

link = await bleak's client…; host = PaperHost(key, write=…); what comes up goes into host.heard(bytes)
ready = await host.handshake(); await host.start(1); records = await host.next(RECORDS)
"""

import asyncio
import hashlib
import hmac
import struct
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

SERVICE, INFO, UP, DOWN, KEY = (f"f69b000{n}-d1cb-4904-adda-db6c343c41a1" for n in range(5))
HELLO, PROVE, START, ACK, CUES, CANCEL, STEP, HOLD, CLOCK, PING, ROUTINE, BYE = range(1, 13)
CHALLENGE, READY, RECORDS, PONG, LOST, ERROR = 0x81, 0x82, 0x83, 0x84, 0x85, 0x8F
IDLE, CONFIRM, GAP, PAUSED, DONE = range(5)

# Virtual seconds: far above what anything here takes.
SOON_S = 600.0


@dataclass(frozen=True)
class Told:
    """A record, as far as every test needs it."""

    type: int
    seq: int
    boot: int
    tick: int
    body: bytes

    def has(self, type_: int, form: str) -> tuple[int, ...]:
        """The body's fields, if it is of this type."""
        assert self.type == type_, self
        return struct.unpack(form, self.body)

    @property
    def stopped(self) -> tuple[int, ...]:
        """HOLD_STOPPED: session, step, reason, held_ms."""
        return self.has(0x11, "<IBBI")

    @property
    def acked(self) -> tuple[int, ...]:
        """CUE_ACK: cue_id, result, started, motor_ms."""
        return self.has(0x20, "<IBIH")


@dataclass(frozen=True)
class Greeting:
    """READY."""

    journal_id: int
    boot: int
    tick: int
    first_seq: int
    next_seq: int
    window: int
    cue_slots: int
    routine_id: int
    features: int


@dataclass
class PaperHost:
    """One connection of a host with this key; key None: an open watch."""

    key: bytes | None
    write: Callable[[bytes], Awaitable[None]]
    nonce: bytes = bytes(range(16))
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    session_key: bytes | None = None
    down_counter: int = 0
    up_counter: int = 0
    acking: bool = True
    records: list[Told] = field(default_factory=list)

    def heard(self, raw: bytes) -> None:
        """A notification: its tag is checked, its records are taken apart."""
        if self.session_key is not None:
            raw, tag = raw[:-8], raw[-8:]
            assert tag == self.tag(1, self.up_counter, raw), "a wrong tag from the watch"
            self.up_counter += 1
        if raw[0] == RECORDS:
            self.records += taken_apart(raw[1:])
        self.frames.append((raw[0], raw[1:]))
        self.came.set()

    async def next(self, opcode: int) -> bytes:
        """The body of the next frame of this opcode; what came before it is passed over."""
        async with asyncio.timeout(SOON_S):
            while True:
                while self.frames:
                    found, body = self.frames.pop(0)
                    if found == opcode:
                        return body
                self.came.clear()
                await self.came.wait()

    async def error(self) -> tuple[int, int]:
        """The next ERROR: code, opcode."""
        code, opcode = await self.next(ERROR)
        return code, opcode

    async def record(self, *types: int) -> Told:
        """The next record of one of these types; acknowledged if `acking`."""
        async with asyncio.timeout(SOON_S):
            while True:
                while self.records:
                    told = self.records.pop(0)
                    if self.acking:
                        await self.say(ACK, struct.pack("<I", told.seq))
                    if not types or told.type in types:
                        return told
                self.came.clear()
                if not self.records:
                    await self.came.wait()

    async def say(self, opcode: int, body: bytes = b"") -> None:
        """Write a frame, tagged once there is a session."""
        raw = bytes([opcode]) + body
        if self.session_key is not None and opcode not in (HELLO, PROVE):
            raw += self.tag(0, self.down_counter, raw)
            self.down_counter += 1
        await self.write(raw)

    async def hello(self, versions: bytes = b"\x01\x01") -> None:
        """HELLO, with this host's key_id."""
        self.session_key, self.down_counter, self.up_counter = None, 0, 0
        key_id = hashlib.sha256(b"wearsync key" + (self.key or b"")).digest()[:4]
        await self.say(HELLO, versions + key_id + self.nonce)

    async def handshake(self) -> Greeting:
        """HELLO to READY."""
        await self.hello()
        if self.key is not None:
            await self.prove(await self.next(CHALLENGE))
        return Greeting(*struct.unpack("<IIIIIHBII", await self.next(READY)))

    async def prove(self, challenge: bytes, *, wrong: bool = False) -> None:
        """Check the watch's proof, and give one."""
        assert self.key is not None
        version, watch_id, nonce, proof = struct.unpack("<B16s16s16s", challenge)
        told = bytes([1, 1, version]) + watch_id + self.nonce + nonce
        assert proof == mac(self.key, b"wearsync watch" + told)[:16]
        mine = mac(self.key, b"wearsync host" + told)[:16]
        if not wrong:
            self.session_key = mac(self.key, b"wearsync session" + self.nonce + nonce)
        await self.say(PROVE, bytes(16) if wrong else mine)

    async def start(self, cursor: int = 1) -> None:
        """START."""
        await self.say(START, struct.pack("<I", cursor))

    async def step(self, session: int, step: int, phase: int = GAP, **values: int) -> None:
        """STEP, as `step_body` has it."""
        await self.say(STEP, step_body(session, step, phase, text="LEFT", **values))

    async def cues(self, boot: int, *cues: tuple[int, int, int, int, int, int]) -> None:
        """CUES: (cue_id, pattern, anchor, step, at, expires_ms) each."""
        await self.say(CUES, cues_body(boot, *cues))

    def tag(self, direction: int, counter: int, raw: bytes) -> bytes:
        """The tag that this frame must have."""
        assert self.session_key is not None
        return mac(self.session_key, bytes([direction]) + struct.pack("<Q", counter) + raw)[:8]


def taken_apart(raw: bytes) -> Iterator[Told]:
    """The records of a RECORDS body."""
    while raw:
        length, type_, seq, boot, tick = struct.unpack_from("<BBIII", raw)
        yield Told(type_, seq, boot, tick, raw[14:length])
        raw = raw[length:]


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.new(key, message, hashlib.sha256).digest()


def step_body(
    session: int,
    step: int,
    phase: int = GAP,
    *,
    at: int = 0,
    planned_s: int = 30,
    tap: int = 0,
    text: str,
) -> bytes:
    """STEP: kneeling, the side and the round by the step's number."""
    side, round_ = step % 2, step // 2 + 1
    return (
        struct.pack("<IBBBBBIBB", session, step, phase, side, 0, round_, at, planned_s, tap) + text.encode()
    )


def cues_body(boot: int, *cues: tuple[int, int, int, int, int, int]) -> bytes:
    """CUES: (cue_id, pattern, anchor, step, at, expires_ms) each."""
    return struct.pack("<I", boot) + b"".join(struct.pack("<IBBBIH", *cue) for cue in cues)


def routine_body(
    *,
    rounds: int = 1,
    hold_s: int = 30,
    plan: int = 0,
    gap_s: int = 10,
    tap: int = 0,
    reminder_min: int = 0xFFFF,
) -> bytes:
    """ROUTINE 7: kneeling, left first, first gap 15 s."""
    return struct.pack("<IBBBBBBBBHH", 7, 0, rounds, hold_s, hold_s, 15, gap_s, 0, tap, plan, reminder_min)
