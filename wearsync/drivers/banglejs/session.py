"""A connection with the app on a Bangle.js: the hold profile's session, its operations put into lines.

    Read(Info)                `q: info`, and the watch's `info`
    Write(Key)                `q: key`, and the watch's `key`
    Write(Down)               a line with the frame, done with its last packet
    Bond, Subscribe(Up)       nothing: both come before all else

Rule: what is said and when is decided within (`profile_session`); here is only how it travels. The watch is
subscribed to before anything is said: what it sends to nobody is lost. While pairing the bond comes even
before that: with a passkey set, the firmware keeps the serial line from links that are not authenticated.
"""

from collections import deque
from dataclasses import replace
from typing import Final, Literal, assert_never

from wearsync.drivers.banglejs.lines import (
    ASK_INFO_LINE,
    RESYNC_LINE,
    FrameTold,
    InfoTold,
    KeyTold,
    frame_line,
    key_line,
    read_answer,
)
from wearsync.drivers.banglejs.serial_line import TX_UUID, SerialLine
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
from wearsync.drivers.profile_session import HoldProfileSession
from wearsync.errors import LinkLost, TrustError, UnfitWatch
from wearsync.messages import WatchReady
from wearsync.protocol.gatt import KEY_UUID, UP_UUID

# A frame of 200 bytes, tag included, is a line of 297; the profile's session is told of it as an ATT MTU.
FRAME_MTU: Final = 200 + 3
# A person types six digits; Bluetooth itself gives up after 30 s of silence.
BOND_DEADLINE_MS: Final = 90_000
# TX may have to be encrypted first, and slow watches take seconds for that.
SUBSCRIBE_DEADLINE_MS: Final = 30_000
# A watch that is just loading another app drops what is said to it; the profile's 10 s leave room for three.
ASK_AGAIN_MS: Final = 3_000
# BYE is a courtesy: two seconds are several slow connection intervals for its three packets.
LEAVE_DEADLINE_MS: Final = 2_000
# A version is 12.34.56 or the like; what is longer is cut for whoever shows it.
APP_VERSION_MAX: Final = 32


