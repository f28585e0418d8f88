"""Reminders on the wrist: asked once, when they should be; let go otherwise; stopped by pain, or by hand."""

from datetime import date, timedelta

import pytest

from tests.coordinator.story import START, Story, hold_started, stamp
from wearsync.alert_codes import AlertCode
from wearsync.coordinator import log
from wearsync.coordinator.events import (
    CaughtUp,
    DayDone,
    LinkUp,
    PainDays,
    ReminderAhead,
    ReminderDue,
    RoutineConfigured,
    SwitchHeard,
)
from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.coordinator.state import WatchState
from wearsync.messages import (
    BatteryLevel,
    HoldStopped,
    IntentGiven,
    PlayCues,
    SessionEnded,
    SessionStarted,
    ShowStep,
)
from wearsync.model import (
    CueKind,
    Phase,
    SessionEnd,
    SessionSource,
    Severity,
    Side,
    StopReason,
    Verb,
)

# The story begins on a Friday at 9 in the morning, where the wearer is.
TODAY = START.local_date
PLAN = ReminderPlan(times=("09:00", "20:30"), quiet="21:00-07:00")
HOUR_S = 3600


def planned(plan: ReminderPlan = PLAN, *, visits: bool = False, answers: str | None = None) -> Story:
    """A watch that is there, and asks whom nobody answers unless told so."""
    story = Story(visits=visits, answers=answers, now_ms=START.host_ms - 24 * HOUR_S * 1000)
    configure(story, plan)
    story.now_ms = START.host_ms
    return story


def configure(story: Story, plan: ReminderPlan) -> None:
    story.feed(RoutineConfigured(story.routine, visits=story.visits, reminder=plan))


def live(plan: ReminderPlan = PLAN, *, answers: str | None = None) -> Story:
    story = planned(plan, answers=answers)
    story.connect()
    return story


def due(story: Story, *, late_s: float = 0, done: bool = False, away: bool = False) -> None:
    at_ms = stamp(story.now_ms).unix_ms - round(late_s * 1000)
    story.feed(ReminderDue(at_ms, done=done, away=away))


def days(*back: int) -> tuple[date, ...]:
    return tuple(TODAY - timedelta(days=day) for day in back)


def codes(story: Story) -> list[AlertCode]:
    return [alert.code for alert in story.alerts]


def buzzed(story: Story) -> list[CueKind]:
    return [cue.cue for play in story.told(PlayCues) for cue in play.cues]


def test_the_watch_asks_and_a_tap_begins_the_session() -> None:
    story = live(answers="yes")
    due(story)
    assert story.is_in(Phase.CONFIRM)
    assert buzzed(story) == [CueKind.REMINDER]
    story.run()
    assert [session.end for session in story.sessions] == [SessionEnd.DONE]
    assert codes(story) == [AlertCode.REMINDER]
    assert story.alerts[0].severity is Severity.INFO
    assert "stop on sharp pain" in story.alerts[0].text


def test_one_that_nobody_answers_is_no_session_and_does_not_come_again() -> None:
    story = live()
    due(story)
    story.wait(10 * HOUR_S)
    assert story.sessions == []
    assert codes(story) == [AlertCode.REMINDER, AlertCode.REMINDER_MISSED]
    assert buzzed(story) == [CueKind.REMINDER]
    assert story.phases == [Phase.CONFIRM, Phase.IDLE]


def test_a_no_is_no_session_either() -> None:
    story = live(answers="no")
    due(story)
    story.wait(HOUR_S)
    assert (story.sessions, codes(story)) == ([], [AlertCode.REMINDER])


def test_a_question_of_start_still_is_one() -> None:
    story = live()
    due(story)
    story.wait(120)
    assert story.command(Verb.START) is None
    story.wait(120)
    assert [session.end for session in story.sessions] == [SessionEnd.ABANDONED]


def test_stop_takes_the_reminder_back() -> None:
    story = live()
    due(story)
    assert story.command(Verb.STOP) is None
    assert (story.sessions, story.phases) == ([], [Phase.CONFIRM, Phase.IDLE])


def test_an_instant_is_dealt_with_once() -> None:
    story = live()
    due(story)
    story.wait(300)
    due(story, late_s=300)
    due(story, late_s=HOUR_S)
    assert buzzed(story) == [CueKind.REMINDER]


