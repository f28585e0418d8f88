"""Drivers broken on purpose: each does one thing wrong that the kit must find, in the story meant for it."""

from collections.abc import Callable
from dataclasses import replace

from wearsync.drivers.banglejs import BangleDriver
from wearsync.drivers.base import (
    Deadline,
    Driver,
    DriverEvent,
    DriverOutput,
    DriverSession,
    Message,
    Received,
    Send,
    SessionOptions,
)
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.messages import (
    BatteryLevel,
    CaughtUp,
    ClockSampled,
    CueAcked,
    HoldStarted,
    HoldStopped,
    PlayCues,
    Record,
    RecordsArrived,
    Unknown,
)
from wearsync.model import AckResult

Hears = Callable[[DriverEvent], tuple[DriverEvent, ...]]
Says = Callable[[DriverOutput], tuple[DriverOutput, ...]]


class Meddled:
    """A session whose events and outputs go through somebody's hands."""

    def __init__(
        self, session: DriverSession, *, hears: Hears | None = None, says: Says | None = None
    ) -> None:
        self._session = session
        self._hears = hears or (lambda event: (event,))
        self._says = says or (lambda output: (output,))

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        outputs = [output for heard in self._hears(event) for output in self._session.step(heard, now_ms)]
        return tuple(said for output in outputs for said in self._says(output))


class AckInvented(HoldProfileDriver):
    """Calls a cue played that the watch has suppressed."""

    def session(self, options: SessionOptions) -> DriverSession:
        return Meddled(super().session(options), says=lambda output: (changed(output, _played),))


class OfflineHoldDropped(HoldProfileDriver):
    """Does not understand holds that it is told of later."""

    def session(self, options: SessionOptions) -> DriverSession:
        live = False

        def says(output: DriverOutput) -> tuple[DriverOutput, ...]:
            nonlocal live
            live = live or output == Message(CaughtUp())
            return (output if live else changed(output, _not_understood),)

        return Meddled(super().session(options), says=says)


class CueTwice(HoldProfileDriver):
    """From the second link of the daemon on, sends each cue again as another one."""

    def __init__(self) -> None:
        self._links = 0

    def session(self, options: SessionOptions) -> DriverSession:
        self._links += not options.pairing
        doubles = self._links > 1

        def hears(event: DriverEvent) -> tuple[DriverEvent, ...]:
            match event:
                case Send(PlayCues(cues)) if doubles:
                    again = PlayCues(tuple(replace(cue, cue_id=cue.cue_id ^ 1) for cue in cues))
                    return event, Send(again)
                case _:
                    return (event,)

        return Meddled(super().session(options), hears=hears)


class NeverMissesAnything(HoldProfileDriver):
    """Waits for ever for an answer."""

    def session(self, options: SessionOptions) -> DriverSession:
        return Meddled(
            super().session(options), says=lambda output: () if isinstance(output, Deadline) else (output,)
        )


class WrongClock(HoldProfileDriver):
    """Believes the first sample of the watch's clock for ever."""

    def __init__(self) -> None:
        self._first: ClockSampled | None = None

    def session(self, options: SessionOptions) -> DriverSession:
        def says(output: DriverOutput) -> tuple[DriverOutput, ...]:
            match output:
                case Message(ClockSampled() as sample) if not options.pairing:
                    self._first = self._first or sample
                    return (Message(self._first),)
                case _:
                    return (output,)

        return Meddled(super().session(options), says=says)


class BatteryMadeUp(HoldProfileDriver):
    """Says that the battery is full, whatever the watch says."""

    def session(self, options: SessionOptions) -> DriverSession:
        return Meddled(super().session(options), says=lambda output: (changed(output, _full),))


class XoffIgnored(BangleDriver):
    """Does not hear that the watch wants a pause."""

    def session(self, options: SessionOptions) -> DriverSession:
        def hears(event: DriverEvent) -> tuple[DriverEvent, ...]:
            match event:
                case Received(attribute, data):
                    return (Received(attribute, data.replace(b"\x13", b"").replace(b"\x11", b"")),)
                case _:
                    return (event,)

        return Meddled(super().session(options), hears=hears)


# The story that each one must fail, by name.
BROKEN: tuple[tuple[type[Driver], str], ...] = (
    (AckInvented, "quiet-mode"),
    (OfflineHoldDropped, "run-alone"),
    (CueTwice, "cue-once"),
    (NeverMissesAnything, "app-closed"),
    (WrongClock, "clock-drift"),
    (BatteryMadeUp, "low-battery"),
    (XoffIgnored, "flow-control"),
)


def changed(output: DriverOutput, how: Callable[[Record], Record]) -> DriverOutput:
    """Records, each as `how` has it."""
    match output:
        case Message(RecordsArrived(records)):
            return Message(RecordsArrived(tuple(map(how, records))))
        case _:
            return output


def _played(record: Record) -> Record:
    match record.body:
        case CueAcked(result=AckResult.SUPPRESSED) as ack:
            return replace(record, body=replace(ack, result=AckResult.PLAYED, motor_ms=150))
        case _:
            return record


def _not_understood(record: Record) -> Record:
    match record.body:
        case HoldStarted() | HoldStopped():
            return replace(record, body=Unknown(0x7F))
        case _:
            return record


def _full(record: Record) -> Record:
    match record.body:
        case BatteryLevel():
            return replace(record, body=BatteryLevel(100, charging=False))
        case _:
            return record
