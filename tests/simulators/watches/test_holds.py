"""Section 7 of the hold profile: sessions, gaps and holds, led by a host and alone; named by its rules."""

import pytest

from tests.simulators.watches.bench import Bench
from tests.simulators.watches.paper_host import CONFIRM, DONE, GAP, HOLD, IDLE, PAUSED
from tests.simulators.watches.told import BEGUN, END, PAUSE, SESSION, STOP, in_hold, session, started, stopped
from wearsync_simulators.watches.frames import ErrorTold
from wearsync_simulators.watches.records import IntentTold
from wearsync_simulators.watches.view import Face, Press
from wearsync_simulators.watches.words import (
    ErrorCode,
    Intent,
    Reason,
    SessionSource,
    SessionWhat,
    Side,
    Source,
)


def test_rule_1_auto_counts_down_and_starts_by_itself_at_the_tick(led: Bench) -> None:
    led.step(SESSION, 0, at=8000)
    assert led.face() is Face.GAP
    assert led.told() == [BEGUN]
    led.wait(60)
    begin, end = led.records()[:2]
    assert (begin.tick, begin.body) == (8000, started())
    assert (end.tick, end.body) == (38000, stopped(Reason.PLANNED, 30000))


def test_rule_1_at_once_if_that_has_passed(led: Bench) -> None:
    led.wait(5)
    led.step(SESSION, 0, at=1000)
    assert led.face() is Face.HOLD
    assert [(r.tick, r.body) for r in led.records()][-1] == (5000, started())


@pytest.mark.parametrize("tap", [0, 1])
def test_rule_1_a_tap_in_a_gap_means_ready_now(led: Bench, tap: int) -> None:
    led.step(SESSION, 0, at=60_000, tap=tap)
    led.wait(4)
    led.press(Press.TAP)
    assert led.face() is Face.HOLD
    assert led.told() == [BEGUN, started(source=Source.WEARER)]


def test_rule_2_confirm(led: Bench) -> None:
    led.step(SESSION, 0, CONFIRM)
    assert led.face() is Face.CONFIRM
    led.press(Press.TAP)
    assert led.told() == [IntentTold(Intent.YES, SESSION, 0)]
    assert led.face() is Face.CLOCK
    led.step(SESSION, 0, CONFIRM)
    led.press(Press.DOUBLE_PRESS)
    assert led.told() == [IntentTold(Intent.NO, SESSION, 0)]


def test_rule_2_paused_and_resume(led: Bench) -> None:
    led.step(SESSION, 0, at=10_000)
    led.step(SESSION, 0, PAUSED)
    assert led.face() is Face.PAUSED
    led.press(Press.TAP)
    assert led.told() == [BEGUN, IntentTold(Intent.RESUME, SESSION, 0)]
    led.step(SESSION, 0, at=3000)
    led.wait(3)
    assert led.face() is Face.HOLD


@pytest.mark.parametrize(
    ("phase", "what", "face"), [(DONE, SessionWhat.DONE, Face.DONE), (IDLE, SessionWhat.ENDED, Face.CLOCK)]
)
def test_rule_2_done_and_idle_end_the_session(led: Bench, phase: int, what: SessionWhat, face: Face) -> None:
    led.step(SESSION, 0, at=10_000)
    led.step(SESSION, 0, phase)
    assert led.told() == [BEGUN, session(what, SessionSource.HOST)]
    assert led.face() is face


def test_rule_3_a_step_of_another_session_ends_the_open_one(led: Bench) -> None:
    in_hold(led, into_s=3)
    led.step(12, 0, at=60_000)
    assert led.told() == [
        stopped(Reason.HOST, 3000),
        session(SessionWhat.ENDED, SessionSource.HOST),
        session(SessionWhat.STARTED, SessionSource.HOST, 12),
    ]


def test_rule_3_confirm_while_a_session_is_open_is_not_now(led: Bench) -> None:
    led.step(SESSION, 0, at=10_000)
    led.step(12, 0, CONFIRM)
    assert led.error() == ErrorTold(ErrorCode.NOT_NOW, 7)
    assert led.face() is Face.GAP


@pytest.mark.parametrize("phase", [GAP, PAUSED])
def test_rule_4_a_step_for_the_running_hold_changes_nothing_but_the_text(led: Bench, phase: int) -> None:
    in_hold(led, into_s=2)
    led.step(SESSION, 0, phase, at=40_000, planned_s=60)
    view = led.watch.view(5002.0)
    assert (view.face, view.planned_s, view.text) == (Face.HOLD, 30, "LEFT")
    led.wait(28)
    assert led.told()[0] == stopped(Reason.PLANNED, 30000)


