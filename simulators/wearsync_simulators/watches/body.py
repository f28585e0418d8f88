"""The watch between its core and the world: it wakes the core when it is due, carries the wearer's hand, and
tells what can be seen. One body is one boot.

Rule: on the event loop, but without a radio: whatever transmits is given, as `Transmitter`. Nothing is
decided here.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol, assert_never

from wearsync_simulators.watches.effects import Drop, Effect, Heard, Print, Renew, Send
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.trace import frame_line
from wearsync_simulators.watches.view import Press, WatchView
from wearsync_simulators.wearer import Comparison, Deed, Wearer, Wearing

__all__ = ["Body", "Core", "Transmitter"]

# Who compares digits has them before the eyes; Bluetooth itself gives up after 30 s (Vol 3, Part H, 3.4).
COMPARE_S = 25.0


class Core(Protocol):
    """One boot of a watch's inside: time and what happens go in, `effects` come out. `HoldWatch` is one, and
    says what each of these does.
    """

    @property
    def waits_for_a_key(self) -> bool: ...
    def link_up(self, now_s: float, mtu: int) -> None: ...
    def link_mtu(self, mtu: int) -> None: ...
    def link_down(self, now_s: float) -> None: ...
    def down(self, now_s: float, raw: bytes) -> None: ...
    def key(self, now_s: float, raw: bytes) -> int | None: ...
    def pairing_asked(self, now_s: float) -> bool: ...
    def pairing_failed(self, now_s: float) -> None: ...
    def show_code(self, code: int | None) -> None: ...
    def press(self, now_s: float, press: Press) -> None: ...
    def open_pairing(self, now_s: float) -> None: ...
    def wear(self, now_s: float, *, worn: bool) -> None: ...
    def set_motor(self, now_s: float, state: MotorState) -> None: ...
    def wake(self, now_s: float) -> None: ...
    def due_s(self) -> float | None: ...
    def effects(self) -> list[Effect]: ...
    def power_lost(self, now_s: float) -> int: ...
    def info(self, now_s: float) -> bytes: ...
    def advertised(self, now_s: float) -> int: ...
    def view(self, now_s: float) -> WatchView: ...


class Transmitter(Protocol):
    """What the body wants of the radio; instant, done in order."""

    def notify(self, frame: bytes) -> None:
        """Send a frame up the link."""

    def drop(self) -> None:
        """Disconnect, after what was sent."""

    def advertise(self) -> None:
        """The advertised flags may have changed."""

    def tell_battery(self) -> None:
        """The battery's level has changed."""


