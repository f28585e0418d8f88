"""A connection with a watch that speaks the hold profile: Bluetooth operations around `protocol.session`.

    NEW ─Connected─▶ READING ─Info─▶ SUBSCRIBING ──▶ GREETING ─READY─▶ BEGINNING ─Begin─▶ STREAMING ──▶ OVER
                        └─▶ INTRODUCED ─Pair─▶ BONDING ─▶ HANDING ─▶ ┘      (while pairing)

The attributes are those of the profile's own service; a driver whose watch carries the same frames another
way (a serial line) puts its operations in their place.

Rule: every stage has a deadline, and there is one way to recover: `Disconnect`, with whose fault it is. Until
the watch's clock has been sampled once, records up and messages down wait here, so that all times are right.
"""

from dataclasses import replace
from typing import Final, Literal, assert_never

from wearsync.drivers.base import (
    Bond,
    Connected,
    Deadline,
    DeadlineReached,
    Disconnect,
    DriverEvent,
    DriverOutput,
    Message,
    OperationDone,
    Read,
    Received,
    Send,
    SessionOptions,
    Subscribe,
    Write,
)
from wearsync.drivers.profile_stages import CLOCK_SAMPLES, STAGE_DEADLINES, STALL_DEADLINE_MS, Stage
from wearsync.drivers.profile_writes import Writes
from wearsync.errors import LinkLost, ProtocolError, TrustError, UnfitWatch
from wearsync.messages import (
    Attend,
    Begin,
    CaughtUp,
    ClockSampled,
    Down,
    Durable,
    Goodbye,
    Introduced,
    Pair,
    RecordsArrived,
    RecordsLost,
    SetClock,
    Told,
    WatchReady,
    WatchRefused,
)
from wearsync.model import Trust
from wearsync.protocol.clock import Sample, better_sample, take_sample
from wearsync.protocol.commands import frames_of
from wearsync.protocol.frames import Bye, Ping, Pong
from wearsync.protocol.gatt import (
    DOWN_UUID,
    INFO_UUID,
    KEY_UUID,
    UP_UUID,
    Info,
    frame_max_bytes,
    read_info,
)
from wearsync.protocol.liveness import Liveness, Verdict
from wearsync.protocol.session import HostSession, Said, Transmit
from wearsync.protocol.trust import NONCE_BYTES, TAG_BYTES

# Waiting for the first sample: a routine, a step, its cues and a few commands. More is something run wild.
MESSAGES_WAITING_MAX: Final = 64