class BangleSession:
    """One connection with the app on one watch; see `wearsync.drivers.base`."""

    def __init__(self, options: SessionOptions) -> None:
        self._inner = HoldProfileSession(options)
        self._bonds = options.pairing
        self._inner_due_ms: int | None = None
        self._line = SerialLine()
        self._entropy = b""
        self._app: str | None = None
        # Whose last packet is the end of which operation within; None: of none.
        self._ends: deque[Write | None] = deque()
        # The operation within that ends with the watch's answer.
        self._asked: Read | Write | None = None
        self._due_ms: int | None = None
        self._armed_ms: int | None = None
        self._leaving: Disconnect | None = None
        self._leave_by_ms = 0
        self._over = False

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        """Take what happened, return what to do. Raises `RuntimeError` for an event that can't be now."""
        if self._over:
            return ()
        try:
            outputs = self._take(event, now_ms)
        except TrustError as error:
            return self._leave(str(error), "trust")
        except UnfitWatch as error:
            return self._leave(str(error), "unfit")
        except LinkLost as error:
            return self._leave(str(error), "link")
        # Messages last, as within: whoever answers one must not overtake what was to be written before.
        messages = [each for each in outputs if isinstance(each, Message)]
        operations = [each for each in outputs if not isinstance(each, Message)]
        if self._leaving is not None and (self._line.is_empty or now_ms >= self._leave_by_ms):
            self._over = True
            return (*operations, *messages, self._leaving)
        return (*operations, *self._line.advance(), *self._rearmed(), *messages)

    def _take(self, event: DriverEvent, now_ms: int) -> list[DriverOutput]:
        match event:
            case Connected(mtu, entropy):
                self._line.fit(mtu)
                self._entropy = entropy
                if not self._bonds:
                    return self._subscribe(now_ms)
                self._due_ms = now_ms + BOND_DEADLINE_MS
                return [Bond()]
            case OperationDone():
                return self._done(event, now_ms)
            case Received(attribute, data):
                lines = self._line.receive(data, now_ms) if attribute == TX_UUID else ()
                return [output for line in lines for output in self._heard(line, now_ms)]
            case DeadlineReached():
                return self._late(now_ms)
            case Send():
                return self._tell(event, now_ms)
            case _:
                assert_never(event)

    # --- the watch's end ---

    def _subscribe(self, now_ms: int) -> list[DriverOutput]:
        self._due_ms = now_ms + SUBSCRIBE_DEADLINE_MS
        return [Subscribe(TX_UUID)]

    def _done(self, event: OperationDone, now_ms: int) -> list[DriverOutput]:
        if event.error is not None:
            raise LinkLost(f"{type(event.operation).__name__.lower()} failed: {event.error}")
        match event.operation:
            case Subscribe():
                self._due_ms = None
                self._put(RESYNC_LINE)
                return self._tell(Connected(FRAME_MTU, self._entropy), now_ms)
            case Write():
                ended = self._ends.popleft() if self._line.done() else None
                return [] if ended is None else self._tell(OperationDone(ended), now_ms)
            case Bond():
                self._bonds = False
                return self._subscribe(now_ms)
            case Read():
                raise RuntimeError("nothing is read on a serial line")
            case _:
                assert_never(event.operation)

    def _heard(self, line: bytes, now_ms: int) -> list[DriverOutput]:
        match (read_answer(line), self._asked):
            case (FrameTold(frame), _):
                return self._tell(Received(UP_UUID, frame), now_ms)
            case (InfoTold(info, app), Read() as asked):
                self._app = app[:APP_VERSION_MAX]
                return self._answered(OperationDone(asked, info), now_ms)
            case (KeyTold(True), Write() as asked):
                return self._answered(OperationDone(asked), now_ms)
            case (KeyTold(False), Write()):
                raise TrustError(
                    "the watch did not take the key: open pairing mode in its wearsync app, "
                    "and run `wearsync pair` while it shows the code"
                )
            case _:
                return []

    def _answered(self, done: OperationDone, now_ms: int) -> list[DriverOutput]:
        self._asked = self._due_ms = None
        return self._tell(done, now_ms)

    # --- the session's end ---

    def _tell(self, event: DriverEvent, now_ms: int) -> list[DriverOutput]:
        """Let the session within take an event; what it wants done is put on the line."""
        outputs: list[DriverOutput] = []
        done: list[OperationDone] = []
        for output in self._inner.step(event, now_ms):
            match output:
                case Deadline(at_ms):
                    self._inner_due_ms = at_ms
                case Disconnect(_, fault):
                    self._leaving = output
                    self._leave_by_ms = now_ms + (LEAVE_DEADLINE_MS if fault == "none" else 0)
                    self._inner_due_ms, self._due_ms = None, self._leave_by_ms
                case Bond() | Subscribe():
                    done.append(OperationDone(output))
                case Read() | Write():
                    self._carry(output, now_ms)
                case Message(WatchReady() as ready):
                    outputs.append(Message(replace(ready, app=self._app)))
                case Message():
                    outputs.append(output)
                case _:
                    assert_never(output)
        # Only now: a deadline that came with it must not replace that of what comes next.
        for each in done:
            outputs += self._tell(each, now_ms)
        return outputs

    def _carry(self, operation: Read | Write, now_ms: int) -> None:
        match operation:
            case Read():
                self._asked = operation
                self._ask_info(now_ms)
            case Write(attribute, data) if attribute == KEY_UUID:
                self._asked = operation
                self._put(key_line(data))
            case Write(_, data):
                self._put(frame_line(data), operation)
            case _:
                assert_never(operation)

    def _ask_info(self, now_ms: int) -> None:
        self._due_ms = now_ms + ASK_AGAIN_MS
        self._put(ASK_INFO_LINE)

    def _put(self, line: bytes, ends: Write | None = None) -> None:
        self._line.put(line)
        self._ends.append(ends)

    # --- time ---

    def _late(self, now_ms: int) -> list[DriverOutput]:
        self._armed_ms = None
        self._line.check(now_ms)
        outputs: list[DriverOutput] = []
        if self._inner_due_ms is not None and now_ms >= self._inner_due_ms:
            if isinstance(self._asked, Read):
                raise UnfitWatch("no wearsync app answers: install it with `wearsync pair`")
            self._inner_due_ms = None
            outputs += self._tell(DeadlineReached(), now_ms)
        if self._due_ms is not None and now_ms >= self._due_ms and self._leaving is None:
            if not isinstance(self._asked, Read):
                what = "bond with this host" if self._bonds else "switch its notifications on"
                raise LinkLost(f"the watch did not {what} in time")
            self._ask_info(now_ms)
        return outputs

    def _rearmed(self) -> tuple[DriverOutput, ...]:
        """The deadline, when it is another one than before."""
        dues = [due for due in (self._inner_due_ms, self._due_ms, self._line.deadline_ms) if due is not None]
        at_ms = min(dues, default=None)
        if at_ms == self._armed_ms:
            return ()
        self._armed_ms = at_ms
        return (Deadline(at_ms),)

    def _leave(
        self, reason: str, fault: Literal["none", "link", "unfit", "trust"]
    ) -> tuple[DriverOutput, ...]:
        self._over = True
        # Who was about to leave has left, whatever became of the BYE.
        return (self._leaving or Disconnect(reason, fault),)
