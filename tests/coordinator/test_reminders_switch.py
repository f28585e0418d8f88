"""The switch of the reminders: by hand, by pain, by another watch; and what the watch keeps of them."""

from datetime import date, timedelta

import pytest

from tests.coordinator.story import stamp
from tests.coordinator.test_reminders import PLAN, TODAY, codes, configure, days, due, live
from wearsync.alert_codes import AlertCode
from wearsync.coordinator.events import (
    DayDone,
    PainDays,
    ReminderAhead,
    SwitchHeard,
)
from wearsync.coordinator.reminder_plan import ReminderPlan
from wearsync.coordinator.reminders import STOPPED_BY_PAIN, STOPPED_PLAINLY
from wearsync.messages import (
    StoreRoutine,
)
from wearsync.model import (
    Phase,
    Severity,
    Verb,
)


def test_the_switch_holds_until_it_is_switched_again_and_says_so_once() -> None:
    story = live()
    assert story.command(Verb.REMIND, on=False) is None
    assert story.command(Verb.REMIND, on=False) is None
    due(story)
    configure(story, PLAN)
    assert not story.state.reminders.switch.on
    assert [(alert.code, alert.text) for alert in story.alerts] == [
        (AlertCode.REMINDERS_STOPPED, STOPPED_PLAINLY)
    ]
    assert story.command(Verb.REMIND, on=True) is None
    story.wait(60)
    due(story)
    assert story.is_in(Phase.CONFIRM)


def test_switching_off_takes_back_what_is_asked() -> None:
    story = live()
    due(story)
    story.command(Verb.REMIND, on=False)
    assert story.phases == [Phase.CONFIRM, Phase.IDLE]
    assert story.sessions == []


def test_a_question_of_start_is_not_taken_back_with_the_reminders() -> None:
    story = live()
    story.command(Verb.START)
    story.command(Verb.REMIND, on=False)
    story.feed(DayDone(TODAY))
    assert story.is_in(Phase.CONFIRM)


def test_remind_wants_an_argument_and_a_plan() -> None:
    story = live()
    assert story.command(Verb.REMIND) == "remind wants on or off"
    configure(story, ReminderPlan())
    assert "write times under [reminder]" in (story.command(Verb.REMIND, on=True) or "")


def test_pain_of_the_day_of_switching_on_does_not_count_any_more() -> None:
    story = live()
    assert story.command(Verb.REMIND, on=False) is None
    assert story.command(Verb.REMIND, on=True) is None
    story.wait(2 * 24 * 3600)
    today = stamp(story.now_ms).local_date
    since = [today - timedelta(days=back) for back in (2, 1, 0)]
    story.feed(PainDays(tuple(since)))
    assert story.state.reminders.switch.on
    story.wait(24 * 3600)
    story.feed(PainDays((*since, today + timedelta(days=1))))
    assert not story.state.reminders.switch.on


def test_another_day_that_is_done_takes_nothing_back() -> None:
    story = live()
    due(story)
    story.feed(DayDone(TODAY - timedelta(days=1)))
    assert story.is_in(Phase.CONFIRM)
    story.feed(DayDone(TODAY))
    assert story.is_in(Phase.IDLE)


def test_three_days_of_pain_in_seven_stop_the_reminders_until_they_are_switched_on() -> None:
    story = live()
    due(story)
    story.feed(PainDays(days(0, 3, 6)))
    assert story.is_in(Phase.IDLE)
    [_, stop] = story.alerts
    assert (stop.code, stop.severity, stop.text) == (
        AlertCode.REMINDERS_STOPPED,
        Severity.WARNING,
        STOPPED_BY_PAIN,
    )
    assert "professional" in stop.text
    assert (story.state.reminders.switch.on, story.state.reminders.switch.pain) == (False, True)
    story.feed(PainDays(days(0, 3, 6)))
    assert len(story.alerts) == 2
    assert story.command(Verb.REMIND, on=True) is None
    assert not story.state.reminders.switch.pain
    story.feed(PainDays(days(0, 3, 6)))
    assert story.state.reminders.switch.on


@pytest.mark.parametrize("pain", [days(0, 3), days(0, 3, 7), days(0, 3, -1), days(1, 1, 1)])
def test_less_pain_does_not(pain: tuple[date, ...]) -> None:
    story = live()
    story.feed(PainDays(pain))
    assert story.state.reminders.switch.on


def test_without_a_plan_there_is_nothing_to_stop() -> None:
    story = live(ReminderPlan())
    story.feed(PainDays(days(0, 1, 2)))
    assert story.alerts == []


def test_the_newest_word_of_a_wearers_watches_holds() -> None:
    story = live()
    due(story)
    story.feed(SwitchHeard(False, False, story.now_ms, None))
    assert story.is_in(Phase.IDLE)
    assert not story.state.reminders.switch.on
    story.feed(SwitchHeard(True, False, story.now_ms - 1, TODAY))
    assert not story.state.reminders.switch.on
    story.feed(SwitchHeard(True, False, story.now_ms + 1, TODAY))
    assert story.state.reminders.switch.on
    assert codes(story) == [AlertCode.REMINDER]


def test_the_watch_keeps_the_minute_for_when_it_is_alone() -> None:
    story = live()
    story.feed(ReminderAhead(450))
    assert story.told(StoreRoutine)[-1] == StoreRoutine(story.routine, 450)
    told = len(story.told(StoreRoutine))
    story.connect(routine_id=StoreRoutine(story.routine, 450).id)
    assert len(story.told(StoreRoutine)) == told
    story.command(Verb.REMIND, on=False)
    assert story.told(StoreRoutine)[-1] == StoreRoutine(story.routine, None)
    story.command(Verb.REMIND, on=True)
    assert story.told(StoreRoutine)[-1] == StoreRoutine(story.routine, 450)
    story.command(Verb.AWAY, away=True)
    assert story.told(StoreRoutine)[-1] == StoreRoutine(story.routine, None)
