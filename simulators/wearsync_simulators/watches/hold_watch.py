"""The watch's core, one boot of it: bytes, presses and time in; bytes and a view out. No radio, no loop.

Rule: every public method takes `now_s` and first lets happen what was due before it, at the tick at which it
was due: a busy machine makes the watch speak late, but never feel, start or stop late. After each call,
`effects()` has what is to be done about it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from wearsync_simulators.watches.clock import TICK_RENEWAL, WatchClock
from wearsync_simulators.watches.cues import CueDeck
from wearsync_simulators.watches.effects import Effect, Heard, Renew, Send
from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.holds import Holds
from wearsync_simulators.watches.journal import Journal
from wearsync_simulators.watches.line import VERSION_MAX, VERSION_MIN, Line
from wearsync_simulators.watches.memory import Memory
from wearsync_simulators.watches.motor import Motor, MotorState
from wearsync_simulators.watches.records import Battery, Body, SessionTold, Worn
from wearsync_simulators.watches.reminder import Reminder
from wearsync_simulators.watches.talk import Parts, Talk
from wearsync_simulators.watches.trust import KEY_BYTES, Keyring, Lockout, PairingMode
from wearsync_simulators.watches.view import Answer, Face, Press, Pulse, WatchView
from wearsync_simulators.watches.words import CueResult, Intent, Pattern, Reset, SessionWhat, Start

__all__ = ["ATT_KEY_LENGTH", "ATT_NOT_PAIRING", "HoldWatch"]

# "Key outside of pairing mode 0x80; Key with another length than 32 0x0D" (section 1).
ATT_NOT_PAIRING = 0x80
ATT_KEY_LENGTH = 0x0D
# Two days from full to empty, and a record every 5 %: what small watches do.
BATTERY_PERCENT_MS = 30 * 60_000
BATTERY_RECORD_PERCENT = 5
SNOOZE_MIN = 10


class HoldWatch:
    """One boot of a watch, from power to power.

    `remember(memory)` keeps what changed beside the journal; `entropy(n)` gives n random bytes; `pairing`: in
    pairing mode until a key has been proven; `lab`: an open watch (section 9); `display` False: a watch that
    can't show a pairing code, and says so in Info; `played`: what it can say of a cue whose time has come.
    """

    def __init__(
        self,
        *,
        now_s: float,
        reset: Reset,
        flash: Flash,
        memory: Memory,
        remember: Callable[[Memory], None],
        entropy: Callable[[int], bytes],
        pairing: bool,
        motor_log: deque[Pulse],
        drift_ppm: float = 0.0,
        unix_us: int = 0,
        lab: bool = False,
        display: bool = True,
        played: CueResult = CueResult.PLAYED,
    ) -> None:
        self._memory, self._remember, self._entropy = memory, remember, entropy
        self._lab, self._display = lab, display
        self._effects: list[Effect] = []
        self._lockout = Lockout()
        self._talk: Talk | None = None
        self._lab_cursor = 0
        self._code: int | None = None
        self._worn = True
        self._battery_percent = 100
        self._battery_due = BATTERY_PERCENT_MS
        hosts = memory.hosts
        if any(host.journal_id == flash.journal_id and host.cursor >= flash.next_seq for host in hosts):
            flash.format()  # section 5, rule 5: a host has seen records that are not here any more
        clock = WatchClock(booted_s=now_s, drift_ppm=drift_ppm, unix_us=unix_us)
        self._reminder = Reminder(clock=clock)
        self.motor = Motor(instant_s=clock.instant_s, log=motor_log)
        journal = Journal(flash, boot=flash.next_boot())
        deck = CueDeck(motor=self.motor, write=journal.write, played=played)
        self._parts = Parts(
            flash=flash,
            journal=journal,
            clock=clock,
            deck=deck,
            holds=Holds(write=self._write, deck=deck, new_session=self._random_number),
            keyring=Keyring(hosts),
            pairing=PairingMode(lasting=pairing),
            changed=self._save,
        )
        self._parts.holds.routine = memory.routine
        journal.booted(reset, unix_us)
        journal.write(Battery(self._battery_percent, charging=False), 0)

    # The link.

    def link_up(self, now_s: float, mtu: int) -> None:
        """A host has connected."""
        line = Line(
            tick=self._at(now_s),
            mtu=mtu,
            watch_id=self._memory.watch_id,
            keyring=self._parts.keyring,
            lockout=self._lockout,
            pairing=self._parts.pairing,
            entropy=self._entropy,
            send=lambda raw, frame: self._effects.append(Send(raw, frame)),
            heard=lambda frame: self._effects.append(Heard(frame)),
            lab=self._lab,
        )
        self._talk = Talk(parts=self._parts, line=line)

    def link_mtu(self, mtu: int) -> None:
        """The host has negotiated an ATT MTU."""
        if self._talk is not None:
            self._talk.mtu(mtu)

    def link_down(self, now_s: float) -> None:
        """The link is gone, whatever the reason. It cancels nothing."""
        tick = self._at(now_s)
        if self._talk is not None:
            if self._parts.holds.host:
                self._reminder.host_left(tick)
            self._talk.down(tick)
            self._lab_cursor = max(self._lab_cursor, self._talk.lab_cursor)
        self._talk = None

    def down(self, now_s: float, raw: bytes) -> None:
        """The host wrote a frame to Down."""
        tick = self._at(now_s)
        if self._talk is not None:
            self._talk.hear(raw, tick)
            self._reminder.told(tick)

    def key(self, now_s: float, raw: bytes) -> int | None:
        """The host wrote a key. The ATT error that answers it, None if it is taken (and pending)."""
        if not self._parts.pairing.is_open(self._at(now_s)):
            return ATT_NOT_PAIRING
        if len(raw) != KEY_BYTES:
            return ATT_KEY_LENGTH
        self._parts.keyring.offer(raw)
        return None

    def pairing_asked(self, now_s: float) -> bool:
        """A host asks for Bluetooth pairing: whether to go along."""
        return self._lab or self._parts.pairing.attempt(self._at(now_s))

    def pairing_failed(self, now_s: float) -> None:
        """An attempt at pairing has failed."""
        self._parts.pairing.failed(self._at(now_s))

    @property
    def waits_for_a_key(self) -> bool:
        """Whether it is still in the lasting pairing mode that it was started in."""
        return self._parts.pairing.lasting

    def show_code(self, code: int | None) -> None:
        """The six digits to compare; None takes them off the display."""
        self._code = code

    # The wearer.

    def press(self, now_s: float, press: Press) -> None:
        """A hand on the watch."""
        tick, holds = self._at(now_s), self._parts.holds
        match press:
            case Press.TAP:
                holds.tap(tick)
            case Press.DOUBLE_PRESS:
                holds.double_press(tick)
            case Press.START:
                holds.start(tick)
            case Press.PAUSE:
                holds.pause(tick)
            case Press.SKIP:
                holds.tell(Intent.SKIP, 0, tick)
            case Press.BACK:
                holds.tell(Intent.BACK, 0, tick)
            case Press.EXTRA:
                holds.tell(Intent.EXTRA, holds.place.side, tick)
            case Press.SNOOZE:
                holds.tell(Intent.SNOOZE, SNOOZE_MIN, tick)
            case Press.ANSWER_DONE | Press.ANSWER_TOO_MUCH | Press.ANSWER_PAIN:
                holds.answer(Answer(press.removeprefix("answer_")), tick)
            case _:
                assert_never(press)

    def open_pairing(self, now_s: float) -> None:
        """The wearer switches pairing mode on."""
        self._parts.pairing.switch_on(self._at(now_s))

    def set_motor(self, now_s: float, state: MotorState) -> None:
        """Quiet mode, or a broken motor."""
        self._at(now_s)
        self.motor.state = state

    def wear(self, now_s: float, *, worn: bool) -> None:
        """The watch is put on, or taken off."""
        tick = self._at(now_s)
        if worn is not self._worn:
            self._worn = worn
            self._parts.journal.write(Worn(worn), tick)

    # Time, and what comes of it.

    def wake(self, now_s: float) -> None:
        """Let happen what is due."""
        self._at(now_s)

    def due_s(self) -> float | None:
        """When `wake` is wanted, in true time."""
        tick = self._due()
        return None if tick is None else self._parts.clock.instant_s(tick)

    def effects(self) -> list[Effect]:
        """What is to be done, in order; once."""
        if self._talk is not None:
            self._effects += self._talk.pump()
        effects, self._effects = self._effects, []
        return effects

    def power_lost(self, now_s: float) -> int:
        """Battery out, or a reset: nothing happens after this. What the clock says, for the next boot."""
        tick = self._at(now_s)
        self.motor.cut(tick)
        return self._parts.clock.unix_us(tick)

    def info(self, now_s: float) -> bytes:
        """The Info characteristic, 19 B."""
        pairing = self._parts.pairing.is_open(self._parts.clock.tick(now_s))
        flags = pairing | (not self._display) << 1 | self._lab << 2
        return bytes([VERSION_MIN, VERSION_MAX]) + self._memory.watch_id + bytes([flags])

    def advertised(self, now_s: float) -> int:
        """The byte of service data: pairing mode, something new, asks for the host."""
        cursors = (
            h.cursor for h in self._parts.keyring.hosts if h.journal_id == self._parts.flash.journal_id
        )
        lab_cursor = self._lab_cursor if self._talk is None else self._talk.lab_cursor
        fresh = self._parts.flash.next_seq - 1 > max(cursors, default=lab_cursor)
        asks = self._parts.holds.session is not None or self._parts.holds.face is Face.WAITING
        return self._parts.pairing.is_open(self._parts.clock.tick(now_s)) | fresh << 1 | asks << 2

    def view(self, now_s: float) -> WatchView:
        """What can be seen and felt."""
        holds, place = self._parts.holds, self._parts.holds.place
        counts = holds.face in (Face.HOLD, Face.QUESTION) or (
            holds.face is Face.GAP and place.start is Start.AUTO
        )
        return WatchView(
            face=holds.face,
            session=holds.session,
            step=place.step,
            side=place.side,
            variant=place.variant,
            round=place.round,
            planned_s=place.planned_s,
            tap_starts=place.start is Start.TAP,
            text=place.text,
            since_s=self._parts.clock.instant_s(holds.since),
            ends_at_s=self._parts.clock.instant_s(holds.due) if counts and holds.due is not None else None,
            motor=self.motor.on,
            connected=self._talk is not None,
            host=holds.host,
            alone=holds.alone,
            pairing=self._parts.pairing.is_open(self._parts.clock.tick(now_s)),
            code=self._code,
            battery_percent=self._battery_percent,
            worn=self._worn,
        )

    def _at(self, now_s: float) -> int:
        """The tick now, after all that was due before."""
        tick = self._parts.clock.tick(now_s)
        while (due := self._due()) is not None and due <= tick:
            # In this order a `done` at the planned end still plays: the hold's end cancels what has not come.
            self.motor.advance(due)
            self._parts.deck.advance(due)
            self._parts.holds.advance(due)
            self._parts.pairing.advance(due)
            if self._talk is not None:
                self._talk.advance(due)
            self._drain_battery(due)
            self._remind(due)
        return tick

    def _due(self) -> int | None:
        talk = self._talk.due if self._talk is not None else None
        times = (
            self.motor.due,
            self._parts.deck.due,
            self._parts.holds.due,
            self._parts.pairing.due,
            talk,
            self._reminder.due(self._parts.holds.routine),
            self._battery_due,
        )
        return min((time for time in times if time is not None), default=None)

    def _drain_battery(self, tick: int) -> None:
        if tick < self._battery_due:
            return
        self._battery_due += BATTERY_PERCENT_MS
        self._battery_percent = max(1, self._battery_percent - 1)
        if self._battery_percent % BATTERY_RECORD_PERCENT == 0:
            self._parts.journal.write(Battery(self._battery_percent, charging=False), tick)
        if tick >= TICK_RENEWAL and self._talk is None and self._parts.holds.face is Face.CLOCK:
            self._effects.append(Renew())

    def _remind(self, tick: int) -> None:
        holds = self._parts.holds
        wanted = self._worn and holds.face is Face.CLOCK and not holds.host
        if self._reminder.advance(tick, holds.routine, wanted=wanted):
            self._parts.deck.own(Pattern.REMINDER, due=tick)

    def _write(self, body: Body, tick: int) -> None:
        """A record of a session."""
        self._parts.journal.write(body, tick)
        if isinstance(body, SessionTold) and body.what is SessionWhat.DONE:
            self._reminder.session_done(tick)

    def _save(self) -> None:
        memory = replace(self._memory, hosts=self._parts.keyring.hosts, routine=self._parts.holds.routine)
        if memory != self._memory:
            self._memory = memory
            self._remember(memory)

    def _random_number(self) -> int:
        return int.from_bytes(self._entropy(4), "little") or 1