def test_nothing_is_due_of_a_plan_that_is_new() -> None:
    story = live()
    configure(story, ReminderPlan(times=("08:59",)))
    story.wait(60)
    due(story, late_s=61)
    assert buzzed(story) == []
    due(story, late_s=59)
    assert buzzed(story) == [CueKind.REMINDER]


def test_an_instant_of_a_clock_that_was_years_ahead_stops_nothing() -> None:
    story = live()
    due(story)
    story.wait(300)
    due(story, late_s=-300 * 24 * HOUR_S)
    story.wait(300)
    due(story, late_s=600)
    assert buzzed(story) == [CueKind.REMINDER] * 2
    due(story)
    assert buzzed(story) == [CueKind.REMINDER] * 3


@pytest.mark.parametrize("minutes", [10, 30, 60])
def test_a_reminder_that_is_put_off_comes_again_by_itself(minutes: int) -> None:
    story = live()
    due(story)
    assert story.command(Verb.SNOOZE, minutes=minutes) is None
    story.wait(minutes * 60 - 1)
    assert story.is_in(Phase.IDLE)
    story.wait(1)
    assert story.is_in(Phase.CONFIRM)
    story.wait(HOUR_S)
    assert story.sessions == []
    assert codes(story) == [AlertCode.REMINDER, AlertCode.REMINDER, AlertCode.REMINDER_MISSED]


def test_one_that_was_put_off_while_the_computer_slept_is_gone() -> None:
    story = live()
    due(story)
    story.command(Verb.SNOOZE, minutes=10)
    story.now_ms += 2 * HOUR_S * 1000
    story.wait(0)
    assert codes(story) == [AlertCode.REMINDER, AlertCode.REMINDER_MISSED]
    assert story.is_in(Phase.IDLE)


def test_one_that_was_put_off_is_void_when_the_day_is_done_or_the_wearer_away() -> None:
    story = live()
    due(story)
    story.command(Verb.SNOOZE, minutes=10)
    story.feed(DayDone(TODAY))
    story.wait(HOUR_S)
    assert buzzed(story) == [CueKind.REMINDER]
    story = live()
    due(story)
    story.command(Verb.SNOOZE, minutes=10)
    story.command(Verb.AWAY, away=True)
    story.wait(HOUR_S)
    assert buzzed(story) == [CueKind.REMINDER]


def test_one_that_is_put_off_into_quiet_hours_waits_for_their_end_on_that_day() -> None:
    story = live(ReminderPlan(times=("09:00",), quiet="09:30-11:00"))
    due(story)
    story.command(Verb.SNOOZE, minutes=30)
    story.wait(2 * HOUR_S - 1)
    assert buzzed(story) == [CueKind.REMINDER]
    story.wait(2)
    assert story.is_in(Phase.CONFIRM)


def test_one_that_is_put_off_into_the_night_is_let_go() -> None:
    story = live()
    story.wait(11.75 * HOUR_S)
    due(story)
    story.command(Verb.SNOOZE, minutes=30)
    story.wait(15 * HOUR_S)
    assert buzzed(story) == [CueKind.REMINDER]
    assert codes(story) == [AlertCode.REMINDER]
    assert story.state.snoozed_until_ms is None


@pytest.mark.parametrize("reason", ["done", "away", "off", "away here", "done here", "in a session"])
def test_nobody_is_reminded_when_there_is_no_need(reason: str) -> None:
    story = live(answers="yes")
    match reason:
        case "off":
            story.command(Verb.REMIND, on=False)
        case "away here":
            story.command(Verb.AWAY, away=True)
        case "done here":
            story.command(Verb.START)
            story.run()
        case "in a session":
            story.command(Verb.START)
            story.wait(40)
            assert story.is_in(Phase.HOLD)
        case _:
            assert reason in ("done", "away")
    before = len(story.told(PlayCues))
    due(story, done=reason == "done", away=reason == "away")
    assert len(story.told(PlayCues)) == before
    assert AlertCode.REMINDER not in codes(story)


def test_on_the_charger_only_the_dashboards_hear_of_it() -> None:
    story = live()
    story.record(BatteryLevel(80, charging=True))
    due(story)
    assert (buzzed(story), codes(story)) == ([], [AlertCode.REMINDER])


