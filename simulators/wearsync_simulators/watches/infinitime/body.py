"""The watch between its firmware and the world: it wakes the firmware when it is due, carries the wearer's
hand, and tells what can be seen. One body is one boot.

Rule: on the event loop, but without a radio: whatever transmits is given. Nothing is decided here.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, assert_never

from bumble import att

from wearsync_simulators.watches.infinitime.firmware import Firmware, Tell
from wearsync_simulators.watches.infinitime.gatt import Reached
from wearsync_simulators.watches.infinitime.music import Field
from wearsync_simulators.watches.infinitime.notices import CallAnswer
from wearsync_simulators.watches.infinitime.time_of_day import CURRENT_TIME_BYTES
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.view import Press, WatchView
from wearsync_simulators.wearer import Comparison, Deed, Wearer, Wearing

__all__ = ["Body", "Transmitter"]

# The host fills the display in several writes: a person reads what has stood still so long.
READ_S = 0.5


class Transmitter(Protocol):
    """What the body wants of the radio; instant, done in order."""

    def tell(self, tell: Tell) -> None:
        """Notify the host."""


class Body:
    """A running watch. `on_view(view)` at each change; `refuses_short_time`: see SimulatedInfiniTime."""

    def __init__(
        self,
        *,
        firmware: Firmware,
        wearer: Wearer | None,
        on_view: Callable[[WatchView], None],
        refuses_short_time: bool,
    ) -> None:
        self.firmware = firmware
        self.transmitter: Transmitter | None = None
        self.view = firmware.view()
        self._wearer = wearer
        self._on_view = on_view
        self._refuses_short_time = refuses_short_time
        self._worn = True
        self._has_power = True
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = self._loop.call_later(READ_S, self._seen)
        self._hand: list[asyncio.TimerHandle] = []

    def stop(self) -> None:
        """The power goes."""
        self._has_power = False
        self.transmitter = None
        for handle in (self._alarm, self._look, *self._hand):
            if handle is not None:
                handle.cancel()

    # Hands.

    def press(self, press: Press) -> None:
        """A hand on the watch."""
        self.firmware.press(self._now_s(), press)
        self._settle()

    def answer_call(self, answer: CallAnswer) -> None:
        """A button of the call on the display."""
        self.firmware.answer_call(self._now_s(), answer)
        self._settle()

    def set_battery(self, percent: int) -> None:
        """The battery has been measured."""
        self.firmware.set_battery(percent)
        self._settle()

    def motor(self, state: MotorState) -> None:
        """Notifications off (quiet), or a broken motor."""
        self.firmware.motor = state

    # The radio.

    def reached(self) -> Reached:
        """What a host reaches through the services."""
        return Reached(
            music=self._write_music,
            alert=lambda raw: self._hear(self.firmware.write_alert, raw),
            alert_level=lambda raw: self._hear(self.firmware.write_alert_level, raw),
            time=lambda: self.firmware.clock.read(self._now_s()),
            set_time=self.set_time,
            battery_percent=lambda: self.firmware.battery_percent,
        )

    def link_up(self) -> None:
        """A host has connected."""
        self.firmware.link_up()
        self._settle()

    def link_down(self) -> None:
        """The link is gone."""
        self.firmware.link_down(self._now_s())
        self._settle()

    def radio_down(self) -> None:
        """There is no radio any more, so no link either."""
        self.transmitter = None
        self.link_down()

    def show_code(self) -> int:
        """A host pairs: the passkey that the display shows from now on."""
        code = self.firmware.show_code(self._now_s())
        self._settle()
        return code

    def hide_code(self) -> None:
        """The pairing is over."""
        self.firmware.hide_code(self._now_s())
        self._settle()

    def set_time(self, raw: bytes) -> int | None:
        """The host writes the time, or its own was read; the ATT error, None if there is none."""
        taken = self.firmware.write_time(self._now_s(), raw)
        if taken or not self._refuses_short_time or len(raw) >= CURRENT_TIME_BYTES:
            return None
        return att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR

    def _write_music(self, field: Field, raw: bytes) -> None:
        self.firmware.write_music(self._now_s(), field, raw)
        self._settle()

    def _hear(self, write: Callable[[float, bytes], None], raw: bytes) -> None:
        write(self._now_s(), raw)
        self._settle()

    def _now_s(self) -> float:
        return self._loop.time()

    def _wake(self) -> None:
        self.firmware.wake(self._now_s())
        self._settle()

    def _settle(self) -> None:
        """Carry out what the firmware wants, tell what has changed, set the alarm."""
        if not self._has_power:
            return
        for tell in self.firmware.effects():
            if self.transmitter is not None:
                self.transmitter.tell(tell)
        self._show()
        if self._alarm is not None:
            self._alarm.cancel()
        due_s = self.firmware.due_s()
        self._alarm = None if due_s is None else self._loop.call_at(due_s, self._wake)

    def _show(self) -> None:
        previous, self.view = self.view, replace(self.firmware.view(), worn=self._worn)
        if self.view != previous:
            self._on_view(self.view)
        if _what_is_asked(self.view) != _what_is_asked(previous):
            self._drop_hand()
            self._look = self._loop.call_later(READ_S, self._seen)

    def _drop_hand(self) -> None:
        """What the hand was about to do is forgotten: something new comes up."""
        for handle in (self._look, *self._hand):
            if handle is not None:
                handle.cancel()
        self._hand = []

    def _seen(self) -> None:
        if self._wearer is not None:
            deeds = self._wearer.sees(self.view)
            self._hand = [self._loop.call_later(deed.after_s, self._do, deed) for deed in deeds]

    def _do(self, deed: Deed) -> None:
        match deed.what:
            case Press() as press:
                self.press(press)
            case Comparison():
                pass  # a passkey is typed at the host: the watch asks nothing
            case Wearing(worn):
                self._worn = worn  # it has no sensor for that
                self._settle()
            case _:
                assert_never(deed.what)


def _what_is_asked(view: WatchView) -> tuple[object, ...]:
    return view.face, view.side, view.round, view.since_s, view.code
