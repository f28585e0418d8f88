"""A connection with an InfiniTime watch, from its first byte to its last.

    NEW ─Connected─▶ CHECKING ─firmware─▶ SUBSCRIBING ──▶ BEGINNING ─Begin─▶ LIVE ──▶ OVER
                        └─▶ INTRODUCED ─Pair─▶ BONDING ─▶ ┘        (while pairing)

Rule: an operation's deadline is the link's; stages that wait for the host have their own. A link that fails
is dropped: there is one way to recover.
"""

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal, assert_never

from wearsync.drivers.base import (
    Bond,
    Characteristic,
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
from wearsync.drivers.hosted import hosted_ready
from wearsync.drivers.infinitime.gatt import Handles, check_firmware, find_handles
from wearsync.drivers.infinitime.live import Live
from wearsync.errors import LinkLost, UnfitWatch
from wearsync.messages import Attend, Begin, Down, Durable, Goodbye, Introduced, Pair
from wearsync.model import Trust

# The caller decides on an introduction by itself, or asks a person who has the name to choose.
INTRODUCTION_DEADLINE_MS: Final = 60_000
# The journal's answer takes one commit.
BEGIN_DEADLINE_MS: Final = 10_000


class Stage(Enum):
    """How far the connection has come; see the drawing above."""

    NEW = "new"
    CHECKING = "reading the firmware's version"
    INTRODUCED = "introduced"
    BONDING = "bonding"
    SUBSCRIBING = "subscribing"
    BEGINNING = "beginning"
    LIVE = "live"
    OVER = "over"


def watch_id_of(address: str) -> str:
    """32 hex digits; the only name that such a watch has is its address, in whatever case it is written."""
    return hashlib.sha256(b"wearsync infinitime " + address.upper().encode()).hexdigest()[:32]


class InfiniTimeSession:
    """One connection with one watch; see `wearsync.drivers.base`. After any `Disconnect` nothing is said."""

    def __init__(self, options: SessionOptions) -> None:
        self._options = options
        self._watch_id = watch_id_of(options.address)
        self._stage = Stage.NEW
        self._entropy = b""
        self._boot = 0
        self._began_ms = 0
        self._handles: Handles | None = None
        self._live: Live | None = None
        self._give_up_ms: int | None = None
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
            if self._live is not None:
                self._live.advance(now_ms)
            outputs = self._take(event, now_ms)
        except UnfitWatch as error:
            return self._leave(str(error), "unfit")
        except LinkLost as error:
            return self._leave(str(error), "link")
        return (*outputs, *self._going_on(now_ms))

    def _take(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        match event:
            case Connected(_, entropy, characteristics):
                return self._connected(entropy, characteristics, now_ms)
            case OperationDone():
                return self._done(event, now_ms)
            case Received(attribute, data):
                if self._live is not None:
                    self._live.received(attribute, data, now_ms)
                return ()
            case DeadlineReached():
                return self._late(now_ms)
            case Send(message):
                return self._send(message, now_ms)
            case _:
                assert_never(event)

    # --- the way to LIVE ---

    def _connected(
        self, entropy: bytes, characteristics: tuple[Characteristic, ...], now_ms: int
    ) -> tuple[DriverOutput, ...]:
        self._require(Stage.NEW, "Connected")
        if self._options.watch_id not in (None, self._watch_id):
            raise UnfitWatch(
                f"{self._options.address} is watch {self._watch_id}, not {self._options.watch_id}: "
                "pair it with `wearsync pair`"
            )
        self._handles = find_handles(characteristics)
        self._entropy, self._began_ms = entropy, now_ms
        self._boot = int.from_bytes(entropy[:4], "little")
        self._enter(Stage.CHECKING)
        return (Read(self._handles.firmware),)

    def _done(self, event: OperationDone, now_ms: int) -> tuple[DriverOutput, ...]:
        if event.error is not None:
            raise LinkLost(
                f"{type(event.operation).__name__.lower()} failed while {self._stage.value}: {event.error}"
            )
        match event.operation:
            case Read() | Write() as operation if self._live is not None:
                self._live.done(operation, event.data, now_ms)
                return ()
            case Read():
                self._require(Stage.CHECKING, "Read")
                return self._meet(event.data, now_ms)
            case Bond():
                self._require(Stage.BONDING, "Bond")
                return self._subscribe()
            case Subscribe(attribute):
                self._require(Stage.SUBSCRIBING, "Subscribe")
                return self._subscribed(first=attribute == self._known.event, now_ms=now_ms)
            case Write():
                raise RuntimeError(f"Write came while {self._stage.value}, and there was none")
            case _:
                assert_never(event.operation)

    def _meet(self, firmware: bytes, now_ms: int) -> tuple[DriverOutput, ...]:
        check_firmware(firmware)
        if not self._options.pairing:
            # Who is bonded encrypts without being asked, and nothing of this watch's wants more.
            return self._subscribe()
        self._enter(Stage.INTRODUCED, now_ms + INTRODUCTION_DEADLINE_MS)
        return (Message(Introduced(self._watch_id, in_pairing_mode=True, takes_key=False)),)

    def _subscribe(self) -> tuple[DriverOutput, ...]:
        self._enter(Stage.SUBSCRIBING)
        return (Subscribe(self._known.event),)

    def _subscribed(self, *, first: bool, now_ms: int) -> tuple[DriverOutput, ...]:
        if first:
            return (Subscribe(self._known.battery),)
        self._enter(Stage.BEGINNING, now_ms + BEGIN_DEADLINE_MS)
        return (Message(hosted_ready(self._watch_id, self._boot, Trust.BOND)),)

    # --- from the host ---

    def _send(self, message: Down, now_ms: int) -> tuple[DriverOutput, ...]:
        match message:
            case Begin(cursor):
                self._require(Stage.BEGINNING, "Begin")
                self._live = Live(
                    self._known,
                    boot=self._boot,
                    cursor=cursor,
                    began_ms=self._began_ms,
                    entropy=self._entropy,
                )
                self._enter(Stage.LIVE)
            case Durable() | Attend():
                pass  # nothing of this watch's waits to be overwritten; what it is shown says enough
            case Pair():
                self._require(Stage.INTRODUCED, "Pair")
                self._enter(Stage.BONDING)
                return (Bond(),)
            case Goodbye():
                farewell = () if self._live is None else self._live.farewell(now_ms)
                return (*farewell, *self._leave("the host said goodbye", "none"))
            case _ if self._live is not None:
                self._live.tell(message, now_ms)
            case _:
                pass  # meant for the link before: this one is told anew
        return ()

    def _going_on(self, now_ms: int) -> tuple[DriverOutput, ...]:
        """The next operation, the deadline, and what the watch has said by now."""
        if self._live is None or self._stage is Stage.OVER:
            return self._rearmed(self._give_up_ms)
        operation = self._live.next(now_ms)
        operations = () if operation is None else (operation,)
        # Messages last: whoever answers one at once must not overtake what was to be written before.
        messages = (Message(each) for each in self._live.said())
        return (*operations, *self._rearmed(self._live.due_ms(now_ms)), *messages)

    # --- time ---

    def _late(self, now_ms: int) -> tuple[DriverOutput, ...]:
        self._deadline_ms = None
        if self._give_up_ms is not None and self._give_up_ms <= now_ms:
            raise LinkLost(_TOO_LATE[self._stage])
        return ()

    def _rearmed(self, at_ms: int | None) -> tuple[DriverOutput, ...]:
        """The deadline, when it is another one than before."""
        if at_ms == self._deadline_ms or self._stage is Stage.OVER:
            return ()
        self._deadline_ms = at_ms
        return (Deadline(at_ms),)

    # --- the rest ---

    @property
    def _known(self) -> Handles:
        assert self._handles is not None, f"no handles while {self._stage.value}"
        return self._handles

    def _enter(self, stage: Stage, give_up_ms: int | None = None) -> None:
        self._stage, self._give_up_ms = stage, give_up_ms

    def _require(self, stage: Stage, what: str) -> None:
        if self._stage is not stage:
            raise RuntimeError(f"{what} came while {self._stage.value}, not while {stage.value}")

    def _leave(self, reason: str, fault: Literal["none", "link", "unfit"]) -> tuple[DriverOutput, ...]:
        self._stage = Stage.OVER
        return (Disconnect(reason, fault),)


_TOO_LATE: Mapping[Stage, str] = {
    Stage.INTRODUCED: "nobody said in time whether to pair with the watch",
    Stage.BEGINNING: "the journal did not say in time where to begin",
}