def test_a_watch_that_was_lost_on_its_charger_may_be_on_the_wrist_when_it_is_back() -> None:
    story = live()
    story.record(BatteryLevel(80, charging=True))
    story.disconnect()
    due(story)
    assert story.is_in(Phase.CONFIRM)
    story.connect()
    assert (buzzed(story), story.state.phase) == ([], Phase.IDLE), "its last word still holds"
    story.record(BatteryLevel(80, charging=False))
    story.disconnect()
    story.wait(HOUR_S)
    due(story)
    story.connect()
    assert buzzed(story) == [CueKind.REMINDER]


def test_a_watch_that_was_just_lost_asks_when_it_is_back() -> None:
    story = planned()
    due(story)
    story.wait(100)
    story.connect()
    assert buzzed(story) == [CueKind.REMINDER]


def test_a_watch_that_stays_out_of_reach_is_left_to_remind_by_itself() -> None:
    story = planned()
    due(story)
    story.wait(HOUR_S)
    assert codes(story) == [AlertCode.REMINDER, AlertCode.REMINDER_MISSED]
    assert story.is_in(Phase.IDLE)


def test_a_visited_watch_is_fetched() -> None:
    story = planned(visits=True)
    due(story)
    assert story.state.link_wanted
    story.wait(30)
    story.connect()
    assert buzzed(story) == [CueKind.REMINDER]


def test_a_visited_watch_that_does_not_come_is_told_of() -> None:
    story = planned(visits=True)
    due(story)
    story.wait(HOUR_S)
    assert codes(story) == [AlertCode.REMINDER, AlertCode.REMINDER_MISSED]
    assert "not reached" in story.alerts[1].text
    assert story.sessions == []


def test_a_watch_that_was_fetched_and_hangs_on_its_charger_does_not_buzz() -> None:
    story = planned(visits=True)
    due(story)
    story.feed(LinkUp(story.boot))
    story.record(BatteryLevel(80, charging=True))
    story.feed(CaughtUp())
    assert (buzzed(story), story.state.phase) == ([], Phase.IDLE)


def test_a_watch_that_was_fetched_and_tells_of_a_full_session_does_not_ask() -> None:
    story = planned(visits=True)
    due(story)
    story.feed(LinkUp(story.boot))
    story.obeys = False
    story.record(SessionStarted(77, SessionSource.WATCH), live=False)
    for step in range(4):
        side = Side.LEFT if step % 2 == 0 else Side.RIGHT
        story.record(hold_started(77, step, side), live=False)
        story.record(HoldStopped(77, step, StopReason.PLANNED, 30_000), live=False)
    story.record(SessionEnded(77, SessionEnd.DONE, SessionSource.WATCH), live=False)
    story.feed(CaughtUp())
    story.wait(HOUR_S)
    assert buzzed(story) == []
    assert story.state.done_on == TODAY


def test_what_was_due_while_the_computer_slept_is_let_go_by_the_plan() -> None:
    story = live()
    due(story, late_s=16 * 60)
    assert (buzzed(story), codes(story)) == ([], [AlertCode.REMINDER_MISSED])


def test_what_was_due_while_the_computer_slept_is_asked_once_if_the_plan_says_so() -> None:
    story = live(replace_missed("once"))
    due(story, late_s=3 * HOUR_S)
    assert buzzed(story) == [CueKind.REMINDER]


def test_what_was_due_yesterday_is_let_go_in_any_case() -> None:
    story = live(replace_missed("once"))
    due(story, late_s=12 * HOUR_S)
    assert (buzzed(story), codes(story)) == ([], [AlertCode.REMINDER_MISSED])


def test_the_log_folds_to_the_same_state() -> None:
    story = live()
    due(story)
    story.command(Verb.SNOOZE, minutes=10)
    story.wait(HOUR_S)
    story.feed(PainDays(days(0, 1, 2)))
    story.feed(ReminderAhead(450))
    story.feed(SwitchHeard(True, False, story.now_ms + 5, TODAY))
    story.feed(DayDone(TODAY))
    read = [log.from_json(log.to_json(entry)) for entry in story.inputs]
    assert log.fold(WatchState(), read) == story.state


def test_a_question_that_the_wearer_answers_by_starting_is_answered() -> None:
    story = live()
    due(story)
    story.record(IntentGiven("start", 77))
    assert story.is_in(Phase.GAP)
    assert story.told(ShowStep)[-1].session == 77


def replace_missed(missed: str) -> ReminderPlan:
    return ReminderPlan.model_validate(PLAN.model_dump() | {"missed": missed})
