"""What InfiniTime 1.16 does with what is written and pressed: screens, notifications, motor, clock.

Rule: pure. It is told the time (the event loop's clock, seconds), says when it is due, and what it wants told
to the host as effects. One object is one boot: nothing here outlives a reset but what is handed over.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from wearsync_simulators.watches.infinitime.music import Field, MusicEvent, MusicScreen, written
from wearsync_simulators.watches.infinitime.notices import (
    KEPT_MAX,
    CallAnswer,
    Notice,
    alert,
    immediate_alert,
)
from wearsync_simulators.watches.infinitime.reading import Reading, read_artist
from wearsync_simulators.watches.infinitime.time_of_day import TimeOfDay, time_set
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.view import Face, Press, Pulse, WatchView
from wearsync_simulators.watches.words import Pattern

__all__ = ["PREVIEW_S", "PULSE_S", "App", "Firmware", "Tell", "Told"]

# Notifications.cpp: RunForDuration(35); MotorController.cpp: a call's ring is 50 ms each second.
PULSE_S = 0.035
RING_S = 0.050
RING_EVERY_S = 1.0
# "timeoutLength" 7,000 ms, of which whole pixels of a line of 240 are counted: 240 × 29 ticks of 1/1024 s.
PREVIEW_S = 240 * 29 / 1024


class App(Enum):
    """What has the display."""

    CLOCK = "clock"
    MUSIC = "music"
    PREVIEW = "preview"  # of a new notification: over whatever was there, for some seconds
    PASSKEY = "passkey"


class Told(Enum):
    """On which characteristic something is told to the host."""

    MUSIC = "music"
    CALL = "call"
    BATTERY = "battery"


@dataclass(frozen=True, slots=True)
class Tell:
    """Notify it; subscribed or not, as the firmware does (`ble_gattc_notify_custom`)."""

    on: Told
    value: bytes


class Firmware:
    """A watch that has just booted. `clock` None: nobody has told the time since the battery was empty.

    The fixed pulse stands in `motor_log` as a NUDGE and a call's ring as PROBLEMs: the motor has no patterns.
    """

    def __init__(
        self,
        *,
        now_s: float,
        entropy: Callable[[int], bytes],
        motor_log: deque[Pulse],
        motor: MotorState = MotorState.WORKS,
        clock: TimeOfDay | None = None,
    ) -> None:
        self._booted_s = now_s
        self._entropy = entropy
        self._motor_log = motor_log
        self.motor = motor
        self.clock = clock or TimeOfDay(now_s)
        self.screen = MusicScreen(as_of_s=now_s)
        self.notices: tuple[Notice, ...] = ()
        self.code: int | None = None
        self.battery_percent = 100
        self._connected = False
        self._in_music = False
        self._preview_until_s: float | None = None
        self._ring_at_s: float | None = None
        self._motor_until_s: float | None = None
        self._reading = Reading()
        self._since_s = now_s
        self._effects: list[Tell] = []

    # The host.

    def link_up(self) -> None:
        """A host has connected."""
        self._connected = True

    def link_down(self, now_s: float) -> None:
        """The link is gone; what was written stays on the display."""
        self._connected = False
        self.hide_code(now_s)

    def write_music(self, now_s: float, field: Field, raw: bytes) -> None:
        """The host writes to the music service."""
        self.screen = written(self.screen, field, raw, now_s)
        reading = read_artist(self.screen.artist)
        if reading != self._reading:
            self._reading, self._since_s = reading, now_s

    def write_alert(self, now_s: float, raw: bytes) -> None:
        """The host writes to New Alert."""
        notice = alert(raw, now_s)
        if notice is not None:
            self._notify_wearer(notice, now_s)

    def write_alert_level(self, now_s: float, raw: bytes) -> None:
        """The host writes to Alert Level."""
        self._notify_wearer(immediate_alert(raw, now_s), now_s)

    def write_time(self, now_s: float, raw: bytes) -> bool:
        """The host writes the time; False: it was not taken."""
        told = time_set(raw, now_s)
        self.clock = told or self.clock
        return told is not None

    def show_code(self, now_s: float) -> int:
        """A host pairs: draw a passkey and show it, with a pulse, whatever is switched off."""
        self.code = int.from_bytes(self._entropy(8), "big") % 1_000_000
        self._preview_until_s = self._ring_at_s = None  # its screen comes in place of the preview
        self._pulse(now_s, PULSE_S, Pattern.NUDGE)
        return self.code

    def hide_code(self, now_s: float) -> None:
        """The pairing is over: the wearer has put the passkey away."""
        if self.code is not None:
            self.code = None
            self._back(now_s)

    def set_battery(self, percent: int) -> None:
        """The battery has been measured."""
        if percent != self.battery_percent:
            self.battery_percent = percent
            self._tell(Told.BATTERY, bytes([percent]))

    # The wearer.

    def press(self, now_s: float, press: Press) -> None:
        """A hand. The app has one button for play and pause: who wants the other one finds none to press."""
        match press:
            case Press.TAP | Press.START:
                self._reach_music(now_s)
                if not self.screen.playing:
                    self._tell_music(MusicEvent.PLAY)
            case Press.DOUBLE_PRESS:
                self._reach_music(now_s)
                if self.screen.playing:
                    self._tell_music(MusicEvent.PAUSE)
            case Press.SKIP:
                self._reach_music(now_s)
                self._tell_music(MusicEvent.NEXT)
            case Press.BACK:
                self._reach_music(now_s)
                self._tell_music(MusicEvent.PREVIOUS)
            case _:
                pass  # there is no gesture for it

    def answer_call(self, now_s: float, answer: CallAnswer) -> None:
        """A button of the call that is on the display, if one is."""
        if self.ringing:
            self._tell(Told.CALL, bytes([answer]))
            self._end_preview(now_s)

    @property
    def ringing(self) -> bool:
        """Whether a call waits for its answer."""
        return self._ring_at_s is not None

    @property
    def app(self) -> App:
        """What has the display."""
        if self._preview_until_s is not None:
            return App.PREVIEW
        if self.code is not None:
            return App.PASSKEY
        return App.MUSIC if self._in_music else App.CLOCK

    # Time.

    def due_s(self) -> float | None:
        """When something happens by itself."""
        due = (self._preview_until_s, self._ring_at_s, self._motor_until_s)
        return min((at_s for at_s in due if at_s is not None), default=None)

    def wake(self, now_s: float) -> None:
        """Let happen what is due."""
        if self._motor_until_s is not None and now_s >= self._motor_until_s:
            self._motor_until_s = None
        if self._ring_at_s is not None and now_s >= self._ring_at_s:
            self._ring(now_s)
        if self._preview_until_s is not None and now_s >= self._preview_until_s:
            self._end_preview(now_s)

    def effects(self) -> list[Tell]:
        """What is to be told to the host, in order; each once."""
        effects, self._effects = self._effects, []
        return effects

    def view(self) -> WatchView:
        """What a person reads off it, wearsync's words in the music app understood."""
        reading, screen = self._reading, self.screen
        holds = reading.face is Face.HOLD
        return WatchView(
            face=reading.face,
            side=reading.side,
            round=reading.round,
            planned_s=screen.length_s if holds else 0,
            tap_starts=reading.face is Face.GAP and "tap" in screen.track.lower(),
            text=screen.track,
            since_s=self._since_s,
            ends_at_s=screen.ends_at_s if holds else None,
            motor=self._motor_until_s is not None,
            connected=self._connected,
            host=self._connected,
            code=self.code,
            battery_percent=self.battery_percent,
        )

    # Inside.

    def _notify_wearer(self, notice: Notice, now_s: float) -> None:
        self.notices = (notice, *self.notices)[:KEPT_MAX]
        if self.motor is MotorState.QUIET:
            return  # SystemTask.cpp: with notifications off it is kept, and nothing is shown or felt
        self._preview_until_s = now_s + PREVIEW_S
        self._ring_at_s = None
        if notice.call:
            self._ring(now_s)
        else:
            self._pulse(now_s, PULSE_S, Pattern.NUDGE)

    def _ring(self, now_s: float) -> None:
        self._ring_at_s = now_s + RING_EVERY_S
        self._pulse(now_s, RING_S, Pattern.PROBLEM)

    def _pulse(self, now_s: float, for_s: float, pattern: Pattern) -> None:
        if self.motor is MotorState.BROKEN:
            return
        log = self._motor_log
        if self._motor_until_s is not None and now_s < self._motor_until_s:
            log[-1] = replace(log[-1], off_s=now_s + for_s)  # its timer starts anew: one pulse, and longer
        else:
            log.append(
                Pulse(now_s, now_s + for_s, int((now_s - self._booted_s) * 1000), pattern, cue_id=None)
            )
        self._motor_until_s = now_s + for_s

    def _reach_music(self, now_s: float) -> None:
        if self._preview_until_s is not None:
            self._end_preview(now_s)
        if not self._in_music:
            self._in_music = True
            self._tell_music(MusicEvent.OPENED)

    def _end_preview(self, now_s: float) -> None:
        self._preview_until_s = self._ring_at_s = None
        self._back(now_s)

    def _back(self, now_s: float) -> None:
        """What was below comes up again: a screen is built anew each time, and the music app says so."""
        if self.app is App.MUSIC:
            self._tell_music(MusicEvent.OPENED)

    def _tell_music(self, event: MusicEvent) -> None:
        self._tell(Told.MUSIC, bytes([event]))

    def _tell(self, on: Told, value: bytes) -> None:
        if self._connected:
            self._effects.append(Tell(on, value))