class Body:
    """A running watch. `on_view(view)` at each change; `on_renew()` when it wants to boot again.

    It hears the radio (it is the antenna's `Ears`) and speaks by `transmitter`, while there is one.
    """

    def __init__(
        self,
        *,
        core: Core,
        wearer: Wearer | None,
        on_view: Callable[[WatchView], None],
        on_renew: Callable[[], None],
        on_trace: Callable[[str], None] | None = None,
    ) -> None:
        self._core = core
        self._wearer = wearer
        self._on_view = on_view
        self._on_renew = on_renew
        self._on_trace = on_trace
        self._loop = asyncio.get_running_loop()
        self._alarm: asyncio.TimerHandle | None = None
        self._hand: list[asyncio.TimerHandle] = []
        self._compared: asyncio.Future[bool] | None = None
        self._advertised: int | None = None
        self._has_power = False
        self.transmitter: Transmitter | None = None
        self.view = WatchView()

    def start(self) -> None:
        """Let time begin."""
        self._has_power = True
        self.view = self._core.view(self._now_s())
        self._on_view(self.view)
        self._seen(self.view, None)
        self._settle()

    def stop(self) -> int:
        """The power goes. What the clock says, for the next boot (Unix µs, 0 unknown)."""
        for handle in (*self._hand, *([self._alarm] if self._alarm else [])):
            handle.cancel()
        self._alarm = None
        self._has_power = False
        if self._compared is not None and not self._compared.done():
            self._compared.set_result(False)
        self.transmitter = None
        return self._core.power_lost(self._now_s())

    # Hands.

    def press(self, press: Press) -> None:
        """A hand on the watch."""
        self._core.press(self._now_s(), press)
        self._settle()

    def wear(self, *, worn: bool) -> None:
        """Put it on, or take it off."""
        self._core.wear(self._now_s(), worn=worn)
        self._settle()

    def open_pairing(self) -> None:
        """Switch pairing mode on."""
        self._core.open_pairing(self._now_s())
        self._settle()

    def confirm_code(self, *, same: bool) -> None:
        """Answer the comparison that is on the display, if there is one."""
        if self._compared is not None and not self._compared.done():
            self._compared.set_result(same)

    def motor(self, state: MotorState) -> None:
        """Quiet mode, or a broken motor."""
        self._core.set_motor(self._now_s(), state)

    # Ears.

    def info(self) -> bytes:
        """The Info characteristic."""
        return self._core.info(self._now_s())

    def battery_percent(self) -> int:
        """The battery's level."""
        return self.view.battery_percent

    def advertised(self) -> int:
        """The byte of service data."""
        return self._core.advertised(self._now_s())

    def link_up(self, mtu: int) -> None:
        """A host has connected."""
        self._core.link_up(self._now_s(), mtu)
        self._settle()

    def link_mtu(self, mtu: int) -> None:
        """The host has negotiated an MTU."""
        self._core.link_mtu(mtu)

    def link_down(self) -> None:
        """The link is gone."""
        self._core.link_down(self._now_s())
        self._settle()

    def radio_down(self) -> None:
        """There is no radio any more, so no link either."""
        self.transmitter = None
        self.link_down()

    def down(self, raw: bytes) -> None:
        """The host wrote to Down."""
        self._core.down(self._now_s(), raw)
        self._settle()

    def key(self, raw: bytes) -> int | None:
        """The host wrote to Key; the ATT error, or None."""
        return self._core.key(self._now_s(), raw)

    def pairing_asked(self) -> bool:
        """A host asks to be paired."""
        accepted = self._core.pairing_asked(self._now_s())
        self._settle()
        return accepted

    def pairing_failed(self) -> None:
        """An attempt at pairing has failed."""
        self._core.pairing_failed(self._now_s())
        self._settle()

    @property
    def waits_for_a_key(self) -> bool:
        """Whether it is still in the lasting pairing mode that it was started in."""
        return self._core.waits_for_a_key

    async def compare(self, code: int) -> bool:
        """Show the code, and wait for the wearer's word; no word is no."""
        self._compared = self._loop.create_future()
        self._core.show_code(code)
        self._settle()
        try:
            async with asyncio.timeout(COMPARE_S):
                return await self._compared
        except TimeoutError:
            return False
        finally:
            self._compared = None
            self._core.show_code(None)
            self._settle()

    def _now_s(self) -> float:
        return self._loop.time()

    def _wake(self) -> None:
        self._core.wake(self._now_s())
        self._settle()

    def _settle(self) -> None:
        """Carry out what the core wants, tell what has changed, set the alarm."""
        if not self._has_power:
            return
        for effect in self._core.effects():
            self._carry_out(effect)
        self._show()
        if self._alarm is not None:
            self._alarm.cancel()
        due_s = self._core.due_s()
        self._alarm = None if due_s is None else self._loop.call_at(due_s, self._wake)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(raw, frame):
                self._trace("↑", partial(frame_line, frame))
                self._notify(raw)
            case Print(raw):
                self._notify(raw)
            case Heard(frame):
                self._trace("↓", partial(frame_line, frame))
            case Drop(why):
                self._trace("×", lambda: why)
                if self.transmitter is not None:
                    self.transmitter.drop()
            case Renew():
                self._loop.call_soon(self._on_renew)
            case _:
                assert_never(effect)

    def _notify(self, raw: bytes) -> None:
        if self.transmitter is not None:
            self.transmitter.notify(raw)

    def _show(self) -> None:
        previous, self.view = self.view, self._core.view(self._now_s())
        if self.transmitter is not None:
            if self.view.battery_percent != previous.battery_percent:
                self.transmitter.tell_battery()
            if self._advertised != (advertised := self.advertised()):
                self._advertised = advertised
                self.transmitter.advertise()
        if self.view != previous:
            self._on_view(self.view)
            self._seen(self.view, previous)

    def _seen(self, view: WatchView, previous: WatchView | None) -> None:
        """The wearer looks when something new comes up; what the hand was about to do is forgotten."""
        if self._wearer is None or (
            previous is not None and _what_is_asked(view) == _what_is_asked(previous)
        ):
            return
        for handle in self._hand:
            handle.cancel()
        self._hand = [self._loop.call_later(deed.after_s, self._do, deed) for deed in self._wearer.sees(view)]

    def _do(self, deed: Deed) -> None:
        match deed.what:
            case Press() as press:
                self.press(press)
            case Comparison(same):
                self.confirm_code(same=same)
            case Wearing(worn):
                self.wear(worn=worn)
            case _:
                assert_never(deed.what)

    def _trace(self, sign: str, line: Callable[[], str]) -> None:
        if self._on_trace is not None:
            self._on_trace(f"{sign} {line()}")


def _what_is_asked(view: WatchView) -> tuple[object, ...]:
    return view.face, view.session, view.step, view.since_s, view.code