class HoldProfileSession:
    """One connection with one watch; see `wearsync.drivers.base`.

    `Message(ClockSampled)` comes before the first records. `Goodbye` is answered by `Disconnect`. After any
    `Disconnect` nothing is said.
    """

    def __init__(self, options: SessionOptions) -> None:
        self._options = options
        self._stage = Stage.NEW
        self._stage_since_ms = 0
        self._entropy = b""
        self._frame_max_bytes = 0
        self._watch_id = b""
        self._new_key = b""
        self._key_is_known = False
        self._needs_code = True
        self._link: HostSession | None = None
        self._liveness = Liveness(heard_ms=0)
        self._clock: Sample | None = None
        self._samples_left = 0
        # CLOCK was written, and no PING since; the PING under way came after it.
        self._clock_is_set = self._reads_back = False
        self._in_session = False
        self._moved_ms = 0
        self._waiting_up: list[DriverOutput] = []
        self._waiting_down: list[Told] = []
        self._writes = Writes()
        self._deadline_ms: int | None = None

    @property
    def stage(self) -> Stage:
        """How far the connection has come."""
        return self._stage

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        """Take what happened, return what to do. Raises `RuntimeError` for an event that can't be now."""
        if self._stage is Stage.OVER:
            return ()
        try:
            outputs = self._take(event, now_ms)
            self._writes.begun(outputs)
        except TrustError as error:
            # Who has proven the key and then breaks a tag is a broken link: one way to recover, at once.
            return self._leave(str(error), "link" if self._stage is Stage.STREAMING else "trust")
        except UnfitWatch as error:
            return self._leave(str(error), "unfit")
        except (ProtocolError, LinkLost) as error:
            return self._leave(str(error), "link")
        # Messages last: whoever answers one at once must not overtake what was to be written before.
        messages = [each for each in outputs if isinstance(each, Message)]
        operations = [each for each in outputs if not isinstance(each, Message)]
        return (*operations, *self._rearmed(), *messages)

    def _take(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        match event:
            case Connected(mtu, entropy):
                return self._connected(mtu, entropy, now_ms)
            case OperationDone():
                return self._done(event, now_ms)
            case Received(attribute, data):
                return self._received(data, now_ms) if attribute == UP_UUID else ()
            case DeadlineReached():
                return self._late(now_ms)
            case Send(message):
                return self._send(message, now_ms)
            case _:
                assert_never(event)

    # --- the way to READY ---

    def _connected(self, mtu: int, entropy: bytes, now_ms: int) -> tuple[DriverOutput, ...]:
        self._require(Stage.NEW, "Connected")
        self._frame_max_bytes = frame_max_bytes(mtu)
        self._entropy = entropy
        self._enter(Stage.READING, now_ms)
        return (Read(INFO_UUID),)

    def _done(self, event: OperationDone, now_ms: int) -> tuple[DriverOutput, ...]:
        if event.error is not None:
            raise LinkLost(
                f"{type(event.operation).__name__.lower()} failed while {self._stage.value}: {event.error}"
            )
        match event.operation:
            case Read():
                self._require(Stage.READING, "Read")
                return self._meet(read_info(event.data), now_ms)
            case Subscribe():
                self._require(Stage.SUBSCRIBING, "Subscribe")
                self._enter(Stage.GREETING, now_ms)
                return (Write(DOWN_UUID, self._session.greet()),)
            case Bond():
                self._require(Stage.BONDING, "Bond")
                if self._key_is_known:
                    return self._open(self._new_key, now_ms)
                self._enter(Stage.HANDING, now_ms)
                return (Write(KEY_UUID, self._new_key),)
            case Write():
                self._writes.done(event.operation)
                if self._stage is Stage.HANDING and event.operation.attribute == KEY_UUID:
                    return self._open(self._new_key, now_ms)
                return self._writes.ack(self._session)
            case _:
                assert_never(event.operation)

    def _meet(self, info: Info, now_ms: int) -> tuple[DriverOutput, ...]:
        watch_id = info.watch_id.hex()
        if self._options.watch_id not in (None, watch_id):
            raise UnfitWatch(
                f"this is watch {watch_id}, not {self._options.watch_id}: pair it with `wearsync pair`"
            )
        if info.is_open and not self._options.lab:
            raise TrustError("an open watch (no encryption, no tags) is taken in a laboratory only: --lab")
        key = self._options.keys.get(watch_id)
        if info.is_open and key is not None:
            # "No downgrade": Info is nobody's proof, and anybody can say that a watch has become open.
            raise TrustError(
                f"watch {watch_id} has a key, and says now that it needs none: if it is a laboratory watch, "
                "`wearsync watches forget` it first"
            )
        self._watch_id = info.watch_id
        self._needs_code = not info.takes_key_unauthenticated
        if self._options.pairing and not info.is_open:
            self._enter(Stage.INTRODUCED, now_ms)
            return (Message(Introduced(watch_id, info.in_pairing_mode, needs_code=self._needs_code)),)
        if key is None and not info.is_open:
            raise TrustError(f"there is no key for watch {watch_id}: pair it with `wearsync pair`")
        return self._open(key, now_ms)

    def _pair(self, key: bytes | None, now_ms: int) -> tuple[DriverOutput, ...]:
        self._require(Stage.INTRODUCED, "Pair")
        assert key is not None, "this watch takes a key"
        self._new_key = key
        self._enter(Stage.BONDING, now_ms)
        return (Bond(needs_code=self._needs_code),)

    def _open(self, key: bytes | None, now_ms: int) -> tuple[DriverOutput, ...]:
        """On to the handshake, with that key; without one for an open watch."""
        self._link = HostSession(
            watch_id=self._watch_id,
            key=key,
            nonce=self._entropy[:NONCE_BYTES],
            seen_nonces=self._options.seen_nonces,
        )
        if key is not None:
            self._frame_max_bytes -= TAG_BYTES
        self._enter(Stage.SUBSCRIBING, now_ms)
        return (Subscribe(UP_UUID),)

    # --- from the watch ---

    def _received(self, data: bytes, now_ms: int) -> tuple[DriverOutput, ...]:
        # An old link may still be talking; before HELLO nothing of it is for us.
        if self._stage not in (Stage.GREETING, Stage.BEGINNING, Stage.STREAMING):
            return ()
        outputs = self._say(self._session.receive(data), now_ms)
        self._liveness = self._liveness.heard(now_ms)
        return outputs

    def _say(self, said: tuple[Said, ...], now_ms: int) -> tuple[DriverOutput, ...]:
        outputs: list[DriverOutput] = []
        for each in said:
            match each:
                case Transmit(data):
                    outputs.append(Write(DOWN_UUID, data))
                case WatchReady():
                    self._enter(Stage.BEGINNING, now_ms)
                    # Where nobody vouched for the link that the key came by, the key says no more than it.
                    bond_only = each.trust is Trust.KEY and not self._needs_code
                    outputs.append(Message(replace(each, trust=Trust.BOND) if bond_only else each))
                case Pong():
                    outputs += self._ponged(each, now_ms)
                case WatchRefused():
                    outputs.append(Message(each))
                case RecordsArrived() | RecordsLost() | CaughtUp():
                    self._moved_ms = now_ms
                    (outputs if self._clock else self._waiting_up).append(Message(each))
                case _:
                    assert_never(each)
        # Samples taken while a backlog was streaming are poor: PONGs had to wait behind it.
        if CaughtUp() in said:
            outputs += self._sample_clock(now_ms)
        return tuple(outputs)

    def _ponged(self, pong: Pong, now_ms: int) -> tuple[DriverOutput, ...]:
        sent_ms = self._liveness.pinged_ms
        self._liveness = self._liveness.answered(pong.token)
        if sent_ms is None or self._liveness.pinged_ms is not None:
            return ()
        outputs: list[DriverOutput] = []
        found = take_sample(pong.boot, pong.tick, sent_ms=sent_ms, received_ms=now_ms)
        clock = self._clock = better_sample(self._clock, found)
        if clock is found or self._reads_back:
            unix_ms, error_ms = pong.unix_us // 1000 or None, clock.error_at(now_ms)
            sampled = ClockSampled(clock.boot, clock.offset_ms, error_ms, unix_ms, now_ms, self._reads_back)
            outputs.append(Message(sampled))
        outputs += self._waiting_up
        self._waiting_up = []
        for message in self._waiting_down:
            outputs += self._tell(message, clock, now_ms)
        self._waiting_down = []
        self._samples_left -= 1
        if self._samples_left > 0 and self._liveness.pinged_ms is None:
            outputs += self._ping(now_ms)
        return tuple(outputs)

    # --- from the host ---

    def _send(self, message: Down, now_ms: int) -> tuple[DriverOutput, ...]:
        match message:
            case Begin(cursor):
                self._require(Stage.BEGINNING, "Begin")
                started = self._session.begin(cursor)
                self._enter(Stage.STREAMING, now_ms)
                self._moved_ms = now_ms
                return (*self._say(started, now_ms), *self._sample_clock(now_ms))
            case Durable(seq):
                self._require(Stage.STREAMING, "Durable")
                self._moved_ms = now_ms
                return self._writes.durable(seq, self._session)
            case Attend(in_session):
                self._in_session = in_session
                return ()
            case Pair(key, known):
                self._key_is_known = known
                return self._pair(key, now_ms)
            case Goodbye():
                return (*self._byes(), *self._leave("the host said goodbye", "none"))
            case _:
                return self._told(message, now_ms)

    def _byes(self) -> tuple[Write, ...]:
        """The last that is said; what is durable is acknowledged before it."""
        if self._stage is not Stage.STREAMING:
            return ()
        acks = self._writes.ack(self._session, at_once=True)
        return (*acks, Write(DOWN_UUID, self._session.send(Bye())))

    def _told(self, message: Told, now_ms: int) -> tuple[DriverOutput, ...]:
        if self._clock is not None:
            return self._tell(message, self._clock, now_ms)
        if len(self._waiting_down) >= MESSAGES_WAITING_MAX:
            raise LinkLost(
                f"{MESSAGES_WAITING_MAX} messages wait for the watch's clock: the link is built anew"
            )
        self._waiting_down.append(message)
        return ()

    def _tell(self, message: Told, clock: Sample, now_ms: int) -> tuple[DriverOutput, ...]:
        frames = frames_of(
            message, boot=clock.boot, tick_at=clock.tick_at, frame_max_bytes=self._frame_max_bytes
        )
        writes = tuple(Write(DOWN_UUID, self._session.send(frame)) for frame in frames)
        if isinstance(message, SetClock):
            self._clock_is_set = True
            if self._liveness.pinged_ms is None:
                return (*writes, *self._ping(now_ms))
            self._samples_left = max(self._samples_left, 2)  # the PING under way may be answered before it
        return writes

    def _sample_clock(self, now_ms: int) -> tuple[DriverOutput, ...]:
        self._samples_left = CLOCK_SAMPLES
        return self._ping(now_ms) if self._liveness.pinged_ms is None else ()

    def _ping(self, now_ms: int) -> tuple[DriverOutput, ...]:
        self._reads_back, self._clock_is_set = self._clock_is_set, False
        self._liveness = self._liveness.pinged(now_ms)
        return (Write(DOWN_UUID, self._session.send(Ping(self._liveness.token))),)

    # --- time ---

    def _late(self, now_ms: int) -> tuple[DriverOutput, ...]:
        due_ms, self._deadline_ms = self._deadline_ms, None
        if due_ms is None or now_ms < due_ms:
            return ()
        if self._stage is not Stage.STREAMING:
            if self._stage is Stage.GREETING and self._session.unproven_challenges:
                raise TrustError(
                    "the watch could not prove that it has our key: pair again with `wearsync pair`"
                )
            raise LinkLost(STAGE_DEADLINES[self._stage][1])
        match self._liveness.verdict(now_ms, in_session=self._in_session):
            case Verdict.DEAD:
                raise LinkLost("the watch did not answer a PING: the link is built anew")
            case Verdict.PING:
                return self._ping(now_ms)
            case Verdict.ALIVE:
                raise LinkLost("the watch has records and does not send them: the link is built anew")
            case never:
                assert_never(never)

    def _rearmed(self) -> tuple[DriverOutput, ...]:
        """The deadline, when it is another one than before."""
        at_ms = self._next_deadline_ms()
        if at_ms == self._deadline_ms or self._stage is Stage.OVER:
            return ()
        self._deadline_ms = at_ms
        return (Deadline(at_ms),)

    def _next_deadline_ms(self) -> int | None:
        if self._stage is Stage.STREAMING:
            silent_ms = self._liveness.deadline_ms(in_session=self._in_session)
            stalls = self._session.awaits_records
            return min(silent_ms, self._moved_ms + STALL_DEADLINE_MS) if stalls else silent_ms
        limit = STAGE_DEADLINES.get(self._stage)
        return None if limit is None else self._stage_since_ms + limit[0]

    # --- the rest ---

    @property
    def _session(self) -> HostSession:
        assert self._link is not None, f"no session while {self._stage.value}"
        return self._link

    def _enter(self, stage: Stage, now_ms: int) -> None:
        self._stage = stage
        self._stage_since_ms = now_ms

    def _require(self, stage: Stage, what: str) -> None:
        if self._stage is not stage:
            raise RuntimeError(f"{what} came while {self._stage.value}, not while {stage.value}")

    def _leave(
        self, reason: str, fault: Literal["none", "link", "unfit", "trust"]
    ) -> tuple[DriverOutput, ...]:
        self._stage = Stage.OVER
        return (Disconnect(reason, fault),)
