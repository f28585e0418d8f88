"""The firmware: screens over screens, its one button, pulses and rings."""

from collections import deque

import pytest

from wearsync_simulators.watches.infinitime.firmware import (
    PREVIEW_S,
    PULSE_S,
    App,
    Firmware,
    Tell,
    Told,
)
from wearsync_simulators.watches.infinitime.music import Field, MusicEvent
from wearsync_simulators.watches.infinitime.notices import CallAnswer
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.view import Face, Press, Pulse

BOOTED_S = 1000.0
ALERT = b"\x00\x01\x00wearsync\x00start"
CALL = b"\x03\x01\x00wearsync\x00problem"


class Watch:
    """A firmware that has a host; `now_s` is seconds since its boot."""

    def __init__(self, *, connected: bool = True) -> None:
        self.pulses: deque[Pulse] = deque()
        self.firmware = Firmware(now_s=BOOTED_S, entropy=lambda size: b"\x01" * size, motor_log=self.pulses)
        self.now_s = BOOTED_S
        if connected:
            self.firmware.link_up()

    def alert(self, raw: bytes = ALERT) -> None:
        self.firmware.write_alert(self.now_s, raw)

    def show(self, field: Field, raw: bytes) -> None:
        self.firmware.write_music(self.now_s, field, raw)

    def press(self, press: Press) -> None:
        self.firmware.press(self.now_s, press)

    def wait(self, seconds: float) -> None:
        """Time passes; the firmware is woken whenever it is due."""
        until_s = self.now_s + seconds
        while (due_s := self.firmware.due_s()) is not None and due_s <= until_s:
            self.now_s = due_s
            self.firmware.wake(due_s)
        self.now_s = until_s

    def app(self) -> App:
        """What has the display."""
        return self.firmware.app

    def told(self) -> list[int]:
        """What was told on the music service since this was asked last."""
        return [tell.value[0] for tell in self.firmware.effects() if tell.on is Told.MUSIC]


def test_a_hand_opens_the_app_when_it_first_needs_it() -> None:
    watch = Watch()
    assert watch.app() is App.CLOCK
    watch.press(Press.TAP)
    watch.press(Press.START)
    assert watch.app() is App.MUSIC
    assert watch.told() == [MusicEvent.OPENED, MusicEvent.PLAY, MusicEvent.PLAY]


def test_the_buttons() -> None:
    watch = Watch()
    for press in (Press.SKIP, Press.BACK, Press.EXTRA, Press.SNOOZE, Press.ANSWER_PAIN, Press.PAUSE):
        watch.press(press)
    assert watch.told() == [MusicEvent.OPENED, MusicEvent.NEXT, MusicEvent.PREVIOUS]


def test_play_and_pause_are_one_button() -> None:
    watch = Watch()
    watch.press(Press.DOUBLE_PRESS)
    assert watch.told() == [MusicEvent.OPENED], "it shows play: there is no pause to press"
    watch.show(Field.STATUS, b"\1")
    watch.press(Press.TAP)
    watch.press(Press.DOUBLE_PRESS)
    assert watch.told() == [MusicEvent.PAUSE]


def test_without_a_host_nothing_is_told_later() -> None:
    watch = Watch(connected=False)
    watch.press(Press.TAP)
    watch.firmware.link_up()
    assert watch.told() == []


def test_a_notification_covers_the_app_which_opens_again_after_it() -> None:
    watch = Watch()
    watch.press(Press.TAP)
    watch.told()
    watch.alert()
    assert watch.app() is App.PREVIEW
    watch.wait(PREVIEW_S - 0.01)
    assert watch.told() == []
    watch.wait(0.02)
    assert watch.app() is App.MUSIC
    assert watch.told() == [MusicEvent.OPENED]


def test_a_hand_leaves_the_preview_to_press() -> None:
    watch = Watch()
    watch.press(Press.TAP)
    watch.told()
    watch.alert()
    watch.press(Press.SKIP)
    assert watch.told() == [MusicEvent.OPENED, MusicEvent.NEXT]
    watch.wait(2 * PREVIEW_S)
    assert watch.told() == [], "it was left once"


def test_each_alert_is_one_pulse() -> None:
    watch = Watch()
    watch.alert()
    assert watch.firmware.view().motor
    watch.wait(1)
    assert not watch.firmware.view().motor
    watch.firmware.write_alert_level(watch.now_s, b"\0")
    first, second = watch.pulses
    assert (first.on_s, second.on_s) == (BOOTED_S, BOOTED_S + 1)
    assert first.off_s - first.on_s == pytest.approx(PULSE_S)
    assert (first.at_tick, second.at_tick, first.cue_id) == (0, 1000, None)


def test_two_alerts_at_once_are_felt_as_one() -> None:
    watch = Watch()
    watch.alert()
    watch.wait(0.02)
    watch.alert()
    (pulse,) = watch.pulses
    assert pulse.off_s - pulse.on_s == pytest.approx(0.02 + PULSE_S)
    assert len(watch.firmware.notices) == 2


def test_five_notifications_are_kept_newest_first() -> None:
    watch = Watch()
    for number in range(7):
        watch.alert(b"\x00\x01\x00t\x00" + str(number).encode())
    assert [notice.body for notice in watch.firmware.notices] == ["6", "5", "4", "3", "2"]


