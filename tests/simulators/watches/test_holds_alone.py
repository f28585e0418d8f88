"""Section 7 of the hold profile, rules 7 and 8: a watch that runs its routine alone."""

import pytest

from tests.simulators.watches.bench import Bench
from tests.simulators.watches.paper_host import BYE, HOLD, PAUSED
from tests.simulators.watches.told import PAUSE, SESSION, in_hold, session, started, stopped
from wearsync_simulators.watches.records import HoldStarted, HoldStopped, IntentTold, SessionTold
from wearsync_simulators.watches.view import Face, Press
from wearsync_simulators.watches.words import (
    Intent,
    Pattern,
    Reason,
    SessionSource,
    SessionWhat,
    Side,
)


@pytest.mark.parametrize("with_host", [True, False])
def test_rule_7_and_8_without_an_answer_it_runs_the_routine_alone(led: Bench, with_host: bool) -> None:
    led.routine(rounds=1, hold_s=20, gap_s=7)
    if not with_host:
        led.disconnect()
    led.press(Press.START)
    led.wait(120)
    intent, *rest = led.records()
    number = intent.body.session  # type: ignore[union-attr]
    assert [(r.tick, type(r.body)) for r in rest] == [
        (2000 if with_host else 0, SessionTold),
        (15_000, HoldStarted),  # "the first gap counted from the INTENT"
        (35_000, HoldStopped),
        (42_000, HoldStarted),  # "counts from the HOLD_STOPPED's tick"
        (62_000, HoldStopped),
        (64_000 if with_host else 62_000, SessionTold),
    ]
    assert rest[0].body == session(SessionWhat.STARTED, SessionSource.WATCH, number)
    assert [r.body.side for r in rest if isinstance(r.body, HoldStarted)] == [Side.LEFT, Side.RIGHT]
    assert {r.body.routine_id for r in rest if isinstance(r.body, HoldStarted)} == {7}
    assert rest[-1].body == session(SessionWhat.DONE, SessionSource.WATCH, number)


def test_rule_7_without_a_routine_it_goes_back_to_the_clock() -> None:
    bench = Bench()
    bench.press(Press.START)
    assert bench.face() is Face.CLOCK


def test_rule_8_the_watch_goes_on_when_the_link_is_lost_in_mid_hold(led: Bench) -> None:
    led.routine(rounds=1, gap_s=10)
    in_hold(led, into_s=5)
    led.disconnect()
    led.wait(120)
    assert led.told() == [
        stopped(Reason.PLANNED, 30000),
        started(1, routine_id=7),
        stopped(Reason.PLANNED, 30000, 1),
        session(SessionWhat.DONE, SessionSource.WATCH),
    ]


@pytest.mark.parametrize("leave", ["link lost", "bye"])
def test_rule_8_who_waits_for_a_host_that_leaves_goes_on_at_once(led: Bench, leave: str) -> None:
    led.routine(rounds=2, gap_s=10)
    in_hold(led, planned_s=10)
    led.wait(11)
    assert led.face() is Face.WAITING
    if leave == "bye":
        led.say(BYE)
    else:
        led.disconnect()
    assert led.face() is Face.GAP
    led.wait(9)
    assert [record.tick for record in led.records()] == [10_000, 20_000]


def test_rule_8_a_step_within_2_s_keeps_the_host_in_the_lead(led: Bench) -> None:
    led.routine(rounds=2, gap_s=10)
    in_hold(led, planned_s=10)
    led.wait(11.9)
    led.step(SESSION, 1, at=30_000)
    led.wait(18)
    assert led.told() == [stopped(Reason.PLANNED, 10_000)]
    assert not led.watch.view(5030.0).alone


def test_rule_8_after_pain_the_session_ends(led: Bench) -> None:
    led.routine(rounds=2)
    in_hold(led, into_s=5)
    led.disconnect()
    led.press(Press.DOUBLE_PRESS)
    led.press(Press.ANSWER_PAIN)
    assert led.told() == [stopped(Reason.PAIN, 5000), session(SessionWhat.ENDED, SessionSource.WATCH)]


def test_rule_8_a_hold_stopped_short_is_not_repeated(led: Bench) -> None:
    led.routine(rounds=2, gap_s=10)
    in_hold(led, into_s=5)
    led.disconnect()
    led.press(Press.DOUBLE_PRESS)
    led.wait(3)
    led.press(Press.ANSWER_TOO_MUCH)
    led.wait(7)
    assert led.told() == [stopped(Reason.TOO_MUCH, 5000), started(1, routine_id=7)]


