"""A state without its past: what tells of it goes, what holds now stays."""

from dataclasses import replace
from datetime import date

from wearsync.coordinator.forget import forget
from wearsync.coordinator.state import (
    Battery,
    Progression,
    Reminders,
    SentCue,
    SideProgress,
    Switch,
    WatchState,
)
from wearsync.model import AckResult, CueKind, Routine

WAITING = SentCue(1, CueKind.DONE, 9, 1, None, None, 0, None, None)
GIVEN_UP = replace(WAITING, cue_id=2, given_up=True)
STATE = WatchState(
    routine=Routine(rounds=3),
    battery=Battery(50, charging=False),
    cues=(GIVEN_UP, WAITING),
    last_cue=CueKind.DONE,
    last_ack=AckResult.PLAYED,
    away_since=date(2026, 3, 12),
    finished=(9,),
    sessions_done=4,
)


def test_full_days_towards_longer_holds_go_the_seconds_stay() -> None:
    state = replace(STATE, progression=Progression(left=SideProgress(days=(date(2026, 3, 1),))))
    left = forget(state, None)
    assert left.progression == Progression()
    assert left.routine == STATE.routine


def test_a_day_that_was_deleted_needs_its_reminder_again() -> None:
    done = replace(STATE, done_on=date(2026, 3, 12))
    assert forget(done, None).done_on is None
    assert forget(done, date(2026, 3, 13)).done_on is None
    assert forget(done, date(2026, 3, 12)).done_on == date(2026, 3, 12)


def test_that_it_hurt_goes_and_reminders_stay_off() -> None:
    stopped = Switch(on=False, pain=True, at_ms=7, day=date(2026, 3, 1))
    state = replace(STATE, reminders=Reminders(switch=stopped))
    assert forget(state, None).reminders.switch == Switch(on=False, at_ms=7)
    assert forget(state, date(2026, 3, 2)).reminders.switch == stopped


def test_all_that_is_needed_stays() -> None:
    assert forget(STATE, None) == replace(STATE, cues=(WAITING,), last_cue=None, last_ack=None)
    assert forget(WatchState(), None) == WatchState()
