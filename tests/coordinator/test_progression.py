"""Longer holds after three full days, shorter ones after too much: told as days of sessions with a watch."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.coordinator.story import START, Story, stamp
from wearsync.coordinator import log
from wearsync.coordinator.events import RoutineConfigured
from wearsync.coordinator.progression import forget, leading, outlook
from wearsync.coordinator.state import Progression, SideProgress, WatchState, from_json, to_json
from wearsync.messages import HoldStarted, HoldStopped, SessionEnded, SessionStarted, StoreRoutine
from wearsync.model import (
    Alert,
    HoldSource,
    Outcome,
    Routine,
    SessionEnd,
    SessionSource,
    Side,
    StopReason,
    Variant,
    Verb,
)

DAY_MS = 24 * 3600 * 1000
FIRST = START.local_date


class Life:
    """Somebody who does the routine at eight each morning."""

    def __init__(self, routine: Routine | None = None, *, on: bool = True) -> None:
        self.routine = routine or Routine(rounds=1)
        self.story = Story(routine=self.routine)
        self.story.feed(RoutineConfigured(self.routine, progression=on))
        self.story.connect()

    def stretch(self, *stops: StopReason, held_s: float = 20.0) -> None:
        """One session; its holds are stopped for these reasons, the others go to their end."""
        story = self.story
        done = len(story.holds)
        story.stops = {done + place: (held_s, reason) for place, reason in enumerate(stops, start=1)}
        assert story.command(Verb.START) is None
        story.run()
        story.stops = {}

    def sleep(self) -> None:
        story = self.story
        story.wait((DAY_MS - (story.now_ms - START.host_ms) % DAY_MS) / 1000)

    def days(self, count: int) -> None:
        for _ in range(count):
            self.stretch()
            self.sleep()

    @property
    def seconds(self) -> tuple[int, int]:
        routine = self.story.state.routine
        return routine.left_s, routine.right_s

    @property
    def progress(self) -> Progression:
        assert self.story.state.progression is not None
        return self.story.state.progression

    @property
    def told(self) -> list[Alert]:
        return [alert for alert in self.story.alerts if alert.code in ("holds_longer", "holds_shorter")]


TOO_MUCH, PLANNED, PAIN = StopReason.TOO_MUCH, StopReason.PLANNED, StopReason.PAIN


def test_three_full_days_bring_five_seconds_more_on_the_watch_too() -> None:
    life = Life()
    life.days(2)
    assert (life.seconds, life.told) == ((30, 30), [])
    assert outlook(life.story.state, Side.LEFT).full_days == 2
    life.days(1)
    assert life.seconds == (35, 35)
    assert life.story.told(StoreRoutine)[-1].routine == life.story.state.routine
    [alert] = life.told
    assert alert.text == "3 full days: left 35 s, right 35 s from the next session on"
    assert alert.event_id.endswith(":alert-holds_longer")
    life.days(1)
    assert [hold.planned_s for hold in life.story.holds] == [30] * 6 + [35] * 2
    life.days(2)
    assert life.seconds == (40, 40)


def test_it_ends_at_sixty_seconds() -> None:
    life = Life(Routine(rounds=1, left_s=55, right_s=58))
    life.days(6)
    assert life.seconds == (60, 60)
    assert len(life.told) == 1
    assert outlook(life.story.state, Side.RIGHT).next_s is None


@pytest.mark.parametrize(("seconds", "then"), [(30, 35), (55, 60), (58, 60), (60, None)])
def test_what_is_told_of_the_next_step_is_what_comes(seconds: int, then: int | None) -> None:
    life = Life(Routine(rounds=1, left_s=seconds, right_s=seconds))
    assert outlook(life.story.state, Side.LEFT).next_s == then
    life.days(3)
    assert life.seconds == (then or seconds, then or seconds)


def test_several_sessions_of_a_day_are_one_day() -> None:
    life = Life()
    for _ in range(4):
        life.stretch()
    assert life.seconds == (30, 30)
    life.sleep()
    life.days(2)
    assert life.seconds == (35, 35)


def test_a_session_over_midnight_is_of_the_day_on_which_it_began() -> None:
    life = Life()
    into_day_ms = (START.unix_ms + START.utc_offset_min * 60_000) % DAY_MS
    life.story.wait((DAY_MS - into_day_ms) / 1000 - 30)
    life.stretch()
    assert stamp(life.story.now_ms).local_date == FIRST + timedelta(days=1)
    assert life.progress.left.days == (FIRST,)


def test_the_day_of_a_step_does_not_count_again() -> None:
    life = Life()
    life.days(2)
    life.stretch()
    life.stretch()
    assert life.progress.left == SideProgress(changed=FIRST + timedelta(days=2), asked_s=35)


def test_a_session_that_is_not_full_is_no_full_day() -> None:
    life = Life()
    life.days(2)
    life.stretch(StopReason.WEARER, StopReason.WEARER)  # short, offered again, and short again
    assert life.seconds == (30, 30)


def test_too_much_takes_its_side_back_and_lets_the_other_go_on() -> None:
    life = Life(Routine(rounds=1, left_s=40, right_s=40))
    life.days(2)
    life.stretch(PLANNED, TOO_MUCH, held_s=35.0)  # the right one, and long enough to count
    life.sleep()
    assert life.seconds == (45, 35)
    assert [(alert.code, alert.text) for alert in life.told] == [
        ("holds_shorter", "a step back: right 35 s from the next session on"),
        ("holds_longer", "3 full days: left 45 s from the next session on"),
    ]
    life.days(3)
    assert life.seconds == (50, 40)


def test_a_side_goes_back_once_a_day() -> None:
    life = Life(Routine(rounds=2, left_s=50, right_s=50))
    life.stretch(TOO_MUCH, PLANNED, TOO_MUCH)
    assert life.seconds == (45, 50)
    life.sleep()
    life.stretch(TOO_MUCH)
    assert life.seconds == (40, 50)


def test_what_hurts_takes_its_side_back_even_on_the_day_of_a_step() -> None:
    life = Life()
    life.days(2)
    life.stretch()
    assert life.seconds == (35, 35)
    life.stretch(PAIN)
    assert life.seconds == (30, 35)
    assert life.story.holds[-1].outcome is Outcome.PAIN


def test_below_thirty_seconds_nothing_is_planned_but_it_counts_anew() -> None:
    life = Life()
    life.days(2)
    life.stretch(TOO_MUCH)
    assert (life.seconds, life.told) == ((30, 30), [])
    assert life.progress.left.days == ()
    assert life.progress.right.days == (FIRST, FIRST + timedelta(days=1))


def test_the_running_session_keeps_its_seconds() -> None:
    life = Life(Routine(rounds=2, left_s=50, right_s=50))
    life.stretch(TOO_MUCH)
    assert [hold.planned_s for hold in life.story.holds] == [50] * 4


def test_who_sets_the_seconds_wins_and_that_side_counts_anew() -> None:
    life = Life()
    life.days(2)
    assert life.story.command(Verb.SET, changes=(("left_s", 45),)) is None
    life.days(1)
    assert life.seconds == (45, 35)
    life.days(2)
    assert life.seconds == (50, 35)


def test_what_else_is_set_changes_nothing_of_it() -> None:
    life = Life()
    life.days(2)
    assert life.story.command(Verb.SET, changes=(("first_gap_s", 20),)) is None
    life.days(1)
    assert life.seconds == (35, 35)


def test_a_restart_with_the_same_configuration_keeps_what_was_reached() -> None:
    life = Life()
    life.days(4)
    life.story.feed(RoutineConfigured(life.routine, progression=True))
    assert life.seconds == (35, 35)
    assert len(life.progress.left.days) == 1
    life.story.feed(RoutineConfigured(life.routine.model_copy(update={"right_s": 40}), progression=True))
    assert life.seconds == (35, 40)
    assert (len(life.progress.left.days), len(life.progress.right.days)) == (1, 0)


def test_it_follows_from_the_log_and_from_a_checkpoint() -> None:
    life = Life()
    life.days(5)
    assert log.fold(WatchState(), life.story.inputs) == life.story.state
    assert from_json(to_json(life.story.state)) == life.story.state


def test_switched_off_the_seconds_stay_and_on_again_it_begins_anew() -> None:
    life = Life()
    life.days(5)
    life.story.feed(RoutineConfigured(life.routine, progression=False))
    life.days(3)
    assert (life.seconds, life.story.state.progression) == ((35, 35), None)
    life.stretch(TOO_MUCH)
    assert life.story.command(Verb.SET, changes=(("left_s", 40),)) is None
    assert life.seconds == (40, 35)
    life.story.feed(RoutineConfigured(life.routine, progression=True))
    assert life.progress == Progression()


def test_holds_that_a_watch_did_with_its_older_seconds_do_not_count_for_the_next_step() -> None:
    """It was away for a week: its sessions come all at once."""
    life = Life()
    for day in range(6):
        at_ms = START.host_ms + day * DAY_MS
        life.story.now_ms = START.host_ms + 7 * DAY_MS
        told_alone(life.story, session=900 + day, at_ms=at_ms)
    assert life.seconds == (35, 35)
    assert life.progress.left.days == ()


def test_a_clock_that_was_ahead_holds_nobody_back() -> None:
    life = Life()
    ahead = SideProgress(days=(date(2099, 1, 1),), changed=date(2099, 1, 1), eased=True, asked_s=30)
    life.story.state = replace(life.story.state, progression=Progression(ahead, ahead))
    life.days(3)
    assert life.seconds == (35, 35)
    life.story.state = replace(life.story.state, progression=Progression(ahead, ahead))
    life.stretch(TOO_MUCH)
    assert life.seconds == (30, 35)


def test_the_watch_that_was_used_last_leads() -> None:
    day = date(2026, 3, 14)
    off = WatchState()
    new = WatchState(progression=Progression())
    old = WatchState(progression=Progression(left=SideProgress(changed=day)))
    used = WatchState(progression=Progression(right=SideProgress(days=(day, day + timedelta(days=1)))))
    assert leading([off]) is None
    assert leading([off, new]) is new
    assert leading([off, new, used, old]) is used
    assert outlook(off, Side.RIGHT).full_days == 0


DAYS = {
    "nothing": (),
    "full": ((),),
    "twice": ((), ()),
    "too much left": ((TOO_MUCH,),),
    "too much right": ((PLANNED, TOO_MUCH),),
    "it hurt, and once more": ((PAIN,), ()),
}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(DAYS)), max_size=12))
def test_any_days_come_to_what_a_person_would_count(days: list[str]) -> None:
    """Holds that are too much last 35 s here, so their session is full all the same; what hurts ends it."""
    life = Life(Routine(rounds=1, left_s=40, right_s=50))
    seconds, counts = {"left": 40, "right": 50}, {"left": 0, "right": 0}
    for day in days:
        for stops in DAYS[day]:
            life.stretch(*stops, held_s=35.0)
        life.sleep()
        backs = {"too much left": "left", "too much right": "right", "it hurt, and once more": "left"}
        for side, planned_s in tuple(seconds.items()):
            if backs.get(day) == side:
                seconds[side], counts[side] = max(30, planned_s - 5), 0
            elif day != "nothing":
                counts[side] += 1
            if counts[side] == 3:
                seconds[side], counts[side] = min(60, planned_s + 5), 0
        assert life.seconds == (seconds["left"], seconds["right"])


@pytest.mark.parametrize(
    ("before", "left"),
    [
        (None, SideProgress(asked_s=30)),
        (date(2026, 3, 12), SideProgress((date(2026, 3, 13),), None, asked_s=30)),
        (date(2026, 3, 11), SideProgress((date(2026, 3, 11), date(2026, 3, 13)), None, asked_s=30)),
        (
            date(2026, 3, 10),
            SideProgress((date(2026, 3, 11), date(2026, 3, 13)), date(2026, 3, 10), eased=True, asked_s=30),
        ),
    ],
)
def test_days_that_were_deleted_are_forgotten(before: date | None, left: SideProgress) -> None:
    was = SideProgress((date(2026, 3, 11), date(2026, 3, 13)), date(2026, 3, 10), eased=True, asked_s=30)
    assert forget(Progression(left=was), before) == Progression(left=left)
    assert forget(None, before) is None


def told_alone(story: Story, *, session: int, at_ms: int) -> None:
    """The records of a session that the watch ran without us, read late."""
    story.record(SessionStarted(session, SessionSource.WATCH), at_ms=at_ms, live=False)
    for step, side in enumerate(Side):
        began_ms = at_ms + 15_000 + step * 40_000
        started = HoldStarted(session, step, side, Variant.KNEELING, 1, 30, HoldSource.AUTO, 1)
        story.record(started, at_ms=began_ms, live=False)
        story.record(HoldStopped(session, step, PLANNED, 30_000), at_ms=began_ms + 30_000, live=False)
    ended = SessionEnded(session, SessionEnd.DONE, SessionSource.WATCH)
    story.record(ended, at_ms=at_ms + 90_000, live=False)