def test_rule_8_after_a_pause_the_tap_resumes_with_a_full_hold_of_the_same_step(led: Bench) -> None:
    led.routine(rounds=1, hold_s=20)
    in_hold(led, planned_s=40, into_s=5)
    led.disconnect()
    led.press(Press.PAUSE)
    assert led.told() == [IntentTold(Intent.PAUSE, SESSION, 0), stopped(Reason.PAUSE, 5000)]
    led.wait(600)
    led.press(Press.TAP)
    led.wait(15)
    assert led.told() == [IntentTold(Intent.RESUME, SESSION, 0), started(routine_id=7, planned_s=40)]
    led.wait(40)
    assert led.told() == [stopped(Reason.PLANNED, 40_000)]


def test_rule_8_a_pause_of_15_min_abandons(led: Bench) -> None:
    in_hold(led, into_s=5)
    led.say(HOLD, PAUSE)
    led.told()
    led.wait(15 * 60 - 0.001)
    assert led.told() == []
    led.wait(0.001)
    assert led.told() == [session(SessionWhat.ABANDONED, SessionSource.WATCH)]


def test_rule_8_own_patterns_by_the_cue_plan(led: Bench) -> None:
    led.routine(rounds=1, hold_s=30, gap_s=10, plan=0b1_1111_1110)
    led.disconnect()
    led.press(Press.START)
    led.wait(120)
    felt: dict[tuple[int, Pattern], None] = {}
    for pulse in led.pulses:
        felt[(pulse.at_tick, pulse.pattern)] = None
    by_hold = [Pattern.START, Pattern.FORM, Pattern.HALFWAY, *[Pattern.LAST_THREE] * 3, Pattern.DONE]
    gap = [Pattern.SWITCH] * 2
    expected = [Pattern.READY, *by_hold, *gap, *by_hold, *[Pattern.SESSION_DONE] * 3]
    assert [p for _, p in felt if p is not Pattern.START] == [p for p in expected if p is not Pattern.START]
    assert (15_000, Pattern.START) in felt
    assert (25_000, Pattern.FORM) in felt
    assert (30_000, Pattern.HALFWAY) in felt
    assert (42_000, Pattern.LAST_THREE) in felt
    assert (45_000, Pattern.DONE) in felt


def test_rule_8_those_that_no_cue_of_the_hosts_is_anchored_for(led: Bench) -> None:
    led.routine(rounds=1, plan=1 << Pattern.START | 1 << Pattern.DONE)
    led.step(SESSION, 0, at=10_000)
    led.cues((5, Pattern.START, 1, 0, 0, 500))
    led.disconnect()
    led.wait(45)
    owners = [(pulse.pattern, pulse.cue_id) for pulse in led.pulses]
    assert owners == [(Pattern.START, 5), (Pattern.START, 5), (Pattern.DONE, None)]


def test_rule_8_a_host_that_leads_is_not_doubled_by_own_patterns(led: Bench) -> None:
    led.routine(plan=0b1_1111_1110)
    in_hold(led)
    led.wait(30)
    assert not led.pulses


def test_a_pause_in_a_gap_alone(led: Bench) -> None:
    led.routine()
    led.step(SESSION, 0, at=60_000)
    led.disconnect()
    led.press(Press.PAUSE)
    assert led.face() is Face.PAUSED
    led.press(Press.TAP)
    led.wait(15)
    assert led.told()[1:] == [
        IntentTold(Intent.PAUSE, SESSION, 0),
        IntentTold(Intent.RESUME, SESSION, 0),
        started(routine_id=7),
    ]


def test_a_resume_of_a_session_that_is_not_open_is_for_the_host_alone(led: Bench) -> None:
    led.routine()
    led.step(SESSION, 0, PAUSED)
    led.press(Press.TAP)
    assert led.face() is Face.WAITING
    led.wait(2)
    assert led.face() is Face.CLOCK
    assert led.told() == [IntentTold(Intent.RESUME, SESSION, 0)]


def test_without_a_routine_the_session_ends(led: Bench) -> None:
    in_hold(led, planned_s=10)
    led.wait(12)
    assert led.told() == [stopped(Reason.PLANNED, 10_000), session(SessionWhat.ENDED, SessionSource.WATCH)]