def test_with_notifications_off_they_are_kept_and_not_felt() -> None:
    watch = Watch()
    watch.firmware.motor = MotorState.QUIET
    watch.alert(CALL)
    assert len(watch.firmware.notices) == 1
    assert not watch.pulses
    assert not watch.firmware.ringing
    assert watch.app() is App.CLOCK


def test_a_broken_motor_shows_and_does_not_run() -> None:
    watch = Watch()
    watch.firmware.motor = MotorState.BROKEN
    watch.alert()
    assert watch.app() is App.PREVIEW
    assert not watch.pulses


@pytest.mark.parametrize("answer", list(CallAnswer))
def test_a_call_rings_until_it_is_answered(answer: CallAnswer) -> None:
    watch = Watch()
    watch.alert(CALL)
    watch.wait(2.5)
    assert [pulse.on_s - BOOTED_S for pulse in watch.pulses] == [0, 1, 2]
    assert watch.firmware.ringing
    watch.firmware.answer_call(watch.now_s, answer)
    assert watch.firmware.effects() == [Tell(Told.CALL, bytes([answer]))]
    watch.wait(10)
    assert len(watch.pulses) == 3
    watch.firmware.answer_call(watch.now_s, answer)
    assert watch.firmware.effects() == [], "there is no call any more"


def test_a_call_that_nobody_answers_ends_with_its_preview() -> None:
    watch = Watch()
    watch.alert(CALL)
    watch.wait(30)
    assert len(watch.pulses) == 7
    assert not watch.firmware.ringing


def test_another_notification_takes_the_place_of_a_call() -> None:
    watch = Watch()
    watch.alert(CALL)
    watch.wait(0.5)
    watch.alert()
    watch.wait(30)
    assert len(watch.pulses) == 2


def test_a_passkey_is_shown_with_a_pulse_even_with_notifications_off() -> None:
    watch = Watch()
    watch.press(Press.TAP)
    watch.alert(CALL)
    watch.told()
    watch.firmware.motor = MotorState.QUIET
    watch.wait(0.5)
    code = watch.firmware.show_code(watch.now_s)
    assert watch.firmware.view().code == code == int.from_bytes(b"\x01" * 8, "big") % 1_000_000
    assert watch.app() is App.PASSKEY
    assert not watch.firmware.ringing
    assert len(watch.pulses) == 2
    watch.firmware.hide_code(watch.now_s)
    watch.firmware.hide_code(watch.now_s)
    assert watch.firmware.view().code is None
    assert watch.told() == [MusicEvent.OPENED]


def test_a_link_that_goes_takes_the_passkey_along_and_leaves_the_screen() -> None:
    watch = Watch()
    watch.show(Field.ARTIST, "Hold · LEFT 1/2".encode())
    watch.firmware.show_code(watch.now_s)
    watch.firmware.link_down(watch.now_s)
    view = watch.firmware.view()
    assert (view.code, view.connected, view.host, view.face) == (None, False, False, Face.HOLD)


def test_a_hold_as_a_person_reads_it() -> None:
    watch = Watch()
    watch.show(Field.ARTIST, "Get ready · RIGHT 2/3".encode())
    watch.show(Field.TRACK, b"RIGHT knee down")
    gap = watch.firmware.view()
    assert (gap.face, gap.round, gap.planned_s, gap.ends_at_s) == (Face.GAP, 2, 0, None)
    assert not gap.tap_starts
    watch.wait(5)
    watch.show(Field.ARTIST, "Hold · RIGHT 2/3".encode())
    watch.show(Field.LENGTH, (30).to_bytes(4, "big"))
    watch.show(Field.POSITION, bytes(4))
    watch.show(Field.STATUS, b"\1")
    hold = watch.firmware.view()
    assert (hold.face, hold.planned_s, hold.text) == (Face.HOLD, 30, "RIGHT knee down")
    assert (hold.since_s, hold.ends_at_s) == (BOOTED_S + 5, BOOTED_S + 35)
    watch.show(Field.STATUS, b"\0")
    assert watch.firmware.view().ends_at_s is None


def test_a_gap_whose_words_ask_for_a_tap() -> None:
    watch = Watch()
    watch.show(Field.ARTIST, "Get ready · LEFT 1/2".encode())
    watch.show(Field.TRACK, b"LEFT knee down, then tap")
    assert watch.firmware.view().tap_starts


def test_a_new_time_is_taken_and_a_short_one_is_not() -> None:
    watch = Watch()
    now = bytes([0xEA, 0x07, 11, 23, 5, 10, 59, 1, 0, 1])
    assert watch.firmware.write_time(watch.now_s, now)
    assert not watch.firmware.write_time(watch.now_s, now[:9])
    assert watch.firmware.clock.read(watch.now_s)[:7] == now[:7]


def test_the_battery_is_told_when_it_changes() -> None:
    watch = Watch()
    watch.firmware.set_battery(100)
    watch.firmware.set_battery(14)
    assert watch.firmware.effects() == [Tell(Told.BATTERY, b"\x0e")]
    assert watch.firmware.view().battery_percent == 14
