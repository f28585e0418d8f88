"""What the watch does at the word of a host that has proven itself, over one connection.

Rule: the line says who speaks, the parts of the watch do what is said; here the one is led to the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from wearsync_simulators.watches.clock import WatchClock
from wearsync_simulators.watches.cues import CUE_SLOTS, CueDeck
from wearsync_simulators.watches.effects import Drop, Effect
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.frames import (
    Ack,
    Bye,
    Cancel,
    Clock,
    Cues,
    Down,
    ErrorTold,
    Hello,
    Hold,
    Ping,
    Pong,
    Prove,
    Ready,
    Routine,
    StartAt,
    Step,
)
from wearsync_simulators.watches.holds import Holds
from wearsync_simulators.watches.journal import Journal
from wearsync_simulators.watches.line import Line, Proven, Stage
from wearsync_simulators.watches.records import ClockSet
from wearsync_simulators.watches.stream import WINDOW_RECORDS, Stream
from wearsync_simulators.watches.trust import HostKey, Keyring, PairingMode
from wearsync_simulators.watches.words import ErrorCode

__all__ = ["Parts", "Talk"]

# READY.features: the watch can record WORN; it can't tell whether a cue was felt.
FEATURES = 0b10
_OPCODE_START, _OPCODE_ACK, _OPCODE_CUES, _OPCODE_STEP = 3, 4, 5, 7


@dataclass(frozen=True, slots=True)
class Parts:
    """What a host can reach of the watch. `changed` is called when keyring or routine are to be kept."""

    flash: Flash
    journal: Journal
    clock: WatchClock
    deck: CueDeck
    holds: Holds
    keyring: Keyring
    pairing: PairingMode
    changed: Callable[[], None]


class Talk:
    """One connection, from up to down."""

    def __init__(self, *, parts: Parts, line: Line) -> None:
        self._parts = parts
        self._line = line
        self._stream: Stream | None = None
        self._host: HostKey | None = None
        self._dropped = False
        self.lab_cursor = 0

    @property
    def due(self) -> int | None:
        """When the line loses its patience."""
        return self._line.due

    def advance(self, tick: int) -> None:
        """Let the line's deadline pass."""
        self._line.advance(tick)

    def mtu(self, mtu: int) -> None:
        """The host has negotiated an ATT MTU."""
        self._line.mtu = mtu

    def hear(self, raw: bytes, tick: int) -> None:
        """The host wrote a frame to Down."""
        said = self._line.hear(raw, tick)
        if isinstance(said, Proven) or self._line.stage in (Stage.SILENT, Stage.CHALLENGED):
            self._forget_host(tick)  # HELLO "resets session, counters and stream"
        if isinstance(said, Proven):
            self._welcome(said, tick)
        elif said is not None:
            self._obey(said, tick)

    def down(self, tick: int) -> None:
        """The link is gone."""
        self._forget_host(tick)

    def pump(self) -> list[Effect]:
        """Say what the stream has; a line that has come to its end is dropped, once."""
        if self._stream is not None:
            for frame in self._stream.pump():
                self._line.say(frame)
        if self._line.ended is None or self._dropped:
            return []
        self._dropped = True
        return [Drop(self._line.ended)]

    def _welcome(self, proven: Proven, tick: int) -> None:
        parts = self._parts
        self._host = proven.host
        if proven.fresh:
            parts.pairing.proven()
        parts.changed()
        self._line.say(
            Ready(
                journal_id=parts.flash.journal_id,
                boot=parts.journal.boot,
                tick=tick,
                first_seq=parts.flash.first_seq,
                next_seq=parts.flash.next_seq,
                window=WINDOW_RECORDS,
                cue_slots=CUE_SLOTS,
                routine_id=parts.holds.routine.id if parts.holds.routine else 0,
                features=FEATURES,
            )
        )
        parts.holds.host_came()

    def _obey(self, said: Down, tick: int) -> None:
        parts = self._parts
        match said:
            case StartAt(cursor):
                self._start(cursor)
            case Ack(seq):
                self._acked(seq)
            case Ping(token):
                self._line.say(Pong(token, parts.journal.boot, tick, parts.clock.unix_us(tick)))
            case Bye():
                parts.holds.host_left(tick)
            case Hello() | Prove():
                pass  # the line has dealt with it
            case _:
                self._act(said, tick)

    def _act(self, said: Cues | Cancel | Step | Hold | Clock | Routine, tick: int) -> None:
        parts = self._parts
        match said:
            case Cues(boot, cues):
                if boot == parts.journal.boot:
                    parts.deck.take(cues, tick)
                else:
                    self._refuse(ErrorCode.ANOTHER_BOOT, _OPCODE_CUES)
            case Cancel(cue_ids):
                parts.deck.cancel(cue_ids, tick)
            case Step():
                if not parts.holds.step(said, tick):
                    self._refuse(ErrorCode.NOT_NOW, _OPCODE_STEP)
            case Hold(do):
                parts.holds.hold(do, tick)
            case Clock(unix_us, utc_offset_min):
                before_us = parts.clock.unix_us(tick)
                parts.clock.set_unix_us(unix_us, utc_offset_min, tick)
                parts.journal.write(ClockSet(before_us, unix_us), tick)
            case Routine():
                parts.holds.routine = said
                parts.changed()
            case _:
                assert_never(said)

    def _start(self, cursor: int) -> None:
        if cursor > self._parts.flash.next_seq:
            self._refuse(ErrorCode.NOT_NOW, _OPCODE_START)
            self._line.end("START is beyond the journal")
        else:
            self._line.started()
            self._stream = Stream(self._parts.flash, cursor=cursor, room=self._line.room)

    def _acked(self, seq: int) -> None:
        if self._stream is None or not self._stream.acked(seq):
            self._refuse(ErrorCode.NOT_NOW, _OPCODE_ACK)
        elif self._host is None:
            self.lab_cursor = seq
        else:
            journal_id = self._parts.flash.journal_id
            self._parts.keyring.acked(self._host.key, cursor=seq, journal_id=journal_id)
            self._parts.changed()

    def _forget_host(self, tick: int) -> None:
        self._stream = None
        self._host = None
        if self._parts.holds.host:
            self._parts.holds.host_left(tick)

    def _refuse(self, code: ErrorCode, opcode: int) -> None:
        self._line.say(ErrorTold(code, opcode))