def test_rule_5_hold_stop_pause_end(led: Bench) -> None:
    for do, reason in ((STOP, Reason.HOST), (PAUSE, Reason.PAUSE), (END, Reason.HOST)):
        in_hold(led, into_s=5)
        led.say(HOLD, do)
        assert led.told()[0] == stopped(reason, 5000)
        assert led.face() is {STOP: Face.WAITING, PAUSE: Face.PAUSED, END: Face.DONE}[do]
        led.step(SESSION, 0, IDLE)
        led.told()


@pytest.mark.parametrize("do", [STOP, PAUSE])
def test_rule_5_without_something_to_end_they_do_nothing(led: Bench, do: bytes) -> None:
    led.say(HOLD, do)
    led.step(SESSION, 0, at=10_000)
    led.say(HOLD, do)
    assert led.told() == [BEGUN]
    assert led.face() is Face.GAP


def test_rule_5_end_in_a_gap_ends_the_session(led: Bench) -> None:
    led.say(HOLD, END)
    assert led.told() == []
    led.step(SESSION, 0, at=10_000)
    led.say(HOLD, END)
    assert led.told() == [BEGUN, session(SessionWhat.ENDED, SessionSource.HOST)]


def test_rule_6_a_single_press_in_a_hold_does_nothing(led: Bench) -> None:
    in_hold(led, into_s=2)
    led.press(Press.TAP)
    assert led.face() is Face.HOLD
    assert led.told() == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Press.ANSWER_DONE, Reason.WEARER),
        (Press.ANSWER_TOO_MUCH, Reason.TOO_MUCH),
        (Press.ANSWER_PAIN, Reason.PAIN),
        (None, Reason.WEARER),
    ],
)
def test_rule_6_a_double_press_stops_and_asks(led: Bench, answer: Press | None, reason: Reason) -> None:
    in_hold(led, into_s=12.5)
    led.press(Press.DOUBLE_PRESS)
    assert led.face() is Face.QUESTION
    led.wait(4)
    assert led.records() == []
    if answer:
        led.press(answer)
    else:
        led.wait(5.9)
        assert led.records() == []
        led.wait(0.1)
    (record,) = led.records()
    assert (record.tick, record.body) == (12500, stopped(reason, 12500))


def test_rule_6_the_hosts_word_in_the_question_does_not_unmake_the_press(led: Bench) -> None:
    in_hold(led, into_s=5)
    led.press(Press.DOUBLE_PRESS)
    led.wait(3)
    led.step(SESSION, 1, at=20_000)
    assert led.told() == [stopped(Reason.WEARER, 5000)]
    assert led.face() is Face.GAP


def test_rule_7_a_start_waits_2_s_for_a_step(led: Bench) -> None:
    led.routine()
    led.press(Press.START)
    (intent,) = led.told()
    assert isinstance(intent, IntentTold)
    assert intent.intent is Intent.START
    led.wait(1.9)
    assert led.face() is Face.WAITING
    led.step(intent.session, 0, at=10_000)
    assert led.told() == [session(SessionWhat.STARTED, SessionSource.HOST, intent.session)]


def test_rule_9_a_gap_without_a_tap_is_abandoned_after_180_s(led: Bench) -> None:
    led.step(SESSION, 0, tap=1)
    led.wait(179.999)
    assert led.told() == [BEGUN]
    led.wait(0.001)
    assert led.told() == [session(SessionWhat.ABANDONED, SessionSource.WATCH)]


def test_rule_9_confirm_without_an_answer_is_no_session(led: Bench) -> None:
    led.step(SESSION, 0, CONFIRM)
    led.wait(60)
    assert led.face() is Face.CLOCK
    assert led.told() == []


def test_rule_11_done_for_10_s(led: Bench) -> None:
    led.step(SESSION, 0, at=10_000)
    led.say(HOLD, END)
    led.wait(9.999)
    assert led.face() is Face.DONE
    led.wait(0.001)
    assert led.face() is Face.CLOCK


def test_intents_that_only_a_host_can_carry_out(led: Bench) -> None:
    led.step(SESSION, 1, at=60_000)
    for press in (Press.SKIP, Press.BACK, Press.EXTRA, Press.SNOOZE, Press.PAUSE):
        led.press(press)
    assert led.told()[1:] == [
        IntentTold(Intent.SKIP, SESSION, 0),
        IntentTold(Intent.BACK, SESSION, 0),
        IntentTold(Intent.EXTRA, SESSION, Side.RIGHT),
        IntentTold(Intent.SNOOZE, SESSION, 10),
        IntentTold(Intent.PAUSE, SESSION, 0),
    ]
    assert led.face() is Face.GAP
